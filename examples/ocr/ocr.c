/* Reads a line of text from a picture with PP-OCRv4's recogniser.
 *
 *   ocr MODEL.coracle KEYS.txt PICTURE.png...
 *
 * Prints a line a picture: text, confidence, time of a run.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "picture.h"
#include "text.h"

#include <coracle/coracle.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LINE_HEIGHT = 48, LONGEST_TEXT = 4096 };

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Recognises one picture; 0 after a failure, which is either in `error` or already on stderr. */
static int recognise(coracle_session *session, const character_set *set, const char *path, coracle_error *error) {
  coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  picture line;
  int64_t shape[4] = {1, 3, LINE_HEIGHT, 0};
  char text[LONGEST_TEXT];
  double start, elapsed, confidence;
  int done = 0;

  if (!picture_load(path, &line)) return 0;
  shape[3] = picture_width_at(&line, LINE_HEIGHT);
  if (coracle_session_resize_input(session, 0, shape, 4, error) || coracle_session_input(session, 0, &input, error)) goto end;
  picture_to_floats(&line, (int)shape[3], LINE_HEIGHT, input.data);

  start = milliseconds();
  if (coracle_session_run(session, error)) goto end;
  elapsed = milliseconds() - start;
  if (coracle_session_output(session, 0, &output, error)) goto end;

  if (output.type != CORACLE_FLOAT32 || output.rank != 3 || output.shape[2] != (int64_t)set->count + 2) {
    fprintf(stderr, "the model does not give a probability for each of %lu characters\n", (unsigned long)set->count + 2);
    goto end;
  }
  confidence = decode_text(set, output.data, (size_t)output.shape[1], (size_t)output.shape[2], text, sizeof text);
  printf("%s  confidence %.4f  %.1f ms\n", text, confidence, elapsed);
  done = 1;

end:
  picture_free(&line);
  return done;
}

int main(int count, char **arguments) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  character_set set = {NULL, NULL, 0};
  int argument, failed = 1;

  if (count < 4) {
    fprintf(stderr, "usage: %s MODEL.coracle KEYS.txt PICTURE.png...\n", arguments[0]);
    return 2;
  }
  if (!character_set_load(arguments[2], &set)) return 1;
  if (coracle_model_open_file(arguments[1], NULL, &model, &error) || coracle_session_create(model, NULL, &session, &error)) goto end;
  for (argument = 3; argument < count; argument++)
    if (!recognise(session, &set, arguments[argument], &error)) goto end;
  failed = 0;

end:
  if (error.status != CORACLE_OK) fprintf(stderr, "%s: %s\n", coracle_status_name(error.status), error.message);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  character_set_free(&set);
  return failed;
}
