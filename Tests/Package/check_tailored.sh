#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a library for the digits network alone: it is smaller than the full one, computes the same, and refuses other models by their operators and functions,
# and damaged ones.
# check_tailored.sh BUILD_FOLDER_OF_THE_FULL_LIBRARY TOOL DIGITS.coracle
set -uo pipefail
full=$(realpath "$1") tool=$(realpath "$2") digits=$(realpath "$3")
cd "$(dirname "$0")/../.." || exit
# shellcheck source=scripts/verdict.sh
. scripts/verdict.sh

# Without sets of vector instructions where they are optional, to save time.
case $(uname -m) in aarch64) sets=neon ;; *) sets= ;; esac
"$tool" tailor "$digits" --json 2> "$folder/log" | python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)["cmake_options"]))' > "$folder/options" &&
  mapfile -t options < "$folder/options" &&
  cmake -S . -B "$folder/library" -DCORACLE_TESTS=OFF -DCORACLE_EXAMPLES=OFF -DCORACLE_INSTRUCTION_SETS=$sets "${options[@]}" > "$folder/log" 2>&1 &&
  cmake --build "$folder/library" >> "$folder/log" 2>&1
verdict "the library is built" $?
[ "$(stat -Lc %s "$folder/library/libcoracle.so")" -lt $(($(stat -Lc %s "$full/libcoracle.so") / 2)) ] 2>> "$folder/log"
verdict "it is smaller" $?
program() { gcc -O1 -Iinclude Sources/Tools/run.c Sources/Tools/common.c Sources/Tools/arrays.c "$1/libcoracle.a" -lm -lpthread -o "$2"; }
program "$full" "$folder/run_full" > "$folder/log" 2>&1 && program "$folder/library" "$folder/run_tailored" > "$folder/log" 2>&1
verdict "programs are linked with both" $?
python3 - "$folder/input.npy" << 'END'
import struct, sys
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 8, 8), }"
header += " " * (63 - (10 + len(header)) % 64) + "\n"
pixels = [index * 37 % 17 for index in range(3 * 64)]
with open(sys.argv[1], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<192f", *pixels))
END
for kind in full tailored; do
  mkdir "$folder/$kind"
  "$folder/run_$kind" "$digits" --input "$folder/input.npy" --output "$folder/$kind" > "$folder/log" 2>&1
  verdict "the digits run on the $kind library" $?
done
cmp "$folder"/{full,tailored}/*.npy > "$folder/log" 2>&1
verdict "both compute the same" $?
# MODEL SENTENCE: a model of the operators that are there, and what is said of it.
refuses() { ! "$folder/run_tailored" "$1" > "$folder/log" 2>&1 && grep -q "$2" "$folder/log"; }
refuses "$full/Tests/ABI/cases/convolution-0-given.coracle" 'convolution "[^"]*": this library is built without the function [a-z_]*'
verdict "an activation that is not there is refused by its name" $?
for model in branch:conditional gather:gather non-zero:non_zero; do
  refuses "$full/Tests/ABI/models/${model%%:*}.coracle" "the operator ${model##*:}, which this library is built without"
  verdict "an operator that is not there is refused by its name: ${model##*:}" $?
done
# Of the operators that are not there, nothing in a file is verified, and nothing read.
refused=0 others=0
for model in "$full"/Tests/ABI/models/bad-*.coracle; do
  "$folder/run_tailored" "$model" > "$folder/log" 2>&1
  if [ $? -eq 1 ]; then refused=$((refused + 1)); else others=$((others + 1)); echo "$model" >> "$folder/others"; fi
done
cp "$folder/others" "$folder/log" 2> /dev/null
[ "$others" -eq 0 ] && [ "$refused" -gt 40 ]
verdict "damaged models are refused" $?
verdicts
