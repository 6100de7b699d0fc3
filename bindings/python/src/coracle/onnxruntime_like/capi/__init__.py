# SPDX-License-Identifier: Apache-2.0
"""Modules of onnxruntime that programs import beside the package itself."""
