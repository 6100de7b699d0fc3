#!/usr/bin/env python3
"""Reads a disassembly and prints the loop, of those without another in it, that holds the most multiply-adds: an instruction a line, no address.
With a number, prints every such loop that holds as many additions and subtractions of vectors, an empty line after each.

    llvm-objdump -d --no-show-raw-insn object.o | innermost_loop.py [ADDITIONS]

SPDX-License-Identifier: Apache-2.0
"""
import re
import sys

LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
ADDITION = re.compile(r"f(add|sub) .*\.4s|v(add|sub)ps ")
JUMP = re.compile(r"^(?:j\w+|b|b\.\w+|cbn?z|tbn?z)\s.*?(?:0x)?([0-9a-f]+)\s*<")


def main():
    code = [(int(m[1], 16), m[2].split("//")[0].strip().replace("\t", " ")) for m in map(LINE.match, sys.stdin) if m]
    position = {address: index for index, (address, _) in enumerate(code)}
    loops = []
    for index, (address, text) in enumerate(code):
        jump = JUMP.match(text)
        target = position.get(int(jump[1], 16)) if jump else None
        if target is not None and target <= index:
            loops.append((target, index))
    inner = [(first, last) for first, last in loops
             if not any((first, last) != other and first <= other[0] and other[1] <= last for other in loops)]
    bodies = [[line for _, line in code[first:last + 1]] for first, last in inner]
    if len(sys.argv) > 1:
        bodies = [body for body in bodies if sum(bool(ADDITION.match(line)) for line in body) >= int(sys.argv[1])]
        print("".join("\n".join(body) + "\n\n" for body in bodies), end="")
        return
    best = max(bodies, key=lambda body: (sum("fmla" in line or "vfmadd" in line for line in body), -len(body)), default=[])
    print("\n".join(best))


if __name__ == "__main__":
    main()
