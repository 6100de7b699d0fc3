# SPDX-License-Identifier: Apache-2.0
"""Outputs of a session: arrays that its runs write into."""
from __future__ import annotations

import ctypes

import numpy

from ._error import Error, Status
from ._library import call, library
from ._structures import PLACE_GROWING, TensorPlanStructure, TensorStructure
from ._tensor import Array, dtype_of


class Output:
    """Output `index` of a session. Where a plan tells its shape, runs write it into an array that was made for that plan; the array stays as it is when
    a run with other shapes has made its own. Else it is copied out of the session after the run.

    Raises Error, as place() does."""

    def __init__(self, session: ctypes.c_void_p, index: int, tensor: int | None) -> None:
        """`tensor`: which of the session's tensors it is, or None where that is not known."""
        self._index = index
        self._tensor = tensor
        self._array: Array | None = None
        # Bound from the start, though to nothing yet: so that the first plan counts on it.
        if self._tensor is not None:
            call("coracle_session_bind_output", session, index, ctypes.byref(TensorStructure()))

    def place(self, session: ctypes.c_void_p) -> None:
        """To be called when the session was planned anew, before a run."""
        view, plan = TensorStructure(), TensorPlanStructure()
        if self._tensor is not None:
            call("coracle_session_tensor", session, self._tensor, ctypes.byref(view), ctypes.byref(plan))
        is_told = self._tensor is not None and plan.kind != PLACE_GROWING
        array = _new_array(view) if is_told else None
        if array is not None:
            view.data, view.byte_count = array.ctypes.data, array.nbytes
        call("coracle_session_bind_output", session, self._index, None if array is None else ctypes.byref(view))
        self._array = array

    def array(self, session: ctypes.c_void_p) -> Array:
        """The elements after a run."""
        return self._copied(session) if self._array is None else self._array.view()

    def holds(self, address: int) -> bool:
        """Whether runs write to `address`."""
        return self._array is not None and 0 <= address - self._array.ctypes.data < self._array.nbytes

    def _copied(self, session: ctypes.c_void_p) -> Array:
        view = TensorStructure()
        call("coracle_session_output", session, self._index, ctypes.byref(view))
        elements = ctypes.string_at(view.data, view.byte_count) if view.data else b""
        return numpy.frombuffer(elements, dtype_of(view)).reshape(view.extents()).copy()


def _new_array(view: TensorStructure) -> Array:
    try:
        return numpy.empty(view.extents(), dtype_of(view))
    except (MemoryError, ValueError) as failure:
        raise Error(Status.OUT_OF_MEMORY, f"there is no memory for an output of shape {list(view.extents())}: {failure}") from failure


def outputs_of(session: ctypes.c_void_p, model: ctypes.c_void_p) -> list[Output]:
    """The outputs of a new session. A tensor is an output where their names lie at the same place in the model's file."""
    tensor = TensorStructure()
    numbers: dict[int | None, list[int]] = {}
    for number in range(library.coracle_session_tensor_count(session)):
        call("coracle_session_tensor", session, number, ctypes.byref(tensor), None)
        numbers.setdefault(tensor.name, []).append(number)
    outputs = []
    for index in range(library.coracle_model_output_count(model)):
        call("coracle_model_output", model, index, ctypes.byref(tensor))
        found = numbers.get(tensor.name, [])
        outputs.append(Output(session, index, found[0] if len(found) == 1 else None))
    return outputs
