#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shares the digits network between eight threads of eight sessions each, built as ordinary Swift under ThreadSanitizer, and compares with one
# thread alone. Ends with "N passed, N failed". Not a part of scripts/test.sh, because it compiles the runtime once more; CoracleTests makes the
# same comparison without ThreadSanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build-thread-sanitizer
# The flags of scripts/test.sh, so that the tool is not compiled again.
mapfile -t flags < <(scripts/swift_flags.sh tests)
swift build "${flags[@]}" --product coracle
mkdir -p "$scratch"
"$(swift build "${flags[@]}" --show-bin-path)/coracle" convert examples/digits/model/inference.json -o "$scratch/digits.coracle"
flags+=(--sanitize=thread --scratch-path "$scratch")
swift build "${flags[@]}" --product check-shared-model
program=$(swift build "${flags[@]}" --show-bin-path)/check-shared-model
# A report anywhere fails the check, also where the results are right.
TSAN_OPTIONS="halt_on_error=0 exitcode=66" "$program" "$scratch/digits.coracle"
