#!/usr/bin/env python3
"""Reads a disassembly and prints the loop that holds the most multiply-adds, one instruction a line without its address.

    llvm-objdump -d --no-show-raw-insn object.o | innermost_loop.py

SPDX-License-Identifier: Apache-2.0
"""
import re
import sys

LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
JUMP = re.compile(r"^(?:j\w+|b|b\.\w+|cbn?z|tbn?z)\s.*?(?:0x)?([0-9a-f]+)\s*<")


def main():
    code = [(int(m[1], 16), m[2].split("//")[0].strip().replace("\t", " ")) for m in map(LINE.match, sys.stdin) if m]
    position = {address: index for index, (address, _) in enumerate(code)}
    best = []
    for index, (address, text) in enumerate(code):
        jump = JUMP.match(text)
        target = position.get(int(jump[1], 16)) if jump else None
        if target is None or target > index:
            continue
        body = [line for _, line in code[target:index + 1]]
        # Of loops within each other the shorter one is the inner.
        score = sum("fmla" in line or "vfmadd" in line for line in body)
        if score > sum("fmla" in line or "vfmadd" in line for line in best) or (best and score == sum(
                "fmla" in line or "vfmadd" in line for line in best) and len(body) < len(best)):
            best = body
    print("\n".join(best))


if __name__ == "__main__":
    main()
