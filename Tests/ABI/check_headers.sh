#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiles every public header by itself, and all together, as C99 and C++17 with gcc and clang, without a warning.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
compiled=0

for header in "$root"/include/coracle/*.h; do
  name=${header##*/}
  # Twice, since a header must stand being included again; and used, so that the initialisers are compiled too.
  printf '#include <coracle/%s>\n#include <coracle/%s>\nint main(void) { return 0; }\n' "$name" "$name" | tee "$folder/${name%.h}.c" > "$folder/${name%.h}.cpp"
done
cat > "$folder/all.c" <<'C'
#include <coracle/coracle.h>
int main(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_allocator allocator = CORACLE_ALLOCATOR_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  coracle_model_options model = CORACLE_MODEL_OPTIONS_INIT;
  coracle_session_options session = CORACLE_SESSION_OPTIONS_INIT;
  coracle_memory memory = CORACLE_MEMORY_INIT;
  coracle_node_plan node = CORACLE_NODE_PLAN_INIT;
  coracle_tensor_plan plan = CORACLE_TENSOR_PLAN_INIT;
  return (int)(error.status + tensor.rank + (allocator.allocate != NULL) + (int)profile.core_count + (model.allocator != NULL) +
               (int)session.thread_count + (int)memory.arena_bytes + (int)node.subgraph + plan.kind);
}
C
cp "$folder/all.c" "$folder/all.cpp"

try() {
  if "$@" -I"$root/include" -Wall -Wextra -pedantic -Werror -fsyntax-only; then compiled=$((compiled + 1)); else
    echo "failed: $*" >&2
    failed=1
  fi
}
for compiler in gcc clang; do
  command -v "$compiler" > /dev/null || {
    echo "$compiler is not installed" >&2
    failed=1
    continue
  }
  for source in "$folder"/*.c; do try "$compiler" -std=c99 "$source"; done
done
for compiler in g++ clang++; do
  command -v "$compiler" > /dev/null || continue
  for source in "$folder"/*.cpp; do try "$compiler" -std=c++17 "$source"; done
done
echo "$compiled headers compiled"
exit $failed
