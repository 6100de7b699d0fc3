#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the flags with which the Swift package is built on this machine: optimised, open to tests, and with the vector instructions that
# the processor has, so that the tool's kernels are those that the library chooses here. `swift_flags.sh tests` stays with AVX2 at most: the same
# logic on every x86 machine, and the C tests run what is wider.
set -euo pipefail
flags=(-c release -Xswiftc -enable-testing)
# The library is one module to the compiler. The tool's are many, whose generic kernels, such as Winograd's, it would call unspecialised.
[ "${1:-}" = tests ] || flags+=(-Xswiftc -cross-module-optimization)
features=" $(sed -n 's/^flags[[:space:]]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1) "
has() {
  local feature
  for feature in "$@"; do [[ $features == *" $feature "* ]] || return 1; done
}
# The x86-64 psABI's levels 3 and 4; Linux calls LZCNT abm.
if has avx avx2 bmi1 bmi2 f16c fma abm movbe; then
  level=3
  flags+=(-Xswiftc -DCORACLE_AVX2 -Xswiftc -DCORACLE_FMA)
  if [ "${1:-}" != tests ] && has avx512f avx512bw avx512cd avx512dq avx512vl; then
    level=4
    flags+=(-Xswiftc -DCORACLE_AVX512 -Xswiftc -DCORACLE_LANES_16)
  fi
  flags+=(-Xswiftc -Xcc -Xswiftc "-march=x86-64-v$level")
fi
printf '%s\n' "${flags[@]}"
