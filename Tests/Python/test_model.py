# SPDX-License-Identifier: Apache-2.0
"""Models: opening, what they tell, and what is refused."""
import mmap

import numpy
import pytest

import coracle
from coracle import Status


def test_describes_itself(opened):
    model = opened("small")
    assert model.inputs == (("x", numpy.dtype("float32"), (1, 4)),)
    assert [output.name for output in model.outputs] == ["y", "z"]
    assert opened("open").inputs[0].shape == (-1, 4)
    assert model.metadata("source.format") == "tests"
    assert model.metadata_entries() == {"source.format": "tests", "labels": "eins\nzwei", "Größe": "", "": "ü"}


def test_gives_its_test_vectors(opened):
    model = opened("small")
    (inputs, outputs), = model.test_vectors()
    numpy.testing.assert_array_equal(inputs["x"], [[1, 1, 1, 1]])
    # x + w and (x + w) squared minus x, for w = 1, 2, 3, 4.
    numpy.testing.assert_array_equal(outputs["z"], [[3, 8, 15, 24]])
    found = model.session().run(inputs)
    for name, expected in outputs.items():
        numpy.testing.assert_array_equal(found[name], expected)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: numpy.frombuffer(data, numpy.uint8), lambda data: b"x" + data])
def test_opens_bytes_wherever_they_lie(folder, make):
    data = (folder / "small.coracle").read_bytes()
    source = make(data)
    model = coracle.Model(memoryview(source)[1:] if len(source) > len(data) else source)
    session = model.session()
    del model, source
    numpy.testing.assert_array_equal(session.run({"x": numpy.ones((1, 4), numpy.float32)})["y"], [[2, 3, 4, 5]])


def test_reads_mapped_bytes_in_place(folder):
    with open(folder / "small.coracle", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        model = coracle.Model(mapped)
        assert model.memory.ctypes.data == numpy.frombuffer(mapped, numpy.uint8).ctypes.data
        model.close()
        del model


def test_refuses_what_is_no_model(folder, refused, tmp_path):
    assert "cannot open" in refused(Status.IO, coracle.Model, tmp_path / "absent.coracle").message
    assert "identifier" in refused(Status.NOT_A_MODEL, coracle.Model, b"x" * 4096).message
    refused(Status.INVALID_ARGUMENT, coracle.Model, 5)
    refused(Status.INVALID_ARGUMENT, coracle.Model, None)
    data = (folder / "small.coracle").read_bytes()
    for size in (0, 1, 63, 64, 200, len(data) - 1):
        with pytest.raises(coracle.Error):
            coracle.Model(data[:size])


def test_refuses_damaged_models(folder, opened, refused):
    refused(Status.INVALID_MODEL, coracle.Model, folder / "bad-graph-output.coracle")
    refused(Status.CORRUPT, opened("bad-segment-checksum").session().run, {"x": numpy.ones((1, 4), numpy.float32)})
    trusted = coracle.Model(folder / "bad-segment-checksum.coracle", skip_weight_checksums=True)
    assert trusted.session().run({"x": numpy.ones((1, 4), numpy.float32)})["y"].shape == (1, 4)


def test_refuses_keys_that_are_not_there(opened, refused):
    refused(Status.NOT_FOUND, opened("small").metadata, "nothing")


def test_a_closed_model_refuses_everything(opened, refused):
    model = opened("small")
    model.close()
    model.close()
    for call in (model.session, model.test_vectors, model.metadata_entries, lambda: model.metadata("source.format")):
        refused(Status.INVALID_ARGUMENT, call)
    assert model.inputs[0].name == "x"


def test_an_error_names_the_operator(opened, refused):
    error = refused(Status.INVALID_SHAPE, opened("bad-broadcast").session)
    assert (error.operator, error.node) == ("binary", "culprit")
    assert "INVALID_SHAPE" in str(error) and error.message in str(error)
    other = coracle.Error(Status.INVALID_TYPE, 'input "x": wrong')
    assert (other.operator, other.node) == (None, None)
    assert Status(999) is Status.INTERNAL
