# SPDX-License-Identifier: Apache-2.0
"""The stand-in for onnxruntime beside onnxruntime itself, where it is installed."""
import concurrent.futures
import subprocess
import sys
import threading

import numpy
import pytest

import coracle
import coracle.onnxruntime_like as like
from coracle.onnxruntime_like import _onnx_dimensions, exceptions

onnx = pytest.importorskip("onnx", reason="onnx is not installed: nothing makes ONNX models")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: there is nothing to compare with")


def model(weights_elsewhere=None):
    """scores = softmax(x w), best = argmax; with named, nameless and fixed dimensions, and metadata."""
    helper, types = onnx.helper, onnx.TensorProto
    weights = numpy.random.default_rng(5).standard_normal((6, 4)).astype(numpy.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["product"]), helper.make_node("Softmax", ["product"], ["scores"], axis=-1),
         helper.make_node("ArgMax", ["scores"], ["best"], axis=-1, keepdims=0)],
        "classifier", [helper.make_tensor_value_info("x", types.FLOAT, [None, 6])],
        [helper.make_tensor_value_info("scores", types.FLOAT, ["rows", 4]), helper.make_tensor_value_info("best", types.INT64, ["rows"])],
        [onnx.numpy_helper.from_array(weights, "w")])
    made = helper.make_model(graph, producer_name="tests", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    made.domain, made.model_version, made.doc_string = "example", 42, "a description"
    made.graph.doc_string = "a graph's description"
    helper.set_model_props(made, {"labels": "null\neins", "ümlaut": "ü"})
    if weights_elsewhere:
        onnx.external_data_helper.convert_model_to_external_data(made, location=weights_elsewhere, size_threshold=0)
    return made


@pytest.fixture
def cache(tmp_path, monkeypatch, tool):
    monkeypatch.setenv("CORACLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pair(cache):
    """The same model in both."""
    data = model().SerializeToString()
    return like.InferenceSession(data, providers=[("CUDAExecutionProvider", {"device_id": 0}), "CPUExecutionProvider"]), \
        onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])


def test_describes_models_as_onnxruntime_does(pair):
    ours, theirs = pair
    for get in ("get_inputs", "get_outputs"):
        described = [[(argument.name, argument.type, argument.shape) for argument in getattr(session, get)()] for session in pair]
        assert described[0] == described[1]
    for field in ("producer_name", "graph_name", "domain", "description", "graph_description", "version", "custom_metadata_map"):
        assert getattr(ours.get_modelmeta(), field) == getattr(theirs.get_modelmeta(), field)
    assert ours.get_providers() == theirs.get_providers()
    assert list(ours.get_provider_options()) == list(theirs.get_provider_options())


@pytest.mark.parametrize("names", [None, [], ["best"], ["best", "scores"]])
@pytest.mark.parametrize("rows", [1, 5])
def test_runs_as_onnxruntime_does(pair, names, rows):
    x = numpy.random.default_rng(rows).standard_normal((rows, 6)).astype(numpy.float32)
    found, expected = (session.run(names, {"x": x}, None) for session in pair)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.dtype == other.dtype
        # Exponentials in another order of operations: a few units in the last place.
        numpy.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_results_are_the_callers(pair):
    first = pair[0].run(None, {"x": numpy.zeros((2, 6), numpy.float32)})[0]
    pair[0].run(None, {"x": numpy.ones((2, 6), numpy.float32)})
    numpy.testing.assert_array_equal(first, numpy.full((2, 4), 0.25, numpy.float32))


def test_runs_in_the_background_as_onnxruntime_does(pair):
    x = numpy.ones((2, 6), numpy.float32)
    for feed, failed in (({"x": x}, False), ({"x": x[0]}, True)):
        answers = []
        for session in pair:
            arrived = threading.Event()
            session.run_async(["best"], feed, lambda results, data, failure: (answers.append((results, data, failure)), arrived.set()), "data")
            assert arrived.wait(30)
        for results, data, failure in answers:
            assert data == "data" and bool(failure) == failed
        if not failed:
            numpy.testing.assert_array_equal(answers[0][0][0], answers[1][0][0])


def test_dimensions_get_extents(cache):
    made, shapes = model(), []
    made.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "rows"
    data = made.SerializeToString()
    for module in (like, onnxruntime):
        options = module.SessionOptions()
        options.add_free_dimension_override_by_name("rows", 7)
        session = module.InferenceSession(data, options)
        shapes.append([argument.shape for argument in session.get_inputs() + session.get_outputs()])
    assert shapes[0] == shapes[1] == [[7, 6], [7, 4], [7]]


def test_bindings(pair):
    x = numpy.random.default_rng(2).standard_normal((3, 6)).astype(numpy.float32)
    expected = pair[1].run(None, {"x": x})
    for module, session in ((like, pair[0]), (onnxruntime, pair[1])):
        binding = session.io_binding()
        binding.bind_cpu_input("x", x)
        binding.bind_output("scores")
        target = numpy.empty(3, numpy.int64)
        binding.bind_output("best", "cpu", 0, numpy.int64, [3], target.ctypes.data)
        session.run_with_iobinding(binding)
        numpy.testing.assert_allclose(binding.copy_outputs_to_cpu()[0], expected[0], rtol=1e-6, atol=1e-7)
        numpy.testing.assert_array_equal(target, expected[1])
        value = module.OrtValue.ortvalue_from_numpy(x)
        assert (value.shape(), value.data_type(), value.element_type(), value.device_name()) == ([3, 6], "tensor(float)", 1, "cpu")
        best, = session.run_with_ort_values(["best"], {"x": value})
        numpy.testing.assert_array_equal(best.numpy(), expected[1])


