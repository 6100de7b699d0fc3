# SPDX-License-Identifier: Apache-2.0
"""What the library asks of its host, as Python functions, whose exceptions are kept out of C."""
from __future__ import annotations

import ctypes
import itertools
import logging
import weakref
from typing import Any, Callable, NamedTuple

from ._library import text
from ._structures import CancelFunction, LogFunction, ProfileFunction

LOGGER = logging.getLogger("coracle")
# Nothing is printed where the program has not set up logging.
LOGGER.addHandler(logging.NullHandler())

_LEVELS = {1: logging.WARNING, 2: logging.INFO}


class NodeTiming(NamedTuple):
    """The time of one executed operator."""

    node_index: int
    """Position in the plan, as in Session.nodes()."""
    name: str
    """The node's name in the model, may be empty."""
    operator_name: str
    """Such as "convolution"."""
    backend_name: str
    """Such as "generic"."""
    nanoseconds: int
    """Wall time of this execution."""


class Callbacks:
    """One session's functions behind C's pointers, and the exception that one of them left."""

    _numbers = itertools.count(1)
    # A function may hold its session, so that what C holds must not hold the function.
    _all: weakref.WeakValueDictionary[int, Callbacks] = weakref.WeakValueDictionary()

    def __init__(self, logger: logging.Logger, profile_function: Callable[[NodeTiming], object] | None = None,
                 cancel: Callable[[], object] | None = None) -> None:
        self._logger = logger
        self._profile_function = profile_function
        self._cancel = cancel
        self.number = next(self._numbers)
        self.raised: BaseException | None = None
        self.end_run: Callable[[], object] = lambda: None
        self._all[self.number] = self

    @classmethod
    def guard(cls, number: int, function: Callable[[Callbacks], Any]) -> Any:
        """Calls `function`. After an exception the run ends and nothing of the caller is called until the exception was raised again."""
        self = cls._all.get(number)
        if self is None or self.raised is not None:
            return 1
        try:
            return function(self)
        except BaseException as exception:
            self.raised = exception
            self.end_run()
            return 1

    def tell(self, level: int, message: bytes) -> None:
        self._logger.log(_LEVELS.get(level, logging.INFO), "%s", text(message))

    def time(self, timing: Any) -> None:
        if self._profile_function is not None:
            self._profile_function(NodeTiming(timing.node_index, text(timing.name), text(timing.operator_name), text(timing.backend_name),
                                              timing.nanoseconds))

    def is_cancelled(self) -> int:
        return int(bool(self._cancel is not None and self._cancel()))


def _log(number: int, level: int, message: bytes) -> None:
    Callbacks.guard(number, lambda callbacks: callbacks.tell(level, message))


def _profile(number: int, timing: Any) -> None:
    Callbacks.guard(number, lambda callbacks: callbacks.time(timing.contents))


def _cancel(number: int) -> int:
    return int(Callbacks.guard(number, Callbacks.is_cancelled))


# The objects stay for as long as C may call them.
_functions = (LogFunction(_log), ProfileFunction(_profile), CancelFunction(_cancel))
LOG, PROFILE, CANCEL = (ctypes.cast(function, ctypes.c_void_p) for function in _functions)
