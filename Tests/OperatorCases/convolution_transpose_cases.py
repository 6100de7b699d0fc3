# SPDX-License-Identifier: Apache-2.0
"""Cases of convolution_transpose; the oracle is a plain loop in float64."""
import itertools

import numpy as np

from matrix_cases import Cases, check, random, relu, rng
from window_attributes import channels_first, full, onnx_window


def convolution_transpose(x, w, attributes, bias=None):
    x, w = x.astype(np.float64), w.astype(np.float64)
    rank = x.ndim - 2
    strides, dilations = full(attributes.get("strides"), rank, 1), full(attributes.get("dilations"), rank, 1)
    groups, extra = attributes.get("groups", 1), full(attributes.get("output_padding"), rank, 0)
    kernel, extents = w.shape[:rank], x.shape[1:-1]
    mode = attributes.get("padding_mode", "explicit")
    begin, end = full(attributes.get("padding_begin"), rank, 0), full(attributes.get("padding_end"), rank, 0)
    out = []
    for i in range(rank):
        reach = (extents[i] - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 + extra[i]
        if mode in ("same_upper", "same_lower"):
            total = max(reach - extents[i] * strides[i], 0)
            begin[i] = total // 2 if mode == "same_upper" else total - total // 2
            out.append(extents[i] * strides[i])
        elif mode == "valid":
            begin[i] = 0
            out.append(reach)
        else:
            out.append(reach - begin[i] - end[i])
    if attributes.get("output_extents"):
        out = attributes["output_extents"]
    channels, per_group = x.shape[-1] // groups, w.shape[-1]
    y = np.zeros((x.shape[0], *out, per_group * groups))
    for position in itertools.product(*[range(e) for e in extents]):
        for tap in itertools.product(*[range(k) for k in kernel]):
            at = [position[i] * strides[i] - begin[i] + tap[i] * dilations[i] for i in range(rank)]
            if any(a < 0 or a >= o for a, o in zip(at, out)):
                continue
            for g in range(groups):
                rows = slice(g * channels, (g + 1) * channels)
                y[(slice(None), *at, slice(g * per_group, (g + 1) * per_group))] += x[(slice(None), *position, rows)] @ w[tap][rows]
    return y if bias is None else y + bias


def convolution_transposes():
    cases = Cases("convolution_transpose")

    def add(name, x_shape, w_shape, attributes, bias=True, activation=None, function=None):
        x, w = random(rng, *x_shape), random(rng, *w_shape)
        groups = attributes.get("groups", 1)
        b = random(rng, w_shape[-1] * groups) if bias else None
        y = convolution_transpose(x, w, attributes, b)
        rank = len(x_shape) - 2
        if y.size and "output_extents" not in attributes:
            options = {**onnx_window(attributes, rank), "group": groups, "output_padding": full(attributes.get("output_padding"), rank, 0)}
            check("ConvTranspose", options, [("x", np.ascontiguousarray(channels_first(x))),
                                             ("w", np.ascontiguousarray(np.moveaxis(w, (-2, -1), (0, 1)))), ("b", b)], channels_first(y))
        if function:
            attributes = {**attributes, "activation": function}
        cases.add(name, attributes, [x, w, b], [activation(y) if activation else y])

    p1 = {"padding_begin": [1, 1], "padding_end": [1, 1]}
    add("2x2 stride 2", (1, 3, 4, 5), (2, 2, 5, 6), {"strides": [2, 2]}, activation=relu, function={"function": "relu", "alpha": 0, "beta": 0})
    add("2x2 stride 2, one output channel", (1, 4, 5, 19), (2, 2, 19, 1), {"strides": [2, 2]})
    add("3x3 stride 2, output padding", (2, 3, 4, 5), (3, 3, 5, 4), {"strides": [2, 2], "output_padding": [1, 1], **p1})
    add("3x3 stride 1", (1, 4, 5, 3), (3, 3, 3, 4), p1, bias=False)
    add("4x3 stride 3 by 1, asymmetric padding", (1, 4, 5, 3), (4, 3, 3, 7), {"strides": [3, 1], "padding_begin": [2, 0], "padding_end": [1, 2]})
    add("dilated", (1, 4, 3, 3), (3, 2, 3, 4), {"strides": [2, 1], "dilations": [2, 3], **p1})
    add("kernel smaller than the stride", (1, 3, 3, 4), (1, 1, 4, 3), {"strides": [3, 2]})
    add("two groups", (1, 3, 3, 6), (3, 3, 6, 2), {"groups": 2, "strides": [2, 2], **p1})
    add("depthwise", (1, 4, 3, 5), (4, 4, 5, 1), {"groups": 5, "strides": [2, 2], **p1})
    add("same upper", (1, 3, 4, 2), (3, 3, 2, 3), {"strides": [2, 2], "padding_mode": "same_upper"})
    add("same lower", (1, 3, 4, 2), (3, 3, 2, 3), {"strides": [2, 2], "padding_mode": "same_lower"})
    add("extents given", (1, 3, 4, 2), (3, 3, 2, 3), {"strides": [2, 2], "output_extents": [8, 9], **p1})
    add("extents cut short", (1, 3, 4, 2), (3, 3, 2, 3), {"strides": [2, 2], "output_extents": [4, 3]})
    add("one dimension", (2, 7, 3), (5, 3, 20), {"strides": [2], "padding_begin": [2], "padding_end": [2]})
    add("three dimensions", (1, 2, 3, 2, 3), (2, 3, 2, 3, 4), {"strides": [2, 1, 2], "padding_begin": [0, 1, 0], "padding_end": [1, 1, 0]})
    add("one pixel", (1, 1, 1, 40), (4, 4, 40, 12), {"strides": [1, 1]})
    add("no images", (0, 3, 4, 2), (3, 3, 2, 3), {})
    x, w = random(rng, 1, 4, 4, 6), random(rng, 3, 3, 6, 2)
    cases.fail("channels differ", {}, [x, random(rng, 3, 3, 5, 2)])
    cases.fail("nothing left of the output", {"padding_begin": [4, 4], "padding_end": [4, 4]}, [x, w])
    cases.fail("groups do not divide", {"groups": 4}, [x, w])
    cases.fail("huge stride", {"strides": [2147483647, 2147483647]}, [x, w])
    cases.fail("negative output padding", {"output_padding": [-1, 0]}, [x, w], "INVALID_MODEL")
    cases.fail("extent 0", {"output_extents": [0, 4]}, [x, w], "INVALID_MODEL")
    cases.fail("bias of one group", {"groups": 2}, [x, w, random(rng, 2)])
    cases.fail("no input rows", {}, [np.zeros((1, 0, 4, 6), np.float32), w])
    cases.write()
