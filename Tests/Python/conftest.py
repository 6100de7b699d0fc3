# SPDX-License-Identifier: Apache-2.0
"""What the tests run on. Environment, all optional: CORACLE_TOOL (the command-line tool), CORACLE_ZOO (a model zoo, see scripts/zoo.py)."""
import os
import pathlib
import subprocess

import models
import pytest

import coracle

ROOT = models.ROOT
SHARED = ROOT.parent / "shared"


def pytest_report_header():
    return [f"coracle {coracle.version()} in {os.path.dirname(coracle.__file__)}: {coracle.build_description()}"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The models of models.py and of Tests/ABI."""
    if models.FLATC is None:
        pytest.skip("flatc is not installed")
    made = tmp_path_factory.mktemp("models")
    models.write(made)
    return made


@pytest.fixture
def opened(folder):
    """Opens one of them by name; closed at the end."""
    with_names = []

    def open_(name):
        with_names.append(coracle.Model(folder / f"{name}.coracle"))
        return with_names[-1]
    yield open_
    for model in with_names:
        model.close()


@pytest.fixture(scope="session")
def tool():
    path = os.environ.get("CORACLE_TOOL")
    if not path:
        pytest.skip("CORACLE_TOOL does not name the command-line tool")
    return pathlib.Path(path)


@pytest.fixture(scope="session")
def digits(tool, tmp_path_factory):
    """The repository's network for handwritten digits."""
    target = tmp_path_factory.mktemp("digits") / "digits.coracle"
    subprocess.run([tool, "convert", ROOT / "examples/digits/model/inference.json", "-o", target], check=True, stdout=subprocess.DEVNULL)
    return target


@pytest.fixture
def refused():
    """refused(status, call): the Error that `call` must raise."""
    def check(status, call, *arguments, **named):
        with pytest.raises(coracle.Error) as found:
            call(*arguments, **named)
        assert found.value.status == status, found.value
        assert found.value.message
        return found.value
    return check
