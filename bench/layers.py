#!/usr/bin/env python3
"""Each convolution of a network beside its roofline, on one thread. Started by `make bench-layers`; bench/README.md tells the rest.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import subprocess

import machine
import networks
import peers
import run

CONVOLUTIONS = ("convolution", "separable_convolution")
TARGET = 0.7  # of the roofline
STARTS = 3  # processes a network: pages lie elsewhere in memory in each
COLUMNS = "{:>4}  {:42}  {:42}  {:36}{:>9}{:>9}{:>8}{:>9}{:>9}{:>9} {:6}{:>8}{:>15}"
TITLES = ["#", "layer", "input · weights → output", "kernel", "MFLOP", "MB", "FLOP/B", "ms", "GFLOP/s", "roofline", "bound", "reached ", "of its layers'"]


def arguments():
    parser = argparse.ArgumentParser(description="Each convolution of a network beside its roofline, on one thread.")
    parser.add_argument("--networks", type=run.names, default=["resnet50", "mobilenet_v2"], help="names, with commas (%(default)s)")
    parser.add_argument("--runs", type=int, default=50, help=f"runs of each of {STARTS} processes; a layer's fastest counts (%(default)s)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    unknown = set(options.networks) - set(networks.ZOO)
    if unknown or options.runs < 1:
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "counts begin at 1")
    return options


def limits():
    """What a thread does at most: multiply-adds of this core, in registers and with operands from the first-level cache, and bytes that it reads from
    memory or moves when it copies."""
    done = subprocess.run([os.environ["CORACLE_KERNELS"], "machine"], check=True, capture_output=True, text=True)
    values = {line.split()[0]: float(line.split()[1]) for line in done.stdout.splitlines()}
    return {"peak_gigaflops": values["peak"], "loaded_peak_gigaflops": values["loaded"],
            "read_gigabytes": values["read"], "copy_gigabytes": values["copy"]}


def timed(model, network, runs):
    """The report of `coracle bench`, with each operator's fastest call of all processes."""
    reports = []
    for _ in range(STARTS):
        done = subprocess.run([os.environ["CORACLE_TOOL"], "bench", model, "--input", network.folder / "input.npy", "--threads", "1",
                               "--runs", str(runs), "--ops", "--json"], check=True, stdout=subprocess.PIPE, text=True)
        reports.append(json.loads(done.stdout))
    for report in reports:
        report["operators"].sort(key=lambda entry: entry["node"])
    best = reports[0]
    best["minimum_ms"] = min(report["minimum_ms"] for report in reports)
    for entries in zip(*(report["operators"] for report in reports)):
        entries[0]["minimum_ms"] = min(entry["minimum_ms"] for entry in entries)
    return best


def convolutions(entry):
    """Operations and bytes of each convolution of an operator. Of joined ones: as if each stood alone, so that the maps between them are written and read."""
    if entry["operator"] == "convolution":
        return [(entry["operations"], entry["bytes"])]
    inputs = entry["input_shapes"] + [None] * (8 - len(entry["input_shapes"]))
    x, output, depthwise = inputs[0], entry["output_shapes"][0], inputs[3]
    before, after = x[:3] + depthwise[3:], output[:3] + depthwise[3:]  # of the depthwise one
    last = 5 if inputs[5] else 3  # the residual is added to the last one's result
    result = []
    for index, source, target in ((1, x, before), (3, before, after), (5, after, output)):
        if inputs[index]:
            tensors = [source, *inputs[index:index + 2], target, inputs[7] if index == last else None]
            result.append((2 * math.prod(target[:3]) * math.prod(inputs[index]), 4 * sum(map(math.prod, filter(None, tensors)))))
    return result


def layer(entry, peak, bandwidth):
    """A convolution, or joined ones, beside its roofline, and beside those of its convolutions one after the other; rates in thousand millions a second."""
    seconds = sum(max(operations / peak, size / bandwidth) / 1e9 for operations, size in convolutions(entry))
    intensity = entry["operations"] / entry["bytes"]
    gigaflops, roofline = entry["operations"] / entry["minimum_ms"] / 1e6, min(peak, intensity * bandwidth)
    return {**{key: entry[key] for key in ("node", "operator", "name", "kernel", "input_shapes", "output_shapes", "operations", "bytes")},
            "milliseconds": entry["minimum_ms"], "intensity": intensity, "gigaflops": gigaflops, "roofline_gigaflops": roofline,
            "bound": "core" if roofline == peak else "memory", "reached": gigaflops / roofline, "reached_of_layers": seconds * 1e3 / entry["minimum_ms"]}


