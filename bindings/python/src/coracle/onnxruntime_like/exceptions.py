# SPDX-License-Identifier: Apache-2.0
"""onnxruntime's exceptions, which are told apart by class."""
from __future__ import annotations

from .._error import Error, Status


class OnnxRuntimeException(Exception):
    """Common to those that follow, whose names are onnxruntime's."""


class Fail(OnnxRuntimeException):
    pass


class InvalidArgument(OnnxRuntimeException):
    pass


class NoSuchFile(OnnxRuntimeException):
    pass


class NoModel(OnnxRuntimeException):
    pass


class EngineError(OnnxRuntimeException):
    pass


class RuntimeException(OnnxRuntimeException):
    pass


class InvalidProtobuf(OnnxRuntimeException):
    pass


class ModelLoaded(OnnxRuntimeException):
    pass


class NotImplemented(OnnxRuntimeException):
    pass


class InvalidGraph(OnnxRuntimeException):
    pass


class EPFail(OnnxRuntimeException):
    pass


_CLASSES: dict[Status, type[OnnxRuntimeException]] = {
    Status.INVALID_ARGUMENT: InvalidArgument, Status.NOT_FOUND: InvalidArgument, Status.INVALID_SHAPE: InvalidArgument,
    Status.INVALID_TYPE: InvalidArgument, Status.OUT_OF_RANGE: InvalidArgument, Status.IO: NoSuchFile, Status.NOT_A_MODEL: InvalidProtobuf,
    Status.CORRUPT: InvalidProtobuf, Status.INVALID_MODEL: InvalidGraph, Status.UNSUPPORTED: NotImplemented,
    Status.OUT_OF_MEMORY: RuntimeException, Status.OVER_BUDGET: RuntimeException}


def translated(error: Error) -> OnnxRuntimeException:
    """The exception that an onnxruntime client expects where Coracle raises `error`, to be raised from it."""
    return _CLASSES.get(error.status, Fail)(str(error))
