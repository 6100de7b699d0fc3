# SPDX-License-Identifier: Apache-2.0
"""Backends in shared libraries, and the library itself where it is not to be had."""
import gc
import os
import shutil
import subprocess
import sys

import numpy
import pytest
from models import ROOT

import coracle
from coracle import Status


@pytest.fixture(scope="module")
def softmax_backend(tmp_path_factory):
    """That of examples/backend."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    made = tmp_path_factory.mktemp("backend") / "softmax_backend.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-I{ROOT / 'include'}", ROOT / "examples/backend/softmax_backend.c", "-lm", "-o", made], check=True)
    return made


@pytest.mark.parametrize("threads", [1, 3])
def test_a_backend_from_a_shared_library(digits, softmax_backend, threads):
    model = coracle.Model(digits)
    pictures = numpy.random.default_rng(0).random((3, 1, 8, 8), numpy.float32)
    session = model.session(extra_backends=[coracle.Backend(softmax_backend)], threads=threads)
    gc.collect()
    assert "softmax-example" not in {node.backend_name for node in model.session().nodes()}
    # Two implementations of exponentials: a few units in the last place of numbers up to 1.
    numpy.testing.assert_allclose(session(pictures), model.session()(pictures), atol=1e-6)
    assert [node.operator_name for node in session.nodes() if node.backend_name == "softmax-example"] == ["softmax"]


def test_refuses_what_is_no_backend(refused, tmp_path):
    refused(Status.IO, coracle.Backend, tmp_path / "absent.so")
    assert "coracle_backend_table" in refused(Status.INVALID_ARGUMENT, coracle.Backend, "libm.so.6").message
    refused(Status.IO, coracle.Backend, ROOT / "README.md")


@pytest.mark.parametrize("library", ["/absent/libcoracle.so", "libm.so.6"])
def test_without_its_library_the_import_fails_with_a_sentence(library):
    done = subprocess.run([sys.executable, "-c", "import coracle"], env=dict(os.environ, CORACLE_LIBRARY=library), capture_output=True, text=True)
    assert done.returncode == 1 and "ImportError: libcoracle.so cannot be used" in done.stderr
