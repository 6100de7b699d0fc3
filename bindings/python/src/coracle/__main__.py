# SPDX-License-Identifier: Apache-2.0
"""python -m coracle info|run|bench: looks at a .coracle file, runs it on NumPy arrays, times it."""
from __future__ import annotations

import argparse
import pathlib
import statistics
import sys
import time
from typing import Any, Sequence

import numpy

from . import Error, Model, Session, Status, Tensor, build_description, version
from ._tensor import Array


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.function(options)
    except (Error, OSError, ValueError) as failure:
        print(f"coracle: {failure}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m coracle", description=f"Coracle {version()}: {build_description()}")
    commands = parser.add_subparsers(required=True, metavar="info|run|bench")
    info = commands.add_parser("info", help="inputs, outputs and operators of a model")
    info.set_defaults(function=_info)
    run = commands.add_parser("run", help="runs a model on arrays in .npy files")
    run.add_argument("--input", action="append", default=[], metavar="[NAME=]FILE.npy", help="the name may be left out where there is one input")
    run.add_argument("--output-dir", type=pathlib.Path, help="where outputs go, as NAME.npy; without it their figures are printed")
    run.set_defaults(function=_run)
    bench = commands.add_parser("bench", help="times runs on random inputs")
    bench.add_argument("--shape", action="append", default=[], metavar="[NAME=]1,3,48,320", help="where the model leaves a shape open")
    bench.add_argument("--runs", type=int, default=50)
    bench.set_defaults(function=_bench)
    for command in (info, run, bench):
        command.add_argument("model", metavar="MODEL.coracle")
    for command in (run, bench):
        command.add_argument("--threads", type=int, default=0, help="0: as many as the profile says")
        command.add_argument("--profile", help="a stock profile's name, or a .json file")
        command.add_argument("--backends", help="in the order of preference, separated by commas")
    return parser


def _info(options: Any) -> None:
    with Model(options.model) as model, model.session() as session:
        for kind, tensors in (("input", model.inputs), ("output", model.outputs)):
            for tensor in tensors:
                print(f"{kind:<8}{tensor.name}  {_described(tensor)}")
        nodes = session.nodes()
        kinds = sorted({node.operator_name for node in nodes})
        print(f"{len(nodes)} operators: " + ", ".join(f"{sum(node.operator_name == kind for node in nodes)} {kind}" for kind in kinds))


def _run(options: Any) -> None:
    with Model(options.model) as model, _session(model, options) as session:
        outputs = session.run({name: numpy.load(file) for name, file in _named(model, options.input).items()})
        if options.output_dir is not None:
            options.output_dir.mkdir(parents=True, exist_ok=True)
        for index, (name, array) in enumerate(outputs.items()):
            if options.output_dir is None:
                print(f"{name}  {array.dtype} {list(array.shape)}" + _figures(array))
            else:
                # A name may hold what a file's name may not.
                numpy.save(options.output_dir / f"{name.replace('/', '_') or index}.npy", array)


def _bench(options: Any) -> None:
    begun = time.perf_counter()
    with Model(options.model) as model:
        loaded = time.perf_counter()
        with _session(model, options) as session:
            inputs = _random_inputs(model, _named(model, options.shape))
            prepared = time.perf_counter()
            session.run(inputs)
            first = time.perf_counter()
            times = []
            for _ in range(max(options.runs, 1)):
                start = time.perf_counter()
                session.run(inputs)
                times.append(time.perf_counter() - start)
    print(f"load {_milliseconds(loaded - begun)}, first run with preparing {_milliseconds(first - prepared)}, "
          f"median of {len(times)} {_milliseconds(statistics.median(times))}, "
          f"90th percentile {_milliseconds(sorted(times)[(len(times) * 9) // 10])}")


def _session(model: Model, options: Any) -> Session:
    return model.session(threads=options.threads, profile=options.profile, backends=options.backends)


def _named(model: Model, values: Sequence[str]) -> dict[str, str]:
    """"NAME=VALUE", or VALUE for the one input, by names."""
    found = {}
    for value in values:
        name, separator, rest = value.rpartition("=")
        if not separator:
            if len(model.inputs) != 1:
                raise Error(Status.INVALID_ARGUMENT, f"the model has {len(model.inputs)} inputs: write NAME={value}")
            name = model.inputs[0].name
        found[name] = rest
    return found


def _random_inputs(model: Model, shapes: dict[str, str]) -> dict[str, Array]:
    """Integers are 0, which is an index of everything."""
    generator, inputs = numpy.random.default_rng(0), {}
    for tensor in model.inputs:
        shape = tuple(int(extent) for extent in shapes[tensor.name].split(",")) if tensor.name in shapes else tensor.shape
        if any(extent < 0 for extent in shape):
            raise Error(Status.INVALID_SHAPE, f"input {tensor.name} is {_described(tensor)}: give its open extents with --shape")
        is_float = tensor.dtype is not None and tensor.dtype.kind == "f"
        inputs[tensor.name] = generator.standard_normal(shape).astype(tensor.dtype) if is_float else numpy.zeros(shape, tensor.dtype)
    return inputs


def _described(tensor: Tensor) -> str:
    return f"{tensor.dtype} [{', '.join('?' if extent < 0 else str(extent) for extent in tensor.shape)}]"


def _figures(array: Array) -> str:
    return f"  smallest {array.min():g}, mean {array.mean():g}, largest {array.max():g}" if array.size else ""


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"


if __name__ == "__main__":
    sys.exit(main())
