#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times kernels alone, one thread, beside the core's measured peak and OpenBLAS.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(scripts/build_kernels.sh)
OPENBLAS_NUM_THREADS=1 "$program"
