/* Prints the optional instructions that the library finds on this machine, and fails where its tuned backends are not those of these
 * instructions. SPDX-License-Identifier: Apache-2.0 */
#include <coracle/coracle.h>

#include <stdio.h>
#include <string.h>

static const struct {
  uint32_t bit;
  const char *name;
  int has_backend; /* whether a backend is called so */
} known[] = {{CORACLE_INSTRUCTIONS_NEON, "neon", 1},      {CORACLE_INSTRUCTIONS_DOTPROD, "dotprod", 0}, {CORACLE_INSTRUCTIONS_FP16, "fp16", 0},
             {CORACLE_INSTRUCTIONS_I8MM, "i8mm", 0},      {CORACLE_INSTRUCTIONS_SVE, "sve", 0},         {CORACLE_INSTRUCTIONS_AVX2, "avx2", 1},
             {CORACLE_INSTRUCTIONS_AVX512, "avx512", 1},  {CORACLE_INSTRUCTIONS_VNNI, "vnni", 0}};

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_profile profile = CORACLE_PROFILE_INIT;
  const char *separator = "";
  size_t index;
  if (coracle_profile_detect(&profile, &error) != CORACLE_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (index = 0; index < sizeof known / sizeof known[0]; index++) {
    if ((profile.instructions & known[index].bit) == 0) continue;
    printf("%s%s", separator, known[index].name);
    separator = " ";
  }
  printf("\n");
  for (index = 0; count > 1 && index < sizeof known / sizeof known[0]; index++) {
    coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
    coracle_session *session = NULL;
    coracle_model *model = NULL;
    coracle_status status;
    if (!known[index].has_backend) continue;
    if (coracle_model_open_file(arguments[1], NULL, &model, &error) != CORACLE_OK) {
      fprintf(stderr, "%s\n", error.message);
      return 1;
    }
    options.backends = known[index].name;
    status = coracle_session_create(model, &options, &session, &error);
    coracle_session_destroy(session);
    coracle_model_destroy(model);
    if ((status != CORACLE_NOT_FOUND) != ((profile.instructions & known[index].bit) != 0)) {
      fprintf(stderr, "backend %s: %s\n", known[index].name, coracle_status_name(status));
      return 1;
    }
  }
  return 0;
}
