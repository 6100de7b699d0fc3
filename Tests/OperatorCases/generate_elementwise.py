# SPDX-License-Identifier: Apache-2.0
"""Cases of unary, binary, select and cast. The oracle is NumPy and the standard library's math in double precision."""
import math

import numpy as np

from case_writer import case, write

random = np.random.default_rng(1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf, otypes=[float])(x)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def float_functions():
    """(function, alpha, beta, range, formula in double precision)."""
    wide = (-8.0, 8.0)
    return [
        ("identity", 0, 0, wide, lambda x: x), ("relu", 0, 0, wide, lambda x: np.maximum(x, 0)),
        ("clip", -1.5, 2.25, wide, lambda x: np.clip(x, -1.5, 2.25)), ("leaky_relu", 0.125, 0, wide, lambda x: np.where(x > 0, x, 0.125 * x)),
        ("sigmoid", 0, 0, wide, sigmoid), ("tanh", 0, 0, wide, np.tanh),
        ("hard_sigmoid", 0.25, 0.5, wide, lambda x: np.clip(0.25 * x + 0.5, 0, 1)),
        ("hard_swish", 0, 0, wide, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
        ("swish", 1.5, 0, wide, lambda x: x * sigmoid(1.5 * x)), ("gelu", 0, 0, wide, lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2)))),
        ("gelu_tanh", 0, 0, wide, lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))),
        ("mish", 0, 0, wide, lambda x: x * np.tanh(softplus(x))), ("elu", 1.25, 0, wide, lambda x: np.where(x > 0, x, 1.25 * np.expm1(x))),
        ("selu", 1.6732632, 1.050701, wide, lambda x: 1.050701 * np.where(x > 0, x, 1.6732632 * np.expm1(x))),
        ("celu", 0.75, 0, wide, lambda x: np.maximum(x, 0) + np.minimum(0, 0.75 * np.expm1(x / 0.75))),
        ("softplus", 1, 0, (-30, 30), softplus), ("softplus", 2, 4, wide, lambda x: np.where(2 * x > 4, x, softplus(2 * x) / 2)),
        ("softsign", 0, 0, wide, lambda x: x / (1 + np.abs(x))), ("thresholded_relu", 1.5, 0, wide, lambda x: np.where(x > 1.5, x, 0)),
        ("linear", 0.5, -2.25, wide, lambda x: 0.5 * x - 2.25), ("hard_shrink", 0.75, 0, wide, lambda x: np.where(np.abs(x) > 0.75, x, 0)),
        ("soft_shrink", 0.75, 0.5, wide, lambda x: np.where(x > 0.75, x - 0.5, np.where(x < -0.75, x + 0.5, 0))),
        ("absolute", 0, 0, wide, np.abs), ("negate", 0, 0, wide, np.negative), ("sign", 0, 0, wide, np.sign), ("floor", 0, 0, wide, np.floor),
        ("ceil", 0, 0, wide, np.ceil), ("round", 0, 0, wide, np.round), ("truncate", 0, 0, wide, np.trunc), ("exp", 0, 0, wide, np.exp),
        ("log", 0, 0, (0.01, 90), np.log), ("sqrt", 0, 0, (0, 90), np.sqrt), ("reciprocal_sqrt", 0, 0, (0.1, 90), lambda x: 1 / np.sqrt(x)),
        ("reciprocal", 0, 0, (0.1, 90), lambda x: 1 / x), ("square", 0, 0, wide, np.square), ("erf", 0, 0, (-3, 3), erf),
        ("sin", 0, 0, wide, np.sin), ("cos", 0, 0, wide, np.cos), ("tan", 0, 0, (-1.4, 1.4), np.tan), ("asin", 0, 0, (-1, 1), np.arcsin),
        ("acos", 0, 0, (-1, 1), np.arccos), ("atan", 0, 0, wide, np.arctan), ("sinh", 0, 0, wide, np.sinh), ("cosh", 0, 0, wide, np.cosh),
        ("asinh", 0, 0, wide, np.arcsinh), ("acosh", 0, 0, (1.1, 90), np.arccosh), ("atanh", 0, 0, (-0.9, 0.9), np.arctanh),
        ("log1p", 0, 0, (-0.9, 90), np.log1p), ("expm1", 0, 0, wide, np.expm1), ("power", 2.5, 0, (0.1, 9), lambda x: x ** 2.5),
        ("power", 2, 0, wide, lambda x: x ** 2), ("power", -1, 0, (0.1, 9), lambda x: 1 / x), ("power", 3, 0, wide, lambda x: x ** 3),
    ]


