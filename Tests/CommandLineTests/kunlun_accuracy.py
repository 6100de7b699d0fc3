#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what networks lose on the Kunlun XPU simulator: kunlun_accuracy.py CORACLE_TOOL

The digits network, which this repository carries, at int8: within one point of float32. PP-OCRv4's recogniser at int16 and int31: the same text as in
float32, where its files are there (CORACLE_PPOCR, or ../shared/models/ppocr).
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CARDS = ("kunlun-k200", "kunlun-r200")
results = [0, 0]


def check(holds, sentence):
    results[not holds] += 1
    print(("" if holds else "FAILED: ") + sentence)


def rows(tool, folder, model, picture, *options):
    """The rows of the model's only output."""
    subprocess.run([tool, "run", str(model), "--input", str(picture), "--output-dir", str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    found = numpy.load(folder / "0.npy")
    return found.reshape(-1, found.shape[-1])


def digits(tool, folder):
    pixels = numpy.load(ROOT / "examples/digits/held-out.npy")
    labels = numpy.load(ROOT / "examples/digits/held-out-labels.npy")
    numpy.save(folder / "pictures.npy", pixels.reshape(-1, 1, 8, 8).astype(numpy.float32) / 16)
    model = folder / "digits.coracle"
    subprocess.run([tool, "convert", str(ROOT / "examples/digits/model/inference.json"), "-o", str(model)], check=True, stdout=subprocess.DEVNULL)

    def accuracy(*options):
        found = rows(tool, folder, model, folder / "pictures.npy", *options)
        return 100 * numpy.mean(found.argmax(axis=1) == labels.ravel())

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
        classes = rows(tool, folder, model, models / f"samples/{line}.input.npy", *options).argmax(axis=1).tolist()
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
