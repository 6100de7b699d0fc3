# SPDX-License-Identifier: Apache-2.0
"""Cases of convolution, convolution_transpose, pool, matmul, attention and recurrent.

The oracles are plain loops in float64, written from the definitions in Sources/ModelFile/schema/model.fbs.
`python generate_matrix.py --check` also compares them with onnxruntime where an ONNX operator says the same.
"""
import itertools
import math
import sys

import numpy as np

from case_writer import case, tensor, write

rng = np.random.default_rng(7)
CHECK = "--check" in sys.argv


def random(generator, *shape, scale=1.0):
    """Values of few digits, so that the files stay small."""
    return (np.round(generator.uniform(-1, 1, shape), 2) * scale).astype(np.float32)


def single(array):
    """Results of the oracles, computed in float64, as they are recorded: to seven digits."""
    if array is None or array.dtype != np.float64:
        return array
    return np.array([float("%.7g" % value) for value in array.ravel()]).reshape(array.shape).astype(np.float32)


class Cases:
    """The rows of one operator."""

    def __init__(self, operator):
        self.operator = operator
        self.rows = []

    def add(self, name, attributes, inputs, outputs, **tolerances):
        self.rows.append(case(name, attributes, inputs, [single(output) for output in outputs], **tolerances))

    def fail(self, name, attributes, inputs, error="INVALID_SHAPE", outputs=None):
        """A node that must be refused; `outputs`, where given, say which outputs are wanted."""
        row = case(name, attributes, inputs, error=error)
        if outputs is not None:
            row["outputs"] = [tensor(output) for output in outputs]
        self.rows.append(row)

    def write(self):
        write(self.operator, self.rows)


def relu(x):
    return np.maximum(x, 0)


def full(values, rank, default):
    return list(values) if values else [default] * rank


# Convolution ------------------------------------------------------------------------------------------------------------------