def unary_cases():
    rows = []
    for index, (function, alpha, beta, (low, high), formula) in enumerate(float_functions()):
        shape = [(19,), (3, 7), (2, 3, 5), (8,)][index % 4]
        x = random.uniform(low, high, shape).astype(np.float32)
        attributes = {"function": function, "alpha": alpha, "beta": beta}
        rows.append(case(f"{function} {alpha} {beta}", attributes, [x], [formula(x.astype(np.float64)).astype(np.float32)],
                         absolute=2e-6, relative=2e-6))
    ties = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 3.4999, 1e9, -2.0], np.float32)
    rows.append(case("round to even", {"function": "round"}, [ties], [np.round(ties)]))
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], np.float32)
    for function, formula in [("is_nan", np.isnan), ("is_infinite", np.isinf), ("is_finite", np.isfinite)]:
        rows.append(case(function, {"function": function}, [special], [formula(special)]))
    large = random.uniform(-3, 3, (21, 1013)).astype(np.float32)[:, :1]
    rows.append(case("hard_swish of a column", {"function": "hard_swish"}, [large], [(large * np.clip(large / 6 + 0.5, 0, 1)).astype(np.float32)]))
    for scale, offset in [(0.625, -0.25), (-1.5, 0.5), (0, 2)]:
        x = np.linspace(-5, 5, 35).astype(np.float32)
        expected = scale * x.astype(np.float64) * np.clip(x.astype(np.float64) / 6 + 0.5, 0, 1) + offset
        rows.append(case(f"scaled_hard_swish {scale} {offset}", {"function": "scaled_hard_swish", "alpha": scale, "beta": offset}, [x],
                         [expected.astype(np.float32)], absolute=2e-6, relative=2e-6))
    rows.append(case("logical_not", {"function": "logical_not"}, [np.array([True, False, True])], [np.array([False, True, False])]))
    rows.append(case("scalar", {"function": "exp"}, [np.float32(1)], [np.float32(math.e)]))
    rows.append(case("no elements", {"function": "exp"}, [np.zeros((2, 0, 3), np.float32)], [np.zeros((2, 0, 3), np.float32)]))
    for kind in (np.int8, np.uint8, np.int32, np.int64):
        limits = np.iinfo(kind)
        x = np.array([0, 1, 2, 3, 5, 7, 100, limits.min, limits.max, limits.max - 1, 9], kind)
        with np.errstate(over="ignore"):
            for function, formula in [("absolute", np.abs), ("negate", np.negative), ("sign", np.sign), ("square", lambda v: v * v),
                                      ("bitwise_not", np.invert), ("relu", lambda v: np.maximum(v, 0)), ("floor", lambda v: v), ("identity", lambda v: v)]:
                rows.append(case(f"{function} of {kind.__name__}", {"function": function}, [x], [formula(x).astype(kind)]))
        rows.append(case(f"clip of {kind.__name__}", {"function": "clip", "alpha": 2, "beta": 50}, [x], [np.clip(x, 2, 50)]))
    x = np.array([3, -4, 7, 2 ** 31 - 1], np.int32)
    rows.append(case("linear of int32", {"function": "linear", "alpha": 2, "beta": -1}, [x], [np.array([5, -9, 13, -3], np.int32)]))
    rows.append(case("linear of int64, by halves", {"function": "linear", "alpha": 0.5, "beta": 0}, [np.array([3, -5, 8], np.int64)],
                     [np.array([1, -2, 4], np.int64)]))
    rows.append(case("identity of float16", {"function": "identity"}, [np.array([1.5, -2], np.float16)], [np.array([1.5, -2], np.float16)]))
    rows.append(case("exp of int32", {"function": "exp"}, [x], error="INVALID_TYPE"))
    rows.append(case("logical_not of float32", {"function": "logical_not"}, [ties], error="INVALID_TYPE"))
    rows.append(case("without input", {"function": "exp"}, [None], error="INVALID_MODEL"))
    return rows


