# Cases of the operators that move elements. Oracle: NumPy.
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from case_file import CaseFile

SHAPE, TYPE, MODEL, RANGE = "CORACLE_INVALID_SHAPE", "CORACLE_INVALID_TYPE", "CORACLE_INVALID_MODEL", "CORACLE_OUT_OF_RANGE"
random = np.random.default_rng(20)


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32).round(2)


def numbers(type, *shape):
    return random.integers(0 if type in ("uint8", "bool") else -100, 2 if type == "bool" else 100, shape).astype(type)


def reshape():
    file = CaseFile("reshape")
    x = floats(2, 3, 4)
    file.add("infer one extent", [x], [x.reshape(6, 4)], shape=[-1, 4])
    file.add("copy and infer", [x], [x.reshape(2, 12)], shape=[0, -1])
    file.add("target as input", [x, np.array([4, 6], np.int64)], [x.reshape(4, 6)], shape=[7])
    file.add("target as int32", [x, np.array([0, 0, 2, -1], np.int32)], [x.reshape(2, 3, 2, 2)])
    one = floats(1, 1)
    file.add("to a scalar", [one], [one.reshape(())])
    file.add("from a scalar", [np.float32(2)], [np.full((1, 1), 2, np.float32)], shape=[1, -1])
    file.add("empty, zero allowed", [floats(0, 3)], [floats(3, 0)], shape=[3, 0], allow_zero=True)
    file.add("empty, inferred", [floats(0, 3)], [floats(0, 6)], shape=[-1, 6])
    y = numbers("int64", 3, 5)
    file.add("int64", [y], [y.reshape(5, 3)], shape=[5, 3])
    file.fail("two unknowns", [x], SHAPE, shape=[-1, -1])
    file.fail("does not fit", [x], SHAPE, shape=[5, 5])
    file.fail("does not divide", [x], SHAPE, shape=[5, -1])
    file.fail("negative", [x], SHAPE, shape=[-2, 12])
    file.fail("overflow", [x], SHAPE, shape=[1 << 62, 1 << 62])
    file.fail("copy beyond the rank", [x], SHAPE, shape=[2, 3, 4, 0])
    file.fail("nine dimensions", [x], SHAPE, shape=[1] * 8 + [24])
    file.fail("float target", [x, np.array([24], np.float32)], TYPE)
    file.write()


def axes():
    file = CaseFile("squeeze")
    x = floats(1, 3, 1, 2, 1)
    file.add("all", [x], [x.squeeze()])
    file.add("named", [x], [x.squeeze(2)], axes=[2])
    file.add("negative", [x], [x.squeeze((0, 4))], axes=[-1, 0])
    file.add("other extent stays", [x], [x.squeeze(0)], axes=[0, 1])
    one = floats(1)
    file.add("to a scalar", [one], [one.reshape(())])
    file.fail("outside", [x], SHAPE, axes=[5])
    file.fail("twice", [x], SHAPE, axes=[0, -5])
    file.write()
    file = CaseFile("unsqueeze")
    x = floats(3, 2)
    file.add("front", [x], [x[None]], axes=[0])
    file.add("several", [x], [x[None, :, None, :, None]], axes=[0, 2, 4])
    file.add("negative", [x], [x[..., None]], axes=[-1])
    file.add("scalar", [np.int64(5)], [np.array([5])], axes=[0])
    file.fail("outside", [x], SHAPE, axes=[3])
    file.fail("twice", [x], SHAPE, axes=[0, 0])
    file.fail("rank 9", [floats(*[1] * 7)], SHAPE, axes=[0, 1])
    file.write()
    file = CaseFile("flatten")
    x = floats(2, 3, 4, 5)
    file.add("middle", [x], [x.reshape(2, 12, 5)], first=1, last=2)
    file.add("all", [x], [x.reshape(-1)], first=0, last=-1)
    file.add("one", [x], [x], first=1, last=1)
    file.add("scalar", [np.float32(3)], [np.array([3], np.float32)], first=0, last=-1)
    file.add("empty", [floats(2, 0, 3)], [floats(0, 3)], first=0, last=1)
    file.fail("backward", [x], SHAPE, first=2, last=1)
    file.fail("outside", [x], SHAPE, first=0, last=4)
    file.write()


