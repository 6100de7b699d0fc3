#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what can be checked without building. Prints a line a check.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
passed=0
failed=0

verdict() { # NAME OUTPUT: passes where there is no output
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'lint: %s\n%s\n' "$1" "$2" >&2
  fi
}

runtime=(Sources/ModelFile/Access Sources/Tensors Sources/Kernels Sources/Operators Sources/Runtime Sources/Backends Sources/CoracleABI)

verdict "scripts are valid shell" "$(for script in scripts/*.sh Tests/*/*.sh examples/*.sh .ci/run; do bash -n "$script" 2>&1; done)"
if command -v shellcheck > /dev/null; then
  verdict "shellcheck finds nothing" "$(shellcheck scripts/*.sh Tests/*/*.sh examples/*.sh .ci/run 2>&1)"
fi
verdict "Python files compile" "$(git ls-files -z '*.py' | xargs -0 -n 1 python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' 2>&1)"
verdict "the stock profiles are those of edge-profiles/" "$(scripts/generate_profiles.py --check 2>&1)"
if command -v doxygen > /dev/null; then
  pages=$(mktemp -d)
  verdict "the headers' comments make the reference pages" "$(scripts/reference.sh "$pages" 2>&1)"
  rm -rf "$pages"
else
  echo "skipped: the headers' comments (no doxygen)"
fi
verdict "the runtime imports neither Foundation nor Glibc" "$(git grep -nE '^ *import +(Foundation|Glibc|Dispatch|Synchronization)' -- "${runtime[@]}")"
verdict "the library does not reach for the tool's layers" "$(git grep -nE '^ *import +(Graph|Importers|Compiler|KunlunTiming)' -- "${runtime[@]}")"
verdict "the timing model knows graphs and profiles only" "$(git grep -nE '^ *(@testable +)?import +' -- Sources/KunlunTiming | grep -vE 'import (Foundation|Graph|ModelFile)$')"
verdict "no call of the runtime ends the host" "$(git grep -nE '\b(fatalError|preconditionFailure|precondition|assertionFailure|try!|as!)\b' -- "${runtime[@]}")"
verdict "every source file names its licence" "$(git ls-files '*.swift' '*.c' '*.cpp' '*.hpp' '*.h' '*.py' '*.sh' '*.cmake' '*.txt' '*.fbs' |
  grep -vE '(_generated\.h|\.pb\.swift|schema\.generated\.h|ppocr_keys|OperatorCases|requirements)' | xargs grep -L 'SPDX-License-Identifier' |
  grep -vE 'exported-symbols.*\.txt')"
verdict "no built file is committed" "$(git ls-files | grep -E '\.(o|a|so|coracle|swiftmodule)$')"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
