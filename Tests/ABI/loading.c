/* backend.h: backends from shared libraries. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

static void a_loaded_backend_runs(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_node_plan plan = CORACLE_NODE_PLAN_INIT;
  coracle_tensor output = CORACLE_TENSOR_INIT;
  const coracle_backend *backend = NULL, *again = NULL;
  coracle_model *model = open_model("small", NULL);
  coracle_session *session = NULL;
  if (model == NULL || !CHECK_OK(coracle_backend_load(backend_path("good"), &backend, &error))) goto end;
  CHECK(strcmp(backend->name, "sevens") == 0 && backend->version == CORACLE_BACKEND_VERSION);
  CHECK_OK(coracle_backend_load(backend_path("good"), &again, &error));
  CHECK(again != backend);
  coracle_backend_unload(again);
  options.extra_backends = &backend;
  options.extra_backend_count = 1;
  if (!CHECK_OK(coracle_session_create(model, &options, &session, &error))) goto end;
  CHECK_OK(coracle_session_node(session, 0, &plan, &error));
  CHECK(strcmp(plan.backend_name, "sevens") == 0 && strcmp(plan.reason, "it was loaded") == 0);
  CHECK_OK(coracle_session_run(session, &error));
  CHECK_OK(coracle_session_output(session, 0, &output, &error));
  CHECK(output.byte_count >= sizeof(float) && ((float *)output.data)[0] == 7);
end:
  coracle_session_destroy(session);
  coracle_backend_unload(backend);
  coracle_model_destroy(model);
}

static void what_is_no_backend_is_refused(void) {
  static const struct {
    const char *name, *sentence;
    coracle_status status;
  } cases[] = {{"no_function", "has no function coracle_backend_table", CORACLE_INVALID_ARGUMENT},
               {"no_table", "is not available on this machine", CORACLE_BACKEND_FAILED},
               {"other_version", "has version", CORACLE_INVALID_ARGUMENT},
               {"no_name", "lacks its name or a function", CORACLE_INVALID_ARGUMENT},
               {"no_execute", "lacks its name or a function", CORACLE_INVALID_ARGUMENT},
               {"absent", "cannot be loaded", CORACLE_IO}};
  const coracle_backend *const untouched = (const coracle_backend *)cases;
  const coracle_backend *backend = untouched;
  coracle_error error = CORACLE_ERROR_INIT;
  char endless[8192];
  size_t index;
  for (index = 0; index < sizeof cases / sizeof *cases; index++) {
    CHECK_FAILS(cases[index].status, coracle_backend_load(backend_path(cases[index].name), &backend, &error), &error);
    if (!CHECK(strstr(error.message, cases[index].sentence) != NULL)) CHECK(!error.message);
    CHECK(coracle_backend_load(backend_path(cases[index].name), &backend, NULL) == cases[index].status);
  }
  CHECK_FAILS(CORACLE_IO, coracle_backend_load(model_path("small"), &backend, &error), &error);
  CHECK_FAILS(CORACLE_IO, coracle_backend_load("/", &backend, &error), &error);
  memset(endless, 'x', sizeof endless - 1);
  endless[sizeof endless - 1] = 0;
  CHECK_FAILS(CORACLE_IO, coracle_backend_load(endless, &backend, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_backend_load(NULL, &backend, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_backend_load(backend_path("good"), NULL, &error), &error);
  CHECK(backend == untouched);
  coracle_backend_unload(NULL);
}

const test loading_tests[] = {{"a_loaded_backend_runs", a_loaded_backend_runs},
                              {"what_is_no_backend_is_refused", what_is_no_backend_is_refused},
                              {NULL, NULL}};
