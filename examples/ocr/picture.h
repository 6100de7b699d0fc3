/* Pictures of a text line, from a PNG file to the floats that PP-OCR's recogniser reads. SPDX-License-Identifier: Apache-2.0 */
#ifndef PICTURE_H
#define PICTURE_H

/** Pixels of 8 bits, three channels in the order blue, green, red: the order in which PaddleOCR trained its networks. */
typedef struct picture {
  int width, height;
  unsigned char *pixels; /**< height x width x 3; from malloc. */
} picture;

/** Reads a PNG of any kind; transparency is laid on white. Returns 1, or 0 with a message on stderr. */
int picture_load(const char *path, picture *result);

void picture_free(picture *source);

/** The width of `source` at `height`, its proportions kept and rounded up, as PaddleOCR does. */
int picture_width_at(const picture *source, int height);

/** Resizes bilinearly (half-pixel centres, rounded to whole levels) and writes [3, height, width] floats from -1 to 1: (x / 255 - 0.5) / 0.5. */
void picture_to_floats(const picture *source, int width, int height, float *floats);

#endif
