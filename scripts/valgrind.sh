#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the C tests that are quick enough under valgrind: valgrind.sh FOLDER_OF_THE_TESTS
set -euo pipefail
folder=$1
tests=(a_model_describes_its_ends names_are_found test_vectors_are_read null_is_answered a_model_in_memory a_session_runs
  inputs_are_resized impossible_shapes_are_refused memory_is_told_and_kept_to buffers_are_used_without_a_copy
  wrong_bindings_are_refused an_output_of_changing_shape_is_bound an_index_outside_its_range a_shape_that_no_machine_holds
  branches_are_taken the_callback_cancels it_is_asked_first_and_executes its_failures_are_passed_on every_refusal_is_a_status
  truncated_small crafted_models_are_refused)
exec valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,possible --child-silent-after-fork=yes \
  "$folder/abi_tests" "$folder/models" "${tests[@]}"
