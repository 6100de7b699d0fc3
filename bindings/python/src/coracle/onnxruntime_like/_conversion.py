# SPDX-License-Identifier: Apache-2.0
"""ONNX models become .coracle files by the command-line tool, once each, in a folder."""
from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from .._library import version
from .exceptions import Fail, NoSuchFile


def tool() -> str:
    """CORACLE_TOOL, or `coracle` on the PATH. Raises Fail where there is none."""
    found = os.environ.get("CORACLE_TOOL") or shutil.which("coracle")
    if not found:
        raise Fail("an ONNX model is converted by the command-line tool `coracle`, which is neither on the PATH nor named by CORACLE_TOOL; "
                   "a .coracle file needs no tool")
    return found


def cache_folder() -> pathlib.Path:
    """CORACLE_CACHE, or `coracle` in the user's folder for what can be made again (XDG_CACHE_HOME, else ~/.cache)."""
    named = os.environ.get("CORACLE_CACHE")
    if named:
        return pathlib.Path(named)
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "coracle"


def converted(data: bytes, path: pathlib.Path | None) -> pathlib.Path:
    """The .coracle file of the ONNX model `data`, which was read from `path`, if from anywhere; made where it is not there yet. Raises Fail with
    the tool's sentence where it cannot be converted."""
    converter = tool()
    key = hashlib.sha256(data)
    if path is not None and b"location" in data:
        key.update(_neighbours(path))
    status = os.stat(converter)
    key.update(f"{version()} {status.st_size} {status.st_mtime_ns}".encode())
    target = cache_folder() / f"{key.hexdigest()[:40]}.coracle"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        source, made = path, pathlib.Path(folder) / "model.coracle"
        if source is None:
            source = pathlib.Path(folder) / "model.onnx"
            source.write_bytes(data)
        done = subprocess.run([converter, "convert", source, "-o", made], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Fail(done.stderr.strip() or f"{converter} ended with {done.returncode}")
        # Whoever else converts the same model now makes the same file.
        made.replace(target)
    return target


def read(path: pathlib.Path, size: int = -1) -> bytes:
    """The first `size` bytes of a file, or all of it. Raises NoSuchFile."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as failure:
        raise NoSuchFile(f"Load model from {path} failed: {failure.strerror}") from failure


def _neighbours(path: pathlib.Path) -> bytes:
    """Tells whether the files beside a model have changed, in one of which its weights may lie under the key "location"."""
    found = []
    for file in sorted(path.parent.iterdir()):
        if file.is_file():
            status = file.stat()
            found.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(found).encode()
