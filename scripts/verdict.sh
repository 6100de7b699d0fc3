# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts that check several things: a folder that is removed at the end, and a count of what holds.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0
failed=0

# verdict NAME CODE: counts it; a failure is named, with the end of $folder/log.
verdict() {
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "failed: $1"
    [ ! -f "$folder/log" ] || tail -n 25 "$folder/log"
  fi
}

# verdicts: prints the count, and fails where something did.
verdicts() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
