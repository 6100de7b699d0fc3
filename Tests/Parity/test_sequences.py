"""Recurrent layers and attention of many sizes in the library, beside loops in double precision. SPDX-License-Identifier: Apache-2.0

The sizes lie around the kernels' tiles: vectors of 4, 8 and 16 floats, panels of 12 to 32 columns, groups of up to 4 rows. The weights
are constants, so that the tuned backends pack them. Tolerance: sums of a few hundred products in float32 and functions within 2 units in
the last place differ by less than 2e-6 from double precision; steps of a recurrence pass a part of that on.
"""
import sys

import numpy
import pytest

from conftest import ROOT
from coracle_library import Session

sys.path.insert(0, str(ROOT / "Tests/ABI"))
import make_models  # noqa: E402

SCHEMA = ROOT / "Sources/ModelFile/schema/model.fbs"
TOLERANCE = 1e-5


def run_node(library, folder, code, attributes, fields, arrays, constants, outputs, threads):
    """Outputs of one node, whose inputs `constants` (indices) are the model's and the others given; None is an input left out."""
    program = make_models.Program()
    kinds = {numpy.dtype(numpy.float32): make_models.F32, numpy.dtype(numpy.int32): make_models.I32}
    inputs, given = [], []
    for index, array in enumerate(arrays):
        if array is None:
            inputs.append(-1)
        elif index in constants:
            inputs.append(program.constant(f"c{index}", kinds[array.dtype], array.shape, array.ravel().tolist()))
        else:
            inputs.append(program.input(f"i{index}", kinds[array.dtype], list(array.shape)))
            given.append(array)
    program.outputs = [program.tensor(f"y{index}", "none") for index in range(outputs)]
    program.node(code, inputs, program.outputs, attributes, **fields)
    path = folder / "node.coracle"
    path.write_bytes(program.bytes("flatc", str(SCHEMA)))
    with Session(library, path, threads=threads) as session:
        return session.run(*given)


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def recurrent(cell, x, w, r, b, lengths, h0, c0, linear, reverse):
    """One direction: w [I, G H], r [H, G H], b [2, G H]; y [T, B, H] and the last states."""
    hidden = r.shape[0]
    y, h, c = numpy.zeros((len(x), x.shape[1], hidden)), h0.copy(), c0.copy()
    gate = lambda z, index: z[:, index * hidden:(index + 1) * hidden]
    for t in range(len(x))[::-1] if reverse else range(len(x)):
        a, p = x[t] @ w + b[0], h @ r + b[1]
        fresh_c = c
        if cell == "lstm":
            i, f, g, o = (gate(a + p, k) for k in range(4))
            fresh_c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
            fresh = sigmoid(o) * numpy.tanh(fresh_c)
        elif cell == "gru":
            reset, z = sigmoid(gate(a + p, 0)), sigmoid(gate(a + p, 1))
            n = gate(a, 2) + (reset * gate(p, 2) if linear else (reset * h) @ gate(r, 2) + gate(b[1:], 2))
            fresh = z * h + (1 - z) * numpy.tanh(n)
        else:
            fresh = numpy.tanh(a + p) if cell == "rnn_tanh" else numpy.maximum(a + p, 0)
        active = (t < lengths)[:, None]
        h, c = numpy.where(active, fresh, h), numpy.where(active, fresh_c, c)
        y[t] = numpy.where(active, h, 0)
    return y, h, c


CELLS = [("lstm", False), ("gru", True), ("gru", False), ("rnn_tanh", False), ("rnn_relu", False)]
LAYERS = [(hidden, steps, 1 + index % 5, 1 + index * 3 % 7) for index, (hidden, steps) in enumerate(
    (hidden, steps) for hidden in (1, 7, 8, 9, 16, 17, 33, 64) for steps in (1, 2, 13))] + [(96, 3, 1, 40), (200, 2, 2, 5), (72, 2, 9, 3), (64, 90, 4, 16)]


