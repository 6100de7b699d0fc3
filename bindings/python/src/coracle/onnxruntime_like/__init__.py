# SPDX-License-Identifier: Apache-2.0
"""The part of onnxruntime's Python interface that programs use, over Coracle: a program moves over by one import,

    import coracle.onnxruntime_like as onnxruntime

and one that imports onnxruntime itself by two lines before it does:

    import sys, coracle.onnxruntime_like
    sys.modules["onnxruntime"] = coracle.onnxruntime_like

What is not here raises AttributeError, not a wrong result."""
from __future__ import annotations

from .._library import build_description
from .options import ExecutionMode, ExecutionOrder, GraphOptimizationLevel, RunOptions, SessionOptions
from .session import PROVIDER, InferenceSession, ModelMetadata, NodeArg
from .values import IOBinding, OrtValue

__version__ = "1.20.0"
"""Of the interface that is followed, for programs that ask for a least version."""


def get_available_providers() -> list[str]:
    return [PROVIDER]


def get_all_providers() -> list[str]:
    return [PROVIDER]


def get_device() -> str:
    return "CPU"


def get_version_string() -> str:
    return __version__


def get_build_info() -> str:
    return f"Coracle, {build_description()}"


def print_debug_info() -> None:
    print(f"{get_build_info()}, as onnxruntime {__version__}")


def preload_dlls(cuda: bool = True, cudnn: bool = True, msvc: bool = True, directory: str | None = None) -> None:
    """There are none to load."""


def set_default_logger_severity(severity: int) -> None:
    """Nothing is printed anyway: the logger "coracle" hears what there is to tell."""


def set_default_logger_verbosity(verbosity: int) -> None:
    """As set_default_logger_severity()."""


def set_seed(seed: int) -> None:
    """No operator draws random numbers."""


def enable_telemetry_events() -> None:
    """There are none."""


def disable_telemetry_events() -> None:
    """There are none."""


__all__ = ["ExecutionMode", "ExecutionOrder", "GraphOptimizationLevel", "IOBinding", "InferenceSession", "ModelMetadata", "NodeArg", "OrtValue",
           "RunOptions", "SessionOptions", "disable_telemetry_events", "enable_telemetry_events", "get_all_providers", "get_available_providers",
           "get_build_info", "get_device", "get_version_string", "preload_dlls", "print_debug_info", "set_default_logger_severity", "set_default_logger_verbosity", "set_seed"]
