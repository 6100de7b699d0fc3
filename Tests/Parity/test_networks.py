"""Real networks beside Paddle's own outputs, in every source form, in the Embedded library and in the command-line tool.

SPDX-License-Identifier: Apache-2.0
Tolerances: both sides compute in float32 with sums in another order; 1e-3 of the largest reference value (1e-4 absolute for
PP-OCRv4's probabilities) is about ten times what such an order changes, and far below what a wrong fold or a dropped bias changes.
"""
import json
import re
import subprocess

import numpy
import pytest

from conftest import ROOT, library_path
from coracle_library import Session

IMAGE = ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "resnet18", "resnet50", "squeezenet1_1", "shufflenet_v2_x1_0"]
OTHER = ["ernie_tiny", "minilm6", "crnn_ocr", "gru_asr"]
FORMS = {"pir": "pir/model.json", "legacy": "legacy/model.pdmodel", "onnx": "model.onnx"}
ZOO = [(name, form) for name in IMAGE + OTHER for form in FORMS if form != "legacy" or name in IMAGE]
OCR = [(name, form) for name in ("rec", "det", "cls") for form in ("inference.pdmodel", "model.onnx")]


def run_tool(tool, path, inputs, folder):
    """Outputs of the command-line tool, which is the ordinary Swift build."""
    arguments = []
    for index, array in enumerate(inputs):
        numpy.save(folder / f"in{index}.npy", array)
        arguments += ["--input", folder / f"in{index}.npy"]
    tool("run", path, *arguments, "--output-dir", folder / "out", "--threads", "1")
    return [numpy.load(folder / "out" / f"{index}.npy") for index in range(len(list((folder / "out").glob("*.npy"))))]


def check(outputs, references, absolute=None):
    assert len(outputs) == len(references)
    for output, reference in zip(outputs, references):
        assert output.shape == reference.shape and output.dtype == reference.dtype
        a, b = output.astype(numpy.float64).ravel(), reference.astype(numpy.float64).ravel()
        assert numpy.abs(a - b).max() <= (absolute or 1e-3 * numpy.abs(b).max())
        if numpy.abs(b).max() < 1e-3:
            continue  # probabilities that are all next to nothing have no direction to compare
        assert a @ b / (numpy.linalg.norm(a) * numpy.linalg.norm(b)) >= 0.99999


@pytest.mark.parametrize("name,form", ZOO)
def test_zoo(name, form, zoo, library, tool, converted, tmp_path):
    path = converted(zoo / name / FORMS[form])
    inputs = [numpy.load(zoo / name / "input.npy")]
    references = [numpy.load(file) for file in sorted((zoo / name).glob("output*.npy"))]
    with Session(library, path) as session:
        check(session.run(*inputs), references)
    with Session(library, path, threads=2) as session:
        check(session.run(*inputs), references)
    check(run_tool(tool, path, inputs, tmp_path), references)


def decoded(probabilities, keys):
    """CTC: the best class of each step, repeats and blanks (class 0) dropped."""
    best, text, kept, last = probabilities[0].argmax(1), "", [], 0
    for step, label in enumerate(best):
        if label not in (0, last):
            text += keys[label - 1]
            kept.append(probabilities[0, step, label])
        last = label
    return text, float(numpy.mean(kept)) if kept else 0.0


@pytest.mark.parametrize("form", ["inference.pdmodel", "model.onnx"])
@pytest.mark.parametrize("line", ["line0", "line1", "line2", "line3"])
def test_text_recognition(line, form, shared, library, tool, converted, tmp_path):
    models = shared / "models/ppocr"
    expected = json.loads((models / "samples/expected.json").read_text())[line]
    keys = (models / "ppocr_keys_v1.txt").read_text().split("\n")[:6623] + [" "]
    picture, reference = (numpy.load(models / f"samples/{line}.{kind}.npy") for kind in ("input", "rec"))
    path = converted(models / "rec" / form)
    with Session(library, path) as session:
        results = [session.run(picture), run_tool(tool, path, [picture], tmp_path)]
    for outputs in results:
        check(outputs, [reference], absolute=1e-4)
        text, confidence = decoded(outputs[0], keys)
        assert text == expected["text"]
        assert abs(confidence - expected["confidence"]) < 1e-4


@pytest.mark.parametrize("form", ["inference.pdmodel", "model.onnx"])
def test_text_detection(form, shared, library, tool, converted, tmp_path):
    models = shared / "models/ppocr"
    page, reference = (numpy.load(models / f"samples/page.{kind}.npy") for kind in ("input", "det"))
    path = converted(models / "det" / form)
    with Session(library, path) as session:
        check(session.run(page), [reference], absolute=1e-4)
    check(run_tool(tool, path, [page], tmp_path), [reference], absolute=1e-4)


@pytest.mark.parametrize("form", ["inference.pdmodel", "model.onnx"])
def test_direction_classifier(form, shared, library, tool, converted, tmp_path):
    models = shared / "models/ppocr"
    picture, reference = (numpy.load(models / f"samples/cls.{kind}.npy") for kind in ("input", "output"))
    path = converted(models / "cls" / form)
    with Session(library, path) as session:
        check(session.run(picture), [reference], absolute=1e-4)
    check(run_tool(tool, path, [picture], tmp_path), [reference], absolute=1e-4)


