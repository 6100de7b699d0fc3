/* Lets a shared library that is linked on a new system run on an old one: glibc 2.34 gave the functions of libpthread, which became part of libc,
 * a new version beside the old one, which is the same function. The linker puts these in the place of the calls (--wrap); the archive, which
 * knows no versions, is left alone. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#elif defined(__arm__)
#define FIRST "GLIBC_2.4"
#endif

int first_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int first_join(pthread_t thread, void **result);
__asm__(".symver first_create, pthread_create@" FIRST);
__asm__(".symver first_join, pthread_join@" FIRST);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  return first_create(thread, attributes, start, argument);
}
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result) { return first_join(thread, result); }
