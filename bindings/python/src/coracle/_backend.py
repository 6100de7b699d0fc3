# SPDX-License-Identifier: Apache-2.0
"""Backends beside the built-in ones: tables of C functions."""
from __future__ import annotations

import ctypes
import os

from ._error import Error, Status


class Backend:
    """The backend in a shared library that exports `const coracle_backend *coracle_backend_table(void)`, as docs/backends.md describes, for
    Model.session(extra_backends=…), which keeps it. The library stays loaded. Error IO or INVALID_ARGUMENT where there is none."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            self._library = ctypes.CDLL(os.fspath(path))
        except OSError as failure:
            raise Error(Status.IO, f"cannot load a backend: {failure}") from failure
        try:
            function = self._library.coracle_backend_table
        except AttributeError as failure:
            raise Error(Status.INVALID_ARGUMENT, f"{os.fspath(path)} is not a backend: it has no function coracle_backend_table") from failure
        function.restype = ctypes.c_void_p
        self.table: int | None = function()
        if not self.table:
            raise Error(Status.INVALID_ARGUMENT, f"{os.fspath(path)} gives no table of a backend")
