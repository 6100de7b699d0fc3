# Cases of the operators that read and write by index. Oracle: NumPy. SPDX-License-Identifier: Apache-2.0
import numpy as np

from case_file import CaseFile

SHAPE, TYPE, MODEL, RANGE = "CORACLE_INVALID_SHAPE", "CORACLE_INVALID_TYPE", "CORACLE_INVALID_MODEL", "CORACLE_OUT_OF_RANGE"
random = np.random.default_rng(21)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32).round(2)


def gather():
    file = CaseFile("gather")
    x = floats(3, 5, 4)
    i = np.array([[4, 0, -1], [2, -5, 2]])
    for axis in (0, 1, 2, -1):
        j = np.clip(i, -x.shape[axis], x.shape[axis] - 1)
        file.add(f"axis {axis}", [x, j], [np.take(x, j, axis)], axis=axis)
    file.add("scalar index", [x, np.array(1, np.int32)], [x[1]], axis=0)
    file.add("vector of int64", [np.arange(5) << 40, np.array([3, 3])], [np.array([3, 3]) << 40], axis=0)
    file.add("bytes", [np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([2, 0])], [np.array([[2, 0], [5, 3]], np.uint8)], axis=1)
    table = floats(7, 9)
    k = np.array([3, 0, 3, 6])
    y = table[k].copy()
    y[k == 3] = 0
    file.add("padding index", [table, k], [y], axis=0, padding_index=3)
    file.add("no indices", [x, np.zeros((0,), np.int64)], [x[:0]], axis=0)
    file.add("empty rows", [floats(3, 0), np.array([1])], [floats(1, 0)], axis=0)
    wide = np.arange(2 * 22, dtype=np.float32).reshape(2, 22)
    for name, k in [("shuffle of two groups", np.arange(22).reshape(2, 11).T.ravel()), ("reversed", np.arange(22)[::-1]),
                    ("shuffle of eleven groups", np.arange(22).reshape(11, 2).T.ravel())]:
        file.add(name, [wide, k.astype(np.int32)], [wide[:, k]], axis=1)
    file.fail("too large", [x, np.array([3])], RANGE, axis=0)
    file.fail("too negative", [x, np.array([0, -4])], RANGE, axis=0)
    file.fail("extreme", [x, np.array([-(1 << 63)])], RANGE, axis=0)
    file.fail("into nothing", [floats(0, 3), np.array([0])], RANGE, axis=0)
    file.fail("real indices", [x, np.array([0.0], np.float32)], TYPE, axis=0)
    file.fail("axis outside", [x, np.array([0])], SHAPE, axis=3)
    file.fail("rank 9", [floats(*[1] * 8), np.zeros((1, 1), np.int64)], SHAPE, axis=0)
    file.write()

    file = CaseFile("gather_elements")
    x = floats(4, 5)
    for axis, shape in ((0, (6, 5)), (1, (4, 2)), (-2, (3, 3))):
        i = random.integers(-x.shape[axis], x.shape[axis], shape)
        wrapped = np.where(i < 0, i + x.shape[axis], i)
        part = x[:, : shape[1]] if axis != 1 else x[: shape[0]]
        file.add(f"axis {axis} {shape}", [x, i], [np.take_along_axis(part, wrapped, axis)], axis=axis)
    z = floats(2, 3, 4)
    i = random.integers(0, 3, (2, 7, 4)).astype(np.int32)
    file.add("three dimensions, int32", [z, i], [np.take_along_axis(z, i.astype(np.int64), 1)], axis=1)
    file.add("nothing", [x, np.zeros((0, 5), np.int64)], [x[:0]], axis=0)
    file.fail("too large", [x, np.full((1, 1), 4)], RANGE, axis=0)
    file.fail("other extent too large", [x, np.zeros((1, 6), np.int64)], SHAPE, axis=0)
    file.fail("another rank", [x, np.zeros((1,), np.int64)], SHAPE, axis=0)
    file.write()

    file = CaseFile("gather_nd")
    x = floats(3, 4, 5)
    i = np.array([[0, 3], [-1, -4], [2, 0]])
    file.add("rows", [x, i], [x[i[:, 0], i[:, 1]]])
    file.add("elements", [x, np.array([[[0, 1, 2]], [[2, -1, 4]]])], [np.array([[x[0, 1, 2]], [x[2, 3, 4]]])])
    file.add("planes, int32", [x, np.array([[1], [0]], np.int32)], [x[[1, 0]]])
    j = np.array([[1], [3], [0]])
    file.add("batch", [x, j], [np.stack([x[b, j[b, 0]] for b in range(3)])], batch_dimensions=1)
    k = random.integers(0, 5, (3, 4, 2, 1))
    file.add("two batch dimensions", [x, k], [np.take_along_axis(x, k[..., 0], 2)], batch_dimensions=2)
    file.add("nothing named", [x, np.zeros((2, 0), np.int64)], [np.stack([x, x])])
    file.fail("too large", [x, np.array([[3]])], RANGE)
    file.fail("too deep", [x, np.zeros((1, 4), np.int64)], SHAPE)
    file.fail("batches differ", [x, np.zeros((2, 1), np.int64)], SHAPE, batch_dimensions=1)
    file.fail("negative batch", [x, i], SHAPE, batch_dimensions=-1)
    file.write()


