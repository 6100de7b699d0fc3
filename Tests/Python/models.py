# SPDX-License-Identifier: Apache-2.0
"""Small models for these tests, beside those of Tests/ABI: written by flatc from the descriptions, so that they owe nothing to our own writer."""
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "Sources/ModelFile/schema/model.fbs"
sys.path.insert(0, str(ROOT / "Tests/ABI"))

import make_models  # noqa: E402
from make_models import BOOL, F32, I8, I32, I64, Program  # noqa: E402

FLATC = shutil.which("flatc")


def loop():
    """y = x + trips ones, one at a time: with many trips, a run that only cancelling ends."""
    p = Program()
    trips, x = p.input("trips", I64, []), p.input("x", F32, [4])
    one = p.constant("one", F32, [4], [1, 1, 1, 1])
    iteration, condition = p.tensor("iteration", I64, []), p.tensor("condition", BOOL, [])
    value, following, y = p.tensor("value", F32, [4]), p.tensor("following", F32, [4]), p.tensor("y", F32, [4])
    p.node("binary", [value, one], [following], "BinaryAttributes", function="add")
    body = p.graph([iteration, condition, value], [condition, following])
    p.node("loop", [trips, -1, x], [y], "LoopAttributes", body=body)
    p.outputs = [y]
    return p


def typed(type_):
    """y = x, moved to where a run writes it: [2, n] becomes [n, 2]."""
    p = Program()
    x, y = p.input("x", type_, [2, -1]), p.tensor("y", type_)
    p.node("transpose", [x], [y], "TransposeAttributes", permutation=[1, 0])
    p.outputs = [y]
    return p


def aliases():
    """Outputs that no run computes: a constant, the input under another shape, and the input's extents."""
    p = Program()
    x, constant = p.input("x", F32, [-1, 2]), p.constant("constant", F32, [3], [1, 2, 3])
    flat, extents = p.tensor("flat"), p.tensor("extents")
    p.node("reshape", [x], [flat], "ReshapeAttributes", shape=[1, -1])
    p.node("shape", [x], [extents])
    p.outputs = [constant, flat, extents]
    return p


def scalar():
    """y = x + x, without a dimension."""
    p = Program()
    x, y = p.input("x", F32, []), p.tensor("y")
    p.node("binary", [x, x], [y], "BinaryAttributes", function="add")
    p.outputs = [y]
    return p


MODELS = {"loop": loop(), "aliases": aliases(), "scalar": scalar(),
          **{f"typed-{type_}": typed(type_) for type_ in (F32, I8, I32, I64, BOOL)},
          **{name: make_models.MODELS[name] for name in (
              "small", "open", "gather", "non-zero", "bad-broadcast", "bad-segment-checksum", "bad-node-operator", "bad-graph-output")}}


def write(folder):
    for name, program in MODELS.items():
        (folder / f"{name}.coracle").write_bytes(program.bytes(FLATC, SCHEMA))
