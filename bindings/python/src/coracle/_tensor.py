# SPDX-License-Identifier: Apache-2.0
"""Tensors: what a model says of its inputs and outputs, and how Python's arrays become them."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ._error import Error, Status
from ._library import text
from ._structures import TensorStructure

Array = numpy.ndarray[Any, Any]

# NumPy's types by C's numbers.
_TYPES = {1: numpy.float32, 2: numpy.float16, 3: numpy.int8, 4: numpy.uint8, 5: numpy.int16, 6: numpy.int32, 7: numpy.int64, 8: numpy.bool_}
DTYPES: dict[int, numpy.dtype[Any]] = {number: numpy.dtype(kind) for number, kind in _TYPES.items()}
NUMBERS: dict[numpy.dtype[Any], int] = {dtype: number for number, dtype in DTYPES.items()}


class Tensor(NamedTuple):
    """An input or output as the model describes it."""

    name: str
    dtype: numpy.dtype[Any] | None
    """None where only a run tells."""
    shape: tuple[int, ...]
    """The extent of each dimension, -1 where the model leaves it open."""


def described(view: TensorStructure, name: bytes | None) -> Tensor:
    return Tensor(text(name), DTYPES.get(view.type), view.extents())


def dtype_of(view: TensorStructure) -> numpy.dtype[Any]:
    dtype = DTYPES.get(view.type)
    if dtype is None:
        raise Error(Status.INVALID_TYPE, f"NumPy has no elements of type {view.type}")
    return dtype


def as_array(value: Any, dtype: numpy.dtype[Any] | None, name: str) -> Array:
    """`value` as an array in row-major order. Without a copy: arrays that are in that order, what has DLPack or the buffer protocol. Numbers and
    lists, which have no type of their own, get `dtype`, but not fractions a whole one; a type is never converted otherwise.
    Error INVALID_ARGUMENT where `value` is none of these."""
    try:
        if isinstance(value, numpy.ndarray):
            array = value
        elif hasattr(value, "__dlpack__"):
            array = numpy.from_dlpack(value)
        elif hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
            array = numpy.asarray(value)
        else:
            try:
                array = numpy.asarray(memoryview(value))
            except TypeError:
                array = _converted(value, dtype)
    except Exception as failure:
        raise Error(Status.INVALID_ARGUMENT, f'input "{name}" cannot be an array: {failure}') from failure
    # Not ascontiguousarray, which makes one dimension of none.
    return numpy.require(array, requirements=["C", "A"])


def _converted(value: Any, dtype: numpy.dtype[Any] | None) -> Array:
    found = numpy.asarray(value)
    # NumPy would make NaN of None, and numbers of texts.
    if found.dtype.kind not in "biuf" or dtype is not None and not numpy.can_cast(found.dtype, dtype, "same_kind"):
        raise TypeError(f"{type(value).__name__} does not hold numbers of type {dtype}")
    return numpy.asarray(value, dtype)
