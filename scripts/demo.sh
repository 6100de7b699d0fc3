#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Converts the repository's own Paddle network and classifies sample pictures from C.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh demo

echo "Building the command-line tool (the first time takes minutes) …"
coracle=$(scripts/build_tool.sh)
echo "Building libcoracle and the example …"
scripts/build_library.sh .build-library -DCORACLE_TESTS=OFF

mkdir -p .build-demo
"$coracle" convert examples/digits/model/inference.json -o .build-demo/digits.coracle
.build-library/examples/digits .build-demo/digits.coracle examples/digits/pictures/*.pgm
