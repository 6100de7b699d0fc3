#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Uses the package as a stranger would: the install tree, moved; the archive and the Debian packages of cpack; pkg-config; add_subdirectory
# and FetchContent. check.sh BUILD_FOLDER TOOL [CROSS_PREFIX TOOLCHAIN_FILE]: TOOL is the program `coracle`; with the last two, an installed tree
# of another processor is used with its toolchain and emulator too.
set -uo pipefail
build=$(realpath "$1") tool=$(realpath "$2") cross=${3:+$(realpath "$3")} toolchain=${4:+$(realpath "$4")}
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=scripts/verdict.sh
. "$root/scripts/verdict.sh"
model=$root/examples/digits/model/inference.json

# consume PREFIX [CMAKE OPTION...]: configures, builds and runs the consumer against an installed tree.
consume() {
  local prefix=$1 library emulator=()
  shift
  rm -rf "$folder/consumer"
  cmake -S "$root/Tests/Package/consumer" -B "$folder/consumer" -DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCORACLE_TOOL="$tool" -DMODEL="$model" "$@" && cmake --build "$folder/consumer" || return
  case "$*" in *aarch64*) emulator=(qemu-aarch64-static -L /usr/aarch64-linux-gnu) ;; esac
  for library in coracle coracle_static; do
    "${emulator[@]}" "$folder/consumer/$library/with_$library" "$folder/consumer/$library/digits.coracle" || return
  done
  # What DESTINATION installs, and that nothing names the place where the library was built.
  cmake --install "$folder/consumer" --prefix "$folder/consumer/prefix" && [ -f "$folder/consumer/prefix/share/consumer/digits.coracle" ]
}

{ cmake --install "$build" --prefix "$folder/first" && mv "$folder/first" "$folder/moved" &&
  ! grep -rlE "$build|$folder/first" "$folder/moved" --include='*.cmake' --include='*.pc'; } > "$folder/log" 2>&1
verdict "the install tree names no folder of the build" $?
consume "$folder/moved" > "$folder/log" 2>&1
verdict "find_package in the moved tree, models converted, embedded and beside" $?
touch -d '2 hours' "$folder/consumer/coracle_models/with_coracle/digits-embedded.coracle"
cmake --build "$folder/consumer" > "$folder/log" 2>&1 && grep -q 'digits_embedded_model' "$folder/log"
verdict "a changed model is embedded again" $?
if ! command -v coracle > /dev/null; then
  ! cmake -S "$root/Tests/Package/consumer" -B "$folder/without" -DCMAKE_PREFIX_PATH="$folder/moved" -DMODEL="$model" > "$folder/log" 2>&1 &&
    grep -q 'CORACLE_TOOL' "$folder/log"
  verdict "without the tool the sentence says what to set" $?
fi

config=$(dirname "$(find "$folder/moved" -name coracle.pc)")
{
  read -ra flags <<< "$(PKG_CONFIG_PATH=$config pkg-config --cflags --libs coracle)"
  read -ra static_flags <<< "$(PKG_CONFIG_PATH=$config pkg-config --static --cflags --libs coracle)"
  echo "${flags[@]}" "${static_flags[@]}"
  printf '%s\n' '#include <coracle.hpp>' 'int main() { return coracle::profile::count() > 0 ? 0 : 1; }' > "$folder/program.cpp"
  g++ -std=c++17 "$folder/program.cpp" "${flags[@]}" -o "$folder/program" && LD_LIBRARY_PATH=$(dirname "$config") "$folder/program" &&
    g++ -std=c++17 -static "$folder/program.cpp" "${static_flags[@]}" -o "$folder/program" && "$folder/program"
} > "$folder/log" 2>&1
verdict "pkg-config, shared and static" $?

(cd "$build" && cpack -B "$folder/packages") > "$folder/log" 2>&1
verdict "cpack" $?
{ mkdir "$folder/archive" && tar -C "$folder/archive" -xzf "$folder"/packages/*.tar.gz && consume "$folder/archive"/*; } > "$folder/log" 2>&1
verdict "the .tar.gz" $?
if command -v dpkg-deb > /dev/null; then
  { for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder/debian" || exit; done && consume "$folder/debian/usr"; } > "$folder/log" 2>&1
  verdict "the Debian packages" $?
  { runtime=$(dpkg-deb -c "$folder"/packages/libcoracle[0-9]*.deb) && ! grep -E '\.(h|hpp|a|so)( |$)' <<< "$runtime" &&
    ! dpkg-deb -c "$folder"/packages/libcoracle-dev*.deb | grep -v -e '->' | grep -E '\.so'; } > "$folder/log" 2>&1
  verdict "each file is in the package where it belongs" $?
fi

# In the sources' tree: the layers in Swift are taken from the build, if it made them.
objects=(-DCORACLE_SWIFT_OBJECTS="$build/swift")
[ -f "$build/swift/CoracleABI.o" ] || objects=("$(grep -m1 -o 'CORACLE_SWIFT_OBJECTS:PATH=.*' "$build/CMakeCache.txt" | sed 's/^/-D/')")
for way in "add_subdirectory(\"$root\" coracle)" "include(FetchContent)
FetchContent_Declare(coracle SOURCE_DIR \"$root\")
FetchContent_MakeAvailable(coracle)"; do
  rm -rf "$folder/embedding" && mkdir "$folder/embedding"
  cat > "$folder/embedding/CMakeLists.txt" << CMAKE
cmake_minimum_required(VERSION 3.22)
project(embedding LANGUAGES C CXX)
$way
add_executable(consumer "$root/Tests/Package/consumer/consumer.cpp")
target_compile_features(consumer PRIVATE cxx_std_17)
target_link_libraries(consumer PRIVATE Coracle::coracle)
coracle_add_model(consumer "$model" NAME digits-embedded EMBED)
coracle_add_model(consumer "$model" NAME digits INPUT_SHAPE picture=1,1,8,8)
CMAKE
  { cmake -S "$folder/embedding" -B "$folder/embedding/build" -DCORACLE_TOOL="$tool" "${objects[@]}" && cmake --build "$folder/embedding/build" -j 2 &&
    "$folder/embedding/build/consumer" "$folder/embedding/build/digits.coracle"; } > "$folder/log" 2>&1
  verdict "${way%%(*}" $?
done

if [ -n "$cross" ]; then
  consume "$cross" -DCMAKE_TOOLCHAIN_FILE="$toolchain" > "$folder/log" 2>&1
  verdict "the tree of another processor" $?
else
  echo "skipped: the tree of another processor (none was given)"
fi
verdicts
