/* Classifies pictures of handwritten digits.
 *
 *   digits MODEL.coracle PICTURE.pgm...
 *
 * Pictures are binary PGM, white on black; each is averaged down to the 8 x 8 pixels that the network reads.
 * Prints a line a picture: digit, probability, time of a run.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <coracle/coracle.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE, LARGEST_SIDE = 4096, TIMED_RUNS = 100 };

/* Reads one number of a PGM header, after white space and comments. */
static int read_number(FILE *file, int *number) {
  int character = fgetc(file);
  while (character == ' ' || character == '\t' || character == '\n' || character == '\r' || character == '#') {
    if (character == '#')
      while (character != '\n' && character != EOF) character = fgetc(file);
    character = fgetc(file);
  }
  ungetc(character, file);
  return fscanf(file, "%d", number) == 1;
}

/* Reads a binary PGM into SIDE x SIDE averages from 0 to 1. */
static int load_picture(const char *path, float *pixels) {
  FILE *file = fopen(path, "rb");
  int width = 0, height = 0, largest = 0, x, y, index;
  int counts[PIXELS] = {0};
  int good = file != NULL && fgetc(file) == 'P' && fgetc(file) == '5' && read_number(file, &width) && read_number(file, &height) &&
             read_number(file, &largest) && width >= SIDE && height >= SIDE && width <= LARGEST_SIDE && height <= LARGEST_SIDE &&
             largest > 0 && largest < 256;
  if (good) fgetc(file);
  for (index = 0; index < PIXELS; index++) pixels[index] = 0;
  for (y = 0; good && y < height; y++)
    for (x = 0; good && x < width; x++) {
      int grey = fgetc(file);
      good = grey != EOF;
      index = y * SIDE / height * SIDE + x * SIDE / width;
      pixels[index] += (float)grey;
      counts[index]++;
    }
  for (index = 0; good && index < PIXELS; index++) pixels[index] /= (float)(counts[index] * largest);
  if (file != NULL) fclose(file);
  return good;
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
  const int64_t shape[4] = {1, 1, SIDE, SIDE};
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_session *session = NULL;
  coracle_tensor input = CORACLE_TENSOR_INIT, output = CORACLE_TENSOR_INIT;
  int argument, failed = 1;

  if (count < 3) {
    fprintf(stderr, "usage: %s MODEL.coracle PICTURE.pgm...\n", arguments[0]);
    return 2;
  }
  /* So small a network is quickest on one thread. */
  options.thread_count = 1;
  if (coracle_model_open_file(arguments[1], NULL, &model, &error) || coracle_session_create(model, &options, &session, &error) ||
      coracle_session_resize_input(session, 0, shape, 4, &error) || coracle_session_prepare(session, &error))
    goto end;

  for (argument = 2; argument < count; argument++) {
    const float *scores;
    size_t best = 0, index, classes;
    double start, elapsed;
    int run;

    if (coracle_session_input(session, 0, &input, &error)) goto end;
    if (input.type != CORACLE_FLOAT32 || input.byte_count != PIXELS * sizeof(float)) {
      fprintf(stderr, "%s does not take pictures of %d x %d\n", arguments[1], SIDE, SIDE);
      goto end;
    }
    if (!load_picture(arguments[argument], input.data)) {
      fprintf(stderr, "%s: not a binary PGM picture of at least %d x %d\n", arguments[argument], SIDE, SIDE);
      goto end;
    }
    start = microseconds();
    for (run = 0; run < TIMED_RUNS; run++)
      if (coracle_session_run(session, &error)) goto end;
    elapsed = (microseconds() - start) / TIMED_RUNS;

    if (coracle_session_output(session, 0, &output, &error)) goto end;
    scores = output.data;
    classes = output.byte_count / sizeof *scores;
    for (index = 1; index < classes; index++)
      if (scores[index] > scores[best]) best = index;
    printf("%s: %d  probability %.3f  %.1f us a run\n", arguments[argument], (int)best, (double)scores[best], elapsed);
  }
  failed = 0;

end:
  if (error.status != CORACLE_OK) fprintf(stderr, "%s: %s\n", coracle_status_name(error.status), error.message);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  return failed;
}
