# SPDX-License-Identifier: Apache-2.0
"""Writing Tests/OperatorCases/<operator>.json: see Tests/OperatorsTests/OperatorCase.swift for the meaning of a row."""
import json
import os

import numpy as np

NAMES = {"float32": "float32", "float16": "float16", "int8": "int8", "uint8": "uint8", "int16": "int16", "int32": "int32",
         "int64": "int64", "bool": "boolean"}


def element(value):
    """A JSON number with the fewest digits that give the value back; NaN and infinities as text."""
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return "nan"
        if np.isinf(value):
            return "inf" if value > 0 else "-inf"
        return float(str(np.float32(value)))
    return int(value)


def tensor(array):
    """A tensor of the case file from a NumPy array; None stays None (an input left out, an output not wanted)."""
    if array is None:
        return None
    array = np.asarray(array)
    return {"type": NAMES[array.dtype.name], "shape": list(array.shape), "data": [element(value) for value in array.ravel()]}


def case(name, attributes, inputs, outputs=None, error=None, **tolerances):
    row = {"name": name}
    if attributes:
        row["attributes"] = attributes
    row["inputs"] = [tensor(array) for array in inputs]
    if error is not None:
        row["error"] = "CORACLE_" + error
    else:
        row["outputs"] = [tensor(array) for array in outputs]
    row.update(tolerances)
    return row


def write(operator, rows):
    """Writes the rows of one operator beside this file, a row a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), operator + ".json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")
    print(f"{operator}: {len(rows)} cases, {os.path.getsize(path)} bytes")
