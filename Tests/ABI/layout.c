/* The layout of what host, library and backends pass each other, frozen for 64-bit machines.
 * A struct may grow at its end (its struct_size tells); nothing before may move. Those of backend.h may not even grow.
 * SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#define FROZEN(condition) _Static_assert(condition, #condition)
#define AT(type, field, offset) FROZEN(offsetof(type, field) == (offset))

#if UINTPTR_MAX == UINT64_MAX
/* backend.h: exactly this */
FROZEN(CORACLE_BACKEND_VERSION == 3);
FROZEN(sizeof(coracle_node) == 48);
AT(coracle_node, struct_size, 0);
AT(coracle_node, operator_code, 4);
AT(coracle_node, attributes_type, 6);
AT(coracle_node, name, 8);
AT(coracle_node, attributes, 16);
AT(coracle_node, inputs, 24);
AT(coracle_node, outputs, 32);
AT(coracle_node, input_count, 40);
AT(coracle_node, output_count, 44);

FROZEN(sizeof(coracle_execution) == 88);
AT(coracle_execution, struct_size, 0);
AT(coracle_execution, thread_index, 4);
AT(coracle_execution, thread_count, 8);
AT(coracle_execution, reserved, 12);
AT(coracle_execution, scratch, 16);
AT(coracle_execution, scratch_bytes, 24);
AT(coracle_execution, prepared, 32);
AT(coracle_execution, team, 40);
AT(coracle_execution, profile, 48);
AT(coracle_execution, packed, 56);

FROZEN(sizeof(coracle_packing) == 24);
AT(coracle_packing, input, 0);
AT(coracle_packing, layout, 8);
AT(coracle_packing, byte_count, 16);

FROZEN(sizeof(coracle_placement) == 16);
AT(coracle_placement, struct_size, 0);
AT(coracle_placement, thread_count, 4);
AT(coracle_placement, profile, 8);

FROZEN(sizeof(coracle_support) == 136);
AT(coracle_support, struct_size, 0);
AT(coracle_support, all_threads, 4);
AT(coracle_support, scratch_bytes, 8);
AT(coracle_support, kernel_name, 16);
AT(coracle_support, reason, 24);
AT(coracle_support, packing_count, 32);
AT(coracle_support, in_place_input, 36);
AT(coracle_support, packings, 40);

FROZEN(sizeof(coracle_backend) == 64);
AT(coracle_backend, version, 0);
AT(coracle_backend, reserved, 4);
AT(coracle_backend, name, 8);
AT(coracle_backend, user_data, 16);
AT(coracle_backend, supports, 24);
AT(coracle_backend, prepare, 32);
AT(coracle_backend, execute, 40);
AT(coracle_backend, destroy, 48);
AT(coracle_backend, pack, 56);

/* The rest: at least this */
FROZEN(CORACLE_MAX_RANK == 8);
FROZEN(sizeof(coracle_tensor) == 184);
AT(coracle_tensor, struct_size, 0);
AT(coracle_tensor, type, 4);
AT(coracle_tensor, rank, 8);
AT(coracle_tensor, shape, 16);
AT(coracle_tensor, strides, 80);
AT(coracle_tensor, data, 144);
AT(coracle_tensor, byte_count, 152);
AT(coracle_tensor, name, 160);
AT(coracle_tensor, maxima, 168);
AT(coracle_tensor, maxima_count, 176);

FROZEN(sizeof(coracle_error) == 512);
AT(coracle_error, struct_size, 0);
AT(coracle_error, status, 4);
AT(coracle_error, message, 8);

FROZEN(sizeof(coracle_allocator) >= 32);
AT(coracle_allocator, user_data, 8);
AT(coracle_allocator, allocate, 16);
AT(coracle_allocator, deallocate, 24);

FROZEN(sizeof(coracle_profile) >= 168);
AT(coracle_profile, name, 4);
AT(coracle_profile, core_count, 64);
AT(coracle_profile, thread_count, 68);
AT(coracle_profile, level1_bytes, 72);
AT(coracle_profile, memory_budget, 96);
AT(coracle_profile, backends, 104);

