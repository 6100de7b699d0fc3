#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shares the digits network, one with depthwise layers and an encoder with attention, each between eight threads of eight sessions, built as
# ordinary Swift under ThreadSanitizer, and compares with one thread alone. Ends with "N passed, N failed". Not a part of scripts/test.sh, because it compiles the runtime once more; CoracleTests makes the
# same comparison without ThreadSanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build-thread-sanitizer
# The flags of scripts/test.sh, so that the tool is not compiled again.
mapfile -t flags < <(scripts/swift_flags.sh tests)
swift build "${flags[@]}" --product coracle
mkdir -p "$scratch"
tool=$(swift build "${flags[@]}" --show-bin-path)/coracle
"$tool" convert examples/digits/model/inference.json -o "$scratch/digits.coracle"
for network in separable encoder; do "$tool" convert "Tests/ImportersTests/ONNXCases/network_$network.onnx" -o "$scratch/$network.coracle"; done
flags+=(--sanitize=thread --scratch-path "$scratch")
swift build "${flags[@]}" --product check-shared-model
program=$(swift build "${flags[@]}" --show-bin-path)/check-shared-model
# A report anywhere fails the check, also where the results are right.
export TSAN_OPTIONS="halt_on_error=0 exitcode=66"
passed=0 failed=0
for arguments in "digits 1 8 8" "separable 3 16 16" "encoder 12 16"; do
  read -r network extents <<< "$arguments"
  # shellcheck disable=SC2086 # several extents
  if "$program" "$scratch/$network.coracle" $extents; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
