#!/usr/bin/env python3
"""Runs Tests/Parity on PP-OCRv4 and the model zoo; makes the zoo first. Says what it skips where ../shared is absent.

    scripts/parity.py TOOL      (CORACLE_LIBRARY: libcoracle.so; CORACLE_ZOO, CORACLE_ZOO_PYTHON: a zoo and its Python, made before)

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
MAKER = ROOT.parent / "shared/tools/make_model_zoo.py"
PACKAGES = ["paddlepaddle==3.3.1", "paddle2onnx==2.1.0", "onnx==1.17.0", "onnxruntime", "pytest"]


def main():
    if not MAKER.is_file():
        print("skipped: parity on real networks (shared/ is not beside this checkout)")
        print("0 passed, 0 failed")
        return 0
    python = pathlib.Path(os.environ.get("CORACLE_ZOO_PYTHON", ROOT / ".venv-zoo/bin/python"))
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", ROOT / ".venv-zoo"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "install", *PACKAGES], check=True)
    zoo = pathlib.Path(os.environ.get("CORACLE_ZOO", ROOT / ".build-zoo"))
    if not zoo.is_dir():
        partial = zoo.with_suffix(".partial")
        subprocess.run([python, MAKER, partial], check=True, stdout=subprocess.DEVNULL)
        partial.rename(zoo)
    environment = dict(os.environ, CORACLE_TOOL=sys.argv[1], CORACLE_ZOO=str(zoo))
    return subprocess.run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", ROOT / "Tests/Parity"], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