FLOAT_PAIRS = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "minimum": np.minimum, "maximum": np.maximum,
    "floor_divide": lambda x, y: np.floor(x / y), "modulo": np.mod, "remainder": np.fmod, "atan2": np.arctan2,
    "prelu": lambda x, y: np.where(x > 0, x, x * y), "squared_difference": lambda x, y: (x - y) ** 2, "power": lambda x, y: np.abs(x) ** y,
}
COMPARISONS = {"equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_or_equal": np.less_equal, "greater": np.greater,
               "greater_or_equal": np.greater_equal}
SHAPES = [((19,), (19,)), ((3, 7), (1,)), ((), (2, 5)), ((2, 3, 4, 9), (9,)), ((2, 1, 4, 3), (5, 1, 3)), ((2, 3, 1, 1), (2, 3, 4, 2)),
          ((4, 1), (1, 11)), ((1, 1, 17), (17,)), ((2, 2, 3, 1, 2), (2, 1, 3, 5, 1)), ((6, 8), (6, 1)), ((5, 1, 2, 1, 3, 1, 2, 1), (1, 3, 1, 2, 1, 2, 1, 2))]


def integer_pairs(kind):
    """Formulas on Python's integers, wrapped to the type."""
    limits = np.iinfo(kind)
    bits = limits.bits

    def wrap(value):
        return ((int(value) - int(limits.min)) % (1 << bits)) + int(limits.min)

    def truncated(x, y):
        return 0 if y == 0 else (abs(x) // abs(y)) * (1 if (x < 0) == (y < 0) else -1)

    def shift(x, y):
        return x << min(y, 200) if y >= 0 else x >> min(-y, 200)

    def power(x, y):
        if y < 0:
            return {1: 1, -1: -1 if y % 2 else 1}.get(x, 0)
        return pow(x, y, 1 << 70) if abs(x) > 1 else x ** (y if y < 2 else 2 + y % 2)

    formulas = {
        "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y, "divide": truncated,
        "minimum": min, "maximum": max, "floor_divide": lambda x, y: 0 if y == 0 else x // y, "modulo": lambda x, y: 0 if y == 0 else x % y,
        "remainder": lambda x, y: 0 if y == 0 else x - y * truncated(x, y), "bitwise_and": lambda x, y: x & y, "bitwise_or": lambda x, y: x | y,
        "bitwise_xor": lambda x, y: x ^ y, "shift_left": shift, "shift_right": lambda x, y: shift(x, -y), "power": power,
        "prelu": lambda x, y: x if x > 0 else x * y, "squared_difference": lambda x, y: wrap(x - y) ** 2,
    }
    return {name: (lambda x, y, f=formula: wrap(f(int(x), int(y)))) for name, formula in formulas.items()}


def binary_cases():
    rows = []
    for index, (function, formula) in enumerate(FLOAT_PAIRS.items()):
        for a, b in [SHAPES[index % len(SHAPES)], SHAPES[(index * 3 + 4) % len(SHAPES)]]:
            x, y = random.uniform(-4, 4, a).round(2).astype(np.float32), random.uniform(-4, 4, b).round(2).astype(np.float32)
            if function == "power":
                x = np.abs(x)
            expected = np.asarray(formula(x.astype(np.float64), y.astype(np.float64))).astype(np.float32)
            rows.append(case(f"{function} {a} {b}", {"function": function}, [x, y], [expected], absolute=1e-6, relative=4e-6))
    for a, b in SHAPES:
        x, y = random.uniform(-4, 4, a).round(2).astype(np.float32), random.uniform(-4, 4, b).round(2).astype(np.float32)
        rows.append(case(f"add {a} {b}", {"function": "add"}, [x, y], [x + y]))
        rows.append(case(f"subtract {b} {a}", {"function": "subtract"}, [y, x], [y - x]))
    x, y = random.uniform(-4, 4, (3, 5, 9)).astype(np.float32), random.uniform(-4, 4, (9,)).astype(np.float32)
    for function, formula in [("relu", lambda v: np.maximum(v, 0)), ("hard_swish", lambda v: v * np.clip(v / 6 + 0.5, 0, 1)), ("tanh", np.tanh)]:
        rows.append(case(f"add then {function}", {"function": "add", "activation": {"function": function, "alpha": 0, "beta": 0}}, [x, y],
                         [formula(x + y).astype(np.float32)]))
    rows.append(case("squares by power", {"function": "power"}, [x, np.float32(2)], [x * x]))
    special = np.array([np.nan, 1, np.inf, -np.inf, 0], np.float32)
    left, right = np.repeat(special, 5), np.tile(special, 5)
    with np.errstate(invalid="ignore", divide="ignore"):
        for function in ("minimum", "maximum", "add", "multiply", "divide"):
            rows.append(case(f"{function} of special values", {"function": function}, [left, right], [FLOAT_PAIRS[function](left, right)]))
        for function, formula in COMPARISONS.items():
            rows.append(case(f"{function} of special values", {"function": function}, [left, right], [formula(left, right)]))
    for index, (function, formula) in enumerate(COMPARISONS.items()):
        a, b = SHAPES[3 + index]
        x, y = random.integers(0, 3, a).astype(np.int64), random.integers(0, 3, b).astype(np.int64)
        rows.append(case(f"{function} of int64", {"function": function}, [x, y], [formula(x, y)]))
        x, y = random.integers(0, 3, a).astype(np.float32), random.integers(0, 3, b).astype(np.float32)
        rows.append(case(f"{function} of float32", {"function": function}, [x, y], [formula(x, y)]))
    for kind in (np.int8, np.uint8, np.int32, np.int64):
        limits = np.iinfo(kind)
        x = np.array([limits.min, limits.max, 0, 3, 100], kind).reshape(5, 1)
        y = np.array([0, 2, limits.max, limits.min, 3, 31], kind)
        if limits.min < 0:
            x, y = np.append(x, [[-7]], 0).astype(kind), np.append(y, [-1, -64]).astype(kind)
        for function, formula in integer_pairs(kind).items():
            expected = np.array([[formula(a, b) for b in y] for a in x[:, 0]], kind)
            rows.append(case(f"{function} of {kind.__name__}", {"function": function}, [x, y], [expected]))
    x, y = np.array([[True], [False]]), np.array([True, False, True])
    for function, formula in [("logical_and", np.logical_and), ("logical_or", np.logical_or), ("logical_xor", np.logical_xor),
                              ("bitwise_and", np.logical_and), ("add", np.logical_or), ("multiply", np.logical_and), ("maximum", np.logical_or),
                              ("equal", np.equal), ("not_equal", np.not_equal)]:
        rows.append(case(f"{function} of booleans", {"function": function}, [x, y], [formula(x, y)]))
    empty = np.zeros((0, 3), np.float32)
    rows.append(case("no elements", {"function": "add"}, [empty, np.ones(3, np.float32)], [empty]))
    rows.append(case("no elements by stretching", {"function": "add"}, [empty, np.ones((1, 3), np.float32)], [empty]))
    rows.append(case("shapes that do not fit", {"function": "add"}, [np.ones(3, np.float32), np.ones(4, np.float32)], error="INVALID_SHAPE"))
    rows.append(case("types that differ", {"function": "add"}, [np.ones(3, np.float32), np.ones(3, np.int32)], error="INVALID_TYPE"))
    rows.append(case("logical_and of float32", {"function": "logical_and"}, [np.ones(3, np.float32)] * 2, error="INVALID_TYPE"))
    rows.append(case("activation on int32", {"function": "add", "activation": {"function": "relu", "alpha": 0, "beta": 0}},
                     [np.ones(3, np.int32)] * 2, error="INVALID_MODEL"))
    return rows


def select_cases():
    rows = []
    shapes = [((7,), (7,), (7,)), ((3, 1), (4,), ()), ((), (2, 3), (3,)), ((2, 1, 3), (5, 1), (2, 5, 3)), ((1,), (1,), (4, 9)), ((0,), (1,), (0,))]
    for kind in (np.float32, np.int64, np.uint8, np.float16, np.bool_):
        for c, a, b in shapes:
            condition = random.integers(0, 2, c).astype(bool)
            x, y = random.integers(0, 9, a).astype(kind), random.integers(10, 99, b).astype(kind)
            rows.append(case(f"{np.dtype(kind).name} {c} {a} {b}", {}, [condition, x, y], [np.where(condition, x, y)]))
    one = np.ones(3, np.float32)
    rows.append(case("condition of float32", {}, [one, one, one], error="INVALID_TYPE"))
    rows.append(case("types that differ", {}, [one > 0, one, one.astype(np.int32)], error="INVALID_TYPE"))
    rows.append(case("shapes that do not fit", {}, [one > 0, one, np.ones(2, np.float32)], error="INVALID_SHAPE"))
    return rows


def cast_cases():
    rows = []
    names = {"float32": np.float32, "float16": np.float16, "int8": np.int8, "uint8": np.uint8, "int16": np.int16, "int32": np.int32,
             "int64": np.int64, "boolean": np.bool_}
    floats = np.array([0, -0.0, 1, -1, 1.5, -1.5, 2.999, 100.7, 127, 1e-7, -3.99, 65504, 65519.9, 65520, 6e-8, 2.98e-8, 3e-8, 1.0009766, 1.00048828125,
                       1.00146484375, 300, -300, 1e10, -1e10, 1e30, np.inf, -np.inf, np.nan], np.float32)
    integers = [0, 1, 2, 127, 128, 255, 256, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 40 + 5, -1, -128, -129, -2 ** 31, 2 ** 62, 16777217]
    for source, kind in names.items():
        if source in ("float32", "float16"):
            with np.errstate(over="ignore"):
                x = floats.astype(kind)
        elif source == "boolean":
            x = np.array([True, False, True])
        else:
            x = np.array(integers, np.int64).astype(kind)
        for target, to in names.items():
            with np.errstate(all="ignore"):
                if target == "boolean":
                    expected = x != 0
                elif x.dtype.kind == "f" and np.issubdtype(to, np.integer):
                    limits = np.iinfo(to)
                    expected = np.array([0 if np.isnan(v) else max(min(math.trunc(v), int(limits.max)), int(limits.min)) if np.isfinite(v)
                                         else int(limits.max if v > 0 else limits.min) for v in x.astype(float)], dtype=to)
                else:
                    # By way of float32, as the library does.
                    expected = x.astype(np.float32).astype(to) if target == "float16" else x.astype(to)
            rows.append(case(f"{source} to {target}", {"to": target}, [x], [expected], absolute=0, relative=0))
    long = random.uniform(-900, 900, (3, 701)).astype(np.float32)
    rows.append(case("more than one stage", {"to": "int32"}, [long], [long.astype(np.int32)]))
    rows.append(case("scalar", {"to": "int64"}, [np.float32(7.9)], [np.int64(7)]))
    rows.append(case("no elements", {"to": "int64"}, [np.zeros((0, 2), np.float32)], [np.zeros((0, 2), np.int64)]))
    rows.append(case("to nothing", {"to": "none"}, [long], error="INVALID_TYPE"))
    return rows


if __name__ == "__main__":
    write("unary", unary_cases())
    write("binary", binary_cases())
    write("select", select_cases())
    write("cast", cast_cases())
