#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks a package and follows its README by its text alone: check_package.sh PACKAGE.tar.gz COMPILER [EMULATOR...]
set -euo pipefail
package=$(realpath "$1") compiler=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tar -C "$folder" -xzf "$package"
cd "$folder"/*/
"$root/Tests/ABI/check_library.sh" lib/libcoracle.so lib/libcoracle.a

# The program and the two commands, as the README prints them.
awk '/^    #include <coracle/ { on = 1 } on && /^[^ ]/ { exit } on { sub(/^    /, ""); print }' README.md > program.c
mapfile -t commands < <(sed -n "s/^    \($compiler program.c .*\)/\1/p" README.md)
[ ${#commands[@]} -eq 2 ] || { echo "the README has ${#commands[@]} commands, not 2" >&2; exit 1; }
for command in "${commands[@]}"; do
  eval "${command//P\//"$PWD/"}"
  cp lib/libcoracle.so.0 . 2> /dev/null || cp -L lib/libcoracle.so libcoracle.so.0
  "$@" ./program | grep -q '^0\.'
done
for tool in run bench; do
  if readelf -lW "bin/coracle-$tool" | grep -q INTERP; then echo "coracle-$tool is not static" >&2; exit 1; fi
  { "$@" "bin/coracle-$tool" no-such-model 2>&1 || true; } | grep -q 'CORACLE_IO'
  if "$@" "bin/coracle-$tool" 2> /dev/null; then echo "coracle-$tool runs without a model" >&2; exit 1; fi
done
if "$@" ./program "$root/README.md" 2> /dev/null; then echo "a README was taken for a model" >&2; exit 1; fi
profiles=(share/coracle/profiles/*.json)
[ ${#profiles[@]} -ge 14 ]
[ -f lib/cmake/Coracle/CoracleConfig.cmake ] && [ -f lib/pkgconfig/coracle.pc ] && [ -f LICENSE ]
echo "1 passed, 0 failed: $(basename "$package")"
