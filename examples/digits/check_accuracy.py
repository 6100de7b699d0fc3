#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the digits network as Coracle runs it against Paddle's own output, and the accuracy that the README states.

    check_accuracy.py CORACLE_TOOL [DIGITS_EXAMPLE]

Converts the network, runs the held-out pictures in one batch, and compares: every probability within 1e-5 of Paddle's, the accuracy
not below the README's. With the example program, the sample pictures must be told as the digits that they show.
"""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = {"|u1": "B", "<f4": "f"}
results = [0, 0]


def check(holds, sentence):
    results[not holds] += 1
    print(("" if holds else "FAILED: ") + sentence)


def read_array(path):
    """Shape and values of a .npy file (format 1.0, C order)."""
    data = path.read_bytes()
    length = struct.unpack_from("<H", data, 8)[0]
    header = data[10:10 + length].decode()
    descriptor = re.search(r"'descr': '([^']*)'", header)[1]
    shape = [int(n) for n in re.findall(r"\d+", re.search(r"'shape': \(([^)]*)\)", header)[1])]
    body = data[10 + length:]
    code = SAMPLES[descriptor]
    return shape, struct.unpack(f"<{len(body) // struct.calcsize(code)}{code}", body)


def write_floats(path, shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values))


def main():
    tool = sys.argv[1]
    shape, pixels = read_array(HERE / "held-out.npy")
    _, labels = read_array(HERE / "held-out-labels.npy")
    expected_shape, expected = read_array(HERE / "held-out-scores.npy")
    stated = float(re.search(r"held-out accuracy[^0-9]*([0-9.]+) ?%", (HERE.parent.parent / "README.md").read_text())[1])
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_floats(folder / "pictures.npy", [shape[0], 1, 8, 8], [p / 16 for p in pixels])
        subprocess.run([tool, "convert", str(HERE / "model/inference.json"), "-o", str(folder / "digits.coracle")], check=True)
        subprocess.run([tool, "run", str(folder / "digits.coracle"), "--input", str(folder / "pictures.npy"), "--output-dir", str(folder)],
                       check=True)
        found_shape, found = read_array(folder / "0.npy")
        check(found_shape == expected_shape, f"the output has the shape {found_shape}")
        worst = max(abs(a - b) for a, b in zip(found, expected))
        check(worst < 1e-5, f"probabilities differ from Paddle's by at most {worst:.2g}")
        rows = [found[10 * i:10 * i + 10] for i in range(shape[0])]
        accuracy = 100 * sum(row.index(max(row)) == label for row, label in zip(rows, labels)) / len(labels)
        check(accuracy + 0.005 >= stated, f"accuracy {accuracy:.2f} % of {len(labels)} held-out pictures; the README states {stated} %")
        if len(sys.argv) > 2:
            pictures = sorted((HERE / "pictures").glob("*.pgm"))
            answer = subprocess.run([sys.argv[2], str(folder / "digits.coracle"), *map(str, pictures)], check=True, capture_output=True, text=True)
            print(answer.stdout, end="")
            told = re.findall(r"(\d)\.pgm: (\d) ", answer.stdout)
            check(len(told) == len(pictures) == 10 and all(shown == digit for shown, digit in told), "the example tells the sample pictures")
            broken = subprocess.run([sys.argv[2], str(folder / "digits.coracle"), __file__], capture_output=True, text=True)
            check(broken.returncode == 1 and "not a binary PGM" in broken.stderr, "the example refuses what is no picture")
    print(f"{results[0]} passed, {results[1]} failed")
    return 1 if results[1] else 0


if __name__ == "__main__":
    sys.exit(main())