@pytest.mark.parametrize("cell, linear", CELLS)
def test_recurrent_layers(library, tmp_path, cell, linear):
    random = numpy.random.default_rng(3)
    for index, (hidden, steps, batch, features) in enumerate(LAYERS):
        direction = ("forward", "reverse", "bidirectional")[index % 3]
        directions, columns = (2 if index % 3 == 2 else 1), hidden * {"lstm": 4, "gru": 3}.get(cell, 1)
        uniform = lambda *shape: random.uniform(-1, 1, shape).astype(numpy.float32)
        x, w, r = uniform(steps, batch, features), uniform(directions, features, columns), uniform(directions, hidden, columns)
        r /= max(hidden, 4) ** 0.5
        b = uniform(directions, 2 * columns) if index % 4 else None
        lengths = random.integers(0, steps + 1, batch).astype(numpy.int32) if index % 5 == 3 else None
        h0, c0 = (uniform(directions, batch, hidden) if index % 2 else None for _ in range(2))
        c0 = c0 if cell == "lstm" else None
        zeros = numpy.zeros((directions, batch, hidden))
        expected = [recurrent(cell, x.astype(float), w[d].astype(float), r[d].astype(float),
                              numpy.zeros((2, columns)) if b is None else b[d].reshape(2, columns).astype(float),
                              numpy.full(batch, steps) if lengths is None else lengths, (zeros if h0 is None else h0)[d].astype(float),
                              (zeros if c0 is None else c0)[d].astype(float), linear, direction == "reverse" or d == 1)
                    for d in range(directions)]
        expected = [numpy.concatenate([e[0] for e in expected], 2), numpy.stack([e[1] for e in expected]), numpy.stack([e[2] for e in expected])]
        for threads in (1, 2, 3):
            outputs = run_node(library, tmp_path, "recurrent", "RecurrentAttributes",
                               dict(cell=cell, direction=direction, hidden=hidden, linear_before_reset=linear),
                               [x, w, r, b, lengths, h0, c0], {1, 2, 3}, 3 if cell == "lstm" else 2, threads)
            for name, output, reference in zip(("y", "h", "c"), outputs, expected):
                assert numpy.abs(output - reference).max(initial=0) <= TOLERANCE, (name, hidden, steps, batch, features, direction, threads)


def attention(q, k, v, mask, heads, scale, causal):
    split = lambda x: x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3).astype(float)
    q, k, v = split(q), split(k), split(v)
    scores = scale * q @ k.swapaxes(2, 3)
    if mask is not None:
        scores = scores + mask
    if causal:
        queries, keys = scores.shape[2:]
        visible = numpy.arange(keys)[None] <= numpy.arange(queries)[:, None] + max(keys - queries, 0)
        scores = numpy.where(visible, scores, -numpy.inf)
    top = scores.max(3, keepdims=True)
    weights = numpy.where(top > -numpy.inf, numpy.exp(scores - numpy.where(top > -numpy.inf, top, 0)), 0)
    total = weights.sum(3, keepdims=True)
    result = weights @ v / numpy.where(total > 0, total, 1)
    return result.transpose(0, 2, 1, 3).reshape(q.shape[0], q.shape[2], -1)


HEADS = [(features, values, queries, keys) for features, values in ((1, 1), (5, 3), (32, 32), (33, 17), (64, 64))
         for queries, keys in ((1, 1), (1, 50), (7, 7), (6, 33), (40, 13), (130, 129))] + [(16, 16, 20, 1100), (64, 64, 600, 600)]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", ["no", "keys", "queries", "all", "some rows away"])
def test_attention(library, tmp_path, causal, masked):
    random = numpy.random.default_rng(4)
    for index, (features, values, queries, keys) in enumerate(HEADS):
        batch, heads = 1 + index % 2, 1 + index * 2 % 3
        q, k, v = (random.uniform(-2, 2, shape).astype(numpy.float32) for shape in (
            (batch, queries, heads * features), (batch, keys, heads * features), (batch, keys, heads * values)))
        shape = {"keys": (batch, 1, 1, keys), "queries": (queries, 1), "all": (batch, heads, queries, keys)}.get(masked, (queries, keys))
        mask = None if masked == "no" else random.uniform(-3, 3, shape).astype(numpy.float32)
        if masked == "some rows away":
            mask[random.random(shape) < 0.5] = -numpy.inf
            mask[::3] = -numpy.inf
        scale = features ** -0.5
        expected = attention(q, k, v, mask, heads, float(numpy.float32(scale)), causal)
        for threads in (1, 2):
            output, = run_node(library, tmp_path, "attention", "AttentionAttributes", dict(heads=heads, scale=scale, causal=causal),
                               [q, k, v] + ([] if mask is None else [mask]), set(), 1, threads)
            assert numpy.abs(output - expected).max(initial=0) <= TOLERANCE, (features, values, queries, keys, threads)
