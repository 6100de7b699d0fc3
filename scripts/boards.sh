#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the packages for boards: for each target a folder and a .tar.gz in .build-boards, with the library, headers, CMake package, pkg-config file,
# profiles and two statically linked programs, and checks them as a stranger would use them. 32-bit ARM's library, which `make test` does not build, runs
# the C tests too, and the networks where `make test` has left them. A library for mobilenet_v2 alone is built for AArch64. boards.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
version=$(sed -n 's/^project(coracle VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ $# -gt 0 ] || set -- aarch64-linux-gnu arm-linux-gnueabihf x86_64-linux-gnu

for target in "$@"; do
  build=.build-boards/$target
  package=coracle-$version-$target
  options=(-DCORACLE_TESTS=OFF -DCORACLE_EXAMPLES=OFF -DCORACLE_TOOLS=ON -DCMAKE_INSTALL_LIBDIR=lib)
  emulator=()
  compiler=gcc
  if [ "$target" != "$(uname -m)-linux-gnu" ]; then
    options+=("-DCMAKE_TOOLCHAIN_FILE=$root/cmake/toolchains/$target.cmake")
    compiler=$target-gcc
    emulator=("qemu-${target%%-*}-static" -L "/usr/$target")
  fi
  scripts/build_library.sh "$build" "${options[@]}"
  rm -rf ".build-boards/$package" ".build-boards/$package.tar.gz"
  cmake --install "$build" --prefix ".build-boards/$package" > /dev/null
  cp LICENSE ".build-boards/$package/"
  sed -e "s/@TARGET@/$target/g" -e "s/@VERSION@/$version/g" -e "s/@COMPILER@/$compiler/g" cmake/package-readme.md > ".build-boards/$package/README.md"
  tar -C .build-boards -czf ".build-boards/$package.tar.gz" "$package"
  Tests/ABI/check_package.sh ".build-boards/$package.tar.gz" "$compiler" "${emulator[@]}"
  Tests/ABI/check_footprint.sh "$build" "${target%%-*}"
  if [ "$target" = aarch64-linux-gnu ]; then
    scripts/build_library.sh "$build-mobilenet_v2" -C Tests/Package/mobilenet_v2.cmake "${options[@]}"
    Tests/ABI/check_footprint.sh "$build-mobilenet_v2" "${target%%-*}_mobilenet_v2"
    python3 Tests/ABI/make_models.py "$(command -v flatc)" Sources/ModelFile/schema/model.fbs .build-boards/models
    # It has that network's windows of depthwise convolutions and refuses others.
    run_once() { "${emulator[@]}" "$build-mobilenet_v2/Sources/Tools/coracle-bench" ".build-boards/models/$1.coracle" --runs 1; }
    run_once depthwise-3x3 > /dev/null
    if refusal=$(run_once depthwise-5x5 2>&1) || ! [[ $refusal == *"no backend"* ]]; then
      echo "a window that the library is built without: $refusal" >&2
      exit 1
    fi
  fi
  if [ "$target" = arm-linux-gnueabihf ]; then
    models=()
    for model in .build-test/digits.coracle .build-test/layers/*.coracle; do [ ! -f "$model" ] || models+=("$model"); done
    scripts/check_board.sh "$target" "$build" .build-test/verified "${models[@]}"
  fi
  size -t "$build/libcoracle.so" | awk -v package="$package" 'NR == 2 { printf "%s: text %.2f MB, data %.1f KB\n", package, $1 / 1e6, $2 / 1e3 }'
  stat -c '%n %s' ".build-boards/$package.tar.gz" | awk '{ printf "%s, %.2f MB\n", $1, $2 / 1e6 }'
done
