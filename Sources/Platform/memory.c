/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "platform.h"

#include <stdlib.h>

void *platform_allocate(size_t size, size_t alignment) {
  void *pointer = NULL;
  if (alignment < sizeof(void *)) alignment = sizeof(void *);
  return posix_memalign(&pointer, alignment, size) == 0 ? pointer : NULL;
}

void platform_deallocate(void *pointer) { free(pointer); }
