#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the cases of Tests/OperatorCases as model files, for libraries that the Swift tests cannot reach: other instruction sets, other processors.

    make_case_models.py FLATC SCHEMA OUT_DIRECTORY

The cases of an operator with the same tolerance are nodes side by side in one model, whose test vector holds their inputs and outputs; metadata `absolute`
and `relative` is the tolerance. <operator>-<n>-given.coracle is given all inputs by the caller; in <operator>-<n>-constant.coracle those behind the first are
constants, as weights are. A case that must fail is a model of its own, <operator>-<n>-refused.coracle, with its status in the metadata `status`.
"""
import json
import pathlib
import sys

from make_models import Program

ATTRIBUTES = {"select": None, "non_zero": None, "squeeze": "AxesAttributes", "unsqueeze": "AxesAttributes", "concat": "AxisAttributes",
              "gather_elements": "AxisAttributes", "slice_update": "SliceAttributes", "depth_to_space": "BlockAttributes",
              "space_to_depth": "BlockAttributes", "quantize_linear": "QuantizeAttributes", "dequantize_linear": "QuantizeAttributes"}


def attributes_table(operator):
    usual = "".join(word.capitalize() for word in operator.split("_")) + "Attributes"
    return ATTRIBUTES.get(operator, usual)


def elements(tensor):
    """The elements of a case's tensor, which JSON has no infinities for."""
    kind = bool if tensor["type"] == "boolean" else float if tensor["type"].startswith("float") else int
    return [kind(element) for element in tensor["data"]]


def program(operator, cases, tolerance, constants):
    """A model of `cases`; with `constants`, inputs behind the first are stored."""
    p = Program()
    given, expected = [], []
    for case in cases:
        inputs = []
        for index, tensor in enumerate(case["inputs"]):
            if tensor is None:
                inputs.append(-1)
                continue
            stored = p.constant(f"{case['name']} {index}", tensor["type"], tensor["shape"], elements(tensor))
            if constants and index > 0:
                inputs.append(stored)
            else:
                inputs.append(p.input(f"{case['name']} input {index}", tensor["type"], tensor["shape"]))
                given.append(stored)
        outputs = []
        for index, tensor in enumerate(case.get("outputs", case["inputs"][:1])):
            if tensor is None:
                outputs.append(-1)
                continue
            outputs.append(p.tensor(f"{case['name']} output {index}", "none"))
            p.outputs.append(outputs[-1])
            expected.append(p.constant(f"{case['name']} expected {index}", tensor["type"], tensor["shape"], elements(tensor)))
        while inputs and inputs[-1] == -1:
            inputs.pop()
        p.node(operator, inputs, outputs, attributes_table(operator), name=case["name"], **case.get("attributes", {}))
    p.weights = p.weights or bytes(64)  # tensors without elements name a segment too
    p.vectors = [{"inputs": given, "outputs": expected}]
    p.metadata = [{"key": key, "value": repr(value)} for key, value in sorted(zip(("absolute", "relative"), tolerance))]
    if "error" in cases[0]:
        p.metadata.append({"key": "status", "value": cases[0]["error"]})
    return p


def main():
    flatc, schema, folder = sys.argv[1:]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((pathlib.Path(__file__).parent.parent / "OperatorCases").glob("*.json")):
        groups, refused = {}, []
        for case in json.loads(path.read_text()):
            if "error" in case:
                refused.append(case)
            else:
                tolerance = tuple(case[key] if case.get(key) is not None else 1e-5 for key in ("absolute", "relative"))
                groups.setdefault(tolerance, []).append(case)
        operator = path.name.split(".")[0]
        for number, (tolerance, cases) in enumerate(groups.items()):
            for kind in ("given", "constant"):
                model = program(operator, cases, tolerance, kind == "constant")
                (out / f"{path.stem}-{number}-{kind}.coracle").write_bytes(model.bytes(flatc, schema))
        for number, case in enumerate(refused):
            (out / f"{path.stem}-{number}-refused.coracle").write_bytes(program(operator, [case], (0, 0), False).bytes(flatc, schema))


if __name__ == "__main__":
    main()
