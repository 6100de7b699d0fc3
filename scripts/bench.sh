#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times Coracle beside its peers; makes what is missing first. bench.sh [OPTION...] (see bench/README.md; --help lists the options)
# CORACLE_TOOL, CORACLE_LIBRARY, CORACLE_ZOO: the tool, the library and the zoo, where they were made before.
set -euo pipefail
cd "$(dirname "$0")/.."

# environment FOLDER REQUIREMENTS…: a virtual environment with what the files list, made anew when a list changed.
environment() {
  local folder=$1
  shift
  if ! cat "$@" | cmp -s - "$folder/installed"; then
    echo "Installing into $folder …" >&2
    python3 -m venv --clear "$folder" || return
    for list in "$@"; do
      local options=()
      # What is used of these packages does not need the PyTorch that they depend on.
      if [[ $list == *-alone.txt ]]; then options=(--no-deps); fi
      "$folder/bin/pip" -q --disable-pip-version-check install "${options[@]}" -r "$list" || return
    done
    cat "$@" > "$folder/installed"
  fi
}

environment .venv-bench bench/requirements.txt bench/requirements-alone.txt
if [[ $* != *--peers* || $* =~ litert|executorch ]]; then # PyTorch is large
  environment .venv-bench-torch bench/requirements-torch.txt || echo "LiteRT's and ExecuTorch's converters cannot be installed" >&2
fi
CORACLE_ZOO=$(python3 scripts/zoo.py)
if [ -z "${CORACLE_TOOL:-}" ]; then CORACLE_TOOL=$(scripts/build_tool.sh); fi
if [ -z "${CORACLE_LIBRARY:-}" ]; then
  scripts/build_library.sh .build-library -DCORACLE_TESTS=OFF -DCORACLE_EXAMPLES=OFF
  CORACLE_LIBRARY=$PWD/.build-library/libcoracle.so
fi
export CORACLE_ZOO CORACLE_TOOL CORACLE_LIBRARY
.venv-bench/bin/python bench/run.py "$@"
