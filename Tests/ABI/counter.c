/* Counting what the library allocates: through the caller's allocator, and behind its back.
 * The program is linked with the static library and --wrap, so that only the library's and the tests' own calls pass here.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *allocate(void *user_data, size_t size, size_t alignment) {
  counter *self = user_data;
  void *memory = NULL;
  self->requests++;
  if (size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > 4096) self->wrong++;
  if (self->requests == self->refused_request || size > self->most_bytes) return NULL;
  /* The size stands in front, in a block of its own alignment. */
  if (posix_memalign(&memory, 4096, size + 4096) != 0) return NULL;
  memcpy(memory, &size, sizeof size);
  /* What is not initialised must not matter. */
  memset((char *)memory + 4096, 0xA5, size);
  self->live++;
  self->live_bytes += size;
  return (char *)memory + 4096;
}

static void deallocate(void *user_data, void *pointer, size_t size) {
  counter *self = user_data;
  char *memory = (char *)pointer - 4096;
  size_t found;
  memcpy(&found, memory, sizeof found);
  if (pointer == NULL || found != size) self->wrong++;
  self->live--;
  self->live_bytes -= found;
  memset(memory, 0x5A, found + 4096);
  free(memory);
}

void counter_init(counter *result) {
  const coracle_allocator initial = CORACLE_ALLOCATOR_INIT;
  memset(result, 0, sizeof *result);
  result->allocator = initial;
  result->allocator.user_data = result;
  result->allocator.allocate = allocate;
  result->allocator.deallocate = deallocate;
  result->most_bytes = (size_t)1 << 28;
}

#ifdef WRAPS_ALLOCATION
static long system_allocations;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_aligned_alloc(size_t, size_t);
int __real_posix_memalign(void **, size_t, size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

void *__wrap_malloc(size_t size) { return system_allocations++, __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return system_allocations++, __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return system_allocations++, __real_realloc(old, size); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) { return system_allocations++, __real_aligned_alloc(alignment, size); }
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  return system_allocations++, __real_posix_memalign(memory, alignment, size);
}
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  return system_allocations++, __real_mmap(address, size, protection, flags, file, offset);
}
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  return system_allocations++, __real_pthread_create(thread, attributes, run, argument);
}

long system_allocation_count(void) { return system_allocations; }
int counts_system_allocations(void) { return 1; }
#else
long system_allocation_count(void) { return 0; }
int counts_system_allocations(void) { return 0; }
#endif
