#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the C tests under valgrind: valgrind.sh FOLDER_OF_THE_TESTS [ARGUMENT…]
set -euo pipefail
folder=$1
shift
exec valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible "$folder/abi_tests" "$folder/models" "$@"
