# SPDX-License-Identifier: Apache-2.0
"""Ends in any order: nothing is read or written after it was freed, and nothing stays."""
import gc
import subprocess
import sys
import threading
import weakref

import numpy
import pytest

import coracle
from coracle import Status

ONES = numpy.ones((1, 4), numpy.float32)


def test_a_closed_session_refuses_everything(opened, refused):
    session = opened("small").session()
    session.run({"x": ONES})
    session.close()
    session.close()
    for call in (lambda: session.run({"x": ONES}), session.prepare, session.memory, session.nodes, lambda: session.resize_input("x", (1, 4))):
        refused(Status.INVALID_ARGUMENT, call)
    session.cancel()


def test_models_and_sessions_end_in_any_order(folder):
    for order in ("model first", "session first", "bytes"):
        source = folder / "small.coracle"
        model = coracle.Model(source.read_bytes() if order == "bytes" else source)
        session = model.session()
        if order == "session first":
            session.close()
        else:
            model.close()
            del model
            gc.collect()
            numpy.testing.assert_array_equal(session.run({"x": ONES})["y"], [[2, 3, 4, 5]])


def test_outputs_outlive_whatever_follows(opened):
    """Freed memory is filled with something else by then, most likely: large blocks go back to the system, where reading them would end the process."""
    session = opened("open").session()
    kept = []
    for rows in (100_000, 200_000, 1, 300_000):
        output = session.run({"x": numpy.full((rows, 4), rows, numpy.float32)})["y"]
        kept.append((output, output.copy()))
    session.close()
    del session
    gc.collect()
    fill = [numpy.full((100_000, 4), -1, numpy.float32) for _ in range(8)]
    for output, copy in kept:
        numpy.testing.assert_array_equal(output, copy)
        output[...] = 5
    assert len(fill) == 8


def test_inputs_are_kept_until_the_next_run(opened):
    session = opened("open").session()
    x = numpy.full((1000, 4), 3, numpy.float32)
    watch = weakref.ref(x)
    session.run({"x": x})
    del x
    gc.collect()
    assert watch() is not None
    session.run({"x": ONES})
    gc.collect()
    assert watch() is None


def test_sessions_are_freed_with_what_their_callbacks_hold(opened):
    class Program:
        def __init__(self):
            self.session = opened("small").session(profile_function=self.hear, cancel=lambda: self.session is None)

        def hear(self, timing):
            self.last = timing
    program = Program()
    program.session.run({"x": ONES})
    watch = weakref.ref(program.session)
    del program
    gc.collect()
    assert watch() is None


def test_a_failed_session_leaves_nothing(opened, refused):
    model = opened("small")
    gc.collect()
    objects = len(gc.get_objects())
    for _ in range(50):
        refused(Status.NOT_FOUND, model.session, backends="abacus")
        refused(Status.NOT_FOUND, model.session, profile="abacus")
        refused(Status.OVER_BUDGET, model.session(memory_budget=10).prepare)
    gc.collect()
    # Fewer than one for each session; those that Python itself keeps do not grow with them.
    assert len(gc.get_objects()) - objects < 50


def test_close_waits_for_a_run(opened):
    begun = threading.Event()
    session = opened("loop").session(profile_function=lambda _: begun.set())
    found = []

    def run():
        try:
            session.run({"trips": numpy.array(1 << 60), "x": ONES[0]})
        except coracle.Error as error:
            found.append(error.status)
    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    closing = threading.Thread(target=session.close)
    closing.start()
    assert not found and closing.is_alive()
    session.cancel()
    closing.join()
    thread.join()
    assert found == [Status.CANCELLED]


@pytest.mark.parametrize("end", ["", "session.close(); model.close()", "del model", "del session", "sys.exit(0)"])
def test_the_interpreter_ends_as_usual(folder, end):
    program = f"""
import sys, threading, numpy, coracle
model = coracle.Model({str(folder / "loop.coracle")!r})
session = model.session(threads=2, profile_function=lambda timing: None)
output = session.run({{"trips": numpy.array(2), "x": numpy.ones(4, numpy.float32)}})["y"]
busy = model.session()
threading.Thread(target=busy.run, args=({{"trips": numpy.array(1 << 60), "x": numpy.ones(4, numpy.float32)}},), daemon=True).start()
print(output[0], flush=True)
{end}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\n", "")
