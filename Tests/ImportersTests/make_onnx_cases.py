#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ONNXCases/NAME.onnx: small models with inputs and expected outputs by onnxruntime (or onnx's reference evaluator, or NumPy).

The data lies in the same file, as initializers that no node reads, called "input:NAME" and "output:INDEX". Needs: onnx, onnxruntime, numpy. Run it again after a change; the output is the same every time.
"""
import onnx_case
# The cases draw their numbers one after the other, in this order.
import onnx_operator_cases  # noqa: F401
import onnx_fused_cases  # noqa: F401

if __name__ == "__main__":
  onnx_case.write()
