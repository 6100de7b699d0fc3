"""The networks of the benchmark: the model zoo's and PP-OCRv4's, each with one input, its outputs by Paddle, and all shapes fixed.

SPDX-License-Identifier: Apache-2.0
"""
import dataclasses
import pathlib

import numpy

ZOO = ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "resnet18", "resnet50", "squeezenet1_1", "shufflenet_v2_x1_0",
       "ernie_tiny", "minilm6", "crnn_ocr", "gru_asr"]
OCR = ["ppocrv4_det", "ppocrv4_rec"]
NAMES = ZOO + OCR
LINE_WIDTH = 320


@dataclasses.dataclass
class Network:
    """`folder` holds input.npy, output0.npy …; `paddle` is the program in Paddle's form, `onnx` the same with fixed shapes."""
    name: str
    folder: pathlib.Path
    paddle: pathlib.Path
    onnx: pathlib.Path

    def input(self):
        return numpy.load(self.folder / "input.npy")

    def references(self):
        return [numpy.load(path) for path in sorted(self.folder.glob("output*.npy"))]


def find(name, zoo, shared, scratch):
    """The network called `name`; PP-OCRv4's input, reference and fixed ONNX are made below `scratch` the first time."""
    if name in ZOO:
        return Network(name, zoo / name, zoo / name / "pir/model.json", zoo / name / "model.onnx")
    part = name.removeprefix("ppocrv4_")
    models = shared / "models/ppocr"
    folder = scratch / "networks" / name
    network = Network(name, folder, models / part / "inference.pdmodel", folder / "model.onnx")
    if not network.onnx.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        picture = page(models / "samples") if part == "det" else line(models / "samples")
        numpy.save(folder / "input.npy", picture)
        for index, output in enumerate(by_paddle(network.paddle, picture)):
            numpy.save(folder / f"output{index}.npy", output)
        fix_shapes(models / part / "model.onnx", picture.shape, network.onnx)
    return network


def page(samples):
    return numpy.load(samples / "page.input.npy")


def line(samples):
    """A line of text, filled up with zeros on the right as PaddleOCR does."""
    picture = numpy.load(samples / "line0.input.npy")
    return numpy.pad(picture, ((0, 0), (0, 0), (0, 0), (0, LINE_WIDTH - picture.shape[3])))


def by_paddle(program, picture):
    """Paddle's own kernels, without oneDNN, as the zoo's references are made."""
    from paddle import inference
    configuration = inference.Config(str(program), str(program.with_suffix(".pdiparams")))
    configuration.disable_gpu()
    configuration.disable_mkldnn()
    configuration.disable_glog_info()
    predictor = inference.create_predictor(configuration)
    predictor.get_input_handle(predictor.get_input_names()[0]).copy_from_cpu(picture)
    predictor.run()
    return [predictor.get_output_handle(name).copy_to_cpu() for name in predictor.get_output_names()]


def fix_shapes(source, shape, target):
    """Writes the ONNX model with the input's shape as constants, so that every peer may plan for it."""
    import onnx
    model = onnx.load(source)
    for dimension, extent in zip(model.graph.input[0].type.tensor_type.shape.dim, shape):
        dimension.Clear()
        dimension.dim_value = extent
    del model.graph.value_info[:]
    onnx.save(model, target)
