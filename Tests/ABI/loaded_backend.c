/* Shared libraries for loading.c, good and bad: which one, the definition KIND says. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/backend.h>
#include <stddef.h>

#define GOOD 0
#define NO_FUNCTION 1
#define NO_TABLE 2
#define OTHER_VERSION 3
#define NO_NAME 4
#define NO_EXECUTE 5

/* Takes every softmax and fills its outputs with 7. */
static coracle_status supports(void *user_data, const coracle_node *node, const coracle_placement *placement, coracle_support *support) {
  (void)user_data;
  (void)placement;
  support->kernel_name = "sevens";
  support->reason = "it was loaded";
  return node->input_count > 0 ? CORACLE_OK : CORACLE_UNSUPPORTED;
}

static coracle_status execute(void *user_data, const coracle_node *node, const coracle_execution *execution, coracle_error *error) {
  size_t index;
  (void)user_data;
  (void)execution;
  (void)error;
  for (index = 0; index < node->outputs[0]->byte_count / sizeof(float); index++) ((float *)node->outputs[0]->data)[index] = 7;
  return CORACLE_OK;
}

static const coracle_backend table = {
    CORACLE_BACKEND_VERSION + (KIND == OTHER_VERSION), 0, KIND == NO_NAME ? NULL : "sevens", NULL, supports, NULL,
    KIND == NO_EXECUTE ? NULL : execute, NULL, NULL};

#if KIND == NO_FUNCTION
#define coracle_backend_table another_name
#endif
CORACLE_API const coracle_backend *coracle_backend_table(void);
const coracle_backend *coracle_backend_table(void) { return KIND == NO_TABLE ? NULL : &table; }
