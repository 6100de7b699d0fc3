# SPDX-License-Identifier: Apache-2.0
"""Logging, timing and cancelling, and what happens where the caller's functions fail."""
import logging
import os
import signal
import subprocess
import sys
import threading

import numpy
import pytest

import coracle
from coracle import Status

ONES = numpy.ones((1, 4), numpy.float32)
MANY = numpy.array(1 << 60)  # trips of a loop: longer than anybody waits


def test_logs_into_logging(opened, caplog):
    with caplog.at_level(logging.INFO, "coracle"):
        opened("open").session().run({"x": ONES})
    assert [record.levelno for record in caplog.records] == [logging.INFO]
    assert "planned 3 operators" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO, "other"):
        opened("non-zero").session(logger=logging.getLogger("other")).prepare()
    assert {record.name for record in caplog.records} == {"other"}
    assert logging.WARNING in [record.levelno for record in caplog.records]


def test_times_every_operator(opened):
    timings = []
    session = opened("small").session(profile_function=timings.append)
    session.run({"x": ONES})
    assert [timing.operator_name for timing in timings] == ["binary"] * 3
    assert [timing.node_index for timing in timings] == [0, 1, 2]
    assert all(timing.nanoseconds >= 0 and timing.name and timing.backend_name for timing in timings)


def test_cancels_by_callback(opened, refused):
    answers = iter([False, True])
    session = opened("small").session(cancel=lambda: next(answers, False))
    refused(Status.CANCELLED, session.run, {"x": ONES})
    numpy.testing.assert_array_equal(session.run({"x": ONES})["y"], [[2, 3, 4, 5]])


@pytest.mark.parametrize("option", ["profile_function", "cancel"])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_in_a_callback_is_raised_by_the_run(opened, option, kind):
    calls = []

    def fail(*_):
        calls.append(1)
        if len(calls) == 2:
            raise kind("mine")
    session = opened("small").session(**{option: fail})
    with pytest.raises(kind, match="mine"):
        session.run({"x": ONES})
    assert len(calls) == 2, "nothing is called after it"
    numpy.testing.assert_array_equal(session.run({"x": ONES})["y"], [[2, 3, 4, 5]])


def test_an_exception_in_a_logger_is_raised_by_whoever_plans(opened):
    class Failing(logging.Logger):
        def log(self, *arguments, **named):
            raise ZeroDivisionError("mine")
    with pytest.raises(ZeroDivisionError):
        opened("small").session(logger=Failing("failing"))
    session = opened("open").session(logger=Failing("failing"))
    with pytest.raises(ZeroDivisionError):
        session.run({"x": ONES})
    assert session.run({"x": ONES})["y"].shape == (1, 4)


def test_a_callback_cannot_use_its_own_session(opened):
    errors = []

    def misuse(_):
        for call in (session.close, session.prepare, session.nodes, lambda: session.run({"x": ONES})):
            with pytest.raises(coracle.Error) as found:
                call()
            errors.append(found.value.status)
    session = opened("small").session(profile_function=misuse)
    session.run({"x": ONES})
    assert errors == [Status.INVALID_ARGUMENT] * 12


def test_a_callback_may_use_another_session_and_cancel_its_own(opened, refused):
    other = opened("small").session()

    def call(_):
        assert other.run({"x": ONES})["y"].shape == (1, 4)
        session.cancel()
    session = opened("small").session(profile_function=call)
    refused(Status.CANCELLED, session.run, {"x": ONES})


def test_cancels_from_another_thread(opened, refused):
    begun = threading.Event()
    session = opened("loop").session(profile_function=lambda _: begun.set())

    def cancel():
        begun.wait()
        session.cancel()
    thread = threading.Thread(target=cancel)
    thread.start()
    refused(Status.CANCELLED, session.run, {"trips": MANY, "x": ONES[0]})
    thread.join()
    session.cancel()
    numpy.testing.assert_array_equal(session.run({"trips": numpy.array(3), "x": ONES[0]})["y"], [4] * 4)


def test_other_threads_go_on_during_a_run(opened, refused):
    """Cancelling the loop below needs the interpreter's lock, which its run must have given away."""
    session = opened("loop").session()
    timer = threading.Timer(0.2, session.cancel)
    timer.start()
    refused(Status.CANCELLED, session.run, {"trips": MANY, "x": ONES[0]})


@pytest.mark.parametrize("options", ["", "profile_function=lambda timing: None", "cancel=lambda: False"])
@pytest.mark.parametrize("handler", ["default", "silent", "event loop"])
def test_control_c_ends_a_run(folder, handler, options):
    """In a process of its own, which would run for years. A handler that raises nothing leaves Error CANCELLED."""
    program = f"""
import os, signal, socket, threading, numpy, coracle
session = coracle.Model({str(folder / "loop.coracle")!r}).session({options})
if {handler!r} == "silent": signal.signal(signal.SIGINT, lambda *_: None)
if {handler!r} == "event loop":
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno())
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    session.run({{"trips": numpy.array(1 << 60), "x": numpy.ones(4, numpy.float32)}})
except KeyboardInterrupt: print("KeyboardInterrupt", end=" ")
except coracle.Error as error: print(error.status.name, end=" ")
print(session.run({{"trips": numpy.array(2), "x": numpy.ones(4, numpy.float32)}})["y"][0], end=" ")
if {handler!r} == "event loop":
    assert signal.set_wakeup_fd(-1) == writing.fileno()
    assert reading.recv(1) == bytes([signal.SIGINT])
else:
    assert signal.set_wakeup_fd(-1) == -1
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout == ("CANCELLED" if handler == "silent" else "KeyboardInterrupt") + " 3.0 ", done.stderr
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_control_c_after_a_fork(folder):
    program = f"""
import os, signal, threading, numpy, coracle
model = coracle.Model({str(folder / "loop.coracle")!r})
few, many = ({{"trips": numpy.array(count), "x": numpy.ones(4, numpy.float32)}} for count in (1, 1 << 60))
model.session().run(few)
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    model.session().run(many)
except KeyboardInterrupt: os._exit(7)
os._exit(1)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 7


def test_a_storm_of_signals(folder):
    """Hundreds of them, whatever the session is doing: every run that ends well is right, and afterwards all is as before."""
    program = f"""
import os, random, signal, threading, time, numpy, coracle
model = coracle.Model({str(folder / "open.coracle")!r})
session = model.session(threads=2, cancel=lambda: False, profile_function=lambda timing: None)
wrong, raised, left = 0, 0, 4000
def send():
    while left > 0:
        time.sleep(random.random() * 0.004)
        os.kill(os.getpid(), signal.SIGINT)
thread = threading.Thread(target=send)
while True:
    try:
        if not thread.ident: thread.start()
        while left > 0:
            left -= 1 if raised else 0
            x = numpy.full((random.randint(1, 50), 4), left, numpy.float32)
            wrong += not (session.run({{"x": x}})["y"] == x + numpy.float32([1, 2, 3, 4])).all()
            with model.session() as other: wrong += other.run({{"x": x}})["y"][0, 0] != left + 1
        break
    except KeyboardInterrupt: raised += 1
    except coracle.Error as error: assert error.status.name == "CANCELLED"
while thread.is_alive():
    try: thread.join()
    except KeyboardInterrupt: pass
session.run({{"x": x}})
assert signal.set_wakeup_fd(-1) == -1 and signal.getsignal(signal.SIGINT) is signal.default_int_handler
print(wrong, raised > 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "0 True\n"), done.stderr


def test_signals_are_left_alone(opened):
    before = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)
    opened("small").session().run({"x": ONES})
    assert (signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)) == before
