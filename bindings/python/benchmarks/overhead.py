#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a call from Python costs beside the same call from C: overhead.py MODEL.coracle [RUNS]

The model has one float32 input; its open extents become 1. C and Python take turns, a round each, and the quickest rounds are compared. The C half
is compiled against the library that Python loads (CORACLE_LIBRARY, else the package's)."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import coracle
import numpy

ROUNDS = 40
HERE = pathlib.Path(__file__).resolve().parent


def c_half(folder, model, runs):
    library = pathlib.Path(os.environ.get("CORACLE_LIBRARY") or pathlib.Path(coracle.__file__).with_name("libcoracle.so")).resolve()
    # The loader looks for the library's soname.
    (folder / "libcoracle.so.0").symlink_to(library)
    subprocess.run(["cc", "-O2", f"-I{HERE.parents[2] / 'include'}", HERE / "overhead.c", library, f"-Wl,-rpath,{folder}", "-o", folder / "overhead"],
                   check=True)
    return subprocess.Popen([folder / "overhead", model, str(runs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main():
    path, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    session = coracle.Model(path).session(threads=1)
    tensor = session.model.inputs[0]
    array = numpy.ones([max(extent, 1) for extent in tensor.shape], tensor.dtype)
    inputs = {tensor.name: array}

    def by_names():
        session.run(inputs)

    def in_order():
        session(array)

    def another_array():
        session(array.copy())

    with tempfile.TemporaryDirectory() as folder, c_half(pathlib.Path(folder), path, runs) as c:
        quickest = {}
        for _ in range(ROUNDS):
            c.stdin.write("\n")
            c.stdin.flush()
            quickest["C"] = min(quickest.get("C", 1e9), float(c.stdout.readline()) / 1000)
            for call in (by_names, in_order, another_array):
                start = time.perf_counter()
                for _ in range(runs):
                    call()
                quickest[call.__name__] = min(quickest.get(call.__name__, 1e9), (time.perf_counter() - start) / runs * 1e6)
        c.stdin.close()
    for name, microseconds in quickest.items():
        print(f"{name:<14}{microseconds:8.2f} us" + ("" if name == "C" else f"  {microseconds - quickest['C']:+.2f} us"))


if __name__ == "__main__":
    main()
