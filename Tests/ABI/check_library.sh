#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what a built library shows and needs: check_library.sh LIBCORACLE.SO LIBCORACLE.A
# - Exported symbols are those of cmake/exported-symbols.txt, and these are the functions that the headers declare.
# - The only shared libraries that it needs are libc, libm, libpthread and libdl (and OpenBLAS, where it was built with it), of glibc 2.28 or later.
# - Nothing of Swift's or C++'s runtime is visible or wanted.
set -euo pipefail
shared=$1 static=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
failed=0

fail() {
  echo "$*" >&2
  failed=1
}

# kunlun.h is of a library of its own.
declared=$(find "$root/include/coracle" -name '*.h' ! -name kunlun.h -exec sed -e 's://.*$::' {} + | tr '\n' ' ' | grep -oE 'CORACLE_API [^;]*;' | grep -oE 'coracle_[a-z0-9_]+\(' |
  tr -d '(' | LC_ALL=C sort -u)
listed=$(grep -E '^coracle_' "$root/cmake/exported-symbols.txt" | LC_ALL=C sort)
exported=$(nm -D --defined-only "$shared" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | LC_ALL=C sort)
archived=$(nm -g --defined-only "$static" | awk 'NF == 3 {print $3}' | LC_ALL=C sort)
[ "$declared" = "$listed" ] || fail "cmake/exported-symbols.txt and the headers differ: $(diff <(echo "$declared") <(echo "$listed") | grep '^[<>]' | tr '\n' ' ')"
[ "$exported" = "$listed" ] || fail "the shared library's exports differ: $(diff <(echo "$exported") <(echo "$listed") | grep '^[<>]' | tr '\n' ' ')"
[ "$archived" = "$listed" ] || fail "the archive's globals differ: $(diff <(echo "$archived") <(echo "$listed") | grep '^[<>]' | tr '\n' ' ')"

while read -r library; do
  case $library in
    libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | ld-linux*) ;;
    libopenblas.so.*) grep -q 'with OpenBLAS' "$shared" || fail "the library needs $library" ;;
    *) fail "the library needs $library" ;;
  esac
done < <(readelf -d "$shared" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')

newest=$(objdump -T "$shared" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
[ "$(printf '%s\nGLIBC_2.28\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.28 ] || fail "the library wants $newest: $(objdump -T "$shared" | grep "$newest" | awk '{print $NF}' | tr '\n' ' ')"

unwanted=$( (nm -D -u "$shared"; nm -u "$static") | grep -E 'swift|_ZN|_Z[a-z]|__cxa_(throw|begin)|__gxx|arc4random|abort|__assert' || true)
[ -z "$unwanted" ] || fail "the library wants: $unwanted"
readelf -d "$shared" | grep -q '(TEXTREL)' && fail "the shared library has text relocations"
readelf -lW "$shared" | grep -E 'GNU_STACK.*E ' && fail "the shared library asks for an executable stack"
readelf -d "$shared" | grep -q 'SONAME.*libcoracle\.so\.0' || fail "the shared library has no soname"

exit $failed
