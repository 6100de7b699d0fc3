#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Converts PP-OCRv4's recogniser and detector with a recorded input and output each, where the shared models are, to files that `coracle-run --verify`
# checks itself with: verified_models.sh TOOL FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$1 folder=$2
mkdir -p "$folder"
vectors=$(mktemp -d)
trap 'rm -rf "$vectors"' EXIT

convert() { # NAME MODEL INPUT OUTPUT
  cp "$3" "$vectors/input0.npy"
  cp "$4" "$vectors/output0.npy"
  "$tool" convert "$2" -o "$folder/$1.coracle" --test-vectors "$vectors" > /dev/null
}

shared=../shared/models/ppocr
if [ -f $shared/rec/model.onnx ]; then
  convert rec $shared/rec/model.onnx $shared/samples/line0.input.npy $shared/samples/line0.rec.npy
  convert det $shared/det/model.onnx $shared/samples/page.input.npy $shared/samples/page.det.npy
else
  echo "skipped: PP-OCRv4 on AArch64 (no $shared)"
fi