@pytest.mark.parametrize("name,shape", [("det", (1, 3, 96, 160)), ("det", (1, 3, 224, 64)), ("det", (2, 3, 64, 64)),
                                        ("rec", (1, 3, 48, 33)), ("rec", (3, 3, 48, 200)), ("cls", (2, 3, 48, 192))])
def test_other_shapes_beside_onnxruntime(name, shape, shared, library, converted):
    """One session takes one shape after the other, as a camera program would."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    source = shared / "models/ppocr" / name / "model.onnx"
    peer = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
    random = numpy.random.RandomState(3)
    with Session(library, converted(source)) as session:
        for extents in (shape, tuple(shape[:1]) + (3,) + tuple(shape[2:]), shape):
            picture = random.uniform(-1, 1, extents).astype(numpy.float32)
            check(session.run(picture), peer.run(None, {peer.get_inputs()[0].name: picture}), absolute=1e-4)


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50"])
def test_weights_as_float16(name, zoo, library, tool, converted, tmp_path):
    """Half the file; each of about 53 layers adds 2^-11 of the largest output at most."""
    source, path = zoo / name / "model.onnx", tmp_path / "half.coracle"
    tool("convert", source, "-o", path, "--weights", "float16")
    assert path.stat().st_size < 0.51 * converted(source).stat().st_size
    picture, reference = numpy.load(zoo / name / "input.npy"), numpy.load(zoo / name / "output0.npy")
    for threads in (1, 2):
        with Session(library, path, threads=threads) as session:
            output, = session.run(picture)
        assert numpy.abs(output - reference).max() <= 53 * 2**-11 * numpy.abs(reference).max()
        assert output.argmax() == reference.argmax()


@pytest.mark.parametrize("line", ["line0", "line1", "line2", "line3"])
def test_text_recognition_with_weights_as_float16(line, shared, library, tool, tmp_path):
    """The same text, and its confidence within a hundredth."""
    models = shared / "models/ppocr"
    expected = json.loads((models / "samples/expected.json").read_text())[line]
    keys = (models / "ppocr_keys_v1.txt").read_text().split("\n")[:6623] + [" "]
    path = tmp_path / "half.coracle"
    tool("convert", models / "rec/model.onnx", "-o", path, "--weights", "float16")
    with Session(library, path) as session:
        text, confidence = decoded(session.run(numpy.load(models / f"samples/{line}.input.npy"))[0], keys)
    assert text == expected["text"]
    assert abs(confidence - expected["confidence"]) < 0.01


def test_memory_budget(zoo, library, tool, converted, tmp_path):
    """mobilenet_v2 in a third of the memory for activations that its maps take whole, on a board's caches; the same outputs.

    Whole, the second block's expansion holds the expanded map (112 x 112 x 96 floats) and what is filtered of it (56 x 56 x 96) beside the input
    (224 x 224 x 3). Tolerance between the two files: the order of sums in stripes, 1e-5 of the largest output.
    """
    whole = 4 * (112 * 112 * 96 + 56 * 56 * 96 + 224 * 224 * 3)
    source, path = zoo / "mobilenet_v2/model.onnx", tmp_path / "small.coracle"
    board = ["--profile", "raspberry-pi-4"]
    refused = tool("convert", source, "-o", path, *board, "--memory-budget", 1, check=False)
    assert refused.returncode == 1 and not path.exists()
    least = int(re.search(r"or (\d+) with the first operators run stripe by stripe", refused.stderr).group(1))
    assert f"{least - 1} more than the memory budget of 1." in refused.stderr
    tool("convert", source, "-o", path, *board, "--memory-budget", least)
    memory = json.loads(tool("fit", path, *board, "--threads", 1, "--json").stdout)
    assert 3 * (memory["arena_bytes"] + memory["scratch_bytes"]) <= whole
    picture, reference = numpy.load(zoo / "mobilenet_v2/input.npy"), numpy.load(zoo / "mobilenet_v2/output0.npy")
    outputs = []
    for file in (converted(source), path):
        with Session(library, file) as session:
            outputs.append(session.run(picture)[0])
        check(outputs[-1:], [reference])
    assert numpy.abs(outputs[0] - outputs[1]).max() <= 1e-5 * numpy.abs(outputs[0]).max()


def test_library_for_certain_models(zoo, tool):
    """What a library for mobilenet_v2 is built with, whose size scripts/boards.sh compares with a table."""
    printed = json.loads(tool("tailor", zoo / "mobilenet_v2/model.onnx", "--target", "aarch64", "--json").stdout)["cmake_options"]
    file = (ROOT / "Tests/Package/mobilenet_v2.cmake").read_text()
    assert dict(re.findall(r'set\((CORACLE_\w+) "?([^" ]*)"? CACHE', file)) == dict(
        option[2:].split("=", 1) for option in printed if option.startswith("-DCORACLE_"))


def test_peak_memory(zoo, converted, tmp_path):
    """A fresh process that maps and runs resnet50 stays within 1.3 (weights + arena) + 10 MB."""
    path = converted(zoo / "resnet50/pir/model.json")
    program = tmp_path / "peak_memory"
    subprocess.run(["cc", "-I", ROOT / "include", ROOT / "Tests/Parity/peak_memory.c", "-o", program, library_path(),
                    f"-Wl,-rpath,{library_path().resolve().parent}"], check=True)
    weights, arena, _, peak = map(int, subprocess.run([program, path], check=True, capture_output=True, text=True).stdout.split())
    assert peak <= 1.3 * (weights + arena) + 10e6
