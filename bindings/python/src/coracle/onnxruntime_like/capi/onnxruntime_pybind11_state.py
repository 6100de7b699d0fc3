# SPDX-License-Identifier: Apache-2.0
"""The compiled module under its other name."""
from coracle.onnxruntime_like.capi._pybind_state import *  # noqa: F403
from coracle.onnxruntime_like.capi._pybind_state import __all__ as __all__
