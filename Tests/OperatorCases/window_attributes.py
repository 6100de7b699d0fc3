# SPDX-License-Identifier: Apache-2.0
"""Paddings, strides and dilations, as the schema has them and as ONNX has them."""
import numpy as np


def full(values, rank, default):
    return list(values) if values else [default] * rank


def same_padding(mode, extent, kernel, stride, dilation):
    output = -(-extent // stride)
    total = max((output - 1) * stride + dilation * (kernel - 1) + 1 - extent, 0)
    small = total // 2
    return (small, total - small) if mode == "same_upper" else (total - small, small)


def paddings(attributes, extents, kernel, strides, dilations):
    rank = len(extents)
    mode = attributes.get("padding_mode", "explicit")
    if mode == "explicit":
        return list(zip(full(attributes.get("padding_begin"), rank, 0), full(attributes.get("padding_end"), rank, 0)))
    if mode == "valid":
        return [(0, 0)] * rank
    return [same_padding(mode, extents[i], kernel[i], strides[i], dilations[i]) for i in range(rank)]


def channels_first(x):
    return np.moveaxis(x, -1, 1)


def onnx_window(attributes, rank):
    result = {"strides": full(attributes.get("strides"), rank, 1), "dilations": full(attributes.get("dilations"), rank, 1)}
    mode = attributes.get("padding_mode", "explicit")
    if mode == "explicit":
        result["pads"] = full(attributes.get("padding_begin"), rank, 0) + full(attributes.get("padding_end"), rank, 0)
    else:
        result["auto_pad"] = mode.upper()
    return result
