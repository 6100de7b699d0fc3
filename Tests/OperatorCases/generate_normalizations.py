# SPDX-License-Identifier: Apache-2.0
"""Cases of softmax, the normalisations, quantize_linear and dequantize_linear. The oracle is NumPy in double precision."""
import numpy as np

from case_writer import case, write

random = np.random.default_rng(3)


def floats(low, high, shape):
    return random.uniform(low, high, shape).round(3).astype(np.float32)


def softmax(x, axis, logarithm):
    x = x.astype(np.float64)
    shifted = x - x.max(axis, keepdims=True)
    total = np.exp(shifted).sum(axis, keepdims=True)
    return (shifted - np.log(total) if logarithm else np.exp(shifted) / total).astype(np.float32)


def softmax_cases():
    rows = []
    for shape, axis in [((7,), 0), ((3, 8), -1), ((2, 3, 41), 2), ((2, 5, 3), 1), ((4, 3, 9), 0), ((1, 1), 1), ((2, 3, 2, 17), -2), ((5, 1), 1), ((2, 16, 1), 1)]:
        for logarithm in (False, True):
            x = floats(-6, 6, shape)
            rows.append(case(f"{shape} {axis}", {"axis": axis, "logarithm": logarithm}, [x], [softmax(x, axis, logarithm)], absolute=1e-6, relative=1e-5))
    for length in (2, 3, 4, 7, 15, 16, 17, 21, 32, 37):  # around the shortest rows that vectors lie along, and more than a vector
        x = np.random.default_rng(length).uniform(-6, 6, (37, length)).round(2).astype(np.float32)
        rows.append(case(f"37 rows of {length}", {"axis": 1, "logarithm": length % 2 == 0}, [x], [softmax(x, 1, length % 2 == 0)], absolute=1e-6, relative=1e-5))
    x = np.array([[1000, 999, -1000], [-np.inf, 0, 1], [-1e30, -1e30, -1e30]], np.float32)
    rows.append(case("large values and -infinity", {}, [x], [softmax(x, -1, False)], absolute=1e-6))
    rows.append(case("large values down a column", {"axis": 0}, [x.T.copy()], [softmax(x, -1, False).T], absolute=1e-6))
    for rows_down, logarithm in ((16, False), (17, True), (29, False)):  # around the most that are kept in registers
        x = np.random.default_rng(rows_down).uniform(-6, 6, (rows_down, 37)).round(2).astype(np.float32)
        x[:11, 3], x[:, 5], x[12, 7] = -np.inf, -9000, np.inf
        with np.errstate(invalid="ignore"):
            rows.append(case(f"{rows_down} rows down", {"axis": 0, "logarithm": logarithm}, [x], [softmax(x, 0, logarithm)], absolute=1e-6, relative=1e-5))
    rows.append(case("scalar", {}, [np.float32(3)], [np.float32(1)]))
    rows.append(case("no elements", {}, [np.zeros((3, 0), np.float32)], [np.zeros((3, 0), np.float32)]))
    rows.append(case("no rows", {"axis": 0}, [np.zeros((3, 0), np.float32)], [np.zeros((3, 0), np.float32)]))
    rows.append(case("axis outside", {"axis": 3}, [x], error="INVALID_SHAPE"))
    rows.append(case("integers", {}, [np.zeros(3, np.int32)], error="INVALID_TYPE"))
    return rows


