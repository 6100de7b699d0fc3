# SPDX-License-Identifier: Apache-2.0
"""Sessions: arrays in, arrays out, and what is refused."""
import array
import ctypes

import numpy
import pytest

import coracle
from coracle import Status

ONES = numpy.ones((1, 4), numpy.float32)


def expected(x):
    y = x + numpy.array([[1, 2, 3, 4]], numpy.float32)
    return {"y": y, "z": y * y - x}


def random(*shape):
    # Small whole numbers: sums and products are exact in float32.
    return numpy.random.default_rng(7).integers(-50, 50, shape).astype(numpy.float32)


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("rows", [1, 2, 7, 129])
def test_runs_at_any_shape(opened, rows, threads):
    x = random(rows, 4)
    with opened("open").session(threads=threads) as session:
        for _ in range(2):
            found = session.run({"x": x})
            assert list(found) == ["y", "z"]
            for name, values in expected(x).items():
                numpy.testing.assert_array_equal(found[name], values)
                assert found[name].dtype == numpy.float32
        y, z = session(x)
        numpy.testing.assert_array_equal(z, expected(x)["z"])


@pytest.mark.parametrize("dtype", ["float32", "int8", "int32", "int64", "bool"])
@pytest.mark.parametrize("columns", [0, 1, 5])
def test_passes_every_type(opened, dtype, columns):
    name = {"bool": "typed-boolean"}.get(dtype, f"typed-{dtype}")
    x = numpy.random.default_rng(3).integers(-100, 100, (2, columns)).astype(dtype)
    y = opened(name).session()(x)
    assert y.dtype == x.dtype and y.shape == (columns, 2)
    numpy.testing.assert_array_equal(y, x.T)


def test_passes_a_single_number(opened):
    session = opened("scalar").session()
    for value in (numpy.float32(2.5), numpy.array(2.5, numpy.float32), 2.5):
        y = session(value)
        assert y.shape == () and y == 5


class WithDLPack:
    """What another library's tensor shows of itself."""

    def __init__(self, content):
        self.content = content

    def __dlpack__(self, **named):
        return self.content.__dlpack__(**named)

    def __dlpack_device__(self):
        return self.content.__dlpack_device__()


def test_takes_whatever_holds_numbers(opened):
    x = random(2, 4)
    session = opened("open").session()
    frozen = x.copy()
    frozen.flags.writeable = False
    wide = numpy.zeros((2, 8), numpy.float32)
    wide[:, ::2] = x
    sources = {
        "array": x, "read-only": frozen, "every other column": wide[:, ::2], "column-major": numpy.asfortranarray(x), "list": x.tolist(),
        "DLPack": WithDLPack(x), "memoryview": memoryview(x), "array.array": memoryview(array.array("f", x.ravel())).cast("B").cast("f", (2, 4)),
        "ctypes": ((ctypes.c_float * 4) * 2)(*map(tuple, x.tolist())), "misaligned": misaligned(x)}
    for kind, source in sources.items():
        numpy.testing.assert_array_equal(session.run({"x": source})["z"], expected(x)["z"], err_msg=kind)


def misaligned(x):
    return numpy.frombuffer(b"x" + x.tobytes(), numpy.uint8)[1:].view(numpy.float32).reshape(x.shape)


def test_inputs_are_read_where_they_lie(opened):
    """Not a copy: what is written into the array before a run is what the run reads."""
    session = opened("open").session()
    x = random(3, 4)
    shared = WithDLPack(x)
    session.run({"x": shared})
    x += 1
    numpy.testing.assert_array_equal(session.run({"x": shared})["y"], expected(x)["y"])
    numpy.testing.assert_array_equal(session.run({"x": x})["y"], expected(x)["y"])
    # The same memory under another shape.
    x.shape = (1, 12)
    with pytest.raises(coracle.Error):
        session.run({"x": x})
    x.shape = (3, 4)
    numpy.testing.assert_array_equal(session.run({"x": x})["y"], expected(x)["y"])


def test_outputs_are_views_that_the_next_run_writes(opened):
    session = opened("open").session()
    first = session.run({"x": ONES})["y"]
    second = session.run({"x": ONES + 1})["y"]
    assert numpy.shares_memory(first, second)
    numpy.testing.assert_array_equal(first, [[3, 4, 5, 6]])
    first.shape = (4,)  # the caller's array, not the session's
    assert session.run({"x": ONES})["y"].shape == (1, 4)


def test_an_output_can_be_the_next_input(opened):
    """In place, a run would read what it has already written over: z lies where x did."""
    session, x = opened("open").session(), random(5, 4)
    given = x
    for _ in range(3):
        outputs = session.run({"x": given})
        for name, values in expected(x).items():
            numpy.testing.assert_allclose(outputs[name], values, rtol=1e-6)
        x = expected(x)["z"] / 64
        numpy.divide(outputs["z"], 64, out=outputs["z"])
        given = outputs["z"][:]


def test_outputs_that_no_run_computes_are_the_callers_too(opened):
    """A constant, the input under another shape, its extents: what is written there must reach neither model nor input."""
    session = opened("aliases").session()
    x = random(3, 2)
    for _ in range(2):
        found = session.run({"x": x})
        numpy.testing.assert_array_equal(found["constant"], [1, 2, 3])
        numpy.testing.assert_array_equal(found["flat"], x.reshape(1, 6))
        numpy.testing.assert_array_equal(found["extents"], [3, 2])
        for output in found.values():
            output[...] = 99
    assert not (x == 99).any()


