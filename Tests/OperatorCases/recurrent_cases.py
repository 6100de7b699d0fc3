# SPDX-License-Identifier: Apache-2.0
"""Cases of recurrent; the oracle is a plain loop in float64."""
import itertools

import numpy as np

from matrix_cases import Cases, check, random, rng


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def recurrent(cell, direction, x, w, r, bias, lengths, h0, c0, linear_before_reset):
    x, w, r = x.astype(np.float64), w.astype(np.float64), r.astype(np.float64)
    steps, batch, _ = x.shape
    directions, hidden, width = r.shape
    y = np.zeros((steps, batch, directions * hidden))
    last_h, last_c = np.zeros((directions, batch, hidden)), np.zeros((directions, batch, hidden))
    for d, b in itertools.product(range(directions), range(batch)):
        backwards = direction == "reverse" or d == 1
        h = h0[d, b].astype(np.float64) if h0 is not None else np.zeros(hidden)
        c = c0[d, b].astype(np.float64) if c0 is not None else np.zeros(hidden)
        bi, br = (bias[d, :width], bias[d, width:]) if bias is not None else (np.zeros(width), np.zeros(width))
        end = int(lengths[b]) if lengths is not None else steps
        for t in reversed(range(end)) if backwards else range(end):
            p = x[t, b] @ w[d] + bi
            if cell == "lstm":
                i, f, g, o = np.split(p + h @ r[d] + br, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            elif cell == "gru":
                pr, pz, pn = np.split(p, 3)
                rr, rz, rn = np.split(r[d], 3, axis=1)
                b_r, b_z, b_n = np.split(br, 3)
                reset, update = sigmoid(pr + h @ rr + b_r), sigmoid(pz + h @ rz + b_z)
                n = np.tanh(pn + reset * (h @ rn + b_n)) if linear_before_reset else np.tanh(pn + (reset * h) @ rn + b_n)
                h = update * h + (1 - update) * n
            else:
                h = p + h @ r[d] + br
                h = np.tanh(h) if cell == "rnn_tanh" else np.maximum(h, 0)
            y[t, b, d * hidden:(d + 1) * hidden] = h
        last_h[d, b], last_c[d, b] = h, c
    return y, last_h, last_c


def onnx_gates(cell, array, axis):
    """Gates from the order here to ONNX's: LSTM i, o, f, g; GRU z, r, n."""
    if cell == "lstm":
        i, f, g, o = np.split(array, 4, axis)
        return np.concatenate([i, o, f, g], axis)
    if cell == "gru":
        r, z, n = np.split(array, 3, axis)
        return np.concatenate([z, r, n], axis)
    return array


def recurrents():
    cases = Cases("recurrent")

    def add(name, cell, steps, batch, features, hidden, direction="forward", bias=True, lengths=None, initial=False, linear=False, outputs=None):
        gates = {"lstm": 4, "gru": 3}.get(cell, 1)
        directions = 2 if direction == "bidirectional" else 1
        x, w = random(rng, steps, batch, features), random(rng, directions, features, gates * hidden)
        r = random(rng, directions, hidden, gates * hidden, scale=0.5)
        b = random(rng, directions, 2 * gates * hidden) if bias else None
        h0 = random(rng, directions, batch, hidden) if initial else None
        c0 = random(rng, directions, batch, hidden) if initial and cell == "lstm" else None
        n = np.array(lengths, np.int32) if lengths is not None else None
        y, last_h, last_c = recurrent(cell, direction, x, w, r, b, n, h0, c0, linear)
        if batch and (lengths is None or min(lengths) > 0):
            transposed = [("x", x), ("w", np.ascontiguousarray(onnx_gates(cell, w, 2).swapaxes(1, 2))),
                          ("r", np.ascontiguousarray(onnx_gates(cell, r, 2).swapaxes(1, 2))),
                          ("b", np.concatenate([onnx_gates(cell, half, 1) for half in np.split(b, 2, 1)], 1) if bias else None), ("n", n), ("h", h0)]
            options = {"direction": direction, "hidden_size": hidden}
            if cell == "gru":
                options["linear_before_reset"] = int(linear)
            if cell.startswith("rnn"):
                options["activations"] = [{"rnn_tanh": "Tanh", "rnn_relu": "Relu"}[cell]] * directions
            if cell == "lstm":
                transposed.append(("c", c0))
            if steps:
                check({"lstm": "LSTM", "gru": "GRU"}.get(cell, "RNN"), options, transposed, last_h.astype(np.float32), index=1)
                check({"lstm": "LSTM", "gru": "GRU"}.get(cell, "RNN"), options, transposed,
                      np.ascontiguousarray(y.reshape(steps, batch, directions, hidden).swapaxes(1, 2)).astype(np.float32))
        wanted = outputs if outputs is not None else ("y", "h", "c") if cell == "lstm" else ("y", "h")
        values = {"y": y, "h": last_h, "c": last_c}
        cases.add(name, {"cell": cell, "direction": direction, "hidden": hidden, "linear_before_reset": linear},
                  [x, w, r, b, n, h0, c0], [values[key] if key in wanted else None for key in ("y", "h", "c")[:3 if cell == "lstm" else 2]])

    add("lstm", "lstm", 4, 2, 3, 5)
    add("lstm, both directions, initial states", "lstm", 3, 2, 3, 5, "bidirectional", initial=True)
    add("lstm, reverse, lengths", "lstm", 5, 3, 2, 4, "reverse", lengths=[5, 2, 1], initial=True)
    add("lstm, both directions, lengths, one of them 0", "lstm", 4, 3, 2, 3, "bidirectional", lengths=[4, 0, 3])
    add("lstm without bias, last state only", "lstm", 3, 1, 4, 9, bias=False, outputs=("h",))
    add("lstm, output only", "lstm", 3, 1, 4, 9, outputs=("y",))
    add("lstm with threads", "lstm", 2, 20, 3, 24, initial=True)
    add("gru", "gru", 4, 2, 3, 5)
    add("gru, linear before reset", "gru", 4, 2, 3, 5, linear=True)
    add("gru, both directions, linear before reset, initial states", "gru", 3, 2, 3, 9, "bidirectional", linear=True, initial=True)
    add("gru, both directions, lengths", "gru", 4, 2, 3, 4, "bidirectional", lengths=[2, 4], initial=True)
    add("gru without bias", "gru", 3, 2, 3, 4, bias=False)
    add("gru with threads", "gru", 2, 24, 3, 24, initial=True)
    add("gru with threads, linear before reset, reverse", "gru", 2, 24, 3, 24, "reverse", linear=True)
    add("rnn", "rnn_tanh", 4, 2, 3, 5, initial=True)
    add("rnn, relu, both directions", "rnn_relu", 3, 2, 3, 11, "bidirectional")
    add("no steps keep the initial states", "lstm", 0, 2, 3, 4, initial=True)
    add("no sequences", "gru", 3, 0, 3, 4)
    x, w, r = random(rng, 3, 2, 4), random(rng, 1, 4, 12), random(rng, 1, 3, 12)
    options = {"cell": "lstm", "hidden": 3}
    cases.fail("hidden units and weights differ", {"cell": "lstm", "hidden": 4}, [x, w, r])
    cases.fail("no hidden units", {"cell": "lstm", "hidden": 0}, [x, w, r])
    cases.fail("weights of one direction", {**options, "direction": "bidirectional"}, [x, w, r])
    cases.fail("bias of one kind", options, [x, w, r, random(rng, 1, 12)])
    cases.fail("initial state of another batch", options, [x, w, r, None, None, random(rng, 1, 3, 3)])
    cases.fail("lengths of another batch", options, [x, w, r, None, np.array([1, 2, 3], np.int32)])
    cases.fail("a length too long", options, [x, w, r, None, np.array([1, 4], np.int32)], "OUT_OF_RANGE")
    cases.fail("a negative length", options, [x, w, r, None, np.array([-1, 2], np.int32)], "OUT_OF_RANGE")
    cases.fail("lengths of floats", options, [x, w, r, None, random(rng, 2)], "INVALID_TYPE")
    cases.fail("cell state of a GRU", {"cell": "gru", "hidden": 4}, [x, w, random(rng, 1, 4, 12)], "UNSUPPORTED", outputs=[x, x, x])
    cases.write()
