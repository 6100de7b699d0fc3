# SPDX-License-Identifier: Apache-2.0
"""Cases of reduce, arg_reduce and cumulative_sum. The oracle is NumPy in double precision."""
import numpy as np

from case_writer import case, write

random = np.random.default_rng(2)

SHAPES = [((19,), []), ((19,), [0]), ((3, 7), [-1]), ((5, 9), [0]), ((2, 3, 4, 5), [1, 2]), ((1, 3, 2, 41), [1, 2]), ((2, 3, 4, 5), [0, 2]),
          ((2, 3, 4, 5), [1, 3]), ((2, 3, 70), [-2]), ((3, 1, 33), [1]), ((2, 2, 2, 2, 2, 2, 2, 2), [0, 2, 4, 6]), ((1, 1), [0, 1]), ((4, 5, 6), [2, 0]),
          ((1, 65, 8), [1]), ((7, 35), [1])]


def safe_exp_log(x, axes, keep):
    top = x.max(axis=axes, keepdims=True)
    result = np.log(np.exp(x - top).sum(axis=axes, keepdims=True)) + top
    return result if keep else np.squeeze(result, axes)


FUNCTIONS = {
    "sum": lambda x, a, k: x.sum(axis=a, keepdims=k), "mean": lambda x, a, k: x.mean(axis=a, keepdims=k),
    "maximum": lambda x, a, k: x.max(axis=a, keepdims=k), "minimum": lambda x, a, k: x.min(axis=a, keepdims=k),
    "product": lambda x, a, k: x.prod(axis=a, keepdims=k), "sum_absolute": lambda x, a, k: np.abs(x).sum(axis=a, keepdims=k),
    "norm2": lambda x, a, k: np.sqrt((x * x).sum(axis=a, keepdims=k)), "sum_square": lambda x, a, k: (x * x).sum(axis=a, keepdims=k),
    "log_sum": lambda x, a, k: np.log(x.sum(axis=a, keepdims=k)), "log_sum_exp": safe_exp_log,
}


