#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the size of a built library and its parts with Tests/ABI/footprint.txt: check_footprint.sh BUILD_FOLDER TARGET [--write]
# A part that has grown by over 3 % fails; one that has shrunk by as much is told of, so that the table follows. --write notes the sizes.
set -uo pipefail
build=$1 target=$2
table=$(dirname "$0")/footprint.txt

# TARGET PART TEXT DATA STRIPPED: what is mapped as code and constants, what is written to, and the size of the file; 0 where a part has none.
measure() {
  local library part sizes padding
  library=$(realpath "$build/libcoracle.so")
  # lld lists what fills the page behind the last bytes that become read-only as if it were data; it changes with everything else.
  padding=$(size -A "$library" | awk '$1 == ".relro_padding" {print $2}')
  sizes=$(size "$library" | awk -v padding="${padding:-0}" 'NR == 2 {print $1, $2 + $3 - padding}')
  echo "$target library $sizes $(stat -c %s "$library")"
  for part in "$build"/swift/tuned_*.o; do
    if [ -f "$part" ]; then echo "$target $(basename "$part" .o) $(size "$part" | awk 'NR == 2 {print $1, $2 + $3}') 0"; fi
  done
}

if [ "${3:-}" = --write ]; then
  found=$(measure)
  { grep -v "^$target " "$table"; echo "$found"; } > "$table.new" && mv "$table.new" "$table"
  exit
fi
measure | awk -v target="$target" '
  NR == FNR { if ($1 == target) for (i = 3; i <= 5; i++) known[$2, i] = $i; next }
  BEGIN { split("x x text data stripped", names, " ") }
  {
    for (i = 3; i <= 5; i++) {
      if (!(($2, i) in known)) { print "failed: " $2 " is not in the table"; failed++; break }
      if ($i > known[$2, i] * 1.03 + 64) { printf "failed: %s of %s has grown from %d to %d bytes\n", names[i], $2, known[$2, i], $i; failed++ }
      else { passed++; if ($i < known[$2, i] * 0.97 - 64) printf "%s of %s has shrunk from %d to %d bytes: note it with --write\n", names[i], $2, known[$2, i], $i }
    }
  }
  END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' "$table" -
