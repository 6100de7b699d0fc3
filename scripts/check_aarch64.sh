#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the library for 64-bit ARM Linux, and runs its C tests and the given models there under an emulator: check_aarch64.sh FOLDER [MODEL...]
# Needs Debian's gcc-aarch64-linux-gnu, g++-aarch64-linux-gnu and qemu-user-static.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
for command in aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v "$command" > /dev/null || {
    echo "skipped: the library on AArch64 ($command is not installed)"
    exit 0
  }
done
scripts/build_library.sh "$folder" -DCMAKE_TOOLCHAIN_FILE=cmake/toolchains/aarch64-linux-gnu.cmake -DCORACLE_EXAMPLES=OFF
emulator=(qemu-aarch64-static -L /usr/aarch64-linux-gnu)
"${emulator[@]}" "$folder/Tests/ABI/abi_tests" "$folder/Tests/ABI/models"
"${emulator[@]}" "$folder/Tests/ABI/compare_backends" "$@"
