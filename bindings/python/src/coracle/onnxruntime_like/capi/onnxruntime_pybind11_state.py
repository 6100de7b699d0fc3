# SPDX-License-Identifier: Apache-2.0
"""onnxruntime's exceptions where programs import them from."""
from coracle.onnxruntime_like.exceptions import (EngineError, EPFail, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, ModelLoaded, NoModel,
                                                 NoSuchFile, NotImplemented, RuntimeException)
from coracle.onnxruntime_like.options import RunOptions, SessionOptions
from coracle.onnxruntime_like.session import ModelMetadata, NodeArg
from coracle.onnxruntime_like.values import OrtValue

__all__ = ["EPFail", "EngineError", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "ModelLoaded", "ModelMetadata", "NoModel",
           "NoSuchFile", "NodeArg", "NotImplemented", "OrtValue", "RunOptions", "RuntimeException", "SessionOptions"]
