/* Lets a shared library that is linked on a new system run on an old one: glibc 2.34 gave the functions of libpthread and libdl, which became
 * part of libc, a new version beside the old one, which is the same function. The linker puts these in the place of the calls (--wrap); the
 * archive, which knows no versions, is left alone. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

/* The first version of most functions, and of those on the processors of a thread. */
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#define FIRST_OF_PROCESSORS "GLIBC_2.3.4"
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#define FIRST_OF_PROCESSORS FIRST
#elif defined(__arm__)
#define FIRST "GLIBC_2.4"
#define FIRST_OF_PROCESSORS FIRST
#endif

/* Defines what calls of `name` become: the function's first version. */
#define FIRST_VERSION(result, name, parameters, arguments) VERSION(FIRST, result, name, parameters, arguments)
#define VERSION(version, result, name, parameters, arguments) \
  result first_##name parameters;                            \
  __asm__(".symver first_" #name ", " #name "@" version);    \
  result __wrap_##name parameters;                           \
  result __wrap_##name parameters { return first_##name arguments; }

FIRST_VERSION(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument),
              (thread, attributes, start, argument))
FIRST_VERSION(int, pthread_join, (pthread_t thread, void **result), (thread, result))
FIRST_VERSION(void *, dlopen, (const char *path, int mode), (path, mode))
FIRST_VERSION(void *, dlsym, (void *library, const char *name), (library, name))
FIRST_VERSION(int, dlclose, (void *library), (library))
FIRST_VERSION(char *, dlerror, (void), ())
VERSION(FIRST_OF_PROCESSORS, int, pthread_setaffinity_np, (pthread_t thread, size_t size, const cpu_set_t *set), (thread, size, set))
VERSION(FIRST_OF_PROCESSORS, int, pthread_getaffinity_np, (pthread_t thread, size_t size, cpu_set_t *set), (thread, size, set))
