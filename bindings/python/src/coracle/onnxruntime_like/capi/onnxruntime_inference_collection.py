# SPDX-License-Identifier: Apache-2.0
"""onnxruntime's sessions and values where programs import them from."""
from coracle.onnxruntime_like.session import InferenceSession
from coracle.onnxruntime_like.values import IOBinding, OrtValue

__all__ = ["IOBinding", "InferenceSession", "OrtValue"]
