#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a built library to a folder and uses it in the ways that are promised: find_package (shared and static) and pkg-config's
# flags; and sees that add_subdirectory gives the same targets. check_install.sh BUILD_FOLDER
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$build" --prefix "$folder/prefix" > /dev/null
mkdir "$folder/user"
cp "$root/examples/digits/digits.c" "$folder/user/"
cat > "$folder/user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(user C)
find_package(Coracle 0.1 REQUIRED)
add_executable(with_shared digits.c)
target_link_libraries(with_shared PRIVATE Coracle::coracle)
add_executable(with_static digits.c)
target_link_libraries(with_static PRIVATE Coracle::coracle_static)
CMAKE
cmake -S "$folder/user" -B "$folder/user/build" -DCMAKE_PREFIX_PATH="$folder/prefix" > /dev/null
cmake --build "$folder/user/build" > /dev/null

mkdir "$folder/embedding"
cat > "$folder/embedding/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.22)
project(embedding C CXX)
add_subdirectory("$root" coracle)
foreach(target IN ITEMS Coracle::coracle Coracle::coracle_static)
  if(NOT TARGET \${target})
    message(FATAL_ERROR "\${target} is missing")
  endif()
endforeach()
if(TARGET digits OR TARGET abi_tests)
  message(FATAL_ERROR "examples and tests are made inside another project")
endif()
CMAKE
cmake -S "$folder/embedding" -B "$folder/embedding/build" > /dev/null

config=$(find "$folder/prefix" -name coracle.pc)
[ -n "$config" ]
libraries=$(sed -n "s/^Libs: *//p" "$config")
[ "$libraries" = "-L\${libdir} -lcoracle" ]
libdir=$(dirname "$(dirname "$config")")
gcc -std=c99 -I"$folder/prefix/include" "$folder/user/digits.c" -L"$libdir" -lcoracle -o "$folder/user/with_pkg_config"

# A file that is no model: each program must answer with the library's sentence.
for program in "$folder/user/build/with_shared" "$folder/user/build/with_static" "$folder/user/with_pkg_config"; do
  answer=$(LD_LIBRARY_PATH="$libdir" "$program" "$config" "$config" 2>&1 || true)
  case $answer in
    CORACLE_NOT_A_MODEL:*) ;;
    *)
      echo "$program answered: $answer" >&2
      exit 1
      ;;
  esac
done
echo "4 passed, 0 failed"
