"""Converters that several runtimes share: pnnx, and PyTorch's exporters of what pnnx wrote. SPDX-License-Identifier: Apache-2.0"""
import importlib.util
import pathlib
import subprocess

TORCH = pathlib.Path(__file__).resolve().parents[1] / ".venv-bench-torch/bin/python"
PATIENCE = 300  # PyTorch's exporters unroll recurrent layers, some for longer


def command(*arguments, folder=None):
    """Runs a converter; what it prints is the error's text."""
    try:
        done = subprocess.run([*map(str, arguments)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"the converter takes more than {PATIENCE} s") from None
    if done.returncode != 0:
        raise RuntimeError(f"{pathlib.Path(arguments[0]).name} {done.returncode}: {' '.join(done.stdout.split())[-200:]}")


def pnnx(network, folder):
    """Writes ncnn's and PyTorch's form of a network into `folder`, as model.ncnn.param and model_pnnx.py."""
    array = network.input()
    kind = {"float32": "f32", "int64": "i64"}[str(array.dtype)]
    (folder / "model.onnx").write_bytes(network.onnx.read_bytes())
    # The program that the package holds; the package itself would import PyTorch.
    program = pathlib.Path(importlib.util.find_spec("pnnx").origin).with_name("pnnx")
    command(program, "model.onnx", f"inputshape=[{','.join(map(str, array.shape))}]{kind}", "fp16=0", folder=folder)


def by_torch(network, folder, suffix):
    """The network in the form that convert_torch.py makes of PyTorch's."""
    if not TORCH.is_file():
        raise FileNotFoundError(f"{TORCH.parents[1].name} is not installed")
    pnnx(network, folder)
    path = folder / f"model{suffix}"
    command(TORCH, pathlib.Path(__file__).with_name("convert_torch.py"), network.folder / "input.npy", path, folder=folder)
    for left in folder.glob("model[._]*"):
        if left != path:
            left.unlink()
    return path
