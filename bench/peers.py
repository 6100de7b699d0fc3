"""Coracle and its peers behind the same few methods. Everything is 32-bit floating point. SPDX-License-Identifier: Apache-2.0

convert  makes the runtime's own file of a network, once, in the benchmark's process; returns its path
open     imports the runtime (in the process that is measured, as all that follow)
load     from the file to a session of `threads` threads, with the input in place
run      one inference
outputs  the last run's outputs, one array a reference output, channels first
"""
import importlib.metadata
import os
import pathlib
import subprocess
import sys

import numpy

from converters import TORCH, by_torch, command, pnnx

ROOT = pathlib.Path(__file__).resolve().parents[1]


class Peer:
    """`python` runs the process that holds the runtime."""
    name = ""
    distribution = ""
    python = pathlib.Path(sys.executable)

    def version(self):
        """The installed version; raises PackageNotFoundError where the peer is not installed."""
        return importlib.metadata.version(self.distribution)

    def convert(self, network, folder):
        return network.onnx


def narrow(array):
    """int64 as int32, for runtimes without 64-bit inputs."""
    return array.astype(numpy.int32) if array.dtype == numpy.int64 else array


class Coracle(Peer):
    """Through the C interface of the library that CORACLE_LIBRARY names."""
    name = "coracle"
    # Weights packed for the machine at hand, as peers have them in forms of their own.
    convert_options = ["--profile", "native", "--tune"]

    def version(self):
        done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
        return done.stdout.strip() or "unknown"

    def convert(self, network, folder):
        path = folder / "model.coracle"
        command(os.environ["CORACLE_TOOL"], "convert", network.paddle, "-o", path, *self.convert_options)
        return path

    def open(self):
        sys.path.insert(0, str(ROOT / "Tests/Parity"))
        import coracle_library
        self.module, self.library = coracle_library, coracle_library.Library(os.environ["CORACLE_LIBRARY"])

    def load(self, path, array, output_count, threads):
        self.session = self.module.Session(self.library, path, threads)
        self.session.resize(0, array.shape)
        self.session.write(0, array)
        self.output_count = output_count
        self.run = self.session.execute

    def outputs(self):
        return [self.session.output(index) for index in range(self.output_count)]


