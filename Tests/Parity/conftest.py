"""Where the tests find the tool, the library, the shared models and the model zoo. SPDX-License-Identifier: Apache-2.0

Environment, all optional: CORACLE_TOOL (the `coracle` command), CORACLE_LIBRARY (libcoracle.so, Embedded build), CORACLE_ZOO (a folder
made by shared/tools/make_model_zoo.py). Without shared models or zoo, the tests that need them are skipped with a sentence.
"""
import os
import pathlib
import subprocess

import pytest

from coracle_library import Library

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def pytest_report_header():
    return [f"coracle tool {tool_path()}, library {library_path()}",
            f"shared models: {'found' if SHARED.is_dir() else 'ABSENT, their tests are skipped'}",
            f"model zoo: {zoo_path() if zoo_path().is_dir() else 'ABSENT, its tests are skipped'}"]


def tool_path():
    return pathlib.Path(os.environ.get("CORACLE_TOOL", ROOT / ".build/release/coracle"))


def library_path():
    return pathlib.Path(os.environ.get("CORACLE_LIBRARY", ROOT / "build/libcoracle.so"))


def zoo_path():
    return pathlib.Path(os.environ.get("CORACLE_ZOO", ROOT / ".build-zoo"))


@pytest.fixture(scope="session")
def tool():
    """Runs the command-line tool; returns its completed process."""
    def run(*arguments, check=True):
        done = subprocess.run([tool_path(), *map(str, arguments)], capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stderr
        return done
    return run


@pytest.fixture(scope="session")
def library():
    return Library(str(library_path()))


@pytest.fixture(scope="session")
def converted(tool, tmp_path_factory):
    """Converts a source model once; returns the path of the .coracle file."""
    folder, done = tmp_path_factory.mktemp("converted"), {}

    def convert(source):
        if source not in done:
            target = folder / f"{len(done)}.coracle"
            tool("convert", source, "-o", target)
            done[source] = target
        return done[source]
    return convert


@pytest.fixture
def shared():
    if not SHARED.is_dir():
        pytest.skip("the shared models are not beside this checkout")
    return SHARED


@pytest.fixture
def zoo():
    if not zoo_path().is_dir():
        pytest.skip("the model zoo was not made")
    return zoo_path()
