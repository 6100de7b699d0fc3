"""The C library through ctypes, as far as the tests need it. SPDX-License-Identifier: Apache-2.0"""
import ctypes

import numpy

MAX_RANK = 8
TYPES = {1: numpy.float32, 3: numpy.int8, 4: numpy.uint8, 6: numpy.int32, 7: numpy.int64, 8: numpy.bool_}
CODES = {numpy.dtype(value): key for key, value in TYPES.items()}


class Error(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 504)]


class Tensor(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("type", ctypes.c_int32), ("rank", ctypes.c_int32), ("is_constant", ctypes.c_uint32),
                ("shape", ctypes.c_int64 * MAX_RANK), ("strides", ctypes.c_int64 * MAX_RANK), ("data", ctypes.c_void_p),
                ("byte_count", ctypes.c_size_t), ("name", ctypes.c_char_p)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("thread_count", ctypes.c_uint32), ("memory_budget", ctypes.c_uint64),
                ("profile", ctypes.c_void_p), ("backends", ctypes.c_char_p), ("extra_backends", ctypes.c_void_p),
                ("extra_backend_count", ctypes.c_size_t), ("allocator", ctypes.c_void_p), ("log", ctypes.c_void_p),
                ("log_user_data", ctypes.c_void_p), ("profile_function", ctypes.c_void_p), ("profile_user_data", ctypes.c_void_p),
                ("cancel", ctypes.c_void_p), ("cancel_user_data", ctypes.c_void_p)]


class Memory(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32)] + [(name, ctypes.c_uint64) for name in (
        "weight_bytes", "arena_bytes", "scratch_bytes", "packed_bytes", "state_bytes")]


class CoracleError(Exception):
    """A failed call: `status` and the library's sentence."""

    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status


class Library:
    """The functions of one libcoracle.so; a failure raises CoracleError."""

    def __init__(self, path):
        self.functions = ctypes.CDLL(path)

    def call(self, name, *arguments):
        error = Error(struct_size=ctypes.sizeof(Error))
        status = getattr(self.functions, name)(*arguments, ctypes.byref(error))
        if status != 0:
            raise CoracleError(status, error.message.decode())


class Session:
    """A model and one session of it."""

    def __init__(self, library, path, threads=1):
        self.library, self.model, self.session = library, ctypes.c_void_p(), ctypes.c_void_p()
        library.call("coracle_model_open_file", str(path).encode(), None, ctypes.byref(self.model))
        options = SessionOptions(struct_size=ctypes.sizeof(SessionOptions), thread_count=threads)
        try:
            library.call("coracle_session_create", self.model, ctypes.byref(options), ctypes.byref(self.session))
        except CoracleError:
            self.close()
            raise

    def close(self):
        self.library.functions.coracle_session_destroy(self.session)
        self.library.functions.coracle_model_destroy(self.model)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def resize(self, index, shape):
        extents = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self.library.call("coracle_session_resize_input", self.session, ctypes.c_size_t(index), extents, ctypes.c_int32(len(shape)))

    def write(self, index, array):
        view = Tensor(struct_size=ctypes.sizeof(Tensor))
        self.library.call("coracle_session_input", self.session, ctypes.c_size_t(index), ctypes.byref(view))
        array = numpy.ascontiguousarray(array)
        assert CODES[array.dtype] == view.type and array.nbytes == view.byte_count, (array.dtype, array.shape, view.type, view.byte_count)
        ctypes.memmove(view.data, array.ctypes.data, array.nbytes)

    def execute(self):
        self.library.call("coracle_session_run", self.session)

    def output(self, index):
        view = Tensor(struct_size=ctypes.sizeof(Tensor))
        self.library.call("coracle_session_output", self.session, ctypes.c_size_t(index), ctypes.byref(view))
        shape = tuple(view.shape[:view.rank])
        if 0 in shape:
            return numpy.empty(shape, TYPES[view.type])
        text = ctypes.string_at(view.data, view.byte_count)
        return numpy.frombuffer(text, TYPES[view.type]).reshape(shape).copy()

    def memory(self):
        result = Memory(struct_size=ctypes.sizeof(Memory))
        self.library.call("coracle_session_memory", self.session, ctypes.byref(result))
        return result

    def run(self, *arrays):
        """Outputs for `arrays`, one an input."""
        for index, array in enumerate(arrays):
            self.resize(index, array.shape)
        for index, array in enumerate(arrays):
            self.write(index, array)
        self.execute()
        functions = self.library.functions
        functions.coracle_model_output_count.restype = ctypes.c_size_t
        return [self.output(index) for index in range(functions.coracle_model_output_count(self.model))]
