#!/usr/bin/env python3
"""Times networks in Coracle and onnxruntime, interleaved in one process, one thread each, and prints the ratio of the medians.

    python bench/floor.py LIBRARY TOOL ZOO [NAME ...]      (LIBRARY: libcoracle.so; ZOO: made by shared/tools/make_model_zoo.py)

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Parity"))

import numpy
import onnxruntime
from coracle_library import Library, Session

ROUNDS, SECONDS = 7, 0.4


def timed(run):
    """Median milliseconds of as many runs as fit."""
    times, end = [], time.perf_counter() + SECONDS
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    library, tool, zoo = sys.argv[1:4]
    names = sys.argv[4:] or ["resnet50", "ernie_tiny", "mobilenet_v2", "mobilenet_v1", "mobilenet_v3_small", "resnet18", "squeezenet1_1",
                             "shufflenet_v2_x1_0", "minilm6", "crnn_ocr", "gru_asr"]
    print(f"{'network':22}{'coracle ms':>12}{'onnxruntime ms':>16}{'ratio':>8}")
    for name in names:
        folder = pathlib.Path(zoo) / name
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / "model.coracle"
            subprocess.run([tool, "convert", str(folder / "pir/model.json"), "-o", str(path)], check=True, capture_output=True)
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            peer = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
            picture = numpy.load(folder / "input.npy")
            feed = {peer.get_inputs()[0].name: picture}
            with Session(Library(library), path) as session:
                session.run(picture)
                peer.run(None, feed)
                ours, theirs = [], []
                for _ in range(ROUNDS):
                    ours.append(timed(session.execute))
                    theirs.append(timed(lambda: peer.run(None, feed)))
            a, b = statistics.median(ours), statistics.median(theirs)
            print(f"{name:22}{a:12.2f}{b:16.2f}{a / b:8.2f}", flush=True)


if __name__ == "__main__":
    main()
