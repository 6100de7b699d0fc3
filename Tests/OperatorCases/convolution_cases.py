# SPDX-License-Identifier: Apache-2.0
"""Cases of convolution; the oracle is a plain loop in float64."""
import itertools

import numpy as np

from matrix_cases import Cases, check, random, relu, rng
from window_attributes import channels_first, full, onnx_window, paddings


def convolution(x, w, attributes, bias=None, residual=None, activation=None):
    x, w = x.astype(np.float64), w.astype(np.float64)
    rank = x.ndim - 2
    strides, dilations = full(attributes.get("strides"), rank, 1), full(attributes.get("dilations"), rank, 1)
    groups = attributes.get("groups", 1)
    kernel, extents = w.shape[:rank], x.shape[1:-1]
    pads = paddings(attributes, extents, kernel, strides, dilations)
    out = [(extents[i] + sum(pads[i]) - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in range(rank)]
    m, per_group = w.shape[-1], w.shape[-2]
    y = np.zeros((x.shape[0], *out, m))
    for position in itertools.product(*[range(o) for o in out]):
        for tap in itertools.product(*[range(k) for k in kernel]):
            at = [position[i] * strides[i] - pads[i][0] + tap[i] * dilations[i] for i in range(rank)]
            if any(a < 0 or a >= e for a, e in zip(at, extents)):
                continue
            pixels = x[(slice(None), *at)]
            for group in range(groups):
                rows = slice(group * per_group, (group + 1) * per_group)
                columns = slice(group * (m // groups), (group + 1) * (m // groups))
                y[(slice(None), *position, columns)] += pixels[:, rows] @ w[tap][:, columns]
    if bias is not None:
        y = y + bias
    if residual is not None:
        y = y + residual
    return activation(y) if activation else y


def convolutions():
    cases = Cases("convolution")

    def add(name, x_shape, w_shape, attributes, bias=True, residual=False, activation=None, function=None):
        x, w = random(rng, *x_shape), random(rng, *w_shape)
        b = random(rng, w_shape[-1]) if bias else None
        plain = convolution(x, w, attributes, b)
        r = random(rng, *plain.shape) if residual else None
        y = convolution(x, w, attributes, b, r, activation)
        rank = len(x_shape) - 2
        # onnxruntime refuses dilations with automatic padding.
        if plain.size and x.size and not ("dilations" in attributes and "padding_mode" in attributes):
            onnx_w = np.moveaxis(w, (-1, -2), (0, 1))
            check("Conv", {**onnx_window(attributes, rank), "group": attributes.get("groups", 1)},
                  [("x", np.ascontiguousarray(channels_first(x))), ("w", np.ascontiguousarray(onnx_w)), ("b", b)], channels_first(plain))
        if function:
            attributes = {**attributes, "activation": function}
        cases.add(name, attributes, [x, w, b, r], [y])

    p1 = {"padding_begin": [1, 1], "padding_end": [1, 1]}
    add("1x1", (2, 5, 3, 7), (1, 1, 7, 9), {})
    add("1x1 without bias, one column", (1, 5, 3, 7), (1, 1, 7, 1), {}, bias=False)
    add("1x1 on one pixel", (1, 1, 1, 19), (1, 1, 19, 33), {})
    add("1x1 stride 2", (1, 5, 6, 3), (1, 1, 3, 5), {"strides": [2, 2]})
    add("1x1 with residual and relu", (1, 4, 5, 6), (1, 1, 6, 10), {}, residual=True, activation=relu,
        function={"function": "relu", "alpha": 0, "beta": 0})
    add("1x1 padded", (1, 2, 2, 3), (1, 1, 3, 4), p1)
    add("3x3", (1, 6, 5, 4), (3, 3, 4, 5), p1)
    add("3x3, two images, 9 to 17 channels", (2, 4, 3, 9), (3, 3, 9, 17), p1)
    add("3x3 stride 2, asymmetric padding", (1, 7, 6, 3), (3, 3, 3, 4),
        {"strides": [2, 2], "padding_begin": [0, 1], "padding_end": [1, 2]})
    add("7x7 stride 2, three channels", (1, 11, 12, 3), (7, 7, 3, 6), {"strides": [2, 2], "padding_begin": [3, 3], "padding_end": [3, 3]},
        activation=lambda y: np.clip(y, 0, 6), function={"function": "clip", "alpha": 0, "beta": 6})
    add("dilated, stride 1 by 2", (1, 9, 10, 3), (3, 2, 3, 5), {"dilations": [2, 3], "strides": [1, 2], "padding_begin": [2, 1], "padding_end": [1, 2]})
    add("kernel wider than the input", (1, 2, 2, 3), (5, 5, 3, 2), {"padding_begin": [2, 2], "padding_end": [2, 2]})
    add("padding wider than the kernel", (1, 2, 3, 2), (2, 2, 2, 3), {"padding_begin": [3, 4], "padding_end": [4, 3]})
    add("same upper", (1, 5, 6, 2), (3, 4, 2, 3), {"padding_mode": "same_upper", "strides": [2, 3]})
    add("same lower", (1, 5, 6, 2), (3, 4, 2, 3), {"padding_mode": "same_lower", "strides": [2, 1]})
    add("valid ignores paddings", (1, 5, 6, 2), (3, 4, 2, 3), {"padding_mode": "valid"})
    add("two groups", (1, 5, 4, 6), (3, 3, 3, 8), {"groups": 2, **p1})
    add("two groups, 1x1", (1, 5, 4, 6), (1, 1, 3, 4), {"groups": 2}, residual=True)
    add("three groups of one output", (1, 4, 4, 6), (3, 3, 2, 3), {"groups": 3, **p1})
    add("groups with a channel multiplier", (1, 4, 4, 3), (3, 3, 1, 6), {"groups": 3, **p1})
    add("depthwise 3x3, 16 channels", (1, 5, 6, 16), (3, 3, 1, 16), {"groups": 16, **p1})
    add("depthwise 3x3, 23 channels, stride 2", (2, 6, 5, 23), (3, 3, 1, 23), {"groups": 23, "strides": [2, 2], **p1}, residual=True,
        activation=relu, function={"function": "relu", "alpha": 0, "beta": 0})
    add("depthwise 5x5, 3 channels, dilated", (1, 9, 11, 3), (5, 5, 1, 3), {"groups": 3, "dilations": [2, 2], "padding_begin": [4, 4], "padding_end": [4, 4]})
    add("depthwise over a long row", (1, 140, 5), (9, 1, 5), {"groups": 5, "padding_begin": [8], "padding_end": [0]})
    add("one dimension", (2, 13, 3), (4, 3, 5), {"strides": [3], "padding_begin": [2], "padding_end": [1]})
    add("one dimension, dilated", (1, 21, 5), (3, 5, 4), {"dilations": [4], "padding_mode": "same_upper"})
    add("three dimensions", (1, 4, 5, 3, 2), (2, 3, 2, 2, 3), {"strides": [1, 2, 1], "padding_begin": [1, 0, 1], "padding_end": [0, 1, 0]})
    add("three dimensions, two groups, dilated", (1, 5, 4, 6, 4), (2, 2, 3, 2, 6), {"groups": 2, "dilations": [3, 1, 2], "padding_end": [0, 1, 0]})
    add("many positions", (1, 25, 21, 2), (3, 3, 2, 3), {"padding_begin": [1, 1], "padding_end": [1, 1]})
    add("few positions, many outputs", (1, 4, 4, 11), (2, 2, 11, 67), {})
    add("no images", (0, 5, 5, 2), (3, 3, 2, 3), {})
    add("no outputs", (1, 4, 4, 2), (3, 3, 2, 0), {}, bias=False)
    add("no input channels", (1, 4, 4, 0), (3, 3, 0, 2), {})
    x, w = random(rng, 1, 5, 5, 4), random(rng, 3, 3, 4, 6)
    cases.fail("channels differ", {}, [x, random(rng, 3, 3, 5, 6)])
    cases.fail("groups do not divide", {"groups": 3}, [x, w])
    cases.fail("no groups", {"groups": 0}, [x, w])
    cases.fail("negative groups", {"groups": -2}, [x, w])
    cases.fail("window larger than the input", {"dilations": [3, 3]}, [x, w])
    cases.fail("huge dilation", {"dilations": [2147483647, 1]}, [x, w])
    cases.fail("stride 0", {"strides": [0, 1]}, [x, w], "INVALID_MODEL")
    cases.fail("negative padding", {"padding_begin": [-1, 0]}, [x, w], "INVALID_MODEL")
    cases.fail("three strides", {"strides": [1, 1, 1]}, [x, w], "INVALID_MODEL")
    cases.fail("bias too long", {}, [x, w, random(rng, 7)])
    cases.fail("residual of another shape", {}, [x, w, None, random(rng, 1, 3, 3, 5)])
    cases.fail("weights of integers", {}, [x, np.ones((3, 3, 4, 6), np.int32)], "INVALID_TYPE")
    cases.fail("no spatial dimension", {}, [random(rng, 2, 3), random(rng, 3, 4)])
    cases.fail("no weights", {}, [x, None], "INVALID_MODEL")
    cases.write()
