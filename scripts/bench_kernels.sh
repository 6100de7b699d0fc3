#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times kernels alone, one thread, beside the core's measured peak and OpenBLAS.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(scripts/build_kernels.sh)
OPENBLAS_NUM_THREADS=1 "$program"
# Every kernel of the tuned backend's list, as sessions run it on one thread.
peak=$("$program" machine | awk '$1 == "peak" { print $2 }')
mapfile -t flags < <(scripts/swift_flags.sh)
swift build "${flags[@]}" --product bench-cases > .build-bench-kernels/cases.log 2>&1 || {
  tail -n 40 .build-bench-kernels/cases.log >&2
  exit 1
}
echo
"$(swift build "${flags[@]}" --show-bin-path)/bench-cases" "$peak"
