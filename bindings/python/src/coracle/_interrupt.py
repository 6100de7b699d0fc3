# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C during a run. The main thread is in C then and Python's handler waits for it to come back, so a thread beside it ends the run."""
from __future__ import annotations

import os
import signal
import threading
import time
from typing import Callable

# A run that begins at the very moment of the signal forgets that it was cancelled: it is told again this often, until it has ended.
_SECONDS_BETWEEN = 0.02


class Interrupt:
    """With one around it, a run on the main thread ends soon after SIGINT. What Python's handler raises, KeyboardInterrupt by default, is raised
    where the run was called. On other threads it does nothing: Python hands no signals to them."""

    _lock = threading.Lock()
    _pipe: tuple[int, int] | None = None
    _current: Interrupt | None = None
    # Where Python wrote signals' numbers before, such as an event loop's socket: they go there too.
    _previous = -1

    def __init__(self, cancel: Callable[[], None]) -> None:
        """`cancel` ends the run in progress, if any, and may be called whenever."""
        self._cancel = cancel
        self._outer: Interrupt | None = None

    def begin(self) -> None:
        """To be followed by end(), even where this raises: a signal may come in between."""
        cls = Interrupt
        if threading.current_thread() is not threading.main_thread():
            return
        if cls._current is None:
            if cls._pipe is None:
                cls._start()
            assert cls._pipe is not None
            try:
                previous = signal.set_wakeup_fd(cls._pipe[1], warn_on_full_buffer=False)
            except ValueError:  # a subinterpreter's main thread
                return
            if previous != cls._pipe[1]:
                cls._previous = previous
        self._outer = cls._current
        cls._current = self

    def end(self) -> None:
        cls = Interrupt
        if cls._current is not self:
            return
        with cls._lock:
            cls._current = self._outer
        if cls._current is None:
            signal.set_wakeup_fd(cls._previous)

    @classmethod
    def _start(cls) -> None:
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(reading, True)
        cls._pipe = (reading, writing)
        threading.Thread(target=cls._watch, args=(reading,), name="coracle-interrupt", daemon=True).start()

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
            while signal.SIGINT in signals and run is not None:
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