def transpose():
    file = CaseFile("transpose")
    for type in ("float32", "int64", "uint8", "int16", "bool", "float16"):
        x = numbers(type, 5, 7)
        file.add(f"two dimensions of {type}", [x], [x.T], permutation=[1, 0])
    for shape, permutation in [
        ((2, 3, 5, 7), [0, 2, 3, 1]), ((2, 5, 7, 3), [0, 3, 1, 2]), ((1, 37, 3, 11), [0, 2, 3, 1]), ((1, 3, 11, 37), [0, 3, 1, 2]),
        ((3, 4, 5), [2, 1, 0]), ((3, 4, 5), [1, 0, 2]), ((3, 1, 5), [1, 2, 0]), ((2, 3, 2, 3, 2), [4, 2, 0, 3, 1]), ((2, 3, 4, 5), [0, 2, 1, 3]),
        ((2, 3, 4), [0, 1, 2]), ((2, 1, 2, 1, 2, 1, 2, 1), [7, 6, 5, 4, 3, 2, 1, 0]), ((65, 33), [1, 0]), ((34, 66), [1, 0])]:
        x = floats(*shape)
        file.add(f"{shape} by {permutation}", [x], [x.transpose(permutation)], permutation=permutation)
    for rows, columns in [(4, 4), (5, 4), (4, 7), (3, 9), (9, 3), (2, 9), (9, 2), (3, 3), (17, 65), (63, 18)]:
        for type in ("float32", "uint8"):
            x = np.arange(rows * columns).reshape(rows, columns).astype(type)
            file.add(f"{rows} x {columns} of {type}", [x], [x.T], permutation=[1, 0])
    x = floats(2, 3, 4)
    file.add("none reverses", [x], [x.T])
    file.add("negative axes", [x], [x.transpose(0, 2, 1)], permutation=[0, -1, -2])
    file.add("empty", [floats(0, 3)], [floats(3, 0)], permutation=[1, 0])
    file.add("scalar", [np.float32(4)], [np.float32(4)])
    file.fail("too short", [x], SHAPE, permutation=[1, 0])
    file.fail("twice", [x], SHAPE, permutation=[0, 0, 1])
    file.fail("outside", [x], SHAPE, permutation=[0, 1, 3])
    file.write()
    # Enough elements for several threads, checked cheaply: small integers.
    file = CaseFile("transpose.threads")
    x = (np.arange(40 * 31 * 27) % 10).reshape(1, 40, 31, 27).astype(np.uint8)
    file.add("channels last", [x], [x.transpose(0, 2, 3, 1)], permutation=[0, 2, 3, 1])
    file.write()


def joining():
    file = CaseFile("concat")
    a, b, c = floats(2, 3, 4), floats(2, 1, 4), floats(2, 5, 4)
    file.add("middle", [a, b, c], [np.concatenate([a, b, c], 1)], axis=1)
    file.add("negative axis", [a, a], [np.concatenate([a, a], -1)], axis=-1)
    file.add("front", [a, a], [np.concatenate([a, a], 0)], axis=0)
    file.add("one input", [a], [a], axis=0)
    file.add("an empty input", [a, floats(2, 0, 4)], [a], axis=1)
    d = numbers("int64", 3)
    file.add("int64 vectors", [d, d], [np.concatenate([d, d])], axis=0)
    file.fail("types differ", [a, numbers("int32", 2, 3, 4)], TYPE, axis=1)
    file.fail("extents differ", [a, floats(2, 3, 5)], SHAPE, axis=1)
    file.fail("ranks differ", [a, floats(2, 3)], SHAPE, axis=1)
    file.fail("scalars", [np.float32(1), np.float32(1)], SHAPE, axis=0)
    file.write()
    file = CaseFile("split")
    x = floats(3, 7, 2)
    file.add("sizes", [x], np.split(x, [1, 4], 1), axis=1, sizes=[1, 3, 3])
    file.add("sizes with a rest", [x], np.split(x, [2, 6], 1), axis=1, sizes=[2, -1, 1])
    file.add("uneven", [x], np.split(x, [2, 4, 6], 1), axis=1)
    file.add("even, negative axis", [x], np.split(x, 2, -1), axis=-1)
    file.add("sizes as input", [x, np.array([0, 7], np.int64)], np.split(x, [0], 1), axis=1)
    parts = np.split(x, [2, 4], 1)
    file.add("one unwanted", [x], [parts[0], None, parts[2]], axis=1, sizes=[2, 2, 3])
    file.fail("wrong sum", [x], SHAPE, outputs=2, axis=1, sizes=[3, 3])
    file.fail("negative", [x], SHAPE, outputs=2, axis=1, sizes=[-2, 9])
    file.fail("wrong count", [x], MODEL, outputs=2, axis=1, sizes=[3, 3, 1])
    file.write()


