#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the C++ tests against a built library with every compiler that is here, in every mode, and runs them; one of each compiler under
# valgrind too. check.sh FOLDER_OF_THE_LIBRARY FOLDER_OF_MODELS (build/Tests/ABI/models)
set -uo pipefail
library=$(realpath "$1") models=$(realpath "$2")
cd "$(dirname "$0")/../.." || exit
# shellcheck source=scripts/verdict.sh
. scripts/verdict.sh

build() { # PROGRAM COMPILER OPTION... SOURCE...
  local program=$1 compiler=$2
  shift 2
  "$compiler" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude -Ibindings/cpp "$@" "$library/libcoracle.a" -lm -lpthread -ldl -o "$program"
}

sources=(Tests/Cpp/main.cpp Tests/Cpp/values.cpp Tests/Cpp/sessions.cpp Tests/Cpp/callbacks.cpp)
for compiler in g++ clang++; do
  command -v $compiler > /dev/null || {
    echo "skipped: the C++ tests with $compiler, which is not here"
    continue
  }
  for mode in "-std=c++17 -O2" "-std=c++20 -O1" "-std=c++17 -O0 -fno-exceptions -fno-rtti" "-std=c++20 -O2 -fno-exceptions -fno-rtti"; do
    read -ra options <<< "$mode"
    build "$folder/tests" $compiler "${options[@]}" "${sources[@]}" && "$folder/tests" "$models" > "$folder/log" 2>&1
    code=$?
    verdict "$compiler $mode" $code
    [ $code -eq 0 ] || tail -n 20 "$folder/log"
    if [ "$mode" = "-std=c++20 -O1" ] && command -v valgrind > /dev/null; then
      valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible,indirect "$folder/tests" "$models" > "$folder/log" 2>&1
      code=$?
      verdict "$compiler under valgrind" $code
      [ $code -eq 0 ] || tail -n 20 "$folder/log"
    fi
  done
done

# instructions c|cpp: of a thousand runs, counted: times differ by more with the place of a loop in memory.
instructions() {
  local runs counts=()
  for runs in 1000 2000; do
    counts+=("$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$folder/overhead" "$models" "$1" "$runs" 2>&1 | awk '/Collected/ {print $NF}')")
  done
  echo $((counts[1] - counts[0]))
}

if command -v valgrind > /dev/null; then
  build "$folder/overhead" g++ -std=c++17 -O2 Tests/Cpp/overhead.cpp && c=$(instructions c) && cpp=$(instructions cpp) &&
    echo "input, run and output, a thousand times: $c instructions in C, $cpp in C++" && [ "$c" -gt 0 ] && [ $((cpp * 100)) -le $((c * 102)) ]
  verdict "C++ costs what C costs" $?
else
  echo "skipped: what C++ costs beside C (valgrind is not installed)"
fi

# Every header can be included first, and alone.
for header in coracle.hpp result.hpp tensor.hpp callbacks.hpp profile.hpp backend.hpp model.hpp session.hpp; do
  [ $header = coracle.hpp ] || header=coracle/$header
  echo "#include <$header>" | g++ -std=c++17 -Wall -Wextra -Werror -Iinclude -Ibindings/cpp -fsyntax-only -x c++ -
  verdict "$header alone" $?
done
verdicts