class OnnxRuntime(Peer):
    name = distribution = "onnxruntime"

    def open(self):
        import onnxruntime
        self.module = onnxruntime

    def load(self, path, array, output_count, threads):
        options = self.module.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = self.module.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.binding = session.io_binding()
        self.binding.bind_ortvalue_input(session.get_inputs()[0].name, self.module.OrtValue.ortvalue_from_numpy(array))
        for output in session.get_outputs():
            self.binding.bind_output(output.name)
        self.run = lambda: session.run_with_iobinding(self.binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()


class OpenVino(Peer):
    name = distribution = "openvino"

    def convert(self, network, folder):
        import openvino
        openvino.save_model(openvino.convert_model(network.onnx), folder / "model.xml", compress_to_fp16=False)
        return folder / "model.xml"

    def open(self):
        import openvino
        self.module = openvino

    def load(self, path, array, output_count, threads):
        compiled = self.module.Core().compile_model(str(path), "CPU", {
            "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads})
        self.request = compiled.create_infer_request()
        self.array, self.output_count = array, output_count
        self.request.set_input_tensor(self.module.Tensor(array, shared_memory=True))
        self.run = self.request.infer

    def outputs(self):
        return [self.request.get_output_tensor(index).data.copy() for index in range(self.output_count)]


class LiteRt(Peer):
    """Converted by litert-torch, the input channels-last. XNNPACK is LiteRT's default."""
    name, distribution = "litert", "ai-edge-litert"

    def convert(self, network, folder):
        return by_torch(network, folder, ".tflite")

    def open(self):
        from ai_edge_litert import interpreter
        self.module = interpreter

    def load(self, path, array, output_count, threads):
        self.interpreter = self.module.Interpreter(model_path=str(path), num_threads=threads)
        self.interpreter.allocate_tensors()
        wanted = self.interpreter.get_input_details()[0]
        if array.ndim == 4 and tuple(wanted["shape"]) != array.shape:
            array = numpy.ascontiguousarray(array.transpose(0, 2, 3, 1))
        self.interpreter.set_tensor(wanted["index"], array.astype(wanted["dtype"]))
        self.run = self.interpreter.invoke

    def outputs(self):
        details = sorted(self.interpreter.get_output_details(), key=lambda detail: detail["name"])
        return [self.interpreter.get_tensor(detail["index"]) for detail in details]


class Ncnn(Peer):
    """Converted by pnnx. Every 16-bit storage, packing and arithmetic is off."""
    name = distribution = "ncnn"

    def convert(self, network, folder):
        pnnx(network, folder)
        if not (folder / "model.ncnn.param").is_file():
            raise RuntimeError("pnnx wrote no ncnn model")
        return folder / "model.ncnn.param"

    def open(self):
        import ncnn
        self.module = ncnn

    def load(self, path, array, output_count, threads):
        self.net = self.module.Net()
        options = self.net.opt
        options.num_threads = threads
        for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage"):
            setattr(options, name, False)
        if self.net.load_param(str(path)) != 0 or self.net.load_model(str(path.with_suffix(".bin"))) != 0:
            raise RuntimeError("ncnn cannot load the model")
        self.input = self.module.Mat(narrow(array), batch_index=0).clone()
        self.names = [f"out{index}" for index in range(output_count)]

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input("in0", self.input)
        results = [extractor.extract(name) for name in self.names]
        if any(status != 0 for status, _ in results):
            raise RuntimeError("ncnn cannot run the model")
        self.mats = [mat for _, mat in results]

    def outputs(self):
        return [mat.numpy(batch_index=0).copy() for mat in self.mats]


class Mnn(Peer):
    name, distribution = "mnn", "MNN"

    def convert(self, network, folder):
        path = folder / "model.mnn"
        command(pathlib.Path(sys.executable).with_name("mnnconvert"), "-f", "ONNX", "--modelFile", network.onnx, "--MNNModel", path, "--bizCode", "bench")
        return path

    def open(self):
        import MNN
        self.module = MNN

    def load(self, path, array, output_count, threads):
        self.manager = self.module.nn.create_runtime_manager(({"backend": "CPU", "precision": "high", "numThread": threads},))
        net = self.module.nn.load_module_from_file(str(path), [], [], runtime_manager=self.manager)
        kind = self.module.expr.float if array.dtype == numpy.float32 else self.module.expr.int
        self.input = self.module.expr.placeholder(list(array.shape), self.module.expr.NCHW, kind)
        self.input.write(narrow(array))
        self.net = net

    def run(self):
        self.results = self.net.onForward([self.input])

    def outputs(self):
        return [numpy.array(self.module.expr.convert(result, self.module.expr.NCHW).read()) for result in self.results]


class PaddleInference(Peer):
    """With oneDNN."""
    name, distribution = "paddle", "paddlepaddle"

    def convert(self, network, folder):
        return network.paddle

    def open(self):
        from paddle import inference
        self.module = inference

    def load(self, path, array, output_count, threads):
        configuration = self.module.Config(str(path), str(path.with_suffix(".pdiparams")))
        configuration.disable_gpu()
        configuration.disable_glog_info()
        configuration.enable_mkldnn()
        configuration.set_cpu_math_library_num_threads(threads)
        self.predictor = self.module.create_predictor(configuration)
        self.predictor.get_input_handle(self.predictor.get_input_names()[0]).copy_from_cpu(array)
        self.run = self.predictor.run

    def outputs(self):
        return [self.predictor.get_output_handle(name).copy_to_cpu() for name in self.predictor.get_output_names()]


class ExecuTorch(Peer):
    """With XNNPACK; it runs where PyTorch is, which its Python package needs."""
    name = distribution = "executorch"
    python = TORCH

    def version(self):
        folders = [str(folder) for folder in TORCH.parents[1].glob("lib/python*/site-packages")]
        for distribution in importlib.metadata.distributions(name=self.distribution, path=folders):
            return distribution.version
        raise importlib.metadata.PackageNotFoundError(self.distribution)

    def convert(self, network, folder):
        return by_torch(network, folder, ".pte")

    def open(self):
        import torch
        from executorch import runtime
        from executorch.extension.pybindings import portable_lib
        self.torch, self.module, self.library = torch, runtime, portable_lib

    def load(self, path, array, output_count, threads):
        self.library._unsafe_reset_threadpool(threads)
        self.program = self.module.Runtime.get().load_program(path)
        self.method = self.program.load_method("forward")
        self.inputs = [self.torch.from_numpy(array)]

    def run(self):
        self.results = self.method.execute(self.inputs)

    def outputs(self):
        return [result.numpy() for result in self.results]


RUNTIMES = [Coracle(), OnnxRuntime(), OpenVino(), LiteRt(), Ncnn(), Mnn(), PaddleInference(), ExecuTorch()]
BY_NAME = {runtime.name: runtime for runtime in RUNTIMES}
