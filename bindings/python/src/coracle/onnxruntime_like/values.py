# SPDX-License-Identifier: Apache-2.0
"""onnxruntime's values and bindings, of which the processor's memory is the only kind here."""
from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Sequence

import numpy

from .._tensor import Array
from .exceptions import InvalidArgument

if TYPE_CHECKING:
    from .session import InferenceSession

# onnxruntime's names of element types, by NumPy's.
TYPE_NAMES = {"float32": "float", "float16": "float16", "int8": "int8", "uint8": "uint8", "int16": "int16", "int32": "int32", "int64": "int64",
              "bool": "bool", "float64": "double", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64"}


# ONNX's numbers of element types (TensorProto.DataType).
ELEMENT_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11,
                 "uint32": 12, "uint64": 13}


def type_name(dtype: numpy.dtype[Any] | None) -> str:
    """Such as "tensor(float)"; "" where only a run tells."""
    return "" if dtype is None else f"tensor({TYPE_NAMES.get(dtype.name, dtype.name)})"


class OrtValue:
    """An array that goes into a run or comes out of one."""

    def __init__(self, array: Array) -> None:
        self._array = array

    @classmethod
    def ortvalue_from_numpy(cls, numpy_obj: Array, device_type: str = "cpu", device_id: int = 0, vendor_id: int = -1) -> OrtValue:
        _check_device(device_type)
        return cls(numpy.require(numpy_obj, requirements=["C"]))

    @classmethod
    def ortvalue_from_shape_and_type(cls, shape: Sequence[int], element_type: Any, device_type: str = "cpu", device_id: int = 0,
                                     vendor_id: int = -1) -> OrtValue:
        _check_device(device_type)
        return cls(numpy.empty(tuple(shape), element_type))

    def numpy(self) -> Array:
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return numpy.array(self._array, dtype=dtype) if copy else numpy.asarray(self._array, dtype)

    def shape(self) -> list[int]:
        return list(self._array.shape)

    def data_type(self) -> str:
        return type_name(self._array.dtype)

    def element_type(self) -> int:
        """ONNX's number of the type."""
        return ELEMENT_TYPES[self._array.dtype.name]

    def data_ptr(self) -> int:
        return int(self._array.ctypes.data)

    def device_name(self) -> str:
        return "cpu"

    def tensor_size_in_bytes(self) -> int:
        return self._array.nbytes

    def has_value(self) -> bool:
        return True

    def is_tensor(self) -> bool:
        return True

    def is_sparse_tensor(self) -> bool:
        return False

    def is_tensor_sequence(self) -> bool:
        return False

    def update_inplace(self, np_arr: Array) -> None:
        self._array[...] = np_arr


class IOBinding:
    """Inputs and outputs of InferenceSession.run_with_iobinding()."""

    def __init__(self, session: InferenceSession) -> None:
        self._names = [output.name for output in session.get_outputs()]
        self.inputs: dict[str, Any] = {}
        # By name: where an output is copied to, or None where a new array takes it.
        self.targets: dict[str, Array | None] = {}
        self.results: dict[str, Array] = {}

    def bind_cpu_input(self, name: str, arr_on_cpu: Any) -> None:
        self.inputs[name] = arr_on_cpu

    def bind_ortvalue_input(self, name: str, ortvalue: OrtValue) -> None:
        self.inputs[name] = ortvalue.numpy()

    def bind_input(self, name: str, device_type: str, device_id: int, element_type: Any, shape: Sequence[int], buffer_ptr: int) -> None:
        """The memory stays the caller's and must outlive the binding."""
        self.inputs[name] = _array_at(device_type, element_type, shape, buffer_ptr)

    def bind_output(self, name: str, device_type: str = "cpu", device_id: int = 0, element_type: Any = None, shape: Sequence[int] | None = None,
                    buffer_ptr: int | None = None) -> None:
        """The memory stays the caller's and must outlive the binding. Without `buffer_ptr` a new array takes the output."""
        _check_device(device_type)
        if buffer_ptr is None:
            self.targets[name] = None
        elif shape is None:
            raise ValueError("an output that is bound to memory needs a shape")
        else:
            self.targets[name] = _array_at(device_type, element_type, shape, buffer_ptr)

    def bind_ortvalue_output(self, name: str, ortvalue: OrtValue) -> None:
        self.targets[name] = ortvalue.numpy()

    def deliver(self, results: dict[str, Array]) -> None:
        """To be called with what a run gave."""
        for name, target in self.targets.items():
            if target is not None:
                if target.shape != results[name].shape or target.dtype != results[name].dtype:
                    raise InvalidArgument(f"output {name} is {results[name].dtype} {results[name].shape}, bound to {target.dtype} {target.shape}")
                target[...] = results[name]
                results[name] = target
        self.results = results

    def get_outputs(self) -> list[OrtValue]:
        return [OrtValue(self.results[name]) for name in self.targets if name in self.results]

    def copy_outputs_to_cpu(self) -> list[Array]:
        return [self.results[name] for name in self.targets if name in self.results]

    def clear_binding_inputs(self) -> None:
        self.inputs.clear()

    def clear_binding_outputs(self) -> None:
        self.targets.clear()
        self.results = {}

    def synchronize_inputs(self) -> None:
        pass

    def synchronize_outputs(self) -> None:
        pass


def _check_device(device_type: str) -> None:
    if device_type.lower() != "cpu":
        raise InvalidArgument(f"there is no device {device_type}, only cpu")


def _array_at(device_type: str, element_type: Any, shape: Sequence[int], address: int) -> Array:
    _check_device(device_type)
    dtype = numpy.dtype(element_type)
    byte_count = dtype.itemsize * int(numpy.prod(tuple(shape), dtype=numpy.int64))
    memory = (ctypes.c_uint8 * byte_count).from_address(address)
    array: Array = numpy.frombuffer(memory, dtype).reshape(tuple(shape))
    return array
