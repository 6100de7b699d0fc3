# SPDX-License-Identifier: Apache-2.0
"""Memory does not grow."""
import os
import pathlib

import numpy
import pytest

import coracle

# What the allocator's and the interpreter's own habits leave undecided. Ten thousand leaks of 105 bytes would be more.
LIMIT = 1 << 20


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(work, count):
    for index in range(count // 10):
        work(index)
    before = resident()
    for index in range(count):
        work(index)
    return resident() - before


def test_ten_thousand_runs(digits):
    session = coracle.Model(digits).session()
    picture = numpy.random.default_rng(1).random((1, 1, 8, 8), numpy.float32)
    name = session.model.inputs[0].name

    def run(index):
        array = picture.copy() if index % 2 else picture
        session.run({name: array})
        session(array)
    assert growth(run, 10_000) < LIMIT


def test_ten_thousand_shapes_and_failures(opened):
    session = opened("open").session(profile_function=lambda timing: None)

    def run(index):
        session.run({"x": numpy.ones((1 + index % 7, 4), numpy.float32)})
        with pytest.raises(coracle.Error):
            session.run({"x": numpy.ones((1, 5), numpy.float32)})
    assert growth(run, 10_000) < LIMIT


def test_a_thousand_sessions(folder):
    data = (folder / "small.coracle").read_bytes()

    def make(index):
        with coracle.Model(data if index % 2 else folder / "small.coracle") as model, model.session(threads=2, cancel=lambda: False) as session:
            session.run({"x": numpy.ones((1, 4), numpy.float32)})
    assert growth(make, 1000) < LIMIT