def slices():
    file = CaseFile("slice")
    x = floats(4, 5, 6)
    top = (1 << 63) - 1
    file.add("two axes", [x], [x[1:3, :, 2:5]], axes=[0, 2], starts=[1, 2], ends=[3, 5])
    file.add("clamped", [x], [x[2:]], axes=[0], starts=[2], ends=[top])
    file.add("negative bounds", [x], [x[:, -4:-1]], axes=[-2], starts=[-4], ends=[-1])
    file.add("steps", [x], [x[::2, ::3]], starts=[0, 0], ends=[top, 100], steps=[2, 3])
    file.add("backward", [x], [x[:, :, ::-1]], axes=[2], starts=[-1], ends=[-top], steps=[-1])
    file.add("backward by two, bounded", [x], [x[3:0:-2]], axes=[0], starts=[3], ends=[0], steps=[-2])
    file.add("both backward", [x], [x[::-1, ::-1, ::-2]], axes=[0, 1, 2], starts=[top] * 3, ends=[-top] * 3, steps=[-1, -1, -2])
    file.add("huge steps", [x], [x[1:2, 4:3:-1]], axes=[0, 1], starts=[1, 4], ends=[top, -top], steps=[top, -top - 1])
    file.add("nothing", [x], [x[3:3]], axes=[0], starts=[3], ends=[2])
    file.add("inputs", [x, np.array([1], np.int64), np.array([4], np.int64), np.array([2], np.int64)], [x[:, 1:4:2]], axes=[1])
    file.add("int32 inputs without steps", [x, np.array([1, 0], np.int32), np.array([4, 1], np.int32)], [x[1:4, 0:1]])
    y = numbers("bool", 3, 4)
    file.add("bytes", [y], [y[:, 1:3]], axes=[1], starts=[1], ends=[3])
    file.fail("step 0", [x], SHAPE, axes=[0], starts=[0], ends=[2], steps=[0])
    file.fail("axis outside", [x], SHAPE, axes=[3], starts=[0], ends=[2])
    file.fail("counts differ", [x], MODEL, axes=[0], starts=[0], ends=[2, 3])
    file.fail("axis twice", [x], MODEL, axes=[0, -3], starts=[0, 0], ends=[2, 2])
    file.write()

    file = CaseFile("slice_update")
    def updated(x, value, *where):
        y = x.copy()
        y[where] = value
        return y
    v = floats(2, 5, 3)
    file.add("block", [x, v], [updated(x, v, slice(1, 3), slice(None), slice(2, 5))], axes=[0, 2], starts=[1, 2], ends=[3, 5])
    s = np.array([7], np.float32)
    file.add("one value", [x, s], [updated(x, 7, slice(None), slice(0, 5, 2))], axes=[1], starts=[0], ends=[5], steps=[2])
    file.add("scalar, backward", [x, np.float32(3)], [updated(x, 3, slice(None), slice(None), slice(4, 0, -2))], axes=[2], starts=[4], ends=[0], steps=[-2])
    r = floats(1, 1, 1, 6)
    file.add("leading ones", [x, r], [updated(x, r[0], slice(0, 2))], axes=[0], starts=[0], ends=[2])
    file.add("nothing", [x, s], [x], axes=[0], starts=[2], ends=[2])
    file.add("inputs", [x, s, np.array([1], np.int64), np.array([2], np.int64)], [updated(x, 7, slice(1, 2))], axes=[0])
    file.fail("value too large", [x, floats(3, 5, 6)], SHAPE, axes=[0], starts=[0], ends=[2])
    file.fail("another type", [x, np.array([1], np.int32)], TYPE, axes=[0], starts=[0], ends=[2])
    file.write()


