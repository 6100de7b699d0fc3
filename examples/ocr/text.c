/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_KEY_FILE = 1 << 20 };

int character_set_load(const char *path, character_set *result) {
  FILE *file = fopen(path, "rb");
  char *text = malloc(LARGEST_KEY_FILE + 1);
  char **lines = NULL;
  char *cursor;
  size_t size = 0, count = 0;
  if (file != NULL && text != NULL) size = fread(text, 1, LARGEST_KEY_FILE, file);
  if (file != NULL) fclose(file);
  /* At most a line for every byte. */
  if (size > 0) lines = malloc(size * sizeof *lines);
  if (lines == NULL) {
    fprintf(stderr, "%s: cannot be read\n", path);
    free(text);
    return 0;
  }
  text[size] = 0;
  for (cursor = text; cursor < text + size;) {
    char *end = cursor + strcspn(cursor, "\n");
    lines[count++] = cursor;
    if (end > cursor && end[-1] == '\r') end[-1] = 0;
    *end = 0;
    cursor = end + 1;
  }
  result->text = text;
  result->lines = lines;
  result->count = count;
  return 1;
}

void character_set_free(character_set *set) {
  free(set->lines);
  free(set->text);
  set->lines = NULL;
  set->text = NULL;
}

double decode_text(const character_set *set, const float *scores, size_t steps, size_t classes, char *text, size_t size) {
  size_t step, index, previous = 0, length = 0, characters = 0;
  double sum = 0;
  if (size > 0) text[0] = 0;
  for (step = 0; step < steps; step++) {
    const float *row = scores + step * classes;
    size_t best = 0;
    for (index = 1; index < classes; index++)
      if (row[index] > row[best]) best = index;
    if (best != 0 && best != previous) {
      const char *character = best <= set->count ? set->lines[best - 1] : " ";
      size_t bytes = strlen(character);
      if (length + bytes < size) {
        memcpy(text + length, character, bytes + 1);
        length += bytes;
      }
      sum += row[best];
      characters++;
    }
    previous = best;
  }
  return characters > 0 ? sum / (double)characters : 0;
}