FROZEN(sizeof(coracle_model_options) >= 16);
AT(coracle_model_options, skip_weight_checksums, 4);
AT(coracle_model_options, allocator, 8);

FROZEN(sizeof(coracle_session_options) >= 104);
AT(coracle_session_options, thread_count, 4);
AT(coracle_session_options, memory_budget, 8);
AT(coracle_session_options, profile, 16);
AT(coracle_session_options, backends, 24);
AT(coracle_session_options, extra_backends, 32);
AT(coracle_session_options, extra_backend_count, 40);
AT(coracle_session_options, allocator, 48);
AT(coracle_session_options, log, 56);
AT(coracle_session_options, profile_function, 72);
AT(coracle_session_options, cancel, 88);
AT(coracle_session_options, cancel_user_data, 96);

FROZEN(sizeof(coracle_memory) >= 48);
AT(coracle_memory, weight_bytes, 8);
AT(coracle_memory, state_bytes, 40);

FROZEN(sizeof(coracle_node_timing) >= 40);
AT(coracle_node_timing, node_index, 4);
AT(coracle_node_timing, nanoseconds, 32);

FROZEN(sizeof(coracle_node_plan) >= 64);
AT(coracle_node_plan, subgraph, 4);
AT(coracle_node_plan, reason, 40);
AT(coracle_node_plan, first_output, 64);

FROZEN(sizeof(coracle_tensor_plan) >= 32);
AT(coracle_tensor_plan, kind, 4);
AT(coracle_tensor_plan, last_node, 28);
#endif

FROZEN(sizeof(coracle_status) == 4);
FROZEN(sizeof(coracle_element_type) == 4);
FROZEN(CORACLE_FLOAT32 == 1 && CORACLE_FLOAT16 == 2 && CORACLE_INT8 == 3 && CORACLE_UINT8 == 4 && CORACLE_INT16 == 5);
FROZEN(CORACLE_INT32 == 6 && CORACLE_INT64 == 7 && CORACLE_BOOL == 8);
FROZEN(CORACLE_INVALID_ARGUMENT == 100 && CORACLE_NOT_FOUND == 101 && CORACLE_INVALID_SHAPE == 102 && CORACLE_INVALID_TYPE == 103);
FROZEN(CORACLE_OUT_OF_RANGE == 104 && CORACLE_OUT_OF_MEMORY == 200 && CORACLE_OVER_BUDGET == 201 && CORACLE_IO == 202);
FROZEN(CORACLE_THREAD == 203 && CORACLE_NOT_A_MODEL == 300 && CORACLE_NEWER_VERSION == 301 && CORACLE_CORRUPT == 302);
FROZEN(CORACLE_INVALID_MODEL == 303 && CORACLE_UNSUPPORTED == 304 && CORACLE_CANCELLED == 400 && CORACLE_BACKEND_FAILED == 401);
FROZEN(CORACLE_INTERNAL == 500);

static void initialisers_tell_sizes(void) {
  const coracle_tensor tensor = CORACLE_TENSOR_INIT;
  const coracle_error error = CORACLE_ERROR_INIT;
  const coracle_allocator allocator = CORACLE_ALLOCATOR_INIT;
  const coracle_profile profile = CORACLE_PROFILE_INIT;
  const coracle_model_options model = CORACLE_MODEL_OPTIONS_INIT;
  const coracle_session_options session = CORACLE_SESSION_OPTIONS_INIT;
  const coracle_memory memory = CORACLE_MEMORY_INIT;
  const coracle_node_plan node = CORACLE_NODE_PLAN_INIT;
  const coracle_tensor_plan plan = CORACLE_TENSOR_PLAN_INIT;
  CHECK(tensor.struct_size == sizeof tensor && error.struct_size == sizeof error && allocator.struct_size == sizeof allocator);
  CHECK(profile.struct_size == sizeof profile && model.struct_size == sizeof model && session.struct_size == sizeof session);
  CHECK(memory.struct_size == sizeof memory && node.struct_size == sizeof node && plan.struct_size == sizeof plan);
  CHECK(node.first_output == -1 && plan.first_node == -1 && plan.last_node == -1);
}

const test header_tests[] = {{"initialisers_tell_sizes", initialisers_tell_sizes}, {NULL, NULL}};
