#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds libcoracle with CMake: build_library.sh FOLDER [CMAKE OPTION...]. Quiet unless something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
mkdir -p "$folder"
generator=()
[ -f "$folder/CMakeCache.txt" ] || ! command -v ninja > /dev/null || generator=(-G Ninja)
{ cmake -S . -B "$folder" "${generator[@]}" "$@" && cmake --build "$folder"; } > "$folder/build.log" 2>&1 || {
  tail -n 60 "$folder/build.log" >&2
  exit 1
}