def pad():
    file = CaseFile("pad")
    x = floats(2, 3, 4, 2)
    image = [0, 1, 2, 0, 0, 3, 1, 0]
    around = [(0, 0), (1, 3), (2, 1), (0, 0)]
    file.add("image", [x], [np.pad(x, around, constant_values=1.5)], pads=image, value=1.5)
    for mode in ("reflect", "edge", "wrap"):
        file.add(f"image, {mode}", [x], [np.pad(x, around, mode=mode)], mode=mode, pads=image)
        y = floats(3, 4)
        file.add(f"inner dimension, {mode}", [y], [np.pad(y, [(1, 0), (2, 5)], mode=mode)], mode=mode, pads=[1, 2, 0, 5])
        file.add(f"longer than the extent, {mode}", [y], [np.pad(y, [(7, 8), (0, 0)], mode=mode)], mode=mode, pads=[7, 0, 8, 0])
        z = floats(1, 2)
        file.add(f"an extent of 1, {mode}", [z], [np.pad(z, [(2, 1), (0, 0)], mode=mode)], mode=mode, pads=[2, 0, 1, 0])
    file.add("cropped", [x], [x[:, 1:, :3]], pads=[0, -1, 0, 0, 0, 0, -1, 0])
    file.add("cropped and padded", [x], [np.pad(x[:, 1:], [(0, 0), (0, 2), (0, 0), (0, 0)])], pads=[0, -1, 0, 0, 0, 2, 0, 0])
    file.add("cropped to nothing", [x], [x[:0]], pads=[-1, 0, 0, 0, -1, 0, 0, 0])
    file.add("moved out", [floats(2)], [np.full(2, 9, np.float32)], pads=[-3, 3], value=9)
    file.add("no pads", [x], [x], pads=[0] * 8)
    file.add("scalar", [np.float32(2)], [np.float32(2)])
    n = numbers("int64", 3)
    file.add("inputs, int64", [n, np.array([1, 2], np.int64), np.array([-(1 << 60) - 1], np.int64)],
             [np.pad(n, (1, 2), constant_values=-(1 << 60) - 1)])
    b = numbers("uint8", 2, 2)
    file.add("bytes", [b], [np.pad(b, 1, constant_values=200)], pads=[1, 1, 1, 1], value=200)
    file.add("empty", [floats(0, 2)], [np.full((2, 2), 5, np.float32)], pads=[1, 0, 1, 0], value=5)
    file.fail("wrong count", [x], MODEL, pads=[1, 1])
    file.fail("cropped too far", [x], SHAPE, pads=[-3, 0, 0, 0, 0, 0, 0, 0])
    file.fail("absurd", [x], SHAPE, pads=[1 << 62, 0, 0, 0, 1 << 62, 0, 0, 0])
    file.fail("nothing to repeat", [floats(0, 2)], SHAPE, mode="edge", pads=[1, 0, 1, 0])
    file.write()


