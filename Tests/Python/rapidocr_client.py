#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program that was written for onnxruntime, rapidocr-onnxruntime, reads a page on Coracle's stand-in and on onnxruntime itself: the text must be
the same, and every corner of every box within a pixel.

    rapidocr_client.py PAGE.png       (CORACLE_TOOL: the command-line tool)

Each runs in a process of its own, because the client imports onnxruntime once."""
import json
import subprocess
import sys


def read(engine, page):
    """Runs in the process of its own; prints what was read as JSON."""
    if engine == "coracle":
        import coracle.onnxruntime_like
        sys.modules["onnxruntime"] = coracle.onnxruntime_like
    import rapidocr_onnxruntime
    found, _ = rapidocr_onnxruntime.RapidOCR()(page)
    print(json.dumps([(text, [[float(value) for value in corner] for corner in box]) for box, text, _ in found or []]))


def main():
    if len(sys.argv) == 3:
        return read(sys.argv[2], sys.argv[1])
    page = sys.argv[1]
    found = {}
    for engine in ("onnxruntime", "coracle"):
        done = subprocess.run([sys.executable, __file__, page, engine], stdout=subprocess.PIPE, text=True, check=True)
        found[engine] = json.loads(done.stdout.splitlines()[-1])
    theirs, ours = found["onnxruntime"], found["coracle"]
    assert theirs, "the client reads nothing at all"
    assert [text for text, _ in ours] == [text for text, _ in theirs], (ours, theirs)
    farthest = max(abs(one - other) for (_, box), (_, expected) in zip(ours, theirs)
                   for corner, place in zip(box, expected) for one, other in zip(corner, place))
    assert farthest <= 1, farthest
    print(f"{len(ours)} lines, the same text; corners at most {farthest:g} pixels apart")
    for text, _ in ours:
        print(f"  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
