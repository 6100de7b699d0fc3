/* From the recogniser's probabilities to text. SPDX-License-Identifier: Apache-2.0 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/** The characters of a PaddleOCR key file: a line each, class 1 the first line; class 0 is the blank, the class after the last a space. */
typedef struct character_set {
  char *text;    /**< The file, line ends replaced by NULs. */
  char **lines;  /**< Start of each line. */
  size_t count;
} character_set;

/** Reads a key file. Returns 1, or 0 with a message on stderr. */
int character_set_load(const char *path, character_set *result);

void character_set_free(character_set *set);

/** Greedy CTC decoding: the best class of each step, repetitions and blanks dropped. `scores` is steps x classes, and `classes` must be
 *  set->count + 2. Writes UTF-8 to `text`, cut off at `size`, and returns the mean probability of the characters, 0 where there are none. */
double decode_text(const character_set *set, const float *scores, size_t steps, size_t classes, char *text, size_t size);

#endif
