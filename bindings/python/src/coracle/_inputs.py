# SPDX-License-Identifier: Apache-2.0
"""Inputs of a session: arrays that it reads where they lie."""
from __future__ import annotations

import ctypes
from typing import Any, Sequence

import numpy

from ._error import Error, Status
from ._library import call, quick, raise_error
from ._outputs import Output
from ._structures import MAX_RANK, ErrorStructure, TensorStructure
from ._tensor import NUMBERS, Array, Tensor, as_array


class Input:
    """Input `index` of a session."""

    def __init__(self, index: int, tensor: Tensor, outputs: Sequence[Output]) -> None:
        self._index = index
        self._tensor = tensor
        self._outputs = outputs
        self._view = TensorStructure()
        self._view_reference = ctypes.byref(self._view)
        self._error = ErrorStructure()
        self._error_reference = ctypes.byref(self._error)
        # What the session reads; None where that is not known.
        self._array: Array | None = None
        # The shape that the view describes.
        self._shape: tuple[int, ...] = ()

    def bind(self, session: ctypes.c_void_p, value: Any) -> bool:
        """Makes the runs that follow read `value`, and keeps it. Says whether they must be planned anew."""
        if value is self._array and value is not None and value.shape == self._shape and value.dtype == self._tensor.dtype and value.flags.carray:
            return False
        array = value
        if type(value) is not numpy.ndarray or not value.flags.carray:
            array = as_array(value, self._tensor.dtype, self._tensor.name)
        address = array.ctypes.data
        if array.base is not None and any(output.holds(address) for output in self._outputs):
            # An output of the last run: the next would write there before it has read it all.
            array = array.copy()
            address = array.ctypes.data
        is_new = self._array is None or array.shape != self._shape
        if is_new or array.dtype != self._tensor.dtype:
            self._describe(array)
        self._view.data = address
        # A signal's exception may come between the call and what notes its success: then everything is done again.
        self._array = None
        if quick.coracle_session_bind_input(session, self._index, self._view_reference, self._error_reference):
            raise_error(self._error)
        self._array = array
        return is_new

    def resize(self, session: ctypes.c_void_p, shape: Sequence[int]) -> None:
        """Sets the shape; undoes the binding."""
        rank = len(shape)
        try:
            extents = (ctypes.c_int64 * max(rank, 1))(*shape)
        except TypeError as failure:
            raise Error(Status.INVALID_ARGUMENT, f'input "{self._tensor.name}": {failure}') from failure
        self._array = None
        call("coracle_session_resize_input", session, self._index, ctypes.addressof(extents), rank)

    def _describe(self, array: Array) -> None:
        view, number = self._view, NUMBERS.get(array.dtype)
        if number is None:
            raise Error(Status.INVALID_TYPE, f'input "{self._tensor.name}" takes {self._tensor.dtype}, found {array.dtype}')
        if array.ndim > MAX_RANK:
            raise Error(Status.INVALID_SHAPE, f'input "{self._tensor.name}" has {array.ndim} dimensions, more than {MAX_RANK}')
        view.type, view.rank, view.byte_count = number, array.ndim, array.nbytes
        view.shape[:array.ndim] = array.shape
        self._shape = array.shape
