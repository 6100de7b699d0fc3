#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a verb of the Makefile needs, and only those that are missing: install_packages.sh VERB
set -euo pipefail

library=(cmake ninja-build gcc g++ binutils libc6-dev libflatbuffers-dev)
case ${1:-} in
  library) wanted=("${library[@]}") ;;
  demo) wanted=("${library[@]}" git) ;;
  demo-ocr) wanted=("${library[@]}" git libpng-dev libopenblas-dev python3 python3-venv unzip) ;;
  test)
    wanted=("${library[@]}" git clang doxygen flatbuffers-compiler libopenblas-dev libpng-dev pkg-config python3 python3-venv qemu-user-static valgrind
      gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross)
    ;;
  boards)
    wanted=("${library[@]}" flatbuffers-compiler python3 qemu-user-static gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross
      gcc-arm-linux-gnueabihf g++-arm-linux-gnueabihf libc6-dev-armhf-cross)
    ;;
  bench) wanted=("${library[@]}" git python3 python3-venv) ;;
  bench-kernels) wanted=(gcc libopenblas-dev) ;;
  bench-layers) wanted=("${library[@]}" git libopenblas-dev python3 python3-venv) ;;
  reference) wanted=(doxygen) ;;
  lint) wanted=(shellcheck doxygen python3) ;;
  *)
    echo "usage: $0 library|demo|demo-ocr|test|boards|bench|bench-kernels|bench-layers|reference|lint" >&2
    exit 2
    ;;
esac

command -v swift > /dev/null || {
  echo "The Swift 6.3 toolchain is needed: https://www.swift.org/install/linux/debian/" >&2
  exit 1
}
command -v dpkg-query > /dev/null || exit 0 # another system: its packages are its user's to install

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || {
    echo "These packages are missing, and there is no sudo to install them with: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
