#!/usr/bin/env python3
"""Coracle beside its peers on whole networks: time, load, memory, size. Started by `make bench`; bench/README.md tells the rest.

SPDX-License-Identifier: Apache-2.0
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import shutil
import sys

import machine
import measure
import networks
import peers
import report
import worker

ROOT = peers.ROOT
SCRATCH = ROOT / ".build-bench"


def names(text):
    return text.split(",")


def arguments():
    parser = argparse.ArgumentParser(description="Coracle beside its peers on whole networks.")
    parser.add_argument("--networks", type=names, default=networks.NAMES, help="names, with commas; all: %(default)s")
    parser.add_argument("--peers", type=names, default=[runtime.name for runtime in peers.RUNTIMES[1:]],
                        help="names, with commas; all: %(default)s")
    parser.add_argument("--threads", type=lambda text: [int(count) for count in names(text)], default=[1, 2], help="counts, with commas")
    parser.add_argument("--rounds", type=int, default=5, help="turns of every runtime; their median counts (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.4, help="length of a turn, whose median run counts (%(default)s)")
    parser.add_argument("--least", type=int, default=3, help="runs of a turn at least (%(default)s)")
    parser.add_argument("--starts", type=int, default=3, help="fresh processes for load, first run and memory; medians (%(default)s)")
    parser.add_argument("--zoo", type=pathlib.Path, default=os.environ.get("CORACLE_ZOO", ROOT / ".build-zoo"),
                        help="the model zoo's folder (%(default)s)")
    options = parser.parse_args()
    unknown = (set(options.networks) - set(networks.NAMES)) | (set(options.peers) - set(peers.BY_NAME))
    if unknown or min(options.rounds, options.starts, options.least, *options.threads) < 1:
        parser.error(f"unknown: {', '.join(sorted(unknown))}" if unknown else "counts begin at 1")
    return options


def stamp(runtime, network):
    """What a converted model depends on."""
    tool = os.stat(os.environ["CORACLE_TOOL"]).st_mtime_ns if runtime.name == report.US else runtime.version()
    source = network.paddle if runtime.name in (report.US, "paddle") else network.onnx
    return json.dumps([tool, getattr(runtime, "convert_options", None), str(source), source.stat().st_mtime_ns])


def model_of(runtime, network):
    """The runtime's own file of the network, made once; or NotConverted, which is remembered unless a converter is missing."""
    folder = SCRATCH / "models" / network.name / runtime.name
    note = folder / "converted.json"
    kept, wanted, path, failure = None, stamp(runtime, network), "", ""
    if note.is_file():
        kept, path, failure = json.loads(note.read_text())
    if kept != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            path, failure = runtime.convert(network, folder), ""
        except FileNotFoundError as error:
            return measure.NotConverted(error)
        except Exception as error:
            path, failure = "", " ".join(str(error).split())[-300:]
        note.write_text(json.dumps([wanted, str(path), failure]))
    return measure.NotConverted(failure) if failure else pathlib.Path(path)


def installed(options):
    """The runtimes that take part, with versions; says which are missing."""
    versions = {}
    for runtime in peers.RUNTIMES:
        if runtime.name in [report.US, *options.peers]:
            try:
                versions[runtime.name] = runtime.version()
            except importlib.metadata.PackageNotFoundError:
                print(f"{runtime.name} is not installed")
    return versions


def sizes(results):
    """Of each runtime: the shared objects that any network made it load."""
    libraries = {}
    for entries in results.values():
        for name, entry in entries.items():
            libraries.setdefault(name, {}).update(entry.get("libraries", {}))
    return {name: {"bytes": sum(files.values()), "files": {pathlib.Path(path).name: size for path, size in files.items()}}
            for name, files in libraries.items()}


def written(results, facts):
    """The JSON's contents; its schema is in README.md."""
    rows = [{"network": network, "threads": threads, "runtime": name, **{key: value for key, value in entry.items() if key != "libraries"}}
            for (network, threads), entries in results.items() for name, entry in entries.items()]
    return {**facts, "libraries": sizes(results), "results": rows, "summary": report.summary(results)}


def main():
    options = arguments()
    versions = installed(options)
    facts = {"schema": 1, "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "machine": machine.describe(),
             "versions": versions, "tolerance": worker.TOLERANCE, "rounds": options.rounds, "seconds": options.seconds,
             "load_average_before": machine.load()}
    computer = facts["machine"]
    print(f"{computer['processor']} (family {computer['family']}, model {computer['model']}), {computer['cores']} cores: "
          f"{' '.join(computer['instruction_sets'])}")
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    print(f"load average before: {facts['load_average_before']:.2f}", flush=True)
    runtimes = [peers.BY_NAME[name] for name in versions]
    SCRATCH.mkdir(exist_ok=True)
    results = {}
    with open(SCRATCH / "runtimes.log", "w") as log:
        for name in options.networks:
            network = networks.find(name, options.zoo.resolve(), ROOT.parent / "shared", SCRATCH)
            models = {runtime: model_of(runtime, network) for runtime in runtimes}
            for threads in options.threads:
                entries = measure.measure(network, models, threads, options, worker.TOLERANCE, log)
                results[name, threads] = entries
                best, quotient = report.fastest_peer(entries), report.ratio(entries)
                print(f"{name}, {threads}: fastest peer {best[0] if best else '-'}, ratio {quotient and round(quotient, 3)}",
                      file=sys.stderr, flush=True)
    facts["load_average_after"] = machine.load()
    finish(results, list(versions), facts)


def finish(results, runtimes, facts):
    """Prints the tables; writes the JSON and the picture."""
    for threads in sorted({count for _, count in results}):
        print("", *report.times(results, runtimes, threads), sep="\n")
    print(*report.starts(results, runtimes), sep="\n")
    contents = written(results, facts)
    print("", "size of the shared objects that are loaded, MB",
          "  ".join(f"{name} {entry['bytes'] / 1e6:.1f}" for name, entry in contents["libraries"].items() if entry["bytes"]), sep="\n")
    print("", *report.reasons(results), f"load average after: {facts['load_average_after']:.2f}", sep="\n")
    folder = ROOT / "bench/results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{facts['date'][:19].replace(':', '-')}.json"
    path.write_text(json.dumps(contents, indent=1) + "\n")
    report.draw(results, runtimes, f"{facts['machine']['processor']}, {facts['date']}, " + ", ".join(
        f"{name} {version}" for name, version in facts["versions"].items()), path.with_suffix(".png"))
    print(f"written: {path.relative_to(ROOT)} and .png")


if __name__ == "__main__":
    main()
