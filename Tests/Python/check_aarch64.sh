#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the wheel for 64-bit ARM and runs it in Debian's Python for that machine, under an emulator:
# check_aarch64.sh LIBCORACLE.SO DIGITS.coracle. Interpreter and NumPy stay in .build-python-aarch64. Says what it skips where they cannot be had.
set -uo pipefail
library=$(realpath "$1") digits=$(realpath "$2")
cd "$(dirname "$0")/../.." || exit
# shellcheck source=scripts/verdict.sh
. scripts/verdict.sh
version=3.11 machine=$PWD/.build-python-aarch64 python=$PWD/.venv-python/bin/python
interpreter=$machine/system/usr/bin/python$version
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset CORACLE_LIBRARY

skip() {
  echo "skipped: the wheel on AArch64 ($1)"
  verdicts
  exit 0
}

# Debian's packages of the other architecture, unpacked in a folder: nothing is installed and apt's own lists stay as they are.
packages=("python$version-minimal" "libpython$version-minimal" "libpython$version-stdlib" libc6 libgcc-s1 libstdc++6 zlib1g libexpat1 libffi8 libssl3 libbz2-1.0 liblzma5 libuuid1)
fetch() {
  local partial=$machine.partial
  local apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::status=/dev/null -o "Dir::State::Lists=$partial/lists"
    -o "Dir::Cache=$partial/cache" -o APT::Sandbox::User=root)
  rm -rf "$partial"
  mkdir -p "$partial"/{lists,cache/archives}/partial "$partial"/{packages,system,site} &&
    "${apt[@]}" update && (cd "$partial/packages" && "${apt[@]}" download "${packages[@]}") &&
    for package in "$partial"/packages/*.deb; do dpkg -x "$package" "$partial/system" || return; done &&
    "$python" -m pip -q install --target "$partial/site" --python-version "$version" --only-binary=:all: --platform manylinux2014_aarch64 \
      --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 numpy &&
    rm -rf "$partial"/{lists,cache,packages} "$machine" && mv "$partial" "$machine"
}

[ -x "$python" ] || skip "no environment .venv-python, which Tests/Python/check.sh makes"
command -v qemu-aarch64-static > /dev/null || skip "qemu-aarch64-static is not installed"
[ -x "$interpreter" ] || fetch > "$folder/log" 2>&1 || skip "its interpreter could not be fetched: $(tail -n 1 "$folder/log")"

CORACLE_LIBRARY=$library "$python" -m pip -q wheel --no-deps -w "$folder" ./bindings/python > "$folder/log" 2>&1
verdict "the wheel is built" $?
wheel=$(echo "$folder"/coracle-*.whl)
[[ $wheel == *-py3-none-manylinux_*_aarch64.whl ]]
verdict "$(basename "$wheel") is for AArch64" $?
"$python" -m zipfile -e "$wheel" "$folder/wheel"
on_aarch64() { PYTHONPATH="$folder/wheel:$machine/site" qemu-aarch64-static -L "$machine/system" "$interpreter" -B "$@"; }

"$python" -c 'import numpy, sys; numpy.save(sys.argv[2], (numpy.load(sys.argv[1])[:3].reshape(3, 1, 8, 8) / 16).astype(numpy.float32))' \
  examples/digits/held-out.npy "$folder/pictures.npy"
on_aarch64 -m coracle info "$digits" > "$folder/log" 2>&1 && grep -q 'picture  float32' "$folder/log"
verdict "python -m coracle info" $?
on_aarch64 -m coracle run "$digits" --input "$folder/pictures.npy" --output-dir "$folder/outputs" > "$folder/log" 2>&1 &&
  "$python" -c 'import numpy, sys; numpy.testing.assert_allclose(numpy.load(sys.argv[1]), numpy.load(sys.argv[2])[:3], atol=1e-5)' \
    "$folder/outputs/fetch_name_0.npy" examples/digits/held-out-scores.npy >> "$folder/log" 2>&1
verdict "python -m coracle run gives Paddle's scores" $?
verdicts
