#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what examples/python/ocr.py printed with what the page says: check_ocr.py EXPECTED.json PRINTED.txt

The recogniser was not trained to tell spaces, nor half-width signs from full-width ones."""
import json
import pathlib
import sys
import unicodedata


def plain(text):
    return unicodedata.normalize("NFKC", text).replace(" ", "")


expected = [plain(line["rendered"]) for _, line in sorted(json.loads(pathlib.Path(sys.argv[1]).read_text()).items()) if "rendered" in line]
printed = [plain(line.split("\t")[0]) for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
sys.exit(0 if printed == expected and len(printed) == 4 else f"read {printed}, the page says {expected}")
