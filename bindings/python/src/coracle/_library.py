# SPDX-License-Identifier: Apache-2.0
"""The C library, found and loaded, with the types of its functions."""
from __future__ import annotations

import ctypes
import os
import pathlib
from typing import Any

from ._error import Error, Status
from ._structures import ErrorStructure

_Size, _Index, _Pointer, _Integer, _Text = ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p

# Result and arguments. Pointers to structs are given by byref() and not checked again: these types are ours.
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "coracle_version": (_Text, []),
    "coracle_build_description": (_Text, []),
    "coracle_model_open_file": (_Integer, [_Text, _Pointer, _Pointer, _Pointer]),
    "coracle_model_open_memory": (_Integer, [_Pointer, _Size, _Pointer, _Pointer, _Pointer]),
    "coracle_model_destroy": (None, [_Pointer]),
    "coracle_model_input_count": (_Size, [_Pointer]),
    "coracle_model_output_count": (_Size, [_Pointer]),
    "coracle_model_input": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_model_output": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_model_find_input": (_Integer, [_Pointer, _Text, _Pointer, _Pointer]),
    "coracle_model_metadata": (_Integer, [_Pointer, _Text, _Pointer, _Pointer]),
    "coracle_model_metadata_count": (_Size, [_Pointer]),
    "coracle_model_metadata_at": (_Integer, [_Pointer, _Index, _Pointer, _Pointer, _Pointer]),
    "coracle_model_test_vector_count": (_Size, [_Pointer]),
    "coracle_model_test_vector": (_Integer, [_Pointer, _Index, ctypes.c_uint32, _Index, _Pointer, _Pointer]),
    "coracle_backend_load": (_Integer, [_Text, _Pointer, _Pointer]),
    "coracle_backend_unload": (None, [_Pointer]),
    "coracle_profile_count": (_Size, []),
    "coracle_profile_at": (_Integer, [_Index, _Pointer, _Pointer]),
    "coracle_profile_find": (_Integer, [_Text, _Pointer, _Pointer]),
    "coracle_profile_parse": (_Integer, [_Text, _Size, _Pointer, _Pointer, _Pointer, _Pointer]),
    "coracle_profile_load": (_Integer, [_Text, _Pointer, _Pointer, _Pointer, _Pointer]),
    "coracle_profile_detect": (_Integer, [_Pointer, _Pointer]),
    "coracle_session_create": (_Integer, [_Pointer, _Pointer, _Pointer, _Pointer]),
    "coracle_session_destroy": (None, [_Pointer]),
    "coracle_session_resize_input": (_Integer, [_Pointer, _Index, _Pointer, _Integer, _Pointer]),
    "coracle_session_memory": (_Integer, [_Pointer, _Pointer, _Pointer]),
    "coracle_session_prepare": (_Integer, [_Pointer, _Pointer]),
    "coracle_session_bind_input": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_session_bind_output": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_session_run": (_Integer, [_Pointer, _Pointer]),
    "coracle_session_output": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_session_cancel": (None, [_Pointer]),
    "coracle_session_node_count": (_Size, [_Pointer]),
    "coracle_session_node": (_Integer, [_Pointer, _Index, _Pointer, _Pointer]),
    "coracle_session_tensor_count": (_Size, [_Pointer]),
    "coracle_session_tensor": (_Integer, [_Pointer, _Index, _Pointer, _Pointer, _Pointer]),
}


def _path() -> str:
    """CORACLE_LIBRARY, or the library in this package, or the system's."""
    named = os.environ.get("CORACLE_LIBRARY")
    if named:
        return named
    carried = pathlib.Path(__file__).with_name("libcoracle.so")
    return str(carried) if carried.is_file() else "libcoracle.so.0"


def _load(kind: type[ctypes.CDLL], path: str) -> ctypes.CDLL:
    try:
        library = kind(path)
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as failure:
        raise ImportError(f"libcoracle.so cannot be used: {failure}") from failure
    return library


# Calls through `library` let other Python threads go on. `quick` keeps the interpreter's lock, which for a call of less than a microsecond
# costs less than giving it away and waiting for it again.
library = _load(ctypes.CDLL, _path())
quick = _load(ctypes.PyDLL, _path())


def raise_error(error: ErrorStructure) -> None:
    """Raises what a failed call left in `error`."""
    raise Error(Status(error.status), error.message.decode("utf-8", "replace"))


def call(name: str, *arguments: Any) -> None:
    """Calls the function `name` with an error object behind `arguments`; raises Error where it fails."""
    error = ErrorStructure()
    if getattr(library, name)(*arguments, ctypes.byref(error)):
        raise_error(error)


def text(value: bytes | None) -> str:
    """C's text; names of a model are whatever bytes its file has."""
    return value.decode("utf-8", "replace") if value else ""


def version() -> str:
    """The version of the linked library, such as "0.1.0"."""
    return text(library.coracle_version())


def build_description() -> str:
    """One line that describes the linked build: instruction set, OpenBLAS or not, and model-file version."""
    return text(library.coracle_build_description())
