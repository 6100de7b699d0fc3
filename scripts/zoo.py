#!/usr/bin/env python3
"""Prints the folder of the model zoo, which is made where it is missing; ends with 1 where ../shared is absent.

    scripts/zoo.py      (CORACLE_ZOO, CORACLE_ZOO_PYTHON: a zoo and its Python, made before)

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
MAKER = ROOT.parent / "shared/tools/make_model_zoo.py"
PACKAGES = ["paddlepaddle==3.3.1", "paddle2onnx==2.1.0", "onnx==1.17.0", "onnxruntime", "pytest"]


def interpreter():
    """A Python with Paddle and what the parity tests need; made in .venv-zoo where it is missing."""
    python = pathlib.Path(os.environ.get("CORACLE_ZOO_PYTHON", ROOT / ".venv-zoo/bin/python"))
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", ROOT / ".venv-zoo"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "install", *PACKAGES], check=True)
    return python


def folder():
    """The zoo; made in .build-zoo where it is missing."""
    zoo = pathlib.Path(os.environ.get("CORACLE_ZOO", ROOT / ".build-zoo"))
    if not zoo.is_dir():
        partial = zoo.with_suffix(".partial")
        subprocess.run([interpreter(), MAKER, partial], check=True, stdout=subprocess.DEVNULL)
        partial.rename(zoo)
    return zoo


if __name__ == "__main__":
    if not MAKER.is_file():
        sys.exit("the model zoo needs shared/ beside this checkout")
    print(folder())
