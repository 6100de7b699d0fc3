# SPDX-License-Identifier: Apache-2.0
"""python -m coracle."""
import subprocess
import sys

import numpy
import pytest


def coracle(*arguments):
    return subprocess.run([sys.executable, "-m", "coracle", *map(str, arguments)], capture_output=True, text=True)


def test_info(folder):
    done = coracle("info", folder / "open.coracle")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "input   x  float32 [?, 4]"
    assert "3 operators: 3 binary" in done.stdout


@pytest.mark.parametrize("prefix", ["", "x="])
def test_run(folder, tmp_path, prefix):
    numpy.save(tmp_path / "in.npy", numpy.ones((2, 4), numpy.float32))
    done = coracle("run", folder / "open.coracle", "--input", f"{prefix}{tmp_path / 'in.npy'}", "--output-dir", tmp_path / "out", "--threads", 2)
    assert done.returncode == 0, done.stderr
    numpy.testing.assert_array_equal(numpy.load(tmp_path / "out/y.npy"), [[2, 3, 4, 5]] * 2)
    printed = coracle("run", folder / "open.coracle", "--input", tmp_path / "in.npy").stdout
    assert "y  float32 [2, 4]  smallest 2, mean 3.5, largest 5" in printed


def test_bench(folder):
    done = coracle("bench", folder / "open.coracle", "--shape", "3,4", "--runs", 5)
    assert done.returncode == 0 and "median of 5" in done.stdout, done.stderr


def test_failures_are_one_line(folder, tmp_path):
    for arguments in (["info", tmp_path / "absent"], ["run", folder / "open.coracle"], ["bench", folder / "open.coracle"],
                      ["bench", folder / "open.coracle", "--shape", "a,b"], ["run", folder / "open.coracle", "--input", tmp_path / "absent.npy"],
                      ["bench", folder / "small.coracle", "--backends", "abacus"], ["bench", folder / "loop.coracle", "--shape", "4"]):
        done = coracle(*arguments)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and done.stderr.startswith("coracle: "), (arguments, done.stderr)
    assert coracle().returncode == 2
