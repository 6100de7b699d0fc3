"""Converts the PyTorch form of a network that pnnx wrote, for LiteRT or ExecuTorch. SPDX-License-Identifier: Apache-2.0

    python convert_torch.py INPUT TARGET      (in the folder of model_pnnx.py; TARGET: *.tflite or *.pte)

It runs in an environment of its own (requirements-torch.txt). Pictures become channels-last for LiteRT, as its kernels want them.
"""
import importlib.util
import pathlib
import sys

import numpy
import torch


def network():
    specification = importlib.util.spec_from_file_location("model_pnnx", "model_pnnx.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.Model().eval().requires_grad_(False)


def to_litert(model, example, target):
    import litert_torch
    if example.ndim == 4:
        model, example = litert_torch.to_channel_last_io(model, args=[0]), example.permute(0, 2, 3, 1).contiguous()
    litert_torch.convert(model, (example,)).export(str(target))


def to_executorch(model, example, target):
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    program = to_edge_transform_and_lower(torch.export.export(model, (example,)), partitioner=[XnnpackPartitioner()])
    target.write_bytes(program.to_executorch().buffer)


if __name__ == "__main__":
    source, path = sys.argv[1], pathlib.Path(sys.argv[2])
    convert = {".tflite": to_litert, ".pte": to_executorch}[path.suffix]
    convert(network(), torch.from_numpy(numpy.load(source)), path)