def test_fails_as_onnxruntime_does(pair, tmp_path):
    from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, NoSuchFile
    kinds = {InvalidArgument: exceptions.InvalidArgument, NoSuchFile: exceptions.NoSuchFile}
    x = numpy.ones((1, 6), numpy.float32)
    for call in (lambda session: session.run(None, {}), lambda session: session.run(["none"], {"x": x}),
                 lambda session: session.run(None, {"x": x.astype(numpy.float64)}), lambda session: session.run(None, {"x": x[0]}),
                 lambda session: session.run(None, {"x": x, "w": x}), lambda session: type(session)(str(tmp_path / "absent.onnx"))):
        raised = []
        for session in pair:
            with pytest.raises(Exception) as found:
                call(session)
            raised.append(found.type)
        assert raised[0] is kinds.get(raised[1], raised[1])


def test_what_cannot_be_converted_says_why(cache):
    with pytest.raises(exceptions.Fail, match="format"):
        like.InferenceSession(b"this is no model")
    unknown = onnx.helper.make_model(onnx.helper.make_graph(
        [onnx.helper.make_node("Abacus", ["x"], ["y"])], "g", [onnx.helper.make_tensor_value_info("x", 1, [1])],
        [onnx.helper.make_tensor_value_info("y", 1, [1])]))
    with pytest.raises(exceptions.Fail, match="Abacus"):
        like.InferenceSession(unknown.SerializeToString())
    assert not list(cache.glob("*.coracle"))


def test_converts_once(cache, tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    onnx.save(model(), path)
    for source in (path, str(path), path.read_bytes()):
        described = like.InferenceSession(source).get_modelmeta()
    made, = cache.glob("*")
    monkeypatch.setenv("CORACLE_TOOL", "")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(exceptions.Fail, match="CORACLE_TOOL"):
        like.InferenceSession(path)
    # A converted file needs no tool, and has names of its own for open dimensions.
    for source in (made, made.read_bytes()):
        session = like.InferenceSession(source)
        assert session.get_inputs()[0].shape == ["x_0", 6]
        assert session.get_modelmeta() == described
        assert session.run(["best"], {"x": numpy.zeros((2, 6), numpy.float32)})[0].shape == (2,)


def test_follows_weights_in_another_file(cache, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(model("weights.bin"), path)
    x = numpy.ones((1, 6), numpy.float32)
    for change in (lambda weights: None, lambda weights: weights.write_bytes(bytes(weights.stat().st_size))):
        change(tmp_path / "weights.bin")
        found, expected = (module.InferenceSession(str(path)).run(None, {"x": x})[0] for module in (like, onnxruntime))
        numpy.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_runs_from_many_threads(pair):
    feeds = [numpy.full((1 + index % 3, 6), index, numpy.float32) for index in range(400)]
    expected = [pair[1].run(None, {"x": x})[0] for x in feeds]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for one, other in zip(pool.map(lambda x: pair[0].run(None, {"x": x})[0], feeds), expected):
            numpy.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_options_and_functions_have_onnxruntimes_names():
    for kind in ("SessionOptions", "RunOptions"):
        ours = getattr(like, kind)()
        theirs = getattr(onnxruntime, kind)()
        for name in vars(ours):
            assert name.startswith("_") or hasattr(theirs, name) or name == "free_dimensions", name
    options = like.SessionOptions()
    options.add_session_config_entry("session.x", "1")
    assert options.get_session_config_entry("session.x") == "1"
    for name in like.__all__:
        assert hasattr(onnxruntime, name), name
    for level in like.GraphOptimizationLevel:
        assert int(getattr(onnxruntime.GraphOptimizationLevel, level.name)) == level


def test_stands_in_for_the_package():
    """Without onnxruntime's own modules, and with the modules in it that clients import."""
    program = """
import sys, coracle.onnxruntime_like
sys.modules["onnxruntime"] = coracle.onnxruntime_like
import onnxruntime
from onnxruntime import InferenceSession, SessionOptions, get_available_providers
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, NoSuchFile
from onnxruntime.capi.onnxruntime_inference_collection import OrtValue
from onnxruntime.capi import _pybind_state
assert onnxruntime.InferenceSession is InferenceSession and get_available_providers() == ["CPUExecutionProvider"]
try: InferenceSession("absent.onnx")
except NoSuchFile: print("done")
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "done\n"


def test_reads_dimensions_of_damaged_files():
    """The converter judges a file; its dimensions must be read, or given up, without an exception or an endless loop."""
    data = model().SerializeToString()
    assert _onnx_dimensions.read_dimensions(data) == {"x": [None, 6], "scores": ["rows", 4], "best": ["rows"]}
    generator = numpy.random.default_rng(9)
    for size in range(len(data)):
        _onnx_dimensions.read_dimensions(data[:size])
    for _ in range(2000):
        damaged = numpy.frombuffer(data, numpy.uint8).copy()
        damaged[generator.integers(0, len(data), 3)] = generator.integers(0, 256, 3)
        _onnx_dimensions.read_dimensions(damaged.tobytes())
    assert _onnx_dimensions.read_dimensions(b"") == {}
    assert coracle.version()