def shapes(entry):
    """Such as "56x56x64 · 3x3x64x64 → 56x56x64"; a batch of 1 is left out."""
    weights = entry["input_shapes"][1:6:2] if entry["operator"] == "separable_convolution" else entry["input_shapes"][1:2]
    factors = ["x".join(map(str, shape)) for shape in (entry["input_shapes"][0], *filter(None, weights), entry["output_shapes"][0])]
    return f"{' · '.join(factors[:-1]).removeprefix('1x')} → {factors[-1].removeprefix('1x')}"


def is_winograd(entry):
    return "Winograd" in entry["kernel"]


def row(entry):
    name = entry["name"] if len(entry["name"]) <= 42 else "…" + entry["name"][-41:]
    return COLUMNS.format(entry["node"], name, shapes(entry), entry["kernel"], f"{entry['operations'] / 1e6:.1f}", f"{entry['bytes'] / 1e6:.2f}",
                          f"{entry['intensity']:.1f}", f"{entry['milliseconds']:.4f}", f"{entry['gigaflops']:.1f}",
                          f"{entry['roofline_gigaflops']:.1f}", entry["bound"], f"{entry['reached']:.0%}{'*' if is_winograd(entry) else ' '}",
                          f"{entry['reached_of_layers']:.0%}")


def tell(name, result):
    """Prints a network's layers, then those below the target."""
    layers = result["layers"]
    print("", f"{name}: {len(layers)} convolutions, {result['minimum_ms']:.2f} ms the fastest run", COLUMNS.format(*TITLES), sep="\n")
    print(*map(row, layers), sep="\n")
    if any(map(is_winograd, layers)):
        print("* Winograd does fewer operations than the direct algorithm, whose operations are counted: it can exceed 100 %.")
    below = sorted((entry for entry in layers if entry["reached"] < TARGET), key=lambda entry: entry["reached"])
    print("", f"{name}, below {TARGET:.0%}: {len(below)} of {len(layers)} layers, {result['share_below']:.1%} of the operators' time", sep="\n")
    if below:
        print(COLUMNS.format(*TITLES), *map(row, below), sep="\n")
    lowest = min(layers, key=lambda entry: entry["reached"])
    print(f"minimum: {lowest['reached']:.1%}, # {lowest['node']}")
    lowest = min(layers, key=lambda entry: entry["reached_of_layers"])
    count = sum(entry["reached_of_layers"] < TARGET for entry in layers)
    print(f"below {TARGET:.0%} of their layers' rooflines: {count} of {len(layers)}; minimum: {lowest['reached_of_layers']:.1%}, # {lowest['node']}", flush=True)


def main():
    options = arguments()
    run.SCRATCH.mkdir(exist_ok=True)
    coracle = peers.BY_NAME["coracle"]
    found = [networks.find(name, pathlib.Path(os.environ["CORACLE_ZOO"]).resolve(), None, run.SCRATCH) for name in options.networks]
    models = [run.model_of(coracle, network) for network in found]
    failure = next((model for model in models if isinstance(model, Exception)), None)
    if failure:
        raise SystemExit(f"a network cannot be converted: {failure}")
    facts = {"schema": 1, "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "machine": machine.describe(),
             "version": coracle.version(), "load_average_before": machine.load(), "runs": STARTS * options.runs}
    # Before and after the networks: the core's clock, and what other programs do to it, changes.
    before = limits()
    reports = [timed(model, network, options.runs) for model, network in zip(models, found)]
    facts.update({key: max(before[key], value) for key, value in limits().items()})
    peak, bandwidth = facts["peak_gigaflops"], max(facts["read_gigabytes"], facts["copy_gigabytes"])
    print(f"{facts['machine']['processor']}; load average {facts['load_average_before']:.2f}")
    print(f"one thread: {peak:.1f} GFLOP/s, {facts['loaded_peak_gigaflops']:.1f} where operands are loaded as a tile loads them;"
          f" from memory: reads {facts['read_gigabytes']:.1f} GB/s, copies {facts['copy_gigabytes']:.1f} GB/s")
    print(f"roofline = min({peak:.1f}, FLOP/B x {bandwidth:.1f}) GFLOP/s; time: the fastest of {facts['runs']} runs")
    facts["networks"] = {}
    for network, report in zip(found, reports):
        layers = [layer(entry, peak, bandwidth) for entry in report["operators"] if entry["operator"] in CONVOLUTIONS]
        total = sum(entry["minimum_ms"] for entry in report["operators"])
        below = sum(entry["milliseconds"] for entry in layers if entry["reached"] < TARGET)
        result = {"minimum_ms": report["minimum_ms"], "share_below": below / total, "layers": layers}
        facts["networks"][network.name] = result
        tell(network.name, result)
    if options.json:
        options.json.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