def layer_normalization_cases():
    rows = []
    for shape, axis in [((3, 7), -1), ((2, 3, 40), 2), ((2, 3, 5), 1), ((9,), 0), ((4, 1), 1), ((2, 2, 129), -1)]:
        for number in range(6):
            x = floats(-3, 5, shape)
            inner = shape[axis:] if axis >= 0 else shape[len(shape) + axis:]
            scale = floats(-1, 2, inner) if number in (0, 1, 3, 5) else None
            bias = floats(-1, 2, (int(np.prod(inner)),)) if number in (0, 2, 3) else None
            residual = floats(-2, 2, shape) if number in (3, 4) else None
            rms = number == 5
            t = x.astype(np.float64) + (0 if residual is None else residual.astype(np.float64))
            flat = t.reshape(-1, int(np.prod(inner)))
            mean = 0 if rms else flat.mean(1, keepdims=True)
            y = (flat - mean) / np.sqrt(((flat - mean) ** 2).mean(1, keepdims=True) + np.float32(1e-5))
            y = y * (1 if scale is None else scale.ravel()) + (0 if bias is None else bias.ravel())
            rows.append(case(f"{shape} {axis} {number}", {"axis": axis, "epsilon": 1e-5, "root_mean_square": rms}, [x, scale, bias, residual],
                             [y.reshape(shape).astype(np.float32)], absolute=1e-5, relative=1e-5))
    x = (np.arange(64) % 7 + 10000).astype(np.float32).reshape(2, 32)
    y = (x - x.mean(1, keepdims=True, dtype=np.float64)) / x.std(1, keepdims=True, dtype=np.float64)
    rows.append(case("far from 0", {"epsilon": 0}, [x], [y.astype(np.float32)], absolute=1e-3))
    empty = np.zeros((0, 4), np.float32)
    rows.append(case("no rows", {"epsilon": 1e-5}, [empty], [empty]))
    rows.append(case("empty rows", {"epsilon": 1e-5}, [empty.T.copy()], [empty.T]))
    rows.append(case("scale of another size", {}, [x, np.ones(31, np.float32)], error="INVALID_SHAPE"))
    rows.append(case("residual of another shape", {}, [x, None, None, x[:1]], error="INVALID_SHAPE"))
    rows.append(case("bias of another type", {}, [x, None, np.ones(32, np.int32)], error="INVALID_TYPE"))
    rows.append(case("axis outside", {"axis": 2}, [x], error="INVALID_SHAPE"))
    return rows


