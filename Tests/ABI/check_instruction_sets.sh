#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that the library runs on machines without vector extensions: check_instruction_sets.sh BUILD_FOLDER MODELS [ABI_TESTS_OPTION...]
# - An instruction set's object shows one symbol, so that none of its copies of helpers can replace the baseline's.
# - The baseline's objects hold no instruction of AVX or later.
# - No function takes or gives a vector of floats, but those that call the C library for each element: a call passes a vector in pieces, which costs more
#   than most of what is done to it. One that appears has become too large for the compiler to inline.
# - The C tests pass on an emulated processor without AVX (Westmere, 2010).
set -euo pipefail
build=$1 models=$2
shift 2
failed=0

fail() {
  echo "$*" >&2
  failed=1
}

[ "$(uname -m)" = x86_64 ] || {
  echo "skipped: instruction sets (this is not an x86-64 machine)"
  exit 0
}
checked=0
for object in "$build"/swift/tuned_*.o; do
  [ -f "$object" ] || continue
  set_name=${object##*/tuned_}
  shown=$(nm -g --defined-only "$object" | awk '{print $3}' | tr '\n' ' ')
  [ "$shown" = "coracle_tuned_${set_name%.o} " ] || fail "$object shows $shown"
  checked=$((checked + 1))
done
[ $checked -gt 0 ] || fail "no object of an instruction set was found in $build"
mapfile -t baseline < <(find "$build/CMakeFiles/coracle_platform.dir" -name '*.o')
count=$(objdump -d --no-show-raw-insn "$build/swift/CoracleABI.o" "${baseline[@]}" | grep -cE '%[yz]mm|[[:space:]]v[a-z]+[0-9]*[ps][sd][[:space:]]' || true)
[ "$count" -eq 0 ] || fail "the baseline holds $count instructions of AVX or later"
for object in "$build"/swift/CoracleABI.o "$build"/swift/*/TunedCPU.o; do
  # Of a function's mangled name: a parameter or result of SIMD4, SIMD8 or SIMD16 of Float.
  called=$(nm --defined-only "$object" | awk '{print $3}' | grep -E 'SIMD(4|8|16)V' | grep -v ByElement || true)
  [ -z "$called" ] || fail "$object passes vectors to functions: $called"
done

emulator=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [ -z "$emulator" ]; then
  echo "skipped: an emulated processor without AVX (qemu-user is not installed)"
else
  "$emulator" -cpu Westmere "$build/Tests/ABI/abi_tests" "$models" "$@" > "$build/westmere.log" 2>&1 ||
    fail "the C tests fail on an emulated Westmere: $(tail -n 5 "$build/westmere.log")"
  tail -n 1 "$build/westmere.log"
fi
exit $failed
