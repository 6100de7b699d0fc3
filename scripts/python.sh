#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Python with NumPy: CORACLE_PYTHON, or one in .venv, which is made where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${CORACLE_PYTHON:-}" ]; then
  echo "$CORACLE_PYTHON"
  exit 0
fi
[ -x .venv/bin/python ] || python3 -m venv .venv >&2
.venv/bin/python -c 'import numpy' 2> /dev/null || .venv/bin/pip -q --disable-pip-version-check install numpy >&2
echo "$PWD/.venv/bin/python"
