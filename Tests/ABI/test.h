/* A small test runner, and what the tests share. SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_H
#define TEST_H

#include <coracle/coracle.h>
#include <stddef.h>
#include <stdint.h>

/** A test: it fails by a CHECK that does not hold. A list ends with {NULL, NULL}. */
typedef struct test {
  const char *name;
  void (*run)(void);
} test;

extern const test constant_tests[], header_tests[], model_tests[], session_tests[], binding_tests[], dynamic_tests[], half_tests[],
    callback_tests[], backend_tests[], pitch_tests[], loading_tests[], memory_tests[], budget_tests[], thread_tests[], refusal_tests[], damage_tests[];

/** Counts and prints what does not hold; the test goes on. Gives `holds`. */
int check(int holds, const char *what, const char *file, int line);

/** Whether `name` is one of the library's own backends that this machine may have. */
int is_built_in(const char *name);
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

/** The call must give `expected`, and the error object must say so with a sentence. */
int check_status(coracle_status expected, coracle_status found, const coracle_error *error, const char *what, const char *file, int line);

#define CHECK_OK(call) check_status(CORACLE_OK, (call), NULL, #call, __FILE__, __LINE__)
#define CHECK_FAILS(expected, call, error) check_status((expected), (call), (error), #call, __FILE__, __LINE__)

/** The path of a model that make_models.py wrote, or of one given with --model NAME=PATH. Static storage, until the next call. */
const char *model_path(const char *name);

/** The path of the shared library that loaded_backend.c became as the kind `name`. Static storage, until the next call. */
const char *backend_path(const char *name);

/** The bytes of a file, aligned to 64, from malloc; NULL where it cannot be read. */
unsigned char *read_file(const char *path, size_t *size);

/** An allocator that counts, and refuses what it is told to. */
typedef struct counter {
  coracle_allocator allocator; /**< To be passed; its user_data is this counter. */
  long requests;               /**< So far. */
  long live;                   /**< Blocks not given back. */
  size_t live_bytes;
  long refused_request; /**< The request, counted from 1, that is refused; 0: none. */
  size_t most_bytes;    /**< Requests above are refused. */
  int wrong;            /**< A size on deallocation that differs from the allocation's, or a strange alignment. */
} counter;

void counter_init(counter *result);

/** Requests that reached malloc and its relatives, mmap or pthread_create, from the library; 0 where the build cannot tell. */
long system_allocation_count(void);
int counts_system_allocations(void);

/** Opens a model of make_models.py, with NULL or an allocator. NULL after a failed CHECK. */
coracle_model *open_model(const char *name, const coracle_allocator *allocator);

#endif