def test_outputs_whose_shape_only_a_run_tells(opened):
    session = opened("non-zero").session()
    for x in ([0, 1, 0, 2, 3, 0], [0] * 6, [1] * 6):
        x = numpy.array(x, numpy.float32)
        numpy.testing.assert_array_equal(session(x), [numpy.flatnonzero(x)])


def test_refuses_wrong_inputs(opened, refused):
    session = opened("open").session()
    assert "float64" in refused(Status.INVALID_TYPE, session.run, {"x": ONES.astype(numpy.float64)}).message
    refused(Status.INVALID_TYPE, session.run, {"x": ONES.astype(numpy.int32)})
    refused(Status.INVALID_TYPE, session.run, {"x": ONES.astype(">f4")})
    refused(Status.INVALID_TYPE, session.run, {"x": numpy.array([["a", "b", "c", "d"]])})
    refused(Status.INVALID_SHAPE, session.run, {"x": ONES[0]})
    refused(Status.INVALID_SHAPE, session.run, {"x": numpy.ones((1,) * 9, numpy.float32)})
    refused(Status.INVALID_SHAPE, session.run, {"x": numpy.ones((1, 5), numpy.float32)})
    refused(Status.INVALID_ARGUMENT, session.run, {"x": [[1, 2], [3]]})
    refused(Status.INVALID_ARGUMENT, session.run, {"x": object()})
    for wrong in (None, "1", [["1", "2", "3", "4"]], [[1j, 2, 3, 4]]):
        refused(Status.INVALID_ARGUMENT, session.run, {"x": wrong})
    assert "x" in refused(Status.INVALID_ARGUMENT, session.run, {}).message
    assert '"w"' in refused(Status.NOT_FOUND, session.run, {"w": ONES}).message
    refused(Status.NOT_FOUND, session.run, {"x": ONES, "w": ONES})
    refused(Status.INVALID_ARGUMENT, session)
    refused(Status.INVALID_ARGUMENT, session, ONES, ONES)
    numpy.testing.assert_array_equal(session.run({"x": ONES})["y"], [[2, 3, 4, 5]])


def test_an_index_outside_its_table_is_a_status(opened, refused):
    session = opened("gather").session()
    error = refused(Status.OUT_OF_RANGE, session, numpy.array([0, 8, 1]))
    assert error.operator == "gather"
    numpy.testing.assert_array_equal(session(numpy.array([7, -8, 1])), numpy.arange(32).reshape(8, 4)[[7, -8, 1]])


def test_tells_memory_before_it_is_allocated(opened, digits, refused):
    session = coracle.Model(digits).session()
    refused(Status.INVALID_SHAPE, session.memory)
    session.resize_input("picture", (100, 1, 8, 8))
    memory = session.memory()
    # What the first of its convolutions gives: 100 pictures of 8 by 8 with 16 channels, in floats.
    assert memory.arena_bytes >= 100 * 8 * 8 * 16 * 4
    session.prepare()
    session.resize_input("picture", [1, 1, 8, 8])
    assert session.memory().arena_bytes < memory.arena_bytes
    session = opened("open").session()
    refused(Status.NOT_FOUND, session.resize_input, "w", (1, 4))
    refused(Status.INVALID_SHAPE, session.resize_input, "x", (1, 4, 1))
    refused(Status.INVALID_SHAPE, session.resize_input, "x", (1,) * 9)
    refused(Status.INVALID_ARGUMENT, session.resize_input, "x", ("a", 4))


def test_keeps_to_its_budget(digits, refused):
    session = coracle.Model(digits).session(memory_budget=200_000)
    refused(Status.OVER_BUDGET, session, numpy.ones((100, 1, 8, 8), numpy.float32))
    assert session(numpy.ones((1, 1, 8, 8), numpy.float32)).shape == (1, 10)


def test_a_shape_that_no_machine_holds_is_a_status(opened, refused):
    session = opened("open").session()
    session.resize_input("x", (1 << 37, 4))
    refused(Status.OUT_OF_MEMORY, session.prepare)
    numpy.testing.assert_array_equal(session.run({"x": ONES})["y"], [[2, 3, 4, 5]])


def test_options(opened, refused):
    model = opened("small")
    assert {node.backend_name for node in model.session(backends="generic").nodes()} == {"generic"}
    nodes = model.session(backends=["tuned", "generic"]).nodes()
    assert [node.operator_name for node in nodes] == ["binary"] * 3
    assert nodes[0].name == "binary0" and nodes[0].kernel_name and not nodes[0].evaluated_at_prepare
    refused(Status.NOT_FOUND, model.session, backends="abacus")
    refused(Status.INVALID_ARGUMENT, model.session, threads=257)
    refused(Status.INVALID_ARGUMENT, model.session, threads=-1)
    refused(Status.INVALID_ARGUMENT, model.session, threads=1 << 32)
    refused(Status.INVALID_ARGUMENT, model.session, memory_budget=-1)
    refused(Status.NOT_FOUND, model.session, profile="abacus")
    refused(Status.IO, model.session, profile="absent.json")
    refused(Status.INVALID_ARGUMENT, model.session, profile=3)
    for profile in (coracle.Profile.names()[0], coracle.Profile.detect()):
        assert model.session(profile=profile).run({"x": ONES})["y"].shape == (1, 4)
