#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what networks lose on the Kunlun XPU simulator: kunlun_accuracy.py CORACLE_TOOL

The digits network, which this repository carries, at int8: within one point of float32. PP-OCRv4's recogniser at int16 and int31: the same text as in
float32, where its files are there (CORACLE_PPOCR, or ../shared/models/ppocr).
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CARDS = ("kunlun-k200", "kunlun-r200")
CODES = {"|u1": "B", "<f4": "f"}
results = [0, 0]


def check(holds, sentence):
    results[not holds] += 1
    print(("" if holds else "FAILED: ") + sentence)


def read_array(path):
    """Shape and values of a .npy file (format 1.0, C order)."""
    data = path.read_bytes()
    length = struct.unpack_from("<H", data, 8)[0]
    header = data[10:10 + length].decode()
    code = CODES[re.search(r"'descr': '([^']*)'", header)[1]]
    body = data[10 + length:]
    shape = [int(n) for n in re.findall(r"\d+", re.search(r"'shape': \(([^)]*)\)", header)[1])]
    return shape, struct.unpack(f"<{len(body) // struct.calcsize(code)}{code}", body)


def write_floats(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values))


def rows(tool, folder, model, picture, *options):
    """The rows of the model's only output."""
    subprocess.run([tool, "run", str(model), "--input", str(picture), "--output-dir", str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    shape, values = read_array(folder / "0.npy")
    return [values[begin:begin + shape[-1]] for begin in range(0, len(values), shape[-1])]


def largest(row):
    return max(range(len(row)), key=row.__getitem__)


def digits(tool, folder):
    shape, pixels = read_array(ROOT / "examples/digits/held-out.npy")
    _, labels = read_array(ROOT / "examples/digits/held-out-labels.npy")
    write_floats(folder / "pictures.npy", [shape[0], 1, 8, 8], [p / 16 for p in pixels])
    model = folder / "digits.coracle"
    subprocess.run([tool, "convert", str(ROOT / "examples/digits/model/inference.json"), "-o", str(model)], check=True, stdout=subprocess.DEVNULL)

    def accuracy(*options):
        found = rows(tool, folder, model, folder / "pictures.npy", *options)
        return 100 * sum(largest(row) == label for row, label in zip(found, labels)) / len(labels)

    exact = accuracy("--backend", "generic")
    for card in CARDS:
        for options in ([], ["--per-channel"]):
            found = accuracy("--backend", "kunlun", "--profile", card, "--precision", "int8", *options)
            check(abs(found - exact) <= 1, f"digits, {card}, int8 {' '.join(options)}: {found:.2f} %, float32 {exact:.2f} %")


def recogniser(tool, folder, models):
    # Class 0 is the blank, the last one a space (CTC, Graves et al. 2006).
    letters = [""] + (models / "ppocr_keys_v1.txt").read_text(encoding="utf-8").split("\n")[:6623] + [" "]
    model = folder / "rec.coracle"
    subprocess.run([tool, "convert", str(models / "rec/inference.pdmodel"), "-o", str(model)], check=True, stdout=subprocess.DEVNULL)
    expected = json.loads((models / "samples/expected.json").read_text(encoding="utf-8"))
    lines = sorted(name for name in expected if name.startswith("line"))

    def text(line, *options):
        classes = [largest(row) for row in rows(tool, folder, model, models / f"samples/{line}.input.npy", *options)]
        kept = [c for before, c in zip([0] + classes, classes) if c != 0 and c != before]
        return "".join(letters[c] for c in kept)

    for line in lines:
        exact = text(line, "--backend", "generic")
        check(exact.strip() == expected[line]["text"].strip(), f"{line}, float32: {exact}")
        for card in CARDS:
            for precision in ("int16", "int31"):
                found = text(line, "--backend", "kunlun", "--profile", card, "--precision", precision)
                check(found == exact, f"{line}, {card}, {precision}: {found}")


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory() as temporary:
        digits(tool, pathlib.Path(temporary))
        models = pathlib.Path(os.environ.get("CORACLE_PPOCR", ROOT.parent / "shared/models/ppocr"))
        if (models / "samples/expected.json").is_file():
            recogniser(tool, pathlib.Path(temporary), models)
        else:
            print("skipped: PP-OCRv4 on the Kunlun simulator (no model)")
    print(f"{results[0]} passed, {results[1]} failed")
    return 1 if results[1] else 0


if __name__ == "__main__":
    sys.exit(main())