def scatter():
    file = CaseFile("scatter_elements")
    def scattered(x, i, u, axis, reduction="none"):
        y = x.copy()
        for place in np.ndindex(i.shape):
            to = list(place)
            to[axis] = i[place]
            to = tuple(to)
            old, new = y[to], u[place]
            y[to] = {"none": new, "add": old + new, "multiply": old * new, "minimum": min(old, new), "maximum": max(old, new)}[reduction]
        return y
    x = floats(4, 5)
    i = np.array([[0, -1, 2, 0, 3], [0, 1, 2, -4, 1]])
    u = floats(2, 5)
    for reduction in ("none", "add", "multiply", "minimum", "maximum"):
        file.add(reduction, [x, i, u], [scattered(x, i, u, 0, reduction)], axis=0, reduction=reduction)
        n = random.integers(-9, 9, (4, 5))
        v = random.integers(-9, 9, (2, 5))
        file.add(f"{reduction}, int64", [n, i, v], [scattered(n, i, v, 0, reduction)], axis=0, reduction=reduction)
    j = np.array([[1], [0], [4]], np.int32)
    file.add("inner axis, int32 indices", [x, j, u[:1, :3].T], [scattered(x, j, u[:1, :3].T, 1)], axis=-1)
    b = np.zeros((3,), bool)
    file.add("booleans", [b, np.array([1]), np.array([True])], [np.array([False, True, False])], axis=0)
    file.add("nothing", [x, np.zeros((0, 5), np.int64), floats(0, 5)], [x], axis=0)
    file.fail("too large", [x, np.full((1, 1), 4), floats(1, 1)], RANGE, axis=0)
    file.fail("updates differ", [x, i, floats(2, 4)], SHAPE, axis=0)
    file.fail("another type", [x, i, u.astype(np.int32)], TYPE, axis=0)
    file.fail("sum of booleans", [b, np.array([1]), np.array([True])], TYPE, axis=0, reduction="add")
    file.write()

    file = CaseFile("scatter_nd")
    x = floats(4, 3, 2)
    i = np.array([[1], [-1], [1]])
    u = floats(3, 3, 2)
    y = x.copy()
    y[1], y[3] = u[2], u[1]
    file.add("planes", [x, i, u], [y])
    y = x.copy()
    np.add.at(y, i[:, 0], u)
    file.add("sums", [x, i, u], [y], reduction="add")
    y = x.copy()
    np.maximum.at(y, i[:, 0], u)
    file.add("maxima", [x, i, u], [y], reduction="maximum")
    e = np.array([[[0, 1, 1], [3, 2, 0]]])
    y = x.copy()
    y[0, 1, 1], y[3, 2, 0] = 8, 9
    file.add("elements", [x, e, np.array([[8, 9]], np.float32)], [y])
    file.add("nothing", [x, np.zeros((0, 1), np.int64), floats(0, 3, 2)], [x])
    file.fail("too large", [x, np.array([[4]]), floats(1, 3, 2)], RANGE)
    file.fail("updates differ", [x, i, floats(3, 3, 3)], SHAPE)
    file.fail("too deep", [x, np.zeros((1, 4), np.int64), floats(1)], SHAPE)
    file.write()


