# SPDX-License-Identifier: Apache-2.0
"""A session's handle, which any thread may use to cancel, and whose end waits for no one."""
from __future__ import annotations

import ctypes
import threading
from typing import Sequence

from ._backend import Backend
from ._library import library, quick
from ._model import Model


class Handle:
    """Owns C's handle with what must live as long: the bytes of its model, and its backends."""

    def __init__(self, pointer: ctypes.c_void_p, model: Model, backends: Sequence[Backend]) -> None:
        self.pointer: ctypes.c_void_p | None = pointer
        self._needed: tuple[object, ...] = (model.memory, *backends)
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Asks the run in progress, if any, to end before its next operator. Does nothing after the end."""
        with self._lock:
            if self.pointer is not None:
                quick.coracle_session_cancel(self.pointer)

    def end(self) -> None:
        """Frees the session. No call into the library may use the pointer now."""
        with self._lock:
            pointer, self.pointer = self.pointer, None
        if pointer is not None:
            library.coracle_session_destroy(pointer)
            self._needed = ()
