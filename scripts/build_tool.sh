#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the command-line tool and prints its path. Quiet unless something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build
swift build -c release --product coracle > .build/tool.log 2>&1 || {
  tail -n 60 .build/tool.log >&2
  exit 1
}
echo "$(swift build -c release --show-bin-path)/coracle"