def top_k():
    file = CaseFile("top_k")
    def top(x, k, axis=-1, smallest=False, type=np.int64):
        key = x if smallest else -x.astype(np.float64)
        order = np.argsort(key, axis, kind="stable").take(range(k), axis)
        return [np.take_along_axis(x, order, axis), order.astype(type)]
    x = floats(3, 17)
    for k in (1, 5, 16, 17):
        file.add(f"{k} largest", [x], top(x, k), k=k)
        file.add(f"{k} smallest", [x], top(x, k, smallest=True), k=k, smallest=True)
    ties = random.integers(0, 3, (2, 13, 3)).astype(np.float32)
    file.add("ties", [ties], top(ties, 7, 1), k=7, axis=1)
    file.add("ties, smallest", [ties], top(ties, 13, 1, True), k=-1, axis=1, smallest=True)
    n = random.integers(-50, 50, (9, 2))
    file.add("int64 along the first axis, k as input", [n, np.array([4])], top(n, 4, 0), axis=0)
    u = random.integers(0, 255, (9,)).astype(np.uint8)
    file.add("bytes, int32 indices", [u], top(u, 3, type=np.int32), k=3, to="int32")
    v, i = top(x, 4)
    file.add("values only", [x], [v, None], k=4)
    file.add("indices only", [x], [None, i], k=4)
    nan = np.array([1, np.nan, 3, np.inf, np.nan, -np.inf], np.float32)
    file.add("NaN first", [nan], [nan[[1, 4, 3, 2]], np.array([1, 4, 3, 2])], k=4)
    file.add("NaN last", [nan], [nan[[5, 0, 2, 3, 1, 4]], np.array([5, 0, 2, 3, 1, 4])], k=6, smallest=True)
    file.add("none", [x], [floats(3, 0), np.zeros((3, 0), np.int64)], k=0)
    # Rows of several vectors, with equal values; whatever the first ones are, later ones take their places.
    long = np.random.default_rng(5).integers(-40, 40, (3, 167)).astype(np.float32)
    long[0].sort()
    for k in (1, 3, 40):
        file.add(f"{k} of 167", [long], top(long, k), k=k)
        file.add(f"{k} of 167, smallest", [long], top(long, k, smallest=True), k=k, smallest=True)
    holes = long[:1].copy()
    holes[0, [90, 130]] = np.nan
    file.add("NaN among many", [holes], [np.array([[np.nan, np.nan, long[0, -1]]], np.float32), np.array([[90, 130, np.argmax(long[0])]])], k=3)
    file.add("NaN among many, smallest", [holes], top(long[:1], 3, smallest=True), k=3, smallest=True)
    # Rows of many vectors: those that are not among the first few are recognised by vectors from the beginning.
    longer = np.random.default_rng(6).integers(-300, 300, (2, 519)).astype(np.float32)
    longer[1, 3::2] = -np.inf
    for k in (1, 5, 16):
        file.add(f"{k} of 519", [longer], top(longer, k), k=k)
        file.add(f"{k} of 519, smallest", [longer], top(longer, k, smallest=True), k=k, smallest=True)
    flat = np.full((1, 300), -np.inf, np.float32)
    flat[0, 271] = np.nan
    file.add("NaN among -infinity", [flat], [flat[:, [271, 0, 1]], np.array([[271, 0, 1]])], k=3)
    file.fail("too many", [x], SHAPE, outputs=2, k=18)
    file.fail("negative", [x], SHAPE, outputs=2, k=-2)
    file.fail("scalar", [np.float32(1)], SHAPE, outputs=2, k=1)
    file.write()
    file = CaseFile("top_k.threads")
    x = random.integers(0, 10, (4, 5003)).astype(np.uint8)
    file.add("several rows", [x], top(x, 20), k=20)
    file.write()


def non_zero():
    file = CaseFile("non_zero")
    for name, x in [("real", np.array([[0, 1.5, -0.0], [np.nan, 0, 2]], np.float32)), ("boolean", random.integers(0, 2, (3, 4, 2)).astype(bool)),
                    ("int64", np.array([0, 1 << 40, 0, -1])), ("nothing", np.zeros((2, 3), np.int32)), ("empty", np.zeros((0, 3), np.float32))]:
        file.add(name, [x], [np.array(np.nonzero(x)).astype(np.int64)])
    file.add("scalar", [np.float32(2)], [np.zeros((1, 1), np.int64)])
    file.write()


for generate in (gather, scatter, top_k, non_zero):
    generate()
