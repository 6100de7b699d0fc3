"""Time on a Kunlun R200, from the source model to the report, beside published times. SPDX-License-Identifier: Apache-2.0

Published by Paddle-Lite for batch 1 and int16 products, in milliseconds on an x86 and an arm64 host: rows 29 and 30 of docs/kunlun.md, whose bounds
are 0.75 to 1.25 and 0.70 to 1.30 times these.
"""
import json

import pytest

from conftest import zoo_path

PUBLISHED = {"resnet18": (0.4130, 1.353), "resnet50": (0.9089, 2.280), "mobilenet_v1": (0.4854, 1.722), "mobilenet_v2": (0.7195, 2.551),
             "squeezenet1_1": (0.5519, 1.978)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_time(tool, name):
    model = zoo_path() / name / "model.onnx"
    if not model.is_file():
        pytest.skip(f"{model} is not there")
    for host, published, least, most in zip(("x86", "arm64"), PUBLISHED[name], (0.75, 0.70), (1.25, 1.30)):
        report = json.loads(tool("simulate", model, "--profile", "kunlun-r200", "--host", host, "--json").stdout)
        assert least <= report["milliseconds"] / published <= most
        # Shapes and types alone decide: it takes milliseconds to simulate.
        assert report["simulation_milliseconds"] < 1000