def same_padding(mode, extent, kernel, stride, dilation):
    output = -(-extent // stride)
    total = max((output - 1) * stride + dilation * (kernel - 1) + 1 - extent, 0)
    small = total // 2
    return (small, total - small) if mode == "same_upper" else (total - small, small)


def paddings(attributes, extents, kernel, strides, dilations):
    rank = len(extents)
    mode = attributes.get("padding_mode", "explicit")
    if mode == "explicit":
        return list(zip(full(attributes.get("padding_begin"), rank, 0), full(attributes.get("padding_end"), rank, 0)))
    if mode == "valid":
        return [(0, 0)] * rank
    return [same_padding(mode, extents[i], kernel[i], strides[i], dilations[i]) for i in range(rank)]


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


def check(operator, attributes, feeds, expected, index=0, opset=13):
    """Compares with onnxruntime: `feeds` and `expected` are channels first already."""
    if not CHECK:
        return
    import onnx
    import onnxruntime
    names = [name if value is not None else "" for name, value in feeds]
    feeds = {name: value for name, value in feeds if value is not None}
    node = onnx.helper.make_node(operator, names, ["y%d" % i for i in range(index + 1)], **attributes)
    graph = onnx.helper.make_graph(
        [node], "g", [onnx.helper.make_tensor_value_info(n, onnx.helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feeds.items()],
        [onnx.helper.make_tensor_value_info("y%d" % index, onnx.TensorProto.INT64 if expected.dtype == np.int64 else onnx.TensorProto.FLOAT, None)])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, feeds)[0]
    assert found.shape == expected.shape, (operator, attributes, found.shape, expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=str((operator, attributes)))


def channels_first(x):
    return np.moveaxis(x, -1, 1)


def onnx_window(attributes, rank):
    result = {"strides": full(attributes.get("strides"), rank, 1), "dilations": full(attributes.get("dilations"), rank, 1)}
    mode = attributes.get("padding_mode", "explicit")
    if mode == "explicit":
        result["pads"] = full(attributes.get("padding_begin"), rank, 0) + full(attributes.get("padding_end"), rank, 0)
    else:
        result["auto_pad"] = mode.upper()
    return result


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


# Pooling ----------------------------------------------------------------------------------------------------------------------


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

    def add(name, x_shape, attributes, indices=False, reference=True):
        x = random(rng, *x_shape)
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
    cases.write()


# Matrix products --------------------------------------------------------------------------------------------------------------


def matmuls():
    cases = Cases("matmul")

    def add(name, a_shape, b_shape, attributes=None, bias=None, residual=False, activation=None, function=None, **tolerance):
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
    a, b = random(rng, 4, 6), random(rng, 6, 5)
    cases.fail("inner extents differ", {}, [a, random(rng, 5, 6)])
    cases.fail("inner extents differ when transposed", {"transpose_a": True}, [a, b])
    cases.fail("batches differ", {}, [random(rng, 2, 4, 6), random(rng, 3, 6, 5)])
    cases.fail("a vector", {}, [random(rng, 6), b])
    cases.fail("bias larger than the output", {}, [a, b, random(rng, 2, 4, 5)])
    cases.fail("residual that would broadcast", {}, [a, b, None, random(rng, 1, 5)])
    cases.fail("integers", {}, [np.ones((4, 6), np.int64), b], "INVALID_TYPE")
    cases.write()


# Attention --------------------------------------------------------------------------------------------------------------------


def attention(q, k, v, heads, scale, mask=None, causal=False):
    q, k, v = (t.astype(np.float64) for t in (q, k, v))
    batch, queries, keys = q.shape[0], q.shape[1], k.shape[1]
    features, values = q.shape[2] // heads, v.shape[2] // heads
    y = np.zeros((batch, queries, heads * values))
    full_mask = np.broadcast_to(mask, (batch, heads, queries, keys)) if mask is not None else np.zeros((batch, heads, queries, keys))
    for b, h, s in itertools.product(range(batch), range(heads), range(queries)):
        scores = [scale * (q[b, s, h * features:(h + 1) * features] @ k[b, t, h * features:(h + 1) * features]) + full_mask[b, h, s, t]
                  for t in range(keys)]
        if causal:
            scores = [score if t <= s + max(keys - queries, 0) else -np.inf for t, score in enumerate(scores)]
        if not scores or max(scores) == -np.inf:
            continue
        weights = np.exp(np.array(scores) - max(scores))
        y[b, s, h * values:(h + 1) * values] = (weights / weights.sum()) @ v[b, :, h * values:(h + 1) * values]
    return y


def attentions():
    cases = Cases("attention")

    def add(name, batch, queries, keys, heads, features, values, mask=None, causal=False, scale=0.5):
        q, k, v = random(rng, batch, queries, heads * features), random(rng, batch, keys, heads * features), random(rng, batch, keys, heads * values)
        m = mask if mask is None or isinstance(mask, np.ndarray) else random(rng, *mask)
        inputs = [q, k, v] if m is None else [q, k, v, m]
        cases.add(name, {"heads": heads, "scale": scale, "causal": causal}, inputs, [attention(q, k, v, heads, scale, m, causal)])

    add("two heads", 2, 5, 5, 2, 4, 4)
    add("keys and values of other extents", 1, 3, 11, 3, 5, 2)
    add("one query", 2, 1, 19, 2, 9, 7)
    add("one key", 1, 4, 1, 2, 3, 3)
    add("mask of scores", 1, 4, 9, 2, 3, 3, mask=(1, 2, 4, 9))
    add("mask of keys", 2, 3, 5, 2, 3, 3, mask=(2, 1, 1, 5))
    add("mask of queries", 1, 3, 5, 2, 3, 3, mask=(3, 1))
    add("mask of one value", 1, 3, 5, 2, 3, 3, mask=(1,))
    hidden = np.zeros((1, 1, 3, 10), np.float32)
    hidden[..., 6:] = -np.inf
    hidden[..., 1, :] = -np.inf
    add("keys and a whole query hidden", 1, 3, 10, 2, 3, 3, mask=hidden)
    add("padding by -10000", 1, 2, 9, 1, 3, 3, mask=np.where(np.arange(9) < 4, 0, -10000).astype(np.float32).reshape(1, 1, 1, 9))
    add("causal", 1, 9, 9, 2, 3, 3, causal=True)
    add("causal with earlier keys", 1, 3, 12, 2, 3, 3, causal=True)
    add("causal with fewer keys", 1, 7, 4, 1, 3, 3, causal=True)
    add("causal with mask", 1, 5, 5, 2, 3, 3, mask=(5, 5), causal=True)
    add("more queries than a block", 1, 131, 20, 1, 4, 4)
    add("large scores", 1, 4, 8, 2, 16, 4, scale=40)
    add("no queries", 1, 0, 4, 2, 3, 3)
    add("no keys", 1, 2, 0, 2, 3, 3)
    add("no batches", 0, 3, 4, 2, 3, 3)
    q, k = random(rng, 1, 3, 6), random(rng, 1, 4, 6)
    options = {"heads": 2, "scale": 1}
    cases.fail("heads do not divide", {"heads": 4, "scale": 1}, [q, k, k])
    cases.fail("no heads", {"heads": 0, "scale": 1}, [q, k, k])
    cases.fail("keys and values differ", options, [q, k, random(rng, 1, 5, 6)])
    cases.fail("batches differ", options, [q, random(rng, 2, 4, 6), random(rng, 2, 4, 6)])
    cases.fail("mask does not broadcast", options, [q, k, k, random(rng, 5)])
    cases.fail("mask of five dimensions", options, [q, k, k, random(rng, 1, 1, 1, 1, 1)])
    cases.fail("mask of booleans", options, [q, k, k, np.ones((1, 4), np.bool_)], "INVALID_TYPE")
    cases.fail("rank 4", options, [random(rng, 1, 2, 3, 3), k, k])
    joined_attentions(cases)
    cases.write()


def joined_attentions(cases):
    """Queries, keys and values side by side in one tensor; numbers of their own, so that the rows of other operators stay what they are."""
    own = np.random.default_rng(14)

    def add(name, batch, rows, heads, features, values, mask=None, causal=False, scale=0.5):
        x = random(own, batch, rows, heads * (2 * features + values))
        q, k, v = np.split(x, [heads * features, 2 * heads * features], axis=2)
        m = None if mask is None else random(own, *mask)
        cases.add(name, {"heads": heads, "scale": scale, "causal": causal, "value_features": values},
                  [x] if m is None else [x, None, None, m], [attention(q, k, v, heads, scale, m, causal)])

    add("joined, two heads", 2, 5, 2, 4, 4)
    add("joined, values of another extent", 1, 11, 3, 5, 2)
    add("joined, one head", 1, 9, 1, 3, 7)
    add("joined, one row", 2, 1, 2, 3, 3)
    add("joined, mask of scores", 1, 9, 2, 3, 3, mask=(1, 2, 9, 9))
    add("joined, mask of keys", 2, 5, 2, 3, 4, mask=(2, 1, 1, 5))
    add("joined, causal", 1, 9, 2, 3, 3, causal=True)
    add("joined, causal with mask", 1, 5, 2, 3, 3, mask=(5, 5), causal=True)
    add("joined, more rows than a block", 1, 70, 1, 2, 3)
    add("joined, no features", 1, 3, 2, 0, 3)
    add("joined, no rows", 1, 0, 2, 3, 3)
    add("joined, no batches", 0, 3, 2, 3, 3)
    x, k = random(own, 1, 3, 20), random(own, 1, 3, 6)
    options = {"heads": 2, "scale": 1, "value_features": 4}
    cases.fail("joined, the rest does not divide", {**options, "value_features": 3}, [x])
    cases.fail("joined, values wider than the rows", {**options, "value_features": 11}, [x])
    cases.fail("joined, the largest extents", {"heads": 2**31 - 1, "scale": 1, "value_features": 2**31 - 1}, [x])
    cases.fail("joined, negative extent of values", {**options, "value_features": -4}, [x])
    cases.fail("joined, the most negative extent of values", {**options, "value_features": -2**31}, [x])
    cases.fail("joined, no heads", {**options, "heads": 0}, [x])
    cases.fail("joined, negative heads", {**options, "heads": -2}, [x])
    cases.fail("joined, rank 2", options, [random(own, 3, 20)])
    cases.fail("joined, mask does not broadcast", options, [x, None, None, random(own, 4)])
    cases.fail("joined, integers", options, [np.ones((1, 3, 20), np.int64)], "INVALID_TYPE")
    cases.fail("joined, keys beside", options, [x, k], "INVALID_MODEL")
    cases.fail("joined, values beside", options, [x, None, k], "INVALID_MODEL")
    cases.fail("neither joined nor keys", {"heads": 2, "scale": 1}, [x], "INVALID_MODEL")


# Recurrent --------------------------------------------------------------------------------------------------------------------


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


if __name__ == "__main__":
    convolutions()
    convolution_transposes()
    pools()
    matmuls()
    attentions()
    recurrents()
