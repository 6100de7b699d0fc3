"""One runtime with one network in a process of its own, told what to do over a pipe. SPDX-License-Identifier: Apache-2.0

    python worker.py RUNTIME MODEL FOLDER THREADS      (FOLDER: input.npy, output0.npy …)

It answers each line of standard input with a line of JSON: first, unasked, how loading and the first run went; then `check`
(compares the last run's outputs with the references) and `time SECONDS COUNT` (as many runs as fit, at least COUNT).
"""
import gc
import json
import os
import pathlib
import statistics
import sys
import time

import ctypes  # noqa: F401  part of what every process of this kind holds
import numpy

import peers

# Largest difference over the largest reference value: about ten times what another order of the sums changes, and far below what a
# wrong fold or a dropped bias changes. Probabilities of whole pages come nearest to it (winograd and fast exponentials).
TOLERANCE = 1e-3


def status(field):
    """A line of /proc/self/status, in bytes."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(field + ":"))


def shared_objects():
    """The files of code that are mapped."""
    with open("/proc/self/maps") as file:
        paths = {line.split()[-1] for line in file if ".so" in line}
    return {path for path in paths if pathlib.Path(path).is_file()}


def difference(outputs, references):
    """The largest difference of any output, relative; infinite where there is nothing to compare."""
    worst = 0.0
    if len(outputs) != len(references):
        return float("inf")
    for output, reference in zip(outputs, references):
        if output.size != reference.size or not numpy.isfinite(output).all():
            return float("inf")
        a, b = output.astype(numpy.float64).ravel(), reference.astype(numpy.float64).ravel()
        worst = max(worst, float(numpy.abs(a - b).max() / numpy.abs(b).max()))
    return worst


def start(runtime, model, array, output_count, threads):
    """Opens, loads and runs once; what that took."""
    empty, before = status("VmHWM"), shared_objects()
    runtime.open()
    opened, clock = status("VmHWM"), time.perf_counter
    begun = clock()
    runtime.load(model, array, output_count, threads)
    loaded = clock()
    runtime.run()
    done = clock()
    peak = status("VmHWM")
    libraries = {path: os.path.getsize(path) for path in sorted(shared_objects() - before)}
    return {"load_milliseconds": 1e3 * (loaded - begun), "first_run_milliseconds": 1e3 * (done - loaded), "peak_bytes": peak - empty,
            "peak_bytes_after_import": peak - opened, "libraries": libraries}


def timed(run, seconds, count):
    """Median milliseconds of the runs that fit, and how many cores they kept busy."""
    run()
    times, clock = [], time.perf_counter
    begun, used = clock(), time.process_time()
    now = begun
    while len(times) < count or now - begun < seconds:
        run()
        last, now = now, clock()
        times.append(1e3 * (now - last))
    return {"milliseconds": statistics.median(times), "runs": len(times), "cores": (time.process_time() - used) / (now - begun)}


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a runtime prints is no answer

    def answer(**values):
        answers.write(json.dumps(values) + "\n")

    name, model, folder, threads = sys.argv[1:]
    folder, runtime = pathlib.Path(folder), peers.BY_NAME[name]
    array, output_count = numpy.load(folder / "input.npy"), len(list(folder.glob("output*.npy")))
    try:
        answer(**start(runtime, pathlib.Path(model), array, output_count, int(threads)))
        gc.disable()
        for line in sys.stdin:
            verb, *arguments = line.split()
            if verb == "check":
                references = [numpy.load(path) for path in sorted(folder.glob("output*.npy"))]
                answer(difference=difference(runtime.outputs(), references))
            else:
                answer(**timed(runtime.run, float(arguments[0]), int(arguments[1])))
    except Exception as error:
        answer(failure=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    os._exit(0)  # some runtimes hang or crash while they are torn down


if __name__ == "__main__":
    main()
