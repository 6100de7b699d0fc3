#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the C++ and backend examples against an installed tree, as their pages say, and runs them, under valgrind too.
# check.sh BUILD_FOLDER DIGITS.coracle
set -uo pipefail
build=$(realpath "$1") digits=$(realpath "$2")
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/verdict.sh
. scripts/verdict.sh

cmake --install "$build" --prefix "$folder/prefix" > "$folder/log" 2>&1
for example in cpp backend; do
  { cmake -S "examples/$example" -B "$folder/$example" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Wconversion -Werror" &&
    cmake --build "$folder/$example"; } > "$folder/log" 2>&1
  verdict "examples/$example is built" $?
done
watch=()
if command -v valgrind > /dev/null; then watch=(valgrind -q --error-exitcode=9 --leak-check=full "--errors-for-leak-kinds=definite,possible,indirect"); fi

# Every picture's best label is its own.
words=(zero one two three four five six seven eight nine)
"${watch[@]}" "$folder/cpp/classify" "$digits" examples/cpp/digits.labels examples/digits/pictures/[0-9].pgm > "$folder/log" 2>&1
code=$?
for digit in 0 1 2 3 4 5 6 7 8 9; do
  grep -A 1 "/$digit.pgm" "$folder/log" | grep -q " ${words[digit]}\$" || code=1
done
[ "$(grep -c '^  ' "$folder/log")" -eq 50 ] || code=1
verdict "classify reads ten digits" $code
for wrong in "$digits README.md examples/digits/pictures/0.pgm" "$digits examples/cpp/digits.labels README.md" "README.md examples/cpp/digits.labels README.md"; do
  read -ra arguments <<< "$wrong"
  "$folder/cpp/classify" "${arguments[@]}" > "$folder/log" 2>&1
  [ $? -eq 1 ] && [ -s "$folder/log" ]
  verdict "classify refuses $wrong" $?
done

for threads in 1 3; do
  "${watch[@]}" "$folder/backend/run_with_backend" "$digits" "$folder/backend/softmax_backend.so" $threads > "$folder/log" 2>&1 &&
    grep -q '^softmax .*softmax of rows' "$folder/log" && grep -q '^1 operators by softmax-example' "$folder/log"
  verdict "the backend computes softmax on $threads threads" $?
done
[ "$(nm -D --defined-only "$folder/backend/softmax_backend.so" | awk '{ print $3 }')" = coracle_backend_table ]
verdict "the backend has one symbol" $?
verdicts
