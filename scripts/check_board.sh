#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the library for ARM Linux and runs its C tests there under an emulator, the given models on both backends, and those of the folder VERIFIED
# against the outputs in them, as cores of several kinds: check_board.sh aarch64-linux-gnu|arm-linux-gnueabihf FOLDER VERIFIED [MODEL...]
# Needs Debian's cross compilers for the target and qemu-user-static.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 folder=$2 verified=$3
shift 3
# What Linux tells of each core that the emulator knows; the widest has more bits with each of its versions.
case $target in
  aarch64-linux-gnu) # Armv8-A; with dot products and half precision; all that the emulator has
    cores=(cortex-a53 cortex-a76 max)
    instructions=("neon" "neon dotprod fp16" "neon dotprod fp16 i8mm*")
    ;;
  arm-linux-gnueabihf) # Armv7-A without VFPv4, and so without kernels of NEON; with it; Armv8-A in its 32-bit state
    cores=(cortex-a9 cortex-a7 max)
    instructions=("" "neon" "neon*")
    ;;
  *) echo "no board is called $target" >&2; exit 2 ;;
esac
for command in "$target-gcc" "$target-g++" "qemu-${target%%-*}-static"; do
  command -v "$command" > /dev/null || {
    echo "skipped: the library on ${target%%-*} ($command is not installed)"
    exit 0
  }
done
scripts/build_library.sh "$folder" "-DCMAKE_TOOLCHAIN_FILE=cmake/toolchains/$target.cmake" -DCORACLE_TESTS=ON -DCORACLE_EXAMPLES=OFF -DCORACLE_TOOLS=ON
emulator=("qemu-${target%%-*}-static" -L "/usr/$target")
"${emulator[@]}" "$folder/Tests/ABI/abi_tests" "$folder/Tests/ABI/models"
"${emulator[@]}" "$folder/Tests/ABI/team_schedules"
"${emulator[@]}" "$folder/Tests/ABI/operator_cases" "$folder"/Tests/ABI/cases/*.coracle
if [ $# -gt 0 ]; then "${emulator[@]}" "$folder/Tests/ABI/compare_backends" "$@"; fi
if [ "$target" = aarch64-linux-gnu ] && [ $# -gt 0 ]; then
  # Half precision: 2^-10 of a sum's usual size at a time, and so of the largest; six times that for the worst of an output (measured: 0.0035).
  half() { "${emulator[@]}" -cpu "$1" "$folder/Tests/ABI/compare_backends" --backends float16,generic "$2" "${@:3}"; }
  half cortex-a76 0.006 "$@"
  # A core without it runs what stands behind, as exact as float32 is with other threads; with it, something must be further off than that.
  half cortex-a53 1e-6 "$@"
  if half cortex-a76 1e-5 "$@" > /dev/null 2>&1; then
    echo "nothing is computed in half precision" >&2
    exit 1
  fi
fi
passed=0
failed=0
for index in "${!cores[@]}"; do
  core=${cores[index]}
  found=$("${emulator[@]}" -cpu "$core" "$folder/Tests/ABI/instructions" "$folder/Tests/ABI/models/gather.coracle")
  echo "$core: $found"
  # shellcheck disable=SC2053 # a pattern
  if [[ $found == ${instructions[index]} ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$core: expected ${instructions[index]}" >&2; fi
  for model in "$verified"/*.coracle; do
    [ -f "$model" ] || continue
    "${emulator[@]}" -cpu "$core" "$folder/Sources/Tools/coracle-run" "$model" --verify
    passed=$((passed + 1))
  done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
