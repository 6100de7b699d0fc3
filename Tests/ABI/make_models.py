#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small model files that the C tests open, from their descriptions below.

    make_models.py FLATC SCHEMA OUT_DIRECTORY

The program is written as FlatBuffers' JSON and turned to bytes by flatc, so that these files owe nothing to the project's own writer.
Files called bad-* must be refused, at the latest by a run; the others must work.
"""
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

PAGE = 4096
HEADER = 64
MASK = 2**64 - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
F32, I32, I64, BOOL, I8 = "float32", "int32", "int64", "boolean", "int8"
FORMATS = {F32: "f", I32: "i", I64: "q", BOOL: "?", I8: "b", "uint8": "B", "int16": "h", "float16": "e"}


def xxh64(data):
    """XXH64 with seed 0 (the xxHash specification)."""
    rotate = lambda x, r: ((x << r) | (x >> (64 - r))) & MASK
    mix = lambda acc, lane: rotate((acc + lane * P2) & MASK, 31) * P1 & MASK
    position = 0
    if len(data) >= 32:
        accs = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        while position + 32 <= len(data):
            accs = [mix(acc, lane) for acc, lane in zip(accs, struct.unpack_from("<4Q", data, position))]
            position += 32
        value = sum(rotate(acc, r) for acc, r in zip(accs, (1, 7, 12, 18))) & MASK
        for acc in accs:
            value = ((value ^ mix(0, acc)) * P1 + P4) & MASK
    else:
        value = P5
    value = (value + len(data)) & MASK
    while position + 8 <= len(data):
        value = (rotate(value ^ mix(0, struct.unpack_from("<Q", data, position)[0]), 27) * P1 + P4) & MASK
        position += 8
    if position + 4 <= len(data):
        value = (rotate(value ^ struct.unpack_from("<I", data, position)[0] * P1 & MASK, 23) * P2 + P3) & MASK
        position += 4
    for byte in data[position:]:
        value = rotate(value ^ byte * P5 & MASK, 11) * P1 & MASK
    value = (value ^ value >> 33) * P2 & MASK
    value = (value ^ value >> 29) * P3 & MASK
    return value ^ value >> 32


SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
LOW = 2**32 - 1


def xxh3(data):
    """XXH3, 64 bits, with seed 0 and the default secret, of more than 240 bytes (the xxHash specification)."""
    words = lambda source, offset: struct.unpack_from("<8Q", source, offset)
    lanes = [0xC2B2AE3D, P1, P2, P3, P4, 0x85EBCA77, P5, 0x9E3779B1]

    def accumulate(stripe, offset):
        for lane, (word, key) in enumerate(zip(stripe, words(SECRET, offset))):
            mixed = word ^ key
            lanes[lane ^ 1] = (lanes[lane ^ 1] + word) & MASK
            lanes[lane] = (lanes[lane] + (mixed & LOW) * (mixed >> 32)) & MASK

    blocks = (len(data) - 1) // 1024
    for block in range(blocks):
        for stripe in range(16):
            accumulate(words(data, 1024 * block + 64 * stripe), 8 * stripe)
        for lane, key in enumerate(words(SECRET, 128)):
            lanes[lane] = (lanes[lane] ^ lanes[lane] >> 47 ^ key) * 0x9E3779B1 & MASK
    for stripe in range((len(data) - 1024 * blocks - 1) // 64):
        accumulate(words(data, 1024 * blocks + 64 * stripe), 8 * stripe)
    accumulate(words(data, len(data) - 64), 121)
    keys = words(SECRET, 11)
    value = len(data) * P1
    for pair in range(0, 8, 2):
        product = (lanes[pair] ^ keys[pair]) * (lanes[pair + 1] ^ keys[pair + 1])
        value += (product & MASK) ^ product >> 64
    value &= MASK
    value = (value ^ value >> 37) * 0x165667919E3779F9 & MASK
    return value ^ value >> 32


class Program:
    """A model being described; constants go to one segment."""

    def __init__(self):
        self.tensors, self.nodes, self.graphs, self.weights = [], [], [], b""
        self.inputs, self.outputs, self.vectors, self.metadata = [], [], [], []
        self.segment_change = {}

    def tensor(self, name, type=F32, shape=(), **fields):
        self.tensors.append({"name": name, "type": type, "shape": list(shape), **fields})
        return len(self.tensors) - 1

    def constant(self, name, type, shape, values, **fields):
        data = struct.pack(f"<{len(values)}{FORMATS[fields.get('stored_type', type)]}", *values)
        place = {"segment": 0, "offset": len(self.weights), "byte_count": len(data)}
        self.weights += data + bytes(-len(data) % 64)
        return self.tensor(name, type, shape, **{**place, **fields})

    def input(self, *arguments, **fields):
        self.inputs.append(self.tensor(*arguments, **fields))
        return self.inputs[-1]

    def node(self, code, inputs, outputs, attributes=None, name=None, **fields):
        node = {"operator_code": code, "name": name or f"{code}{len(self.nodes)}", "inputs": inputs, "outputs": outputs}
        if attributes:
            node["attributes_type"] = attributes
            node["attributes"] = fields
        self.nodes.append(node)

    def graph(self, inputs, outputs):
        """Makes an inner graph of the nodes so far; the main graph stays number 0."""
        self.graphs.append({"name": f"graph{len(self.graphs) + 1}", "inputs": inputs, "outputs": outputs, "nodes": self.nodes})
        self.nodes = []
        return len(self.graphs)

    def program(self, segment_offset):
        main = {"name": "main", "inputs": self.inputs, "outputs": self.outputs, "nodes": self.nodes}
        size = len(self.weights) + -len(self.weights) % PAGE
        segments = [{"offset": segment_offset, "size": size, "checksum": xxh3(self.weights.ljust(size, b"\0")) if size else 0, **self.segment_change}]
        return {"producer": "tests", "tensors": self.tensors, "subgraphs": [main, *self.graphs],
                "segments": segments if self.weights else [], "metadata": self.metadata, "test_vectors": self.vectors}

    def bytes(self, flatc, schema):
        body = compile_json(flatc, schema, self.program(PAGE))
        size = len(body) + HEADER - 8
        padded = size + -size % (PAGE if self.weights else 8)
        body = compile_json(flatc, schema, self.program(padded))
        weights = self.weights + bytes(-len(self.weights) % PAGE)
        rest = body[8:] + bytes(padded - size)
        head = struct.pack("<I4sIHHQQQ", struct.unpack_from("<I", body)[0] + HEADER - 8, b"CRCL", HEADER - 8, 1, 0, size,
                           padded + len(weights), xxh64(rest))
        return head + struct.pack("<QQQ", xxh64(head), 0, 0) + rest + weights


def compile_json(flatc, schema, program):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.json"
        path.write_text(json.dumps(program))
        subprocess.run([flatc, "--binary", "-o", folder, schema, str(path)], check=True, stdout=subprocess.DEVNULL)
        return (pathlib.Path(folder) / "model.coracle").read_bytes()


def small(batch=1):
    """y = x + w, z = y y - x, with metadata and a test vector."""
    p = Program()
    x = p.input("x", F32, [batch, 4])
    w = p.constant("w", F32, [1, 4], [1, 2, 3, 4])
    y, square, z = (p.tensor(n) for n in ("y", "square", "z"))
    p.node("binary", [x, w], [y], "BinaryAttributes", function="add")
    p.node("binary", [y, y], [square], "BinaryAttributes", function="multiply")
    p.node("binary", [square, x], [z], "BinaryAttributes", function="subtract")
    p.outputs = [y, z]
    p.metadata = [{"key": "source.format", "value": "tests"}, {"key": "labels", "value": "eins\nzwei"}, {"key": "labels", "value": "again"},
                  {"key": "Größe"}, {"value": "ü"}]
    if batch == 1:
        given = p.constant("given", F32, [1, 4], [1, 1, 1, 1])
        p.vectors = [{"inputs": [given], "outputs": [p.constant("first", F32, [1, 4], [2, 3, 4, 5]),
                                                     p.constant("second", F32, [1, 4], [3, 8, 15, 24])]}]
    return p


def gather():
    """Rows of a table, by indices that only a run knows."""
    p = Program()
    table = p.constant("table", F32, [8, 4], list(range(32)))
    indices, rows = p.input("indices", I64, [3]), p.tensor("rows")
    p.node("gather", [table, indices], [rows], "GatherAttributes", axis=0)
    p.outputs = [rows]
    return p


HALF = "float16"


def halves():
    """Rows of a table and their product with weights, both stored as float16. The table: subnormal, smallest normal and largest numbers, rounded
    ones, and infinity, which the product does not see."""
    p = Program()
    table = p.constant("table", F32, [5, 4], [1, -2, 0.5, 3, 2**-24, -(2**-15), 2**-14, 0, 65504, -65504, 1 / 3, 2049, -0.0, 1.25, 7, -1,
                                              math.inf, -math.inf, math.nan, 1], stored_type=HALF)
    weights = p.constant("weights", F32, [4, 3], [1, 0, 2, 0.5, -1, 0, 0, 3, -2, 1, 1, 1], stored_type=HALF)
    indices, rows, y = p.input("indices", I64, [2]), p.tensor("rows"), p.tensor("y")
    p.node("gather", [table, indices], [rows], "GatherAttributes", axis=0)
    p.node("matmul", [rows, weights], [y], "MatmulAttributes")
    p.outputs = [rows, y]
    return p


def beside():
    """Rows of five, divided into two and three elements; softmax of both, joined the other way round."""
    p = Program()
    x, (a, b, c, d), y = p.input("x", F32, [3, 5]), [p.tensor(name) for name in "abcd"], p.tensor("y", F32, [3, 5])
    p.node("split", [x], [a, b], "SplitAttributes", axis=1, sizes=[2, 3])
    p.node("softmax", [a], [c], "SoftmaxAttributes")
    p.node("softmax", [b], [d], "SoftmaxAttributes")
    p.node("concat", [d, c], [y], "AxisAttributes", axis=1)
    p.outputs = [y]
    return p


def branch():
    """condition ? x + x : x x."""
    p = Program()
    condition, x = p.input("condition", BOOL, [1]), p.input("x", F32, [4])
    doubled, squared, y = p.tensor("doubled"), p.tensor("squared"), p.tensor("y", F32, [4])
    p.node("binary", [x, x], [doubled], "BinaryAttributes", function="add")
    first = p.graph([], [doubled])
    p.node("binary", [x, x], [squared], "BinaryAttributes", function="multiply")
    second = p.graph([], [squared])
    p.node("conditional", [condition], [y], "ConditionalAttributes", then_subgraph=first, else_subgraph=second)
    p.outputs = [y]
    return p


def non_zero():
    """An output whose shape depends on values."""
    p = Program()
    x, found = p.input("x", F32, [6]), p.tensor("found", I64, [1, -1])
    p.node("non_zero", [x], [found])
    p.outputs = [found]
    return p


def fill():
    """A tensor of ones whose shape only a run knows."""
    p = Program()
    shape, value, ones = p.input("shape", I64, [2]), p.constant("value", F32, [1], [1]), p.tensor("ones", F32, [-1, -1])
    p.node("fill", [shape, value], [ones], "FillAttributes", to=F32)
    p.outputs = [ones]
    return p


def fills():
    """Two tensors of ones whose shapes only a run knows."""
    p = Program()
    value = p.constant("value", F32, [1], [1])
    for name in ("a", "b"):
        shape, ones = p.input(name, I64, [1]), p.tensor(f"ones {name}", F32, [-1])
        p.node("fill", [shape, value], [ones], "FillAttributes", to=F32)
        p.outputs.append(ones)
    return p


def with_node(code, attributes, type=F32, shape=(2, 3), constants=(), **fields):
    """One operator on input x [2, 3] and constants (name, type, shape, values)."""
    p = Program()
    x = p.input("x", type, list(shape))
    others = [p.constant(*c) for c in constants]
    y = p.tensor("y", "none")
    p.node(code, [x, *others], [y], attributes, name="culprit", **fields)
    p.outputs = [y]
    return p


def changed(change):
    p = small()
    change(p)
    return p


def set_tensor(index, **fields):
    return changed(lambda p: p.tensors[index].update(fields))


def set_node(index, **fields):
    return changed(lambda p: p.nodes[index].update(fields))


def set_segment(**fields):
    return changed(lambda p: p.segment_change.update(fields))


def recursive():
    p = branch()
    p.nodes[0]["attributes"]["then_subgraph"] = 0
    return p


BIG, HUGE = 10**6, 2**62
MODELS = {
    "small": small(), "open": small(-1), "gather": gather(), "halves": halves(), "beside": beside(), "branch": branch(), "non-zero": non_zero(), "fill": fill(), "fills": fills(),
    # Shapes that no machine holds, declared
    "bad-extent-negative": set_tensor(0, shape=[-5, 4]),
    "bad-extent-overflow": set_tensor(0, shape=[HUGE, 8]),
    "bad-extent-product": set_tensor(0, shape=[2**32, 2**32]),
    "bad-elements": set_tensor(0, shape=[2 * BIG, BIG]),
    "bad-rank": set_tensor(0, shape=[1] * 9),
    # and computed
    "bad-input-large": with_node("unary", "UnaryAttributes", shape=[BIG, BIG], function="relu"),
    "bad-expand": with_node("expand", "ExpandAttributes", shape=[1, 1], constants=[("target", I64, [2], [BIG, BIG])]),
    "bad-expand-overflow": with_node("expand", "ExpandAttributes", shape=[1, 1], constants=[("target", I64, [2], [HUGE, HUGE])]),
    "bad-tile": with_node("tile", "TileAttributes", repeats=[HUGE, 4]),
    "bad-pad": with_node("pad", "PadAttributes", pads=[HUGE, HUGE, HUGE, HUGE]),
    "bad-pad-negative": with_node("pad", "PadAttributes", pads=[-HUGE, 0, -5, 0]),
    "bad-reshape": with_node("reshape", "ReshapeAttributes", constants=[("target", I64, [2], [HUGE, HUGE])]),
    "bad-reshape-two-open": with_node("reshape", "ReshapeAttributes", constants=[("target", I64, [2], [-1, -1])]),
    "bad-one-hot": with_node("one_hot", "OneHotAttributes", type=I64, depth=HUGE, to=F32),
    "bad-split": with_node("split", "SplitAttributes", axis=7, sizes=[1, 1]),
    "bad-transpose": with_node("transpose", "TransposeAttributes", permutation=[0, 0]),
    "bad-concat": with_node("concat", "AxisAttributes", axis=0, constants=[("other", F32, [5, 5], [0] * 25)]),
    "bad-broadcast": with_node("binary", "BinaryAttributes", function="add", constants=[("other", F32, [7], [0] * 7)]),
    "bad-gather-axis": with_node("gather", "GatherAttributes", axis=-9, constants=[("index", I64, [1], [0])]),
    "bad-gather-constant": with_node("gather", "GatherAttributes", axis=0, constants=[("index", I64, [1], [HUGE])]),
    "bad-top-k": with_node("top_k", "TopKAttributes", k=HUGE),
    "bad-pool-kernel": with_node("pool", "PoolAttributes", shape=[1, 4, 4, 1], kernel=[0, -1], strides=[0, 0]),
    "bad-pool-stride": with_node("pool", "PoolAttributes", shape=[1, 4, 4, 1], kernel=[2, 2], strides=[0, 0]),
    "bad-pool-large": with_node("pool", "PoolAttributes", shape=[1, 4, 4, 1], kernel=[2, 2], padding_begin=[2**31 - 1] * 2,
                                padding_end=[2**31 - 1] * 2, dilations=[2**31 - 1] * 2),
    **{f"depthwise-{size}x{size}": with_node("convolution", "ConvolutionAttributes", shape=[1, 9, 9, 8], groups=8,
                                            constants=[("weights", F32, [size, size, 1, 8], [1] * size * size * 8)]) for size in (3, 5)},
    "bad-convolution": with_node("convolution", "ConvolutionAttributes", shape=[1, 4, 4, 3], groups=0,
                                 constants=[("weights", F32, [1, 1, 3, 1], [0] * 3)]),
    "bad-convolution-channels": with_node("convolution", "ConvolutionAttributes", shape=[1, 4, 4, 3],
                                          constants=[("weights", F32, [1, 1, 7, 1], [0] * 7)]),
    "bad-matmul": with_node("matmul", "MatmulAttributes", constants=[("other", F32, [5, 5], [0] * 25)]),
    "bad-type": with_node("softmax", "SoftmaxAttributes", type=BOOL),
    # Constants and segments
    "bad-constant-bytes": set_tensor(1, byte_count=12),
    "bad-constant-type": set_tensor(1, type="none"),
    "bad-constant-outside": set_tensor(1, offset=4096),
    "bad-constant-offset": set_tensor(1, offset=2**63),
    "bad-constant-segment": set_tensor(1, segment=5),
    "bad-stored-type": set_tensor(1, stored_type=I8),
    "bad-stored-unknown": set_tensor(1, stored_type=200),
    "bad-stored-bytes": set_tensor(1, stored_type=HALF),
    "bad-stored-integer": changed(lambda p: p.constant("integers", I32, [2], [1, 2], stored_type=HALF)),
    "bad-stored-packed": changed(lambda p: p.constant("packed", F32, [2, 8], [0] * 16, stored_type=HALF, packing=1 << 56 | 1 << 32 | 8 << 16 | 8 << 8)),
    "bad-stored-vector": changed(lambda p: p.vectors[0].update(inputs=[p.constant("half", F32, [1, 4], [1] * 4, stored_type=HALF)])),
    "bad-segment-offset": set_segment(offset=2**63),
    "bad-segment-size": set_segment(size=2**63 + 4096),
    "bad-segment-checksum": set_segment(checksum=1),
    # The program
    "bad-node-input": set_node(0, inputs=[99, 1]),
    "bad-node-negative": set_node(0, inputs=[-2, 1]),
    "bad-node-order": set_node(0, inputs=[4, 1]),
    "bad-node-twice": set_node(1, outputs=[2]),
    "bad-node-constant": set_node(1, outputs=[1]),
    "bad-node-operator": set_node(0, operator_code=9999),
    "bad-node-attributes": set_node(0, attributes_type="SoftmaxAttributes", attributes={}),
    "bad-node-function": set_node(0, attributes={"function": 200}),
    "bad-node-missing-input": set_node(0, inputs=[]),
    "bad-node-optional-input": set_node(0, inputs=[-1, 1]),
    "bad-graph-output": changed(lambda p: p.outputs.append(77)),
    "bad-graph-input": changed(lambda p: p.inputs.append(-1)),
    "bad-graph-recursion": recursive(),
    "bad-vector": changed(lambda p: p.vectors[0].update(inputs=[0])),
    "bad-vector-count": changed(lambda p: p.vectors[0].update(inputs=[])),
}


def main():
    flatc, schema, folder = sys.argv[1:]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, program in MODELS.items():
        (out / f"{name}.coracle").write_bytes(program.bytes(flatc, schema))
    (out / "models.txt").write_text("".join(f"{name}\n" for name in MODELS))


if __name__ == "__main__":
    main()
