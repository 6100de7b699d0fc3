# SPDX-License-Identifier: Apache-2.0
"""Cases of pool; the oracle is a plain loop in float64."""
import itertools
import math

import numpy as np

from matrix_cases import Cases, check, random, rng
from window_attributes import channels_first, full, onnx_window, paddings


def pool(x, attributes):
    rank = x.ndim - 2
    extents, kernel = x.shape[1:-1], attributes["kernel"]
    strides, dilations = full(attributes.get("strides"), rank, 1), full(attributes.get("dilations"), rank, 1)
    average = attributes.get("function") == "average"
    windows = []
    for i in range(rank):
        if attributes.get("adaptive"):
            windows.append([(list(range(o * extents[i] // kernel[i], math.ceil((o + 1) * extents[i] / kernel[i]))), None) for o in range(kernel[i])])
            continue
        begin, end = paddings(attributes, extents, kernel, strides, dilations)[i]
        room = extents[i] + begin + end - dilations[i] * (kernel[i] - 1) - 1
        count = (-(-room // strides[i]) if attributes.get("ceil_mode") else room // strides[i]) + 1
        if attributes.get("ceil_mode") and (count - 1) * strides[i] >= extents[i] + begin:
            count -= 1
        if attributes.get("padding_mode", "explicit").startswith("same"):
            count = -(-extents[i] // strides[i])
        axis = []
        for o in range(count):
            taps = [o * strides[i] - begin + k * dilations[i] for k in range(kernel[i])]
            axis.append(([t for t in taps if 0 <= t < extents[i]], sum(t < extents[i] + end for t in taps)))
        windows.append(axis)
    shape = [len(axis) for axis in windows]
    y = np.zeros((x.shape[0], *shape, x.shape[-1]))
    indices = np.zeros(y.shape, np.int64)
    for position in itertools.product(*[range(s) for s in shape]):
        chosen = [windows[i][position[i]] for i in range(rank)]
        cells = list(itertools.product(*[c[0] for c in chosen]))
        for n in range(x.shape[0]):
            for c in range(x.shape[-1]):
                values = [float(x[(n, *cell, c)]) for cell in cells]
                if average:
                    divisor = len(values)
                    if attributes.get("count_padding") and not attributes.get("adaptive"):
                        divisor = int(np.prod([c[1] for c in chosen]))
                    y[(n, *position, c)] = sum(values) / divisor
                else:
                    best = int(np.argmax(values))
                    y[(n, *position, c)] = values[best]
                    indices[(n, *position, c)] = int(np.ravel_multi_index(cells[best], extents))
    return y, indices


def pools():
    cases = Cases("pool")

    def add(name, x_shape, attributes, indices=False, reference=True, source=rng):
        x = random(source, *x_shape)
        y, found = pool(x, attributes)
        rank = len(x_shape) - 2
        average = attributes.get("function") == "average"
        if y.size and reference and not attributes.get("adaptive"):
            options = {**onnx_window(attributes, rank), "kernel_shape": attributes["kernel"], "ceil_mode": int(attributes.get("ceil_mode", False))}
            if average:
                options["count_include_pad"] = int(attributes.get("count_padding", False))
            check("AveragePool" if average else "MaxPool", options, [("x", np.ascontiguousarray(channels_first(x)))], channels_first(y), opset=19)
        cases.add(name, attributes, [x], [y, found] if indices else [y])

    average = {"function": "average"}
    p1 = {"padding_begin": [1, 1], "padding_end": [1, 1]}
    add("maximum 2x2", (2, 5, 6, 19), {"kernel": [2, 2], "strides": [2, 2]})
    add("maximum 3x3 stride 2, padded", (1, 6, 7, 5), {"kernel": [3, 3], "strides": [2, 2], **p1})
    add("maximum with indices", (2, 5, 4, 3), {"kernel": [3, 2], "strides": [2, 1], "padding_begin": [1, 0], "padding_end": [1, 1]}, indices=True)
    add("maximum, ceil", (1, 6, 8, 24), {"kernel": [3, 3], "strides": [2, 2], "ceil_mode": True})
    add("maximum, ceil, last window dropped", (1, 4, 4, 2), {"kernel": [2, 2], "strides": [3, 3], "ceil_mode": True, **p1})
    add("maximum, dilated", (1, 8, 7, 17), {"kernel": [2, 3], "dilations": [3, 2], "padding_begin": [1, 1], "padding_end": [0, 1]})
    add("maximum, same lower", (1, 5, 5, 4), {"kernel": [2, 2], "strides": [2, 2], "padding_mode": "same_lower"})
    add("average 2x2", (1, 5, 6, 35), {**average, "kernel": [2, 2], "strides": [2, 2]})
    add("average without padding in the divisor", (1, 5, 4, 6), {**average, "kernel": [3, 3], "strides": [2, 2], **p1})
    add("average with padding in the divisor", (1, 5, 4, 6), {**average, "kernel": [3, 3], "strides": [2, 2], "count_padding": True, **p1})
    # onnxruntime counts what lies behind the padding in some versions; the rule here is Paddle's and PyTorch's.
    add("average, ceil, padding counted", (1, 6, 7, 9), {**average, "kernel": [3, 3], "strides": [2, 2], "count_padding": True, "ceil_mode": True,
                                                         "padding_begin": [1, 0], "padding_end": [1, 0]}, reference=False)
    add("average, ceil", (1, 6, 8, 3), {**average, "kernel": [3, 3], "strides": [2, 2], "ceil_mode": True})
    add("average, same upper", (1, 5, 6, 3), {**average, "kernel": [2, 4], "strides": [2, 3], "padding_mode": "same_upper"})
    add("global average", (2, 7, 5, 21), {**average, "kernel": [7, 5]})
    add("adaptive average to 1", (1, 7, 6, 18), {**average, "kernel": [1, 1], "adaptive": True})
    add("adaptive average, uneven", (1, 7, 10, 3), {**average, "kernel": [3, 4], "adaptive": True})
    add("adaptive average, larger than the input", (1, 2, 3, 3), {**average, "kernel": [5, 4], "adaptive": True})
    add("adaptive maximum with indices", (1, 7, 5, 3), {"kernel": [2, 3], "adaptive": True}, indices=True)
    add("one dimension", (2, 11, 9), {"kernel": [4], "strides": [3], "padding_begin": [1], "padding_end": [2]})
    add("one dimension, average", (1, 11, 3), {**average, "kernel": [4], "strides": [2], "count_padding": True, "padding_begin": [2], "padding_end": [2]})
    add("three dimensions", (1, 4, 5, 6, 3), {"kernel": [2, 2, 3], "strides": [2, 1, 2], "padding_begin": [0, 1, 1], "padding_end": [0, 0, 1]})
    add("three dimensions, average", (1, 4, 5, 6, 3), {**average, "kernel": [2, 2, 3], "strides": [2, 1, 2], "padding_begin": [0, 1, 1]})
    add("enough for threads", (1, 17, 15, 12), {"kernel": [3, 3]})
    add("no images", (0, 4, 4, 3), {"kernel": [2, 2]})
    add("no channels", (1, 4, 4, 0), {"kernel": [2, 2]})
    x = random(rng, 1, 4, 4, 3)
    cases.fail("one kernel extent", {"kernel": [2]}, [x], "INVALID_MODEL")
    cases.fail("kernel 0", {"kernel": [0, 2]}, [x])
    cases.fail("window larger than the input", {"kernel": [5, 2]}, [x])
    cases.fail("adaptive to 0", {"kernel": [0, 2], "adaptive": True}, [x])
    cases.fail("indices of an average", {**average, "kernel": [2, 2]}, [x], "UNSUPPORTED", outputs=[x, x])
    cases.fail("integers", {"kernel": [2, 2]}, [np.ones((1, 4, 4, 3), np.int64)], "INVALID_TYPE")
    cases.fail("stride 0", {"kernel": [2, 2], "strides": [1, 0]}, [x], "INVALID_MODEL")
    # Windows that slide by one position; of other random numbers, so that those of the cases behind stay.
    own = np.random.default_rng(12)
    p2, p6 = {"padding_begin": [2, 2], "padding_end": [2, 2]}, {"padding_begin": [6, 6], "padding_end": [6, 6]}
    add("maximum 5x5, padded", (2, 9, 7, 19), {"kernel": [5, 5], **p2}, source=own)
    add("maximum 13x13, padded", (1, 9, 18, 16), {"kernel": [13, 13], **p6}, source=own)
    add("maximum 4x7, padded on one side", (1, 6, 9, 17), {"kernel": [4, 7], "padding_begin": [3, 0], "padding_end": [0, 2]}, source=own)
    cases.write()
