# SPDX-License-Identifier: Apache-2.0
"""Backends beside the built-in ones, from shared libraries."""
from __future__ import annotations

import ctypes
import os
import weakref

from ._kunlun import KunlunOptions
from ._library import call, library


class Backend:
    """The backend in the shared library at `path` (a name without a slash is searched for), for Model.session(extra_backends=…); docs/backends.md tells how
    one is written. The library's own initialisers run here: load only what you trust. It stays loaded for as long as this object or a session
    that was made with it. `options`, which the Kunlun simulator takes: what it simulates; None = its default.

    Error IO (it cannot be loaded), INVALID_ARGUMENT (it has no function coracle_backend_table, or the table is of another version), BACKEND_FAILED (this
    machine lacks what the backend drives), UNSUPPORTED (options that no chip has) or OUT_OF_MEMORY."""

    def __init__(self, path: str | os.PathLike[str], options: KunlunOptions | None = None) -> None:
        self.table = ctypes.c_void_p()
        if options is not None:
            self._memory = options.table(path)
            self.table.value = ctypes.addressof(self._memory)
            return
        call("coracle_backend_load", os.fsencode(path), ctypes.byref(self.table))
        weakref.finalize(self, library.coracle_backend_unload, self.table).atexit = False  # a thread may still be running it
