# SPDX-License-Identifier: Apache-2.0
"""Cases of matmul; the oracle is NumPy's product in float64."""
import numpy as np

from matrix_cases import Cases, random, relu, rng


def matmuls():
    cases = Cases("matmul")

    def add(name, a_shape, b_shape, attributes=None, bias=None, residual=False, activation=None, function=None, rng=rng, **tolerance):
        attributes = attributes or {}
        a, b = random(rng, *a_shape), random(rng, *b_shape)
        left = a.astype(np.float64).swapaxes(-1, -2) if attributes.get("transpose_a") else a.astype(np.float64)
        right = b.astype(np.float64).swapaxes(-1, -2) if attributes.get("transpose_b") else b.astype(np.float64)
        y = (left @ right) * attributes.get("scale", 1)
        inputs = [a, b, None, None]
        if bias is not None:
            inputs[2] = random(rng, *bias)
            y = y + inputs[2]
        if residual:
            inputs[3] = random(rng, *y.shape)
            y = y + inputs[3]
        if function:
            attributes = {**attributes, "activation": function}
        cases.add(name, attributes, inputs, [activation(y) if activation else y], **tolerance)

    add("odd extents", (5, 7), (7, 11))
    add("one row", (1, 33), (33, 21))
    add("two rows", (2, 35), (35, 9))
    add("one row, b transposed", (1, 45), (13, 45), {"transpose_b": True})
    add("one column", (9, 35), (35, 1))
    add("one column, a transposed", (35, 9), (35, 1), {"transpose_a": True})
    add("inner extent 1", (6, 1), (1, 10))
    add("a transposed", (7, 5), (7, 11), {"transpose_a": True})
    add("b transposed", (5, 7), (11, 7), {"transpose_b": True})
    add("both transposed", (7, 5), (11, 7), {"transpose_a": True, "transpose_b": True})
    add("one row of a transposed, b transposed", (19, 1), (3, 19), {"transpose_a": True, "transpose_b": True})
    add("deeper than a block", (3, 263), (263, 5), absolute=1e-4)
    add("wider than a block", (5, 9), (9, 139))
    add("threads over rows", (35, 17), (17, 40))
    add("threads over columns", (5, 35), (35, 117))
    add("scale", (4, 6), (6, 5), {"scale": 0.125})
    add("bias of a vector", (4, 6), (6, 13), bias=(13,))
    add("bias of a vector, relu, residual", (2, 9, 6), (6, 13), bias=(13,), residual=True, activation=relu,
        function={"function": "relu", "alpha": 0, "beta": 0})
    add("bias of one value", (4, 6), (6, 5), bias=(1,))
    add("bias of a column", (4, 6), (6, 5), bias=(4, 1))
    add("bias of a matrix", (4, 6), (6, 5), bias=(4, 5))
    add("bias of a batch", (3, 4, 6), (6, 5), bias=(3, 1, 5))
    add("scalar bias", (4, 6), (6, 5), bias=())
    add("scale, bias and tanh", (4, 6), (6, 5), {"scale": 2}, bias=(5,), activation=np.tanh, function={"function": "tanh", "alpha": 0, "beta": 0})
    add("batch", (3, 4, 6), (3, 6, 5))
    add("batch of a only", (3, 2, 4, 6), (6, 5))
    add("batch of a only, a transposed", (3, 6, 4), (6, 5), {"transpose_a": True})
    add("batch of b only", (4, 6), (3, 6, 5))
    add("batches broadcast", (3, 1, 4, 6), (2, 6, 5), bias=(2, 1, 5))
    add("batches broadcast, b transposed", (1, 3, 2, 6), (2, 1, 5, 6), {"transpose_b": True}, residual=True)
    add("batches of one row, as in decoding", (2, 3, 1, 8), (2, 3, 8, 19))
    add("rank 6", (1, 2, 1, 2, 3, 4), (2, 1, 2, 4, 5))
    add("many batches for threads", (37, 9, 8), (37, 8, 8))
    add("no rows", (0, 6), (6, 5))
    add("no columns", (4, 6), (6, 0))
    add("no inner extent", (4, 0), (0, 5), bias=(5,))
    add("no batches", (0, 4, 6), (0, 6, 5))
    # Sizes around the vectors and tiles of every instruction set, from a series of their own.
    own = np.random.default_rng(11)
    both = {"transpose_a": True, "transpose_b": True}
    add("tiles and vectors, a transposed", (21, 31), (21, 37), {"transpose_a": True}, bias=(37,), rng=own)
    add("tiles and vectors, b transposed, scaled", (29, 18), (35, 18), {"transpose_b": True, "scale": 0.25}, residual=True, rng=own)
    add("tiles and vectors, both transposed, scaled", (2, 17, 15), (2, 33, 17), {**both, "scale": -0.5}, activation=relu,
        function={"function": "relu", "alpha": 0, "beta": 0}, rng=own)
    add("one more than a vector, both transposed", (5, 17), (17, 5), both, rng=own)
    add("deeper than a part, a transposed", (613, 3), (613, 5), {"transpose_a": True}, absolute=1e-4, rng=own)
    add("more panels than are packed for few rows", (5, 61), (61, 139), rng=own)
    a, b = random(rng, 4, 6), random(rng, 6, 5)
    cases.fail("inner extents differ", {}, [a, random(rng, 5, 6)])
    cases.fail("inner extents differ when transposed", {"transpose_a": True}, [a, b])
    cases.fail("batches differ", {}, [random(rng, 2, 4, 6), random(rng, 3, 6, 5)])
    cases.fail("a vector", {}, [random(rng, 6), b])
    cases.fail("bias larger than the output", {}, [a, b, random(rng, 2, 4, 5)])
    cases.fail("residual that would broadcast", {}, [a, b, None, random(rng, 1, 5)])
    cases.fail("integers", {}, [np.ones((4, 6), np.int64), b], "INVALID_TYPE")
    cases.write()
