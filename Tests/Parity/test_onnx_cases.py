"""Every small ONNX model of Tests/ImportersTests/ONNXCases: converted, run by the command-line tool, compared with onnxruntime's outputs.

SPDX-License-Identifier: Apache-2.0
The expected outputs lie in the files (make_onnx_cases.py), so onnxruntime is not needed here; the package onnx reads them.
"""
import pathlib

import numpy
import pytest

CASES = pathlib.Path(__file__).resolve().parents[1] / "ImportersTests/ONNXCases"
# Integers that come from rounding a quotient: 1 step apart where the two sums round differently.
ROUNDED = {"quantize", "quantize_axis", "qlinear_conv", "qlinear_elementwise", "qlinear_pools", "qlinear_where", "qgemm", "dynamic_quantize"}


@pytest.mark.parametrize("path", sorted(CASES.glob("*.onnx")), ids=lambda path: path.stem)
def test_onnx_case(path, tool, tmp_path):
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    graph = onnx.load(path).graph
    data = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer if ":" in tensor.name}
    tool("convert", path, "-o", tmp_path / "case.coracle")
    arguments = []
    for value in graph.input:
        if "input:" + value.name in data:
            numpy.save(tmp_path / f"{value.name}.npy", data["input:" + value.name])
            arguments += ["--input", f"{value.name}={tmp_path / value.name}.npy"]
    tool("run", tmp_path / "case.coracle", *arguments, "--output-dir", tmp_path / "out")
    for index in range(len(graph.output)):
        found, expected = numpy.load(tmp_path / f"out/{index}.npy"), data[f"output:{index}"]
        assert found.shape == expected.shape and found.dtype == expected.dtype
        if found.dtype == numpy.float32:
            numpy.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5, err_msg=graph.output[index].name)
        elif path.stem in ROUNDED:
            assert numpy.abs(found.astype(int) - expected.astype(int)).max(initial=0) <= 1
        else:
            numpy.testing.assert_array_equal(found, expected, err_msg=graph.output[index].name)
