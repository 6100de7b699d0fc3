/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SIDE = 16384 };

int picture_load(const char *path, picture *result) {
  png_image image;
  const png_color white = {255, 255, 255};
  unsigned char *pixels;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path)) {
    fprintf(stderr, "%s: %s\n", path, image.message);
    return 0;
  }
  image.format = PNG_FORMAT_BGR;
  if (image.width > LARGEST_SIDE || image.height > LARGEST_SIDE) {
    fprintf(stderr, "%s: larger than %d x %d\n", path, LARGEST_SIDE, LARGEST_SIDE);
    png_image_free(&image);
    return 0;
  }
  pixels = malloc(PNG_IMAGE_SIZE(image));
  if (pixels == NULL || !png_image_finish_read(&image, &white, pixels, 0, NULL)) {
    fprintf(stderr, "%s: %s\n", path, pixels == NULL ? "out of memory" : image.message);
    png_image_free(&image);
    free(pixels);
    return 0;
  }
  result->width = (int)image.width;
  result->height = (int)image.height;
  result->pixels = pixels;
  return 1;
}

void picture_free(picture *source) {
  free(source->pixels);
  source->pixels = NULL;
}

int picture_width_at(const picture *source, int height) {
  int width = (int)ceil((double)height * source->width / source->height);
  return width > 0 ? width : 1;
}

/* The two neighbours of a coordinate, clamped to the edge, and the weight of the second. */
static void neighbours(int position, int extent, int source_extent, int *first, int *second, float *weight) {
  double place = (position + 0.5) * source_extent / extent - 0.5;
  int below = (int)floor(place);
  *weight = (float)(place - below);
  *first = below < 0 ? 0 : below;
  *second = below + 1 < source_extent ? below + 1 : source_extent - 1;
}

void picture_to_floats(const picture *source, int width, int height, float *floats) {
  int x, y, channel;
  for (y = 0; y < height; y++) {
    int top, bottom;
    float down;
    neighbours(y, height, source->height, &top, &bottom, &down);
    for (x = 0; x < width; x++) {
      int left, right;
      float across;
      neighbours(x, width, source->width, &left, &right, &across);
      for (channel = 0; channel < 3; channel++) {
#define AT(row, column) (float)source->pixels[((size_t)(row) * (size_t)source->width + (size_t)(column)) * 3 + (size_t)channel]
        float upper = AT(top, left) + (AT(top, right) - AT(top, left)) * across;
        float lower = AT(bottom, left) + (AT(bottom, right) - AT(bottom, left)) * across;
#undef AT
        float level = floorf(upper + (lower - upper) * down + 0.5f);
        floats[((size_t)channel * (size_t)height + (size_t)y) * (size_t)width + (size_t)x] = (level / 255.0f - 0.5f) / 0.5f;
      }
    }
  }
}
