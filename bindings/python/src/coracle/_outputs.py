# SPDX-License-Identifier: Apache-2.0
"""Outputs of a session as arrays: views of its memory, made once for a plan."""
from __future__ import annotations

import ctypes

import numpy

from ._library import call, library, quick, raise_error
from ._memory import Memory
from ._structures import PLACE_ARENA, PLACE_GROWING, ErrorStructure, TensorPlanStructure, TensorStructure
from ._tensor import Array, dtype_of


class Output:
    """Output `index` of a session."""

    def __init__(self, session: ctypes.c_void_p, index: int, memory: Memory) -> None:
        self._session = session
        self._index = index
        self._memory = memory
        self._view = TensorStructure()
        self._view_reference = ctypes.byref(self._view)
        self._error = ErrorStructure()
        self._error_reference = ctypes.byref(self._error)
        # The array that the last run gave, and C's view that it was made from: type, shape and place at a glance.
        self._array: Array | None = None
        self._made_from = b""

    def array(self) -> Array:
        """The elements after a run: a view where they lie in the session's memory and are written anew by each run, else a copy."""
        if quick.coracle_session_output(self._session, self._index, self._view_reference, self._error_reference):
            raise_error(self._error)
        if self._array is not None and bytes(self._view) == self._made_from:
            return self._array.view()
        return self._new_array()

    def _new_array(self) -> Array:
        view, dtype = self._view, dtype_of(self._view)
        shape = view.extents()
        self._array = None
        if view.byte_count == 0 or view.data is None:
            return numpy.empty(shape, dtype)
        if self._is_written_by_each_run():
            self._array = self._memory.view(view.data, view.byte_count, dtype, shape)
        if self._array is None:
            return numpy.frombuffer(ctypes.string_at(view.data, view.byte_count), dtype).reshape(shape).copy()
        self._made_from = bytes(view)
        return self._array.view()

    def _is_written_by_each_run(self) -> bool:
        """Not so: a constant, what was computed when the session was prepared, and an output that is an input under another shape."""
        tensor, plan = TensorStructure(), TensorPlanStructure()
        for index in range(library.coracle_session_tensor_count(self._session)):
            call("coracle_session_tensor", self._session, index, ctypes.byref(tensor), ctypes.byref(plan))
            if tensor.name == self._view.name and tensor.data == self._view.data:
                return plan.kind in (PLACE_ARENA, PLACE_GROWING)
        return False