def group_normalization_cases():
    rows = []
    for shape, groups in [((2, 5, 8), 2), ((1, 3, 3, 12), 4), ((2, 4, 5, 6), -1), ((2, 4, 5, 6), 6), ((3, 2, 40), 5), ((2, 3, 35), 7), ((1, 3, 70), -1),
                          ((2, 7), 1), ((1, 2, 2, 2, 9), 3), ((1, 5, 33), 1)]:
        for number in range(3):
            x = floats(-3, 5, shape)
            channels = shape[-1]
            scale = floats(-1, 2, (channels,)) if number != 1 else None
            bias = floats(-1, 2, (channels,)) if number == 0 else None
            count = channels if groups == -1 else groups
            t = x.astype(np.float64).reshape(shape[0], -1, count, channels // count)
            y = (t - t.mean((1, 3), keepdims=True)) / np.sqrt(t.var((1, 3), keepdims=True) + np.float32(1e-5))
            y = y.reshape(shape) * (1 if scale is None else scale) + (0 if bias is None else bias)
            rows.append(case(f"{shape} {groups} {number}", {"groups": groups, "epsilon": 1e-5}, [x, scale, bias], [y.astype(np.float32)],
                             absolute=2e-5, relative=1e-5))
    empty = np.zeros((0, 3, 4), np.float32)
    rows.append(case("no examples", {"groups": 2}, [empty], [empty]))
    rows.append(case("groups that do not divide", {"groups": 3}, [empty], error="INVALID_SHAPE"))
    rows.append(case("no groups", {"groups": 0}, [empty], error="INVALID_SHAPE"))
    rows.append(case("scale of another size", {"groups": 2}, [empty, np.ones(3, np.float32)], error="INVALID_SHAPE"))
    rows.append(case("a vector", {"groups": 1}, [np.zeros(3, np.float32)], error="INVALID_SHAPE"))
    return rows


def local_response_normalization_cases():
    rows = []
    for shape, size, alpha, beta, bias in [((1, 2, 2, 12), 5, 0.0001, 0.75, 1.0), ((2, 3, 9), 3, 0.5, 0.5, 2.0), ((1, 2, 5), 4, 0.3, 0.75, 1.0),
                                           ((2, 3), 9, 1.0, 1.0, 1.0), ((1, 1, 1, 24), 1, 0.25, 0.75, 1.0), ((3, 8), 2, 0.5, 0.75, 1.5)]:
        x = floats(-3, 3, shape)
        squares = x.astype(np.float64) ** 2
        total = np.zeros(shape)
        for channel in range(shape[-1]):
            low, high = max(0, channel - (size - 1) // 2), min(shape[-1], channel + size // 2 + 1)
            total[..., channel] = squares[..., low:high].sum(-1)
        expected = x / (bias + alpha / size * total) ** beta
        rows.append(case(f"{shape} {size}", {"size": size, "alpha": alpha, "beta": beta, "bias": bias}, [x], [expected.astype(np.float32)],
                         absolute=2e-6, relative=5e-6))
    x = floats(-1, 1, (1, 3))
    rows.append(case("no elements", {"size": 3}, [np.zeros((0, 3), np.float32)], [np.zeros((0, 3), np.float32)]))
    rows.append(case("no window", {"size": 0}, [x], error="INVALID_MODEL"))
    rows.append(case("a vector", {"size": 3}, [x[0]], error="INVALID_SHAPE"))
    return rows


def round_away(x):
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def quantize_cases():
    rows, back = [], []
    for shape, axis, channels in [((17,), 0, 1), ((3, 9), 1, 9), ((3, 9), 0, 3), ((2, 4, 5), -2, 4), ((2, 1, 11), 1, 1)]:
        for kind, low, high in [("int8", -128, 127), ("uint8", 0, 255), ("float32", -127, 127), ("int32", -1000, 1000)]:
            for away in (False, True):
                # Eighths, so that ties occur and x / step is exact.
                x = (random.integers(-800, 800, shape) / 8).astype(np.float32)
                step = random.choice(np.array([0.25, 0.5, 1, 2], np.float32), (channels,)) if channels > 1 else np.float32(0.25)
                zero_type = np.int32 if kind == "float32" else np.dtype(kind)
                zero = random.integers(0, 9, np.shape(step)).astype(zero_type) if not away else None
                layout = [1] * len(shape)
                if channels > 1:
                    layout[axis] = channels
                s, z = np.reshape(step, layout), (0 if zero is None else np.reshape(zero, layout).astype(np.float64))
                ratio = x.astype(np.float64) / s
                expected = np.clip((round_away(ratio) if away else np.round(ratio)) + z, low, high).astype(kind)
                attributes = {"axis": axis, "minimum": low, "maximum": high, "round_half_away": away, "to": kind}
                rows.append(case(f"{shape} {axis} {kind}", attributes, [x, step, zero], [expected]))
                back.append(case(f"{shape} {axis} {kind}", {"axis": axis, "minimum": low, "maximum": high, "to": kind}, [expected, step, zero],
                                 [((expected.astype(np.float64) - z) * s).astype(np.float32)]))
    x = np.array([1.5, -400, 400, np.nan, np.inf, -np.inf], np.float32)
    rows.append(case("type of the zero point", {"minimum": 0, "maximum": 255}, [x, np.float32(1), np.uint8(3)], [np.array([5, 0, 255, 0, 255, 0], np.uint8)]))
    rows.append(case("int8 where nothing is said", {}, [x, np.float32(1)], [np.array([2, -128, 127, 0, 127, -128], np.int8)]))
    rows.append(case("a step of 0", {}, [x, np.float32(0)], [np.array([127, -128, 127, 0, 127, -128], np.int8)]))
    one = np.ones(3, np.float32)
    for target in (rows, back):
        target.append(case("no elements", {"to": "float32"}, [np.zeros((0, 3), np.float32), np.float32(1)], [np.zeros((0, 3), np.float32)]))
        target.append(case("steps of another count", {"axis": 0}, [one, np.ones(2, np.float32)], error="INVALID_SHAPE"))
        target.append(case("zero points of another count", {"axis": 0}, [one, one, np.zeros(2, np.int8)], error="INVALID_SHAPE"))
        target.append(case("step of int32", {"axis": 0}, [one, one.astype(np.int32)], error="INVALID_TYPE"))
        target.append(case("booleans", {"axis": 0}, [one > 0, one], error="INVALID_TYPE"))
        target.append(case("axis outside", {"axis": 1}, [one, one], error="INVALID_SHAPE"))
    rows.append(case("to float16", {"to": "float16"}, [one, np.float32(1)], error="INVALID_TYPE"))
    return rows, back


if __name__ == "__main__":
    write("softmax", softmax_cases())
    write("layer_normalization", layer_normalization_cases())
    write("group_normalization", group_normalization_cases())
    write("local_response_normalization", local_response_normalization_cases())
    quantized, dequantized = quantize_cases()
    write("quantize_linear", quantized)
    write("dequantize_linear", dequantized)
