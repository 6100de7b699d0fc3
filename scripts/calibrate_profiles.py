#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits `calibration` of edge-profiles/*.json to the profiles' anchors, and prints the table of docs/profiles.md.

    scripts/calibrate_profiles.py --tool PATH --zoo FOLDER [--write]

A board's time for a network is taken as multiply-adds / (compute_percent of the cores' peak) + bytes / bandwidth; the two figures are those with the least
sum of squared logarithms of estimate / anchor. An anchor in half precision counts twice the multiply-adds a cycle and half the bytes. Without
--write nothing is changed.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def parts(tool, zoo, profile, anchor):
    """Milliseconds of computing at 100 percent, and gigabytes, of an anchor."""
    model = pathlib.Path(zoo) / anchor["network"] / "model.onnx"
    if not model.exists():
        sys.exit(f"there is no {model}")
    command = [tool, "fit", str(model), "--profile", profile["name"], "--threads", str(anchor["threads"]), "--json"]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode not in (0, 2):
        sys.exit(found.stderr.strip())
    report = json.loads(found.stdout)
    half = 2 if anchor["precision"] == "float16" else 1
    clock = anchor["clock_megahertz"] / profile["clusters"][0]["clock_megahertz"]
    compute = sum(o["compute_ms"] for o in report["operators"]) * report["calibration"]["compute_percent"] / 100
    return compute / clock / half, sum(o["bytes"] for o in report["operators"]) / half / 1e9


def fit(rows):
    """The percentage and bytes a second that meet `rows` of (computing, gigabytes, anchor's milliseconds) best."""

    def error(percent, bandwidth):
        return sum(math.log((c * 100 / percent + g / bandwidth * 1e12) / ms) ** 2 for c, g, ms in rows)

    return min(((p, b * 100_000_000) for p in range(20, 181, 2) for b in range(2, 400)), key=lambda pair: error(*pair))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--zoo", required=True)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    print("| profile | network | runtime | precision | threads | published, ms | estimate, ms | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted((ROOT / "edge-profiles").glob("*.json")):
        profile = json.loads(path.read_text())
        anchors = profile.get("anchors", [])
        if not anchors or path.name == "schema.json":
            continue
        rows = [parts(arguments.tool, arguments.zoo, profile, anchor) + (anchor["milliseconds"],) for anchor in anchors]
        percent, bandwidth = fit(rows)
        for anchor, (compute, gigabytes, published) in zip(anchors, rows):
            estimate = compute * 100 / percent + gigabytes / bandwidth * 1e12
            print(f"| `{profile['name']}` | {anchor['network']} | {anchor['runtime']} | {anchor['precision']} | {anchor['threads']} | {published:g} "
                  f"| {estimate:.1f} | {estimate / published:.2f} |")
        if arguments.write:
            line = f'  "calibration": {{"compute_percent": {percent}, "bandwidth": {bandwidth}}},\n'
            lines = [text for text in path.read_text().splitlines(keepends=True) if not text.startswith('  "calibration"')]
            at = next(index for index, text in enumerate(lines) if text.startswith('  "sources"'))
            path.write_text("".join(lines[:at] + [line] + lines[at:]))


if __name__ == "__main__":
    main()
