#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the library for 64-bit ARM Linux and runs its C tests there under an emulator, the given models on both backends, and those of the folder
# VERIFIED against the outputs in them, as cores of several kinds: check_aarch64.sh FOLDER VERIFIED [MODEL...]
# Needs Debian's gcc-aarch64-linux-gnu, g++-aarch64-linux-gnu and qemu-user-static.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 verified=$2
shift 2
for command in aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v "$command" > /dev/null || {
    echo "skipped: the library on AArch64 ($command is not installed)"
    exit 0
  }
done
scripts/build_library.sh "$folder" -DCMAKE_TOOLCHAIN_FILE=cmake/toolchains/aarch64-linux-gnu.cmake -DCORACLE_EXAMPLES=OFF -DCORACLE_TOOLS=ON "-DCORACLE_INSTRUCTION_SETS=neon;float16"
emulator=(qemu-aarch64-static -L /usr/aarch64-linux-gnu)
"${emulator[@]}" "$folder/Tests/ABI/abi_tests" "$folder/Tests/ABI/models"
"${emulator[@]}" "$folder/Tests/ABI/operator_cases" "$folder"/Tests/ABI/cases/*.coracle
"${emulator[@]}" "$folder/Tests/ABI/compare_backends" "$@"
# In half precision: 2^-10 of a sum's usual size at a time, and so of the largest; six times that for the worst of an output (measured: 0.0035). Armv8-A runs what stands behind.
for core in cortex-a53 cortex-a76 max; do
  "${emulator[@]}" -cpu "$core" "$folder/Tests/ABI/compare_backends" --backends float16,tuned,generic 0.006 "$@"
done
# Alone it runs nothing but its own kernels: some of these layers where the core has the instructions, none elsewhere.
half=()
for model in "$@"; do
  if "${emulator[@]}" -cpu cortex-a76 "$folder/Tests/ABI/compare_backends" --backends float16 0.006 "$model" > /dev/null 2>&1; then half+=("$model"); fi
done
[ ${#half[@]} -gt 0 ] || { echo "no layer is computed in half precision" >&2; exit 1; }
echo "${#half[@]} layers in half precision"
if "${emulator[@]}" -cpu cortex-a53 "$folder/Tests/ABI/compare_backends" --backends float16 0.006 "${half[@]}" > /dev/null 2>&1; then
  echo "a core without half precision computes in it" >&2
  exit 1
fi
passed=0
for model in "$verified"/*.coracle; do
  [ -f "$model" ] || continue
  # Armv8-A, with dot products and half precision, with all that the emulator has.
  for core in cortex-a53 cortex-a76 max; do
    "${emulator[@]}" -cpu "$core" "$folder/Sources/Tools/coracle-run" "$model" --verify
    passed=$((passed + 1))
  done
done
echo "$passed passed, 0 failed"