def stretching():
    file = CaseFile("expand")
    x = floats(3, 1)
    file.add("two dimensions", [x], [np.broadcast_to(x, (3, 4))], shape=[3, 4])
    file.add("more dimensions", [x], [np.broadcast_to(x, (2, 3, 4))], shape=[2, -1, 4])
    y = floats(2, 3, 4)
    file.add("shorter target", [y], [y], shape=[1])
    file.add("input target", [x, np.array([2, 1, 5], np.int64)], [np.broadcast_to(x, (2, 3, 5))])
    file.add("scalar", [np.int64(3)], [np.full((2, 2), 3)], shape=[2, 2])
    z = floats(1, 5)
    file.add("rows", [z], [np.broadcast_to(z, (7, 5))], shape=[7, 5])
    file.add("to nothing", [x], [floats(3, 0)], shape=[3, 0])
    file.fail("does not fit", [y], SHAPE, shape=[2, 2, 4])
    file.fail("negative", [y], SHAPE, shape=[-2, 3, 4])
    file.fail("absurd", [x], SHAPE, shape=[1 << 40, 1 << 40, 1, 1])
    file.write()
    file = CaseFile("tile")
    file.add("same rank", [y], [np.tile(y, (2, 1, 3))], repeats=[2, 1, 3])
    file.add("more repeats", [x], [np.tile(x, (2, 3, 1, 2))], repeats=[2, 3, 1, 2])
    file.add("fewer repeats", [y], [np.tile(y, (2, 1))], repeats=[2, 1])
    file.add("all dimensions", [y], [np.tile(y, (2, 2, 2))], repeats=[2, 2, 2])
    file.add("scalar", [np.float32(2)], [np.full(3, 2, np.float32)], repeats=[3])
    file.add("nothing", [y], [floats(0, 3, 4)], repeats=[0, 1, 1])
    file.add("repeats as input", [x, np.array([1, 4], np.int64)], [np.tile(x, (1, 4))])
    file.fail("negative", [x], SHAPE, repeats=[-1, 1])
    file.fail("absurd", [x], SHAPE, repeats=[1 << 62, 1])
    file.write()


