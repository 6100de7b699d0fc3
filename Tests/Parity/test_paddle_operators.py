"""Every Paddle operator that is imported, in both program formats, beside Paddle's own outputs: import, compile and run as one.

SPDX-License-Identifier: Apache-2.0
Tolerance: 1e-4 of the largest reference value, since both sides compute in float32; whole numbers, infinities and NaN are equal.
"""
import importlib.util
import subprocess
import sys

import numpy
import pytest

import paddle_operators

NAMES = [name for name, _, _ in paddle_operators.cases()]


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """The folder of a format's programs; made once, in a process of its own, since Paddle chooses the format when it is loaded."""
    made = {}

    def export(form):
        if importlib.util.find_spec("paddle") is None:
            pytest.skip("Paddle is not installed")
        if form not in made:
            made[form] = tmp_path_factory.mktemp(form)
            subprocess.run([sys.executable, paddle_operators.__file__, made[form], form], check=True, capture_output=True)
        return made[form]
    return export


@pytest.mark.parametrize("form", ["pir", "legacy"])
@pytest.mark.parametrize("name", NAMES)
def test_operator(name, form, exported, tool, tmp_path):
    folder = exported(form) / name
    if not (folder / "outputs.npz").exists():
        pytest.skip(f"this version of Paddle cannot export {name} as {form}")
    arguments = []
    for key, array in numpy.load(folder / "inputs.npz").items():
        numpy.save(tmp_path / f"{key}.npy", array)
        arguments += ["--input", f"{key}={tmp_path / key}.npy"]
    done = tool("run", folder / ("model.json" if form == "pir" else "model.pdmodel"), *arguments, "--output-dir", tmp_path / "out", "--threads", "1",
                check=False)
    assert done.returncode == 0, done.stderr
    references = numpy.load(folder / "outputs.npz")
    for index, key in enumerate(references.files):
        output, reference = numpy.load(tmp_path / "out" / f"{index}.npy"), references[key]
        assert output.shape == reference.shape and output.dtype == reference.dtype
        finite = numpy.isfinite(reference) if reference.dtype.kind == "f" else numpy.ones(reference.shape, bool)
        assert numpy.array_equal(output[~finite], reference[~finite], equal_nan=True)
        largest = numpy.abs(reference[finite].astype(float)).max(initial=0)
        difference = numpy.abs(output[finite].astype(float) - reference[finite].astype(float)).max(initial=0)
        assert difference <= (1e-4 * largest if reference.dtype.kind == "f" else 0), f"{difference} of {largest}"


def test_nearly_all_cases_are_exported(exported):
    refused = (exported("pir") / "refused.txt").read_text().split("\n")
    assert len(refused) <= 12, refused
