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


@pytest.fixture(scope="module")
def options_backend(tmp_path_factory):
    """That of examples/backend under a name that tells the options it was asked for, as the Kunlun simulator's library takes them."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("options")
    (folder / "options.c").write_text("""
#include "softmax_backend.c"
#include <coracle/kunlun.h>
#include <stdio.h>
#include <string.h>
static char name[64];
coracle_status coracle_backend_kunlun(const coracle_kunlun_options *options, coracle_backend *backend, coracle_error *error) {
  if (options->struct_size != sizeof(*options) || error->struct_size != sizeof(*error)) return CORACLE_INTERNAL;
  if (options->generation > 2) {
    error->status = CORACLE_UNSUPPORTED;
    strcpy(error->message, "no such generation");
    return CORACLE_UNSUPPORTED;
  }
  snprintf(name, sizeof(name), "%u-%d-%u-%u-%u-%d", options->generation, options->gemm_compute_precision, options->per_channel_weights,
           options->quant_post_dynamic_activation_method, options->link_max, options->counts != NULL);
  *backend = *coracle_backend_table();
  backend->name = name;
  return CORACLE_OK;
}
""")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-I{ROOT / 'include'}", f"-I{ROOT / 'examples/backend'}", folder / "options.c", "-lm", "-o", folder / "options.so"],
                   check=True)
    return folder / "options.so"


def test_a_backend_with_options(digits, options_backend, refused):
    options = coracle.KunlunOptions(1, coracle.KunlunPrecision.INT31, True, 1, False)
    session = coracle.Model(digits).session(extra_backends=[coracle.Backend(options_backend, options)])
    gc.collect()
    pictures = numpy.random.default_rng(0).random((3, 1, 8, 8), numpy.float32)
    # Two implementations of exponentials: a few units in the last place of numbers up to 1.
    numpy.testing.assert_allclose(session(pictures), coracle.Model(digits).session()(pictures), atol=1e-6)
    assert [node.operator_name for node in session.nodes() if node.backend_name == "1-2-1-1-0-0"] == ["softmax"]
    assert "generation" in refused(Status.UNSUPPORTED, coracle.Backend, options_backend, coracle.KunlunOptions(3)).message


def test_refuses_options_of_other_backends(refused, tmp_path):
    refused(Status.IO, coracle.Backend, tmp_path / "absent.so", coracle.KunlunOptions())
    assert "coracle_backend_kunlun" in refused(Status.INVALID_ARGUMENT, coracle.Backend, "libm.so.6", coracle.KunlunOptions()).message


def test_refuses_what_is_no_backend(refused, tmp_path):
    refused(Status.IO, coracle.Backend, tmp_path / "absent.so")
    assert "coracle_backend_table" in refused(Status.INVALID_ARGUMENT, coracle.Backend, "libm.so.6").message
    refused(Status.IO, coracle.Backend, ROOT / "README.md")


@pytest.mark.parametrize("library", ["/absent/libcoracle.so", "libm.so.6"])
def test_without_its_library_the_import_fails_with_a_sentence(library):
    done = subprocess.run([sys.executable, "-c", "import coracle"], env=dict(os.environ, CORACLE_LIBRARY=library), capture_output=True, text=True)
    assert done.returncode == 1 and "ImportError: libcoracle.so cannot be used" in done.stderr
