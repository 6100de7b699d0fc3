# Writing Tests/OperatorCases/<operator>.json: see OperatorCase in Tests/OperatorsTests. SPDX-License-Identifier: Apache-2.0
import json
import pathlib

import numpy as np

TYPES = {"float32": "float32", "float16": "float16", "int8": "int8", "uint8": "uint8", "int16": "int16", "int32": "int32",
         "int64": "int64", "bool": "boolean"}


def scalar(value):
    """A number as JSON has it; what JSON has no number for is a string."""
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return float(str(np.float32(value)))  # the shortest text that reads back as the same float32


def tensor(array):
    """An array as a case's tensor; None stays None."""
    if array is None:
        return None
    array = np.asarray(array)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    return {"type": TYPES[array.dtype.name], "shape": list(array.shape), "data": [scalar(value) for value in array.ravel()]}


class CaseFile:
    """The cases of one operator; `write` puts them beside this script."""

    def __init__(self, name):
        self.name = name
        self.rows = []

    def add(self, name, inputs, outputs, absolute=1e-5, relative=1e-5, **attributes):
        """A case that must give `outputs`; None among them is an output that is not wanted."""
        self.rows.append({"name": name, "attributes": attributes, "inputs": [tensor(x) for x in inputs],
                          "outputs": [tensor(y) for y in outputs], "absolute": absolute, "relative": relative})

    def fail(self, name, inputs, status, outputs=1, **attributes):
        """A case that must end in `status`."""
        self.rows.append({"name": name, "attributes": attributes, "inputs": [tensor(x) for x in inputs],
                          "outputs": [{"type": "float32", "shape": [0], "data": []}] * outputs, "error": status})

    def write(self):
        path = pathlib.Path(__file__).parent / f"{self.name}.json"
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in self.rows)
        path.write_text(f"[\n{lines}\n]\n")
        print(f"{path.name}: {len(self.rows)} cases, {path.stat().st_size} bytes")
