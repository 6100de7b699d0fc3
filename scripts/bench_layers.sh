#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times each convolution of a network beside its roofline; makes what is missing first. bench_layers.sh [OPTION...] (see bench/README.md)
# CORACLE_TOOL, CORACLE_KERNELS, CORACLE_ZOO: the tool, the program of build_kernels.sh and the zoo, where they were made before.
set -euo pipefail
cd "$(dirname "$0")/.."
CORACLE_ZOO=$(python3 scripts/zoo.py)
if [ -z "${CORACLE_TOOL:-}" ]; then CORACLE_TOOL=$(scripts/build_tool.sh); fi
if [ -z "${CORACLE_KERNELS:-}" ]; then CORACLE_KERNELS=$(scripts/build_kernels.sh); fi
python=$(scripts/python.sh)
export CORACLE_ZOO CORACLE_TOOL CORACLE_KERNELS
"$python" bench/layers.py "$@"