def reduce_cases():
    rows = []
    for index, (function, formula) in enumerate(FUNCTIONS.items()):
        for number, (shape, axes) in enumerate(SHAPES):
            if number % 5 != index % 5 and number not in (2, 5, 6):
                continue
            low = 0.5 if function in ("product", "log_sum") else -2
            x = random.uniform(low, 1.6 if function == "product" else 2, shape).round(3).astype(np.float32)
            keep = number % 2 == 0
            used = tuple(axes) if axes else tuple(range(len(shape)))
            expected = formula(x.astype(np.float64), used, keep)
            rows.append(case(f"{function} {shape} {axes}", {"function": function, "axes": axes, "keep_dimensions": keep}, [x],
                             [np.asarray(expected).astype(np.float32)], absolute=1e-5, relative=1e-5))
    integer = {"sum": np.sum, "maximum": np.max, "minimum": np.min, "product": np.prod}
    for kind in (np.int32, np.int64, np.uint8, np.int8):
        for function, formula in integer.items():
            x = random.integers(0 if kind == np.uint8 else -9, 9, (3, 4, 5)).astype(kind)
            for axes in ([-1], [0, 2], [1]):
                rows.append(case(f"{function} of {kind.__name__} {axes}", {"function": function, "axes": axes}, [x],
                                 [formula(x.astype(np.int64), axis=tuple(axes)).astype(kind)]))
        x = random.integers(1, 99, (4, 3)).astype(kind)
        rows.append(case(f"mean of {kind.__name__}", {"function": "mean", "axes": [0]}, [x], [(x.astype(np.int64).sum(0) // 4).astype(kind)]))
    wide = np.array([2 ** 31 - 1, 5], np.int32)
    rows.append(case("sum of int32 that wraps", {"function": "sum"}, [wide], [np.int32(-2 ** 31 + 4)]))
    flags = random.integers(0, 2, (3, 4)).astype(bool)
    for function, formula in (("any", np.any), ("all", np.all)):
        for axes in ([0], [1], []):
            rows.append(case(f"{function} {axes}", {"function": function, "axes": axes}, [flags], [formula(flags, axis=tuple(axes) if axes else None)]))
    rows.append(case("scalar", {"function": "sum"}, [np.float32(3)], [np.float32(3)]))
    rows.append(case("scalar over axis -1", {"function": "mean", "axes": [-1]}, [np.float32(3)], [np.float32(3)]))
    empty = np.zeros((3, 0), np.float32)
    for function, value in (("sum", 0), ("product", 1), ("maximum", -np.inf), ("mean", np.nan), ("log_sum_exp", -np.inf)):
        rows.append(case(f"{function} of no elements", {"function": function, "axes": [1]}, [empty], [np.full(3, value, np.float32)]))
    rows.append(case("nothing kept", {"function": "sum", "axes": [0]}, [empty], [np.zeros(0, np.float32)]))
    special = np.array([[1, np.nan, 2], [-np.inf, -np.inf, -np.inf], [np.inf, 0, 1]], np.float32)
    rows.append(case("maximum of special values", {"function": "maximum", "axes": [1]}, [special], [special.max(1)]))
    rows.append(case("log_sum_exp of special values", {"function": "log_sum_exp", "axes": [1]}, [special], [np.array([np.nan, -np.inf, np.inf], np.float32)]))
    # Rows shorter than vectors, more than are transposed at once.
    for length, function in zip((2, 3, 4, 5, 7, 15, 16, 17), ("sum", "mean", "maximum", "minimum", "sum_square", "sum_absolute", "norm2", "sum")):
        x = np.random.default_rng(length).uniform(-2, 2, (37, length)).round(2).astype(np.float32)
        rows.append(case(f"{function} of 37 rows of {length}", {"function": function, "axes": [1]}, [x],
                         [FUNCTIONS[function](x.astype(np.float64), 1, False).astype(np.float32)], absolute=1e-5, relative=1e-5))
    rows.append(case("axis outside", {"function": "sum", "axes": [2]}, [empty], error="INVALID_SHAPE"))
    rows.append(case("any of float32", {"function": "any"}, [empty], error="INVALID_TYPE"))
    rows.append(case("norm2 of int32", {"function": "norm2"}, [wide], error="INVALID_TYPE"))
    return rows


def last_index(x, axis, minimum):
    turned = np.flip(x, axis)
    return x.shape[axis] - 1 - (np.argmin(turned, axis) if minimum else np.argmax(turned, axis))


def arg_reduce_cases():
    rows = []
    for number, (shape, axis) in enumerate([((7,), 0), ((3, 5), -1), ((3, 5), 0), ((2, 3, 4), 1), ((2, 1, 9), 2), ((4, 2, 2, 3), -4)]):
        for kind in (np.float32, np.int64, np.uint8, np.int32):
            x = random.integers(0, 6, shape).astype(kind)
            minimum, last, keep = number % 2 == 1, number % 3 == 1, number % 2 == 0
            found = last_index(x, axis, minimum) if last else (np.argmin if minimum else np.argmax)(x, axis)
            expected = np.expand_dims(found, axis) if keep else found
            to = np.int32 if number == 3 else np.int64
            attributes = {"axis": axis, "minimum": minimum, "select_last": last, "keep_dimensions": keep}
            if to == np.int32:
                attributes["to"] = "int32"
            rows.append(case(f"{kind.__name__} {shape} {axis}", attributes, [x], [np.asarray(expected).astype(to)]))
    # Few different values, so that there are equal ones: rows shorter than vectors and of some, and columns across them.
    for shape, axis in [((37, 2), 1), ((35, 3), 1), ((33, 7), 1), ((34, 15), 1), ((5, 16), 1), ((11, 21), 1), ((7, 37), 1), ((9, 131), 0), ((2, 6, 9), 1), ((4, 17), 0)]:
        for minimum, last in [(False, False), (True, False), (False, True), (True, True)]:
            x = np.random.default_rng(shape[0]).integers(-3, 4, shape).astype(np.float32)
            found = last_index(x, axis, minimum) if last else (np.argmin if minimum else np.argmax)(x, axis)
            rows.append(case(f"float32 {shape} {axis}, equal values", {"axis": axis, "minimum": minimum, "select_last": last}, [x], [found.astype(np.int64)]))
    # A NaN is found where it comes first and nowhere else.
    holes = np.array([[np.nan, 2, 1], [2, np.nan, 3], [-np.inf, 1, np.nan]], np.float32)
    rows.append(case("NaN along rows", {"axis": 1}, [holes], [np.array([0, 2, 1])]))
    longer = np.random.default_rng(8).integers(-3, 4, (5, 43)).astype(np.float32)
    longer[0, 0], longer[1, 1:], longer[2, 42], longer[3, 20] = (np.nan,) * 4
    longer[4] = -np.inf
    ranked = np.where(np.isnan(longer), -np.inf, longer)
    found = np.argmax(ranked, 1)
    found[0] = 0
    rows.append(case("NaN along rows of some vectors", {"axis": 1}, [longer], [found]))
    rows.append(case("NaN down columns", {"axis": 0}, [holes], [np.array([0, 0, 1])]))
    rows.append(case("NaN down columns, the last smallest", {"axis": 0, "minimum": True, "select_last": True}, [holes], [np.array([0, 2, 0])]))
    x = random.uniform(-1, 1, (3, 4)).astype(np.float32)
    rows.append(case("flattened", {"flatten": True}, [x], [np.int64(np.argmax(x))]))
    rows.append(case("flattened, dimensions kept", {"flatten": True, "keep_dimensions": True}, [x], [np.array([[np.argmax(x)]], np.int64)]))
    rows.append(case("scalar", {}, [np.float32(3)], [np.int64(0)]))
    rows.append(case("no lines", {"axis": 1}, [np.zeros((0, 3), np.float32)], [np.zeros(0, np.int64)]))
    rows.append(case("empty axis", {"axis": 1}, [np.zeros((3, 0), np.float32)], error="INVALID_SHAPE"))
    rows.append(case("axis outside", {"axis": 2}, [x], error="INVALID_SHAPE"))
    rows.append(case("booleans", {"axis": 1}, [x > 0], error="INVALID_TYPE"))
    rows.append(case("indices of float32", {"axis": 1, "to": "float32"}, [x], error="INVALID_TYPE"))
    return rows


def cumulative_sum_cases():
    rows = []
    for shape, axis in [((9,), 0), ((3, 5), -1), ((3, 5), 0), ((2, 3, 4), 1), ((2, 0, 4), 1), ((2, 3, 0), 1)]:
        for kind in (np.float32, np.int64, np.int32):
            for exclusive, reverse in [(False, False), (True, False), (False, True), (True, True)]:
                x = random.integers(-5, 9, shape).astype(kind)
                y = np.flip(x, axis) if reverse else x
                total = np.cumsum(y, axis, dtype=np.int64)
                total = total - y if exclusive else total
                expected = (np.flip(total, axis) if reverse else total).astype(kind)
                rows.append(case(f"{kind.__name__} {shape} {axis}", {"axis": axis, "exclusive": exclusive, "reverse": reverse}, [x], [expected]))
    rows.append(case("scalar", {}, [np.float32(3)], [np.float32(3)]))
    rows.append(case("axis outside", {"axis": 1}, [np.zeros(3, np.float32)], error="INVALID_SHAPE"))
    rows.append(case("booleans", {}, [np.zeros(3, bool)], error="INVALID_TYPE"))
    return rows


if __name__ == "__main__":
    write("reduce", reduce_cases())
    write("arg_reduce", arg_reduce_cases())
    write("cumulative_sum", cumulative_sum_cases())
