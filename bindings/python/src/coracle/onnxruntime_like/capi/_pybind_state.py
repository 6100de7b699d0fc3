# SPDX-License-Identifier: Apache-2.0
"""What onnxruntime's compiled module has, where programs import it from."""
from coracle.onnxruntime_like import (ExecutionMode, ExecutionOrder, GraphOptimizationLevel, ModelMetadata, NodeArg, OrtValue, RunOptions,
                                      SessionOptions, get_all_providers, get_available_providers, get_build_info, get_device,
                                      get_version_string)
from coracle.onnxruntime_like.exceptions import (EngineError, EPFail, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, ModelLoaded, NoModel,
                                                 NoSuchFile, NotImplemented, RuntimeException)

__all__ = ["EPFail", "EngineError", "ExecutionMode", "ExecutionOrder", "Fail", "GraphOptimizationLevel", "InvalidArgument", "InvalidGraph",
           "InvalidProtobuf", "ModelLoaded", "ModelMetadata", "NoModel", "NoSuchFile", "NodeArg", "NotImplemented", "OrtValue", "RunOptions",
           "RuntimeException", "SessionOptions", "get_all_providers", "get_available_providers", "get_build_info", "get_device",
           "get_version_string"]
