# SPDX-License-Identifier: Apache-2.0
"""C's structs, field by field as the headers in include/coracle have them."""
from __future__ import annotations

import ctypes

MAX_RANK = 8


class Structure(ctypes.Structure):
    """A struct that begins with `struct_size`, which a new object has set."""

    struct_size: int

    def __init__(self, **fields: object) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class ErrorStructure(Structure):
    """coracle_error."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 504)]
    message: bytes


class TensorStructure(Structure):
    """coracle_tensor. The name is kept as an address, which tells tensors of one model apart."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("type", ctypes.c_int32), ("rank", ctypes.c_int32), ("is_constant", ctypes.c_uint32),
                ("shape", ctypes.c_int64 * MAX_RANK), ("strides", ctypes.c_int64 * MAX_RANK), ("data", ctypes.c_void_p),
                ("byte_count", ctypes.c_size_t), ("name", ctypes.c_void_p), ("maxima", ctypes.c_void_p), ("maxima_count", ctypes.c_size_t)]
    type: int
    rank: int
    shape: ctypes.Array[ctypes.c_int64]
    data: int | None
    byte_count: int
    name: int | None

    def extents(self) -> tuple[int, ...]:
        return tuple(self.shape[:self.rank])


class ModelOptionsStructure(Structure):
    """coracle_model_options."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("skip_weight_checksums", ctypes.c_uint32), ("allocator", ctypes.c_void_p)]


class SessionOptionsStructure(Structure):
    """coracle_session_options."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("thread_count", ctypes.c_uint32), ("memory_budget", ctypes.c_uint64),
                ("profile", ctypes.c_void_p), ("backends", ctypes.c_char_p), ("extra_backends", ctypes.c_void_p),
                ("extra_backend_count", ctypes.c_size_t), ("allocator", ctypes.c_void_p), ("log", ctypes.c_void_p),
                ("log_user_data", ctypes.c_void_p), ("profile_function", ctypes.c_void_p), ("profile_user_data", ctypes.c_void_p),
                ("cancel", ctypes.c_void_p), ("cancel_user_data", ctypes.c_void_p)]


class KunlunOptionsStructure(Structure):
    """coracle_kunlun_options."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("generation", ctypes.c_uint32), ("gemm_compute_precision", ctypes.c_int32),
                ("per_channel_weights", ctypes.c_uint32), ("quant_post_dynamic_activation_method", ctypes.c_uint32),
                ("link_max", ctypes.c_uint32), ("counts", ctypes.c_void_p)]


class BackendStructure(ctypes.Structure):
    """coracle_backend, whose functions only the library calls."""

    _fields_ = [("version", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("name", ctypes.c_char_p), ("user_data", ctypes.c_void_p),
                *((function, ctypes.c_void_p) for function in ("supports", "prepare", "execute", "destroy", "pack"))]


class NodeTimingStructure(Structure):
    """coracle_node_timing."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("node_index", ctypes.c_uint32), ("name", ctypes.c_char_p),
                ("operator_name", ctypes.c_char_p), ("backend_name", ctypes.c_char_p), ("nanoseconds", ctypes.c_uint64)]


class MemoryStructure(Structure):
    """coracle_memory."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("weight_bytes", ctypes.c_uint64), ("arena_bytes", ctypes.c_uint64),
                ("scratch_bytes", ctypes.c_uint64), ("packed_bytes", ctypes.c_uint64), ("state_bytes", ctypes.c_uint64)]


class NodePlanStructure(Structure):
    """coracle_node_plan."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("subgraph", ctypes.c_uint32), ("name", ctypes.c_char_p),
                ("operator_name", ctypes.c_char_p), ("backend_name", ctypes.c_char_p), ("kernel_name", ctypes.c_char_p),
                ("reason", ctypes.c_char_p), ("scratch_bytes", ctypes.c_uint64), ("evaluated_at_prepare", ctypes.c_uint32),
                ("output_count", ctypes.c_uint32), ("first_output", ctypes.c_int32)]


class TensorPlanStructure(Structure):
    """coracle_tensor_plan."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("kind", ctypes.c_int32), ("offset", ctypes.c_uint64), ("byte_count", ctypes.c_uint64),
                ("first_node", ctypes.c_int32), ("last_node", ctypes.c_int32)]
    kind: int


PLACE_GROWING = 5

LogFunction = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p)
ProfileFunction = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(NodeTimingStructure))
CancelFunction = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