def values():
    file = CaseFile("shape")
    x = floats(2, 3, 0, 5)
    file.add("all", [x], [np.array([2, 3, 0, 5])])
    file.add("part", [x], [np.array([3, 0])], start=1, end=-1)
    file.add("clamped", [x], [np.array([2, 3, 0, 5])], start=-9, end=99)
    file.add("crossed", [x], [np.zeros(0, np.int64)], start=3, end=1)
    file.add("int32", [x], [np.array([2, 3, 0, 5], np.int32)], to="int32")
    file.add("scalar", [np.float32(1)], [np.zeros(0, np.int64)])
    file.fail("as float", [x], TYPE, to="float32")
    file.write()
    file = CaseFile("range")
    def case(name, type, *bounds):
        file.add(name, [np.array(bound, type) for bound in bounds], [np.arange(*bounds, dtype=type)])
    case("forward", "int64", 2, 11, 3)
    case("backward", "int64", 10, 0, -4)
    case("nothing", "int32", 3, 3, 1)
    case("against the step", "int32", 3, 0, 1)
    case("large", "int64", (1 << 60) + 1, (1 << 60) + 4, 1)
    file.add("the whole range", [np.int64(-(1 << 63)), np.int64((1 << 63) - 1), np.int64((1 << 63) - 1)],
             [np.array([-(1 << 63), -1, (1 << 63) - 2])])
    file.add("real numbers", [np.float32(x) for x in (0.5, 2, 0.25)], [np.arange(0.5, 2, 0.25)])
    file.add("vectors of one", [np.array([0]), np.array([4]), np.array([1])], [np.arange(4)])
    file.fail("step 0", [np.int64(0), np.int64(5), np.int64(0)], SHAPE)
    file.fail("step 0.0", [np.float32(0), np.float32(0), np.float32(0)], SHAPE)
    file.fail("infinite", [np.float32(0), np.float32("inf"), np.float32(1)], SHAPE)
    file.fail("absurd", [np.int64(0), np.int64(1 << 62), np.int64(1)], SHAPE)
    file.fail("two types", [np.int64(0), np.int32(5), np.int64(1)], TYPE)
    file.write()
    file = CaseFile("fill")
    file.add("attribute", [], [np.full((2, 3), 1.5, np.float32)], shape=[2, 3], value=1.5)
    file.add("int64", [], [np.full(3, -7)], shape=[3], value=-7, to="int64")
    file.add("shape as input", [np.array([2, 2]), np.array([3], np.int32)], [np.full((2, 2), 3, np.int32)])
    file.add("exact int64", [np.array([2]), np.array([(1 << 62) + 1])], [np.full(2, (1 << 62) + 1)])
    file.add("converted", [np.array([2]), np.array([2.75], np.float32)], [np.full(2, 2)], to="int64")
    file.add("boolean", [np.array([3])], [np.ones(3, bool)], value=1, to="boolean")
    file.add("scalar", [], [np.float32(4)], value=4)
    file.add("nothing", [np.array([0, 4])], [floats(0, 4)])
    file.fail("negative", [np.array([-1])], SHAPE)
    file.fail("absurd", [], SHAPE, shape=[1 << 30, 1 << 30])
    file.write()
    file = CaseFile("one_hot")
    indices = np.array([[0, 2, 5], [-1, 9, 3]])
    def hot(axis, off=0, on=1, depth=4, type=np.float32):
        wrapped = np.where(indices < 0, indices + depth, indices)
        plane = np.expand_dims(wrapped, axis)
        shape = [1] * plane.ndim
        shape[axis] = depth
        return np.where(plane == np.arange(depth).reshape(shape), on, off).astype(type)
    file.add("last", [indices], [hot(-1)], depth=4)
    file.add("first", [indices], [hot(0)], depth=4, axis=0)
    file.add("middle, int32 indices, values", [indices.astype(np.int32), np.array(4), np.array([-1, 5])], [hot(1, -1, 5, type=np.int64)], axis=1)
    file.add("real indices and depth", [indices.astype(np.float32), np.array([6], np.float32)], [hot(2, depth=6, type=np.uint8)], axis=2, to="uint8")
    file.fail("negative depth", [indices], SHAPE, depth=-3)
    file.fail("axis outside", [indices], SHAPE, depth=3, axis=3)
    file.write()
    file = CaseFile("triangle")
    x = floats(2, 4, 5)
    for diagonal in (0, 1, -2, 7, -9):
        file.add(f"lower {diagonal}", [x], [np.tril(x, diagonal)], diagonal=diagonal)
        file.add(f"upper {diagonal}", [x], [np.triu(x, diagonal)], diagonal=diagonal, upper=True)
    file.add("far", [x], [np.tril(x, -4)], diagonal=-(1 << 63))
    b = numbers("bool", 3, 3)
    file.add("bytes", [b], [np.triu(b)], upper=True)
    file.fail("a vector", [floats(3)], SHAPE)
    file.write()


def blocks():
    deep = CaseFile("depth_to_space")
    wide = CaseFile("space_to_depth")
    for n, h, w, d, b in [(2, 3, 4, 5, 2), (1, 2, 3, 1, 3), (1, 1, 1, 2, 1), (0, 2, 2, 1, 2)]:
        x = floats(n, h, w, b * b * d)
        offset_first = x.reshape(n, h, w, b, b, d).transpose(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, d)
        depth_first = x.reshape(n, h, w, d, b, b).transpose(0, 1, 4, 2, 5, 3).reshape(n, h * b, w * b, d)
        for name, y, flag in [("offset first", offset_first, True), ("depth first", depth_first, False)]:
            deep.add(f"{name} {x.shape}", [x], [y], block=b, column_row=flag)
            wide.add(f"{name} {x.shape}", [y], [x], block=b, column_row=flag)
    deep.fail("does not divide", [floats(1, 2, 2, 6)], SHAPE, block=2)
    deep.fail("block 0", [floats(1, 2, 2, 4)], MODEL, block=0)
    wide.fail("does not divide", [floats(1, 3, 2, 6)], SHAPE, block=2)
    wide.fail("huge block", [floats(1, 3, 2, 6)], MODEL, block=2147483647)
    deep.write()
    wide.write()


for generate in (reshape, axes, transpose, joining, slices, pad, stretching, values, blocks):
    generate()
