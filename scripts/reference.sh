#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the reference pages of the C interface, from the comments of its headers: reference.sh [FOLDER], .build-reference by default.
# Fails, and says why, where something has no comment, where a comment names what does not exist, and where a function is on no page.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.build-reference}
version=$(sed -nE 's/^#define CORACLE_VERSION_STRING "([^"]+)".*/\1/p' include/coracle/export.h)
rm -rf "$folder"/*.html
{ cat docs/reference/Doxyfile && echo "OUTPUT_DIRECTORY = \"$folder\"" && echo "PROJECT_NUMBER = $version"; } | doxygen -

# What doxygen lets pass: values of an enumeration, which stand in bold where they have no comment, and headers without a @defgroup.
complaints=$(
  grep -ohE '<b>CORACLE_[A-Z0-9_]+</b> =' "$folder"/group__*.html | sed -E 's|<b>(.*)</b> =|\1 is not documented.|' || true
  comm -23 <(LC_ALL=C sort -u cmake/exported-symbols*.txt) <(grep -ohE 'coracle_[a-z0-9_]+' "$folder"/group__*.html | LC_ALL=C sort -u) |
    sed 's/$/ is on no page: its header has no @defgroup./'
)
[ -z "$complaints" ] || {
  echo "$complaints" >&2
  exit 1
}
