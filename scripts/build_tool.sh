#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the command-line tool and prints its path. Quiet unless something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build
# The flags of scripts/test.sh, so that nothing is compiled twice.
mapfile -t flags < <(scripts/swift_flags.sh)
swift build "${flags[@]}" --product coracle > .build/tool.log 2>&1 || {
  tail -n 60 .build/tool.log >&2
  exit 1
}
echo "$(swift build "${flags[@]}" --show-bin-path)/coracle"
