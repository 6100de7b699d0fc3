# SPDX-License-Identifier: Apache-2.0
"""Models: an immutable, mapped model file."""
from __future__ import annotations

import ctypes
import logging
import os
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy

from ._error import Error, Status
from ._library import call, library, text
from ._structures import ModelOptionsStructure, TensorStructure
from ._tensor import Array, Tensor, described, dtype_of

if TYPE_CHECKING:
    from ._backend import Backend
    from ._callbacks import NodeTiming
    from ._profile import Profile
    from ._session import Session

_ALIGNMENT = 64


class Model:
    """A model: verified once, never changed, shared by any number of threads and sessions.

    `source` is the path of a .coracle file, which is mapped, never copied, and must not change while the model or a session of it lives; or the
    bytes of one in anything that has the buffer protocol, which are copied only where they are not aligned to 64 bytes.
    `skip_weight_checksums`: trust the weights and never read them for their checksums; the rest is verified always.

    Error IO, NOT_A_MODEL, NEWER_VERSION, CORRUPT, INVALID_MODEL, UNSUPPORTED or OUT_OF_MEMORY.

    A context manager: its end is close(). Model and sessions can be closed in any order."""

    def __init__(self, source: str | os.PathLike[str] | bytes | bytearray | memoryview | Array, *, skip_weight_checksums: bool = False) -> None:
        options = ModelOptionsStructure(skip_weight_checksums=int(skip_weight_checksums))
        handle = ctypes.c_void_p()
        self.memory: Array | None = None
        if isinstance(source, (str, os.PathLike)):
            call("coracle_model_open_file", os.fsencode(source), ctypes.byref(options), ctypes.byref(handle))
        else:
            self.memory = _aligned(source)
            call("coracle_model_open_memory", self.memory.ctypes.data, self.memory.nbytes, ctypes.byref(options), ctypes.byref(handle))
        self._handle: ctypes.c_void_p | None = handle
        self._finalizer = weakref.finalize(self, _destroy, handle, self.memory)
        self._finalizer.atexit = False  # the system takes everything back, and a thread may still be running
        self.inputs: tuple[Tensor, ...] = self._tensors("input")
        """The inputs, in the order of the source model."""
        self.outputs: tuple[Tensor, ...] = self._tensors("output")
        """The outputs, in the order of the source model."""

    def session(self, *, threads: int = 0, memory_budget: int = 0, profile: Profile | str | os.PathLike[str] | None = None,
                backends: str | Sequence[str] | None = None, extra_backends: Sequence[Backend] = (), logger: logging.Logger | None = None,
                profile_function: Callable[[NodeTiming], object] | None = None, cancel: Callable[[], object] | None = None) -> Session:
        """Makes a session of this model: Session(self, …), which see."""
        from ._session import Session
        return Session(self, threads=threads, memory_budget=memory_budget, profile=profile, backends=backends, extra_backends=extra_backends,
                       logger=logger, profile_function=profile_function, cancel=cancel)

    def metadata(self, key: str) -> str:
        """The value stored under `key` in the model's metadata. Keys that begin with "source." tell what was converted, such as "source.format";
        all others are the source model's own. Error NOT_FOUND."""
        value = ctypes.c_char_p()
        call("coracle_model_metadata", self.handle, key.encode(), ctypes.byref(value))
        return text(value.value)

    def metadata_entries(self) -> dict[str, str]:
        """All of the model's metadata."""
        found: dict[str, str] = {}
        key, value = ctypes.c_char_p(), ctypes.c_char_p()
        for index in range(library.coracle_model_metadata_count(self.handle)):
            call("coracle_model_metadata_at", self.handle, index, ctypes.byref(key), ctypes.byref(value))
            # A key that is there twice has its first value, as metadata() finds it.
            found.setdefault(text(key.value), text(value.value))
        return found

    def test_vectors(self) -> list[tuple[dict[str, Array], dict[str, Array]]]:
        """The test vectors that the file carries, as copies: inputs, and the outputs that they must give."""
        return [(self._vector(vector, 0, self.inputs), self._vector(vector, 1, self.outputs))
                for vector in range(library.coracle_model_test_vector_count(self.handle))]

    def close(self) -> None:
        """Ends the hold on the model; its memory goes when its last session is closed. Closing again does nothing; any other use afterwards,
        except of `inputs` and `outputs`, is Error INVALID_ARGUMENT. Not to be called while another thread makes a session of the model."""
        self._handle = None
        self._finalizer()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    @property
    def handle(self) -> ctypes.c_void_p:
        """C's handle, still owned by this object. Error INVALID_ARGUMENT where it was closed."""
        if self._handle is None:
            raise Error(Status.INVALID_ARGUMENT, "the model is closed")
        return self._handle

    def _tensors(self, kind: str) -> tuple[Tensor, ...]:
        found, view = [], TensorStructure()
        for index in range(getattr(library, f"coracle_model_{kind}_count")(self.handle)):
            call(f"coracle_model_{kind}", self.handle, index, ctypes.byref(view))
            found.append(described(view, ctypes.string_at(view.name) if view.name else None))
        return tuple(found)

    def _vector(self, vector: int, is_output: int, tensors: tuple[Tensor, ...]) -> dict[str, Array]:
        found, view = {}, TensorStructure()
        for index, tensor in enumerate(tensors):
            call("coracle_model_test_vector", self.handle, vector, is_output, index, ctypes.byref(view))
            elements = ctypes.string_at(view.data, view.byte_count) if view.data else b""
            found[tensor.name] = numpy.frombuffer(elements, dtype_of(view)).reshape(view.extents()).copy()
        return found


def _aligned(source: Any) -> Array:
    """The bytes of `source` as an array at an address that the library takes."""
    try:
        given = numpy.frombuffer(source, numpy.uint8)
    except (TypeError, ValueError, BufferError) as failure:
        raise Error(Status.INVALID_ARGUMENT, f"a model is a path or bytes, not {type(source).__name__}") from failure
    if given.ctypes.data % _ALIGNMENT == 0:
        return given
    whole = numpy.empty(given.nbytes + _ALIGNMENT - 1, numpy.uint8)
    first = -whole.ctypes.data % _ALIGNMENT
    copy = whole[first:first + given.nbytes]
    copy[:] = given
    return copy


def _destroy(handle: ctypes.c_void_p, memory: Array | None) -> None:
    """Takes the memory too, so that it lives until then."""
    library.coracle_model_destroy(handle)
