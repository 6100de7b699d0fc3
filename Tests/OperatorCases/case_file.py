# SPDX-License-Identifier: Apache-2.0
"""The cases of one operator, collected call by call; the rows themselves are those of case_writer."""
import numpy as np

import case_writer


def single(array):
    """Double precision, which no case has, as float32."""
    if array is None:
        return None
    array = np.asarray(array)
    return array.astype(np.float32) if array.dtype == np.float64 else array


class CaseFile:
    def __init__(self, name):
        self.name = name
        self.rows = []

    def add(self, name, inputs, outputs, absolute=1e-5, relative=1e-5, **attributes):
        """A case that must give `outputs`; None among them is an output that is not wanted."""
        self.rows.append(case_writer.case(name, attributes, [single(x) for x in inputs], [single(y) for y in outputs], absolute=absolute,
                                          relative=relative))

    def fail(self, name, inputs, status, outputs=1, **attributes):
        """A case of so many outputs that must end in `status`."""
        row = case_writer.case(name, attributes, [single(x) for x in inputs], error=status.removeprefix("CORACLE_"))
        row["outputs"] = [case_writer.tensor(np.zeros(0, np.float32))] * outputs
        self.rows.append(row)

    def write(self):
        case_writer.write(self.name, self.rows)
