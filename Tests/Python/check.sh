#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the wheel, installs it in an environment of its own, and runs there: the tests, the type checker, the examples, and a client of
# onnxruntime on its stand-in. check.sh LIBCORACLE.SO TOOL [ZOO]. Says what it skips where packages or ../shared are absent.
set -uo pipefail
library=$(realpath "$1") tool=$(realpath "$2") zoo=$(realpath -m "${3:-.build-zoo}")
cd "$(dirname "$0")/../.." || exit
# shellcheck source=scripts/verdict.sh
. scripts/verdict.sh
shared=$PWD/../shared/models/ppocr
export CORACLE_TOOL=$tool CORACLE_CACHE=$folder/cache PIP_DISABLE_PIP_VERSION_CHECK=1
unset CORACLE_LIBRARY PYTHONPATH

watch=()
if command -v valgrind > /dev/null; then watch=(valgrind -q --error-exitcode=9 --leak-check=full "--errors-for-leak-kinds=definite,possible,indirect"); fi

environment=.venv-python
python=$PWD/$environment/bin/python
[ -x "$python" ] || python3 -m venv "$environment"
has() { "$python" -c "import $1" 2> /dev/null; }
need() { # MODULE PACKAGE...: installs them where the module is missing
  local module=$1
  shift
  has "$module" || "$python" -m pip -q install "$@" > "$folder/log" 2>&1 || echo "skipped: what needs $* (it could not be installed)"
}

# The wheel carries the library as it is, for the platforms that have the versions of glibc's functions that it asks for.
CORACLE_LIBRARY=$library "$python" -m pip -q wheel --no-deps -w "$folder" ./bindings/python > "$folder/log" 2>&1
verdict "the wheel is built" $?
wheel=$(echo "$folder"/coracle-*.whl)
newest=$(readelf -V "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
expected=manylinux_$(echo "${newest#GLIBC_}" | tr . _)_$(uname -m)
if readelf -d "$library" | grep -q 'NEEDED.*openblas'; then expected=linux_$(uname -m); fi
[[ $wheel == *-py3-none-$expected.whl ]]
verdict "$(basename "$wheel") is for $expected" $?
"$python" -m pip -q install --force-reinstall --no-deps "$wheel" > "$folder/log" 2>&1 && need numpy numpy
"$python" -c 'import coracle, pathlib; print(pathlib.Path(coracle.__file__).with_name("libcoracle.so"))' > "$folder/carried" 2> "$folder/log" &&
  cmp "$(cat "$folder/carried")" "$library" >> "$folder/log" 2>&1
verdict "it carries the library" $?

need pytest pytest
need mypy mypy
need rapidocr_onnxruntime rapidocr-onnxruntime==1.4.4
need onnx onnx onnxruntime
need tokenizers tokenizers

"$python" -m pytest -q -rs -p no:cacheprovider Tests/Python | sed -E 's/^SKIPPED/skipped:/'
code=${PIPESTATUS[0]}
[ "$code" -eq 0 ]
verdict "pytest" $?
if has mypy; then
  (cd bindings/python && "$python" -m mypy --strict --cache-dir "$folder/mypy" src) > "$folder/log" 2>&1
  verdict "mypy --strict finds nothing" $?
  # As a program sees the installed package.
  echo 'import coracle; reveal_type(coracle.Model("m").session().run({}))' > "$folder/program.py"
  "$python" -m mypy --strict --cache-dir "$folder/mypy" "$folder/program.py" > "$folder/log" 2>&1 && grep -q 'dict\[.*ndarray' "$folder/log"
  verdict "the package is typed" $?
fi

if [ -f "$shared/samples/page.png" ] && has cv2 && has pyclipper; then
  for part in det cls rec; do "$tool" convert "$shared/$part/inference.pdmodel" -o "$folder/$part.coracle"; done > "$folder/log" 2>&1
  "$python" examples/python/ocr.py "$folder"/{det,cls,rec}.coracle "$shared/ppocr_keys_v1.txt" "$shared/samples/page.png" \
    --output "$folder/boxes.png" > "$folder/lines" 2> "$folder/log" &&
    "$python" Tests/Python/check_ocr.py "$shared/samples/expected.json" "$folder/lines" 2> "$folder/log" && [ -s "$folder/boxes.png" ]
  verdict "ocr.py reads the page" $?
else
  echo "skipped: examples/python/ocr.py (no shared models beside this checkout, or no OpenCV and pyclipper)"
fi

if [ -d "$zoo/minilm6" ] && has tokenizers; then
  "$tool" convert "$zoo/minilm6/model.onnx" -o "$folder/minilm6.coracle" > "$folder/log" 2>&1 &&
    "$python" examples/python/similarity.py "$folder/minilm6.coracle" > "$folder/log" 2>&1 && [ "$(grep -cE '^-?[01]\.[0-9]{3}  ' "$folder/log")" -eq 4 ]
  verdict "similarity.py compares sentences" $?
else
  echo "skipped: examples/python/similarity.py (no model zoo, or no tokenizers)"
fi

if has onnx; then
  "$python" examples/python/make_streaming_model.py "$folder/levels.onnx" > "$folder/log" 2>&1 &&
    "$tool" convert "$folder/levels.onnx" -o "$folder/levels.coracle" > "$folder/log" 2>&1
  verdict "the streaming model is made" $?
  # However the sound comes in, the same is heard: six ends of three tones.
  for chunk in 1 7 400; do "$python" examples/python/streaming.py "$folder/levels.coracle" --chunk $chunk > "$folder/heard.$chunk" 2> "$folder/log"; done
  cmp "$folder/heard.1" "$folder/heard.7" > "$folder/log" 2>&1 && cmp "$folder/heard.7" "$folder/heard.400" > "$folder/log" 2>&1 &&
    [ "$(grep -c sound "$folder/heard.1")" -eq 3 ] && [ "$(grep -c silence "$folder/heard.1")" -eq 3 ]
  verdict "streaming.py hears three tones" $?
  # The example in C, built beside the library, says the same, whether its last run has fewer frames or not.
  streaming=$(dirname "$library")/examples/streaming
  if [ -x "$streaming" ]; then
    for chunk in 1 7 400; do
      "${watch[@]}" "$streaming" "$folder/levels.coracle" $chunk > "$folder/said" 2> "$folder/log" && cmp "$folder/said" "$folder/heard.$chunk" > "$folder/log" 2>&1
      verdict "streaming.c hears the same by $chunk frames" $?
    done
    for wrong in "1 $folder/levels.onnx" "2 $folder/levels.coracle 0" "2 $folder/levels.coracle 401"; do
      read -r code arguments <<< "$wrong"
      # shellcheck disable=SC2086 # several arguments
      "$streaming" $arguments > "$folder/said" 2> "$folder/log"
      [ $? -eq "$code" ] && [ -s "$folder/log" ] && [ ! -s "$folder/said" ]
      verdict "streaming.c refuses $arguments" $?
    done
  else
    echo "skipped: examples/streaming (it was not built beside $library)"
  fi
else
  echo "skipped: examples/python/streaming.py (no onnx)"
fi

if [ -f "$shared/samples/page.png" ] && has rapidocr_onnxruntime && has onnxruntime; then
  "$python" Tests/Python/rapidocr_client.py "$shared/samples/page.png" > "$folder/log" 2>&1
  verdict "rapidocr-onnxruntime reads the page" $?
else
  echo "skipped: rapidocr-onnxruntime (it is not installed, or no shared models are beside this checkout)"
fi
verdicts
