#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the kernels alone with bench/kernels, for this machine's instruction set, and prints the program's path. Quiet unless something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.build-bench-kernels
mkdir -p "$folder"
mapfile -t given < <(scripts/swift_flags.sh)
flags=()
for flag in "${given[@]}"; do case $flag in -c | release | -Xswiftc | -enable-testing) ;; *) flags+=("$flag") ;; esac; done
includes=(-I include -Xcc -Iinclude -I Sources/Platform/include -Xcc -ISources/Platform/include)
common=(-O -wmo -parse-as-library -swift-version 5 -package-name coracle "${includes[@]}" -I "$folder" "${flags[@]}")
mapfile -t model_file < <(find Sources/ModelFile/Access -name '*.swift')
mapfile -t tensors < <(find Sources/Tensors -name '*.swift')
mapfile -t kernels < <(find Sources/Kernels -name '*.swift')
module() { # NAME SOURCE…
  local name=$1
  shift
  swiftc "${common[@]}" -module-name "$name" -emit-module -emit-module-path "$folder/$name.swiftmodule" -c -o "$folder/$name.o" "$@"
}
{
  module ModelFile "${model_file[@]}"
  module Tensors "${tensors[@]}"
  # The kernels are compiled with the program, so that it sees what is not for everyone.
  platform=()
  for source in memory machine blas; do
    gcc -O2 -ISources/Platform/include -c "Sources/Platform/$source.c" -o "$folder/$source.o"
    platform+=("$folder/$source.o")
  done
  swiftc "${common[@]}" -module-name KernelBenchmark "${kernels[@]}" bench/kernels/*.swift "$folder/ModelFile.o" "$folder/Tensors.o" "${platform[@]}" -o "$folder/bench-kernels" -lopenblas -lm
} > "$folder/build.log" 2>&1 || {
  tail -n 40 "$folder/build.log" >&2
  exit 1
}
echo "$PWD/$folder/bench-kernels"
