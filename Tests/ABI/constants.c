/* status.h, tensor.h, export.h and profile.h: names, sizes, profiles. SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

static void versions_are_told(void) {
  CHECK(strcmp(coracle_version(), CORACLE_VERSION_STRING) == 0);
  CHECK(strstr(coracle_build_description(), "model format 1") != NULL);
#ifdef CORACLE_OPENBLAS
  CHECK(strstr(coracle_build_description(), "OpenBLAS") != NULL);
#else
  CHECK(strstr(coracle_build_description(), "OpenBLAS") == NULL);
#endif
}

static void statuses_have_names(void) {
#define NAMED(status) CHECK(strcmp(coracle_status_name(status), #status) == 0)
  NAMED(CORACLE_OK);
  NAMED(CORACLE_INVALID_ARGUMENT);
  NAMED(CORACLE_NOT_FOUND);
  NAMED(CORACLE_INVALID_SHAPE);
  NAMED(CORACLE_INVALID_TYPE);
  NAMED(CORACLE_OUT_OF_RANGE);
  NAMED(CORACLE_OUT_OF_MEMORY);
  NAMED(CORACLE_OVER_BUDGET);
  NAMED(CORACLE_IO);
  NAMED(CORACLE_THREAD);
  NAMED(CORACLE_NOT_A_MODEL);
  NAMED(CORACLE_NEWER_VERSION);
  NAMED(CORACLE_CORRUPT);
  NAMED(CORACLE_INVALID_MODEL);
  NAMED(CORACLE_UNSUPPORTED);
  NAMED(CORACLE_CANCELLED);
  NAMED(CORACLE_BACKEND_FAILED);
  NAMED(CORACLE_INTERNAL);
#undef NAMED
  CHECK(strcmp(coracle_status_name(-1), "CORACLE_UNKNOWN") == 0);
  CHECK(strcmp(coracle_status_name(105), "CORACLE_UNKNOWN") == 0);
  CHECK(strcmp(coracle_status_name(INT32_MIN), "CORACLE_UNKNOWN") == 0);
  CHECK(strcmp(coracle_status_name(INT32_MAX), "CORACLE_UNKNOWN") == 0);
}

static void element_types_have_sizes(void) {
  const struct {
    coracle_element_type type;
    size_t size;
    const char *name;
  } expected[] = {{CORACLE_FLOAT32, 4, "float32"}, {CORACLE_FLOAT16, 2, "float16"}, {CORACLE_INT8, 1, "int8"},   {CORACLE_UINT8, 1, "uint8"},
                  {CORACLE_INT16, 2, "int16"},     {CORACLE_INT32, 4, "int32"},     {CORACLE_INT64, 8, "int64"}};
  const coracle_element_type unknown[] = {0, 9, -1, 255, 256, 257, INT32_MIN, INT32_MAX};
  size_t index;
  for (index = 0; index < sizeof expected / sizeof *expected; index++) {
    CHECK(coracle_element_type_size(expected[index].type) == expected[index].size);
    CHECK(strcmp(coracle_element_type_name(expected[index].type), expected[index].name) == 0);
  }
  CHECK(coracle_element_type_size(CORACLE_BOOL) == 1);
  CHECK(strncmp(coracle_element_type_name(CORACLE_BOOL), "bool", 4) == 0);
  for (index = 0; index < sizeof unknown / sizeof *unknown; index++) {
    CHECK(coracle_element_type_size(unknown[index]) == 0);
    CHECK(strcmp(coracle_element_type_name(unknown[index]), "unknown") == 0);
  }
}

static void profiles_are_found(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t index, count = coracle_profile_count();
  CHECK(count >= 3);
  for (index = 0; index < count; index++) {
    coracle_profile at = CORACLE_PROFILE_INIT, found = CORACLE_PROFILE_INIT;
    CHECK_OK(coracle_profile_at(index, &at, &error));
    CHECK(at.struct_size == sizeof at && at.name[0] != 0 && at.backends[0] != 0);
    CHECK_OK(coracle_profile_find(at.name, &found, &error));
    CHECK(strcmp(at.name, found.name) == 0 && at.level1_bytes == found.level1_bytes && at.core_count == found.core_count);
  }
}

static void a_stock_profile_has_its_figures(void) {
  coracle_profile profile = CORACLE_PROFILE_INIT;
  CHECK_OK(coracle_profile_find("raspberry-pi-4", &profile, NULL));
  CHECK(profile.core_count == 4 && profile.thread_count == 4);
  CHECK(profile.level1_bytes == 32768 && profile.level2_bytes == 262144 && profile.level3_bytes == 0);
  CHECK(profile.memory_budget == 0 && strcmp(profile.backends, "tuned,generic") == 0);
}

static void profile_failures_leave_the_output(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  profile.core_count = 77;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_at(coracle_profile_count(), &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_at(SIZE_MAX, &profile, &error), &error);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_profile_find("no-such-board", &profile, &error), &error);
  CHECK_FAILS(CORACLE_NOT_FOUND, coracle_profile_find("", &profile, &error), &error);
  CHECK(profile.core_count == 77);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_find(NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_find("raspberry-pi-4", NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_at(0, NULL, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_detect(NULL, &error), &error);
  profile.struct_size = 0;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_detect(&profile, &error), &error);
  CHECK(profile.core_count == 77);
}

static void the_machine_is_detected(void) {
  coracle_profile profile = CORACLE_PROFILE_INIT;
  CHECK_OK(coracle_profile_detect(&profile, NULL));
  CHECK(profile.core_count >= 1 && profile.thread_count >= 1 && profile.thread_count <= profile.core_count);
  CHECK(profile.name[0] != 0 && profile.memory_bytes > 0 && profile.cluster_count <= CORACLE_MAX_CLUSTERS);
}

static void count_line(void *user_data, coracle_log_level level, const char *message) {
  if (level == CORACLE_LOG_WARNING && strstr(message, "\"fan\"") != NULL) ++*(int *)user_data;
}

static void profiles_are_read(void) {
  static const char text[] = "{\"name\": \"board\", \"core_count\": 2, \"thread_count\": 1, \"level1_bytes\": 1, \"level2_bytes\": 2, \"level3_bytes\": 3,\n"
                             "\"memory_budget\": 4, \"fan\": [], \"backends\": [\"generic\"], \"clusters\": [{\"type\": \"cortex-a53\", \"core_count\": 2}]}";
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  int warnings = 0;
  CHECK_OK(coracle_profile_parse(text, sizeof text - 1, count_line, &warnings, &profile, &error));
  CHECK(warnings == 1 && strcmp(profile.name, "board") == 0 && profile.memory_budget == 4 && strcmp(profile.backends, "generic") == 0);
  CHECK(profile.cluster_count == 1 && strcmp(profile.clusters[0].type, "cortex-a53") == 0 && profile.clusters[0].core_count == 2);
  profile.core_count = 77;
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_parse(text, sizeof text - 2, NULL, NULL, &profile, &error), &error);
  CHECK(strstr(error.message, "line 2") != NULL);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_parse(text, 0, NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_parse(text, SIZE_MAX, NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_parse(NULL, 5, NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_parse(text, sizeof text - 1, NULL, NULL, NULL, &error), &error);
  CHECK_FAILS(CORACLE_IO, coracle_profile_load("/no/such/profile.json", NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_IO, coracle_profile_load("/", NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_load(NULL, NULL, NULL, &profile, &error), &error);
  CHECK_FAILS(CORACLE_INVALID_ARGUMENT, coracle_profile_load("/dev/null/x", NULL, NULL, NULL, &error), &error);
  CHECK(profile.core_count == 77);
}

const test constant_tests[] = {{"versions_are_told", versions_are_told},
                               {"statuses_have_names", statuses_have_names},
                               {"element_types_have_sizes", element_types_have_sizes},
                               {"profiles_are_found", profiles_are_found},
                               {"a_stock_profile_has_its_figures", a_stock_profile_has_its_figures},
                               {"profile_failures_leave_the_output", profile_failures_leave_the_output},
                               {"the_machine_is_detected", the_machine_is_detected},
                               {"profiles_are_read", profiles_are_read},
                               {NULL, NULL}};
