# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C during a call into the library. The main thread is in C then and Python's handler waits for it, so a thread beside it ends the run."""
from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Callable

# A run that begins at the very moment of the signal forgets that it was cancelled: it is told again this often, until it has ended.
_SECONDS_BETWEEN = 0.02


class Interrupt:
    """Between begin() and end(), a run on the main thread ends soon after SIGINT. What Python's handler raises, KeyboardInterrupt by default, is
    raised where the library was called. On other threads it does nothing: Python hands no signals to them."""

    _lock = threading.Lock()
    _pipe: tuple[int, int] | None = None
    _current: Interrupt | None = None
    # Where Python wrote signals' numbers before, such as an event loop's socket: they go there too.
    _previous = -1

    def __init__(self, cancel: Callable[[], None]) -> None:
        """`cancel` ends the run in progress, if any, and may be called whenever."""
        self._cancel = cancel
        self._outer: Interrupt | None = None
        self._handler: Any = None
        self._noted = False
        self.is_running = False
        """To be made False when the call is over, before end(), which a second signal may prevent."""

    def begin(self, calls_back: bool) -> None:
        """To be followed by end(), even where this raises: a signal may come in between. `calls_back`: Python functions may be called from C. No
        exception of the handler must come up in one of them before it can catch it: ctypes would print and forget it."""
        cls = Interrupt
        if threading.current_thread() is not threading.main_thread():
            return
        self._outer = cls._current if cls._current is not None and cls._current.is_running else None
        if self._outer is None:
            if cls._pipe is None:
                cls._start()
            if cls._pipe is None:
                return
            try:
                previous = signal.set_wakeup_fd(cls._pipe[1], warn_on_full_buffer=False)
            except ValueError:  # a subinterpreter's main thread
                return
            if previous != cls._pipe[1]:
                cls._previous = previous
        cls._current = self
        if calls_back:
            self._handler, self._noted = signal.getsignal(signal.SIGINT), False
            if callable(self._handler):
                signal.signal(signal.SIGINT, self._note)
        self.is_running = True

    def end(self) -> None:
        """Raises what the handler of a signal that came meanwhile raises."""
        cls = Interrupt
        if cls._current is not self:
            return
        with cls._lock:
            cls._current = self._outer
        if cls._current is None:
            signal.set_wakeup_fd(cls._previous)
        handler, self._handler = self._handler, None
        if handler is not None and signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, handler)
            if self._noted:
                handler(signal.SIGINT, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._noted = True

    @classmethod
    def _start(cls) -> None:
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(reading, True)
        try:
            threading.Thread(target=cls._watch, args=(reading,), name="coracle-interrupt", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is ending: a run goes to its end
            os.close(reading)
            os.close(writing)
        else:
            cls._pipe = (reading, writing)

    @classmethod
    def _watch(cls, reading: int) -> None:
        while True:
            signals = os.read(reading, 64)
            if cls._previous >= 0:
                try:
                    os.write(cls._previous, signals)
                except OSError:  # full or closed, which its owner learns otherwise
                    pass
            run = cls._current
            while signal.SIGINT in signals and run is not None and run.is_running:
                with cls._lock:
                    if cls._current is not run:
                        break
                    run._cancel()
                time.sleep(_SECONDS_BETWEEN)

    @classmethod
    def _after_fork(cls) -> None:
        """The thread stayed in the parent."""
        cls._lock = threading.Lock()
        if cls._pipe is not None:
            for end in cls._pipe:
                os.close(end)
        cls._pipe = None
        cls._current = None


os.register_at_fork(after_in_child=Interrupt._after_fork)
