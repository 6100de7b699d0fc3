# SPDX-License-Identifier: Apache-2.0
"""Memory of sessions, as NumPy arrays: so an output can be looked at without a copy and outlive what the session does next."""
from __future__ import annotations

import ctypes
import itertools
import weakref
from typing import Any

import numpy

from ._structures import AllocateFunction, AllocatorStructure, DeallocateFunction


class Memory:
    """The blocks that one session has allocated; whoever ends the session keeps this until then. A block that the session gives back stays as long
    as an array looks into it."""

    _numbers = itertools.count(1)
    _all: weakref.WeakValueDictionary[int, Memory] = weakref.WeakValueDictionary()

    def __init__(self) -> None:
        self._blocks: dict[int, numpy.ndarray[Any, Any]] = {}
        self._number = next(self._numbers)
        self._all[self._number] = self
        self.raised: BaseException | None = None
        self.allocator = AllocatorStructure(user_data=self._number, allocate=ctypes.cast(_functions[0], ctypes.c_void_p),
                                            deallocate=ctypes.cast(_functions[1], ctypes.c_void_p))

    def holds(self, address: int) -> bool:
        """Whether `address` lies in a block that the session has."""
        return any(0 <= address - start < block.nbytes for start, block in list(self._blocks.items()))

    def view(self, address: int, byte_count: int, dtype: numpy.dtype[Any], shape: tuple[int, ...]) -> numpy.ndarray[Any, Any] | None:
        """The elements at `address`, or None where they lie in no block."""
        for start, block in list(self._blocks.items()):
            offset = address - start
            if 0 <= offset <= block.nbytes - byte_count:
                return block[offset:offset + byte_count].view(dtype).reshape(shape)
        return None

    def allocate(self, size: int, alignment: int) -> int:
        whole = numpy.empty(size + alignment - 1, numpy.uint8)
        first = -whole.ctypes.data % alignment
        block = whole[first:first + size]
        address: int = block.ctypes.data
        self._blocks[address] = block
        return address

    def deallocate(self, address: int) -> None:
        self._blocks.pop(address, None)


# No exception may reach C: it would be printed and forgotten. That memory cannot be had is a refusal; anything else, such as Ctrl-C at this
# very moment, is kept for the call into the library that is going on.
def _allocate(number: int, size: int, alignment: int) -> int | None:
    memory = Memory._all[number]
    try:
        return memory.allocate(size, alignment)
    except (MemoryError, ValueError, OverflowError):
        return None
    except BaseException as exception:
        memory.raised = exception
        return None


def _deallocate(number: int, address: int, size: int) -> None:
    memory = Memory._all[number]
    try:
        memory.deallocate(address)
    except BaseException as exception:
        memory.raised = exception


# The objects stay for as long as C may call them.
_functions = (AllocateFunction(_allocate), DeallocateFunction(_deallocate))
