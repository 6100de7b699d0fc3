#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test, two lanes at once, and ends with "N passed, N failed". Each step's output lies in .build-test/<step>.log.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
logs=.build-test
mkdir -p "$logs"
rm -f "$logs"/*.log "$logs"/*.result
started=$SECONDS

# Sums what a log says of tests: XCTest's, Swift Testing's, pytest's, and plain "N passed, N failed" lines.
count() {
  awk '
    /Executed [0-9]+ tests?, with/ { x = $2; xf = $5; skipped = 0
      if ($5 == "test" || $5 == "tests") { skipped = $4; xf = $8 }
      for (i = 1; i <= NF; i++) if ($i == "failures" || $i == "failure") xf = $(i - 1); else if ($i ~ /^skipped$/) skipped = $(i - 2) }
    /Test run with [0-9]+ tests?/ { for (i = 1; i <= NF; i++) if ($i == "with" && $(i - 1) == "run") s += $(i + 1)
      if ($0 ~ /failed/) sf++ }
    /^[0-9: ]*[0-9]+ passed, [0-9]+ failed/ { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^failed/) f += $(i - 1) } }
    /[0-9]+ (passed|failed|errors?)[ ,].* in [0-9.]+s/ {
      for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^(failed|error)/) f += $(i - 1) } }
    END { x += 0; printf "%d %d\n", x - xf - skipped + s - sf + p, xf + sf + f }' "$1"
}

# Seconds after which a step that goes on is ended and counts as failed: four times what the longest, a build, takes on two cores.
longest_step=1800

# step NAME COMMAND…: runs it, keeps its output, prints a line.
step() {
  local name=$1 begun=$SECONDS code passed failed
  shift
  timeout --kill-after=10 "$longest_step" "$@" > "$logs/$name.log" 2>&1
  code=$?
  if [ $code -eq 124 ] || [ $code -eq 137 ]; then echo "ended after $longest_step s" >> "$logs/$name.log"; fi
  read -r passed failed < <(count "$logs/$name.log")
  if [ $code -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  if [ $code -eq 0 ] && [ "$passed" -eq 0 ]; then passed=1; fi
  echo "$passed $failed" > "$logs/$name.result"
  if [ "$failed" -eq 0 ]; then
    printf '%-28s %5d passed  %4d s\n' "$name" "$passed" $((SECONDS - begun))
  else
    printf '%-28s %5d passed  %4d FAILED  %4d s\n' "$name" "$passed" "$failed" $((SECONDS - begun))
    { echo "--- the end of $logs/$name.log"; tail -n 40 "$logs/$name.log"; } >&2
  fi
  grep -hE '^skipped:' "$logs/$name.log"
  return $code
}

# Optimised, because whole networks run; some tests look inside modules.
mapfile -t swift_flags < <(scripts/swift_flags.sh tests)

# The Swift build gives the tests and the command-line tool.
swift_lane() {
  step swift-build swift build "${swift_flags[@]}" --build-tests || return
  step swift-build-tool swift build "${swift_flags[@]}" --product coracle || return
  tool=$(swift build "${swift_flags[@]}" --show-bin-path)/coracle
  echo "$tool" > "$logs/tool.path"
  "$tool" convert examples/digits/model/inference.json -o "$logs/digits.partial" > "$logs/convert.log" 2>&1 && mv "$logs/digits.partial" "$logs/digits.coracle"
  touch "$logs/tool.done"
  mkdir -p "$logs/layers"
  CORACLE_LAYERS=$PWD/$logs/layers step swift-test swift test "${swift_flags[@]}" --skip-build
  step verified-models scripts/verified_models.sh "$tool" "$logs/verified"
  step aarch64 scripts/check_board.sh aarch64-linux-gnu "$logs/aarch64" "$logs/verified" "$logs"/layers/*.coracle "$logs/digits.coracle"
  if [ -f "$logs/aarch64/libcoracle.so" ]; then
    step symbols-aarch64 Tests/ABI/check_library.sh "$logs/aarch64/libcoracle.so" "$logs/aarch64/libcoracle.a"
    step footprint-aarch64 Tests/ABI/check_footprint.sh "$logs/aarch64" aarch64
  fi
}

# The shipped library, with and without OpenBLAS, and one that watches its memory accesses.
library_lane() {
  local build
  step lint scripts/lint.sh
  step codegen scripts/check_codegen.sh "$logs/codegen"
  step library-portable scripts/build_library.sh "$logs/portable" || return
  step library-openblas scripts/build_library.sh "$logs/openblas" -DCORACLE_OPENBLAS=ON "-DCORACLE_SWIFT_OBJECTS=$PWD/$logs/portable/swift"
  # One set of instructions is enough to watch the kernels, whose source is the same.
  local sets=()
  [ "$(uname -m)" != x86_64 ] || sets=(-DCORACLE_INSTRUCTION_SETS=avx2)
  step library-sanitized scripts/build_library.sh "$logs/sanitized" -DCORACLE_SANITIZE=ON -DCORACLE_KUNLUN=ON -DCORACLE_EXAMPLES=OFF "${sets[@]}"
  # Nothing else compiles the program that times kernels.
  step kernel-benchmark scripts/build_kernels.sh
}

c_tests() { # BUILD
  local folder=$logs/$1 model=()
  [ -x "$folder/Tests/ABI/abi_tests" ] || return
  if [ -f "$logs/digits.coracle" ]; then model=(--model "digits=$logs/digits.coracle"); else echo "skipped: the digits network in C (it was not converted)"; fi
  if [ "$1" != sanitized ]; then step "symbols-$1" Tests/ABI/check_library.sh "$folder/libcoracle.so" "$folder/libcoracle.a"; fi
  step "c-$1" env ASAN_OPTIONS=allocator_may_return_null=1 "$folder/Tests/ABI/abi_tests" "$folder/Tests/ABI/models" "${model[@]}"
  if [ -f "$logs/digits.coracle" ]; then step "backends-$1" "$folder/Tests/ABI/compare_backends" "$logs/digits.coracle"; fi
  step "cases-$1" "$folder/Tests/ABI/operator_cases" "$folder"/Tests/ABI/cases/*.coracle
  if [ "$1" != openblas ]; then step "threads-$1" "$folder/Tests/ABI/team_schedules"; fi
  if [ "$1" = portable ]; then step footprint Tests/ABI/check_footprint.sh "$folder" "$(uname -m)"; fi
  if [ "$1" = portable ]; then step instruction-sets Tests/ABI/check_instruction_sets.sh "$folder" "$folder/Tests/ABI/models" "${model[@]}"; fi
  if [ "$1" = portable ]; then step "c-valgrind" scripts/valgrind.sh "$folder/Tests/ABI" "${model[@]}"; fi
}

rm -f "$logs/tool.done" "$logs/tool.path" "$logs/digits.coracle"
swift_lane &
swift_process=$!
library_lane &
library_process=$!
wait $library_process
while [ ! -f "$logs/tool.done" ] && kill -0 $swift_process 2> /dev/null; do sleep 1; done

step headers Tests/ABI/check_headers.sh
for build in portable openblas sanitized; do c_tests "$build"; done
if [ -f "$logs/digits.coracle" ] && [ -x "$logs/sanitized/Tests/ABI/kunlun_tests" ]; then
  step kunlun "$logs/sanitized/Tests/ABI/kunlun_tests" "$logs/sanitized/libcoracle_kunlun.so" "$logs/digits.coracle"
fi
step install Tests/ABI/check_install.sh "$logs/openblas"
step cpp Tests/Cpp/check.sh "$logs/portable" "$logs/portable/Tests/ABI/models"
if [ -f "$logs/digits.coracle" ]; then step examples examples/check.sh "$logs/portable" "$logs/digits.coracle"; fi

if [ -f "$logs/tool.path" ]; then
  tool=$(cat "$logs/tool.path")
  step package Tests/Package/check.sh "$logs/portable" "$tool"
  if [ -f "$logs/digits.coracle" ]; then step tailored Tests/Package/check_tailored.sh "$logs/portable" "$tool" "$logs/digits.coracle"; fi
  step digits-accuracy python3 examples/digits/check_accuracy.py "$tool" "$logs/portable/examples/digits"
  # Whatever other tests drive the tool: each gets its path and the folders of the two libraries.
  for script in Tests/CommandLineTests/*.py scripts/parity.py; do
    [ -f "$script" ] || continue
    python=$(scripts/python.sh) || { echo "skipped: $script (no Python environment)"; continue; }
    CORACLE_LIBRARY="$logs/portable/libcoracle.so" CORACLE_OPENBLAS_LIBRARY="$logs/openblas/libcoracle.so" \
      CORACLE_EXAMPLES="$logs/openblas/examples" CORACLE_TOOL="$tool" \
      step "$(basename "$script" .py)" "$python" "$script" "$tool"
  done
  step python Tests/Python/check.sh "$logs/portable/libcoracle.so" "$tool" "${CORACLE_ZOO:-.build-zoo}"
fi
wait $swift_process
if [ -f "$logs/aarch64/libcoracle.so" ] && [ -f "$logs/digits.coracle" ]; then
  step python-aarch64 Tests/Python/check_aarch64.sh "$logs/aarch64/libcoracle.so" "$logs/digits.coracle"
fi

# Layers around the sizes of every tile, in the shipped library, by the widest instructions of this machine and by none that are optional.
layers=("$logs"/layers/*.coracle)
if [ -f "${layers[0]}" ]; then
  step layers "$logs/portable/Tests/ABI/compare_backends" "${layers[@]}"
else
  echo "skipped: layers in the shipped library (the Swift tests wrote none)"
fi

read -r passed failed < <(cat "$logs"/*.result | awk '{p += $1; f += $2} END {print p + 0, f + 0}')
echo "$passed passed, $failed failed in $((SECONDS - started)) s"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
