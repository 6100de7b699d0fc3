/* Damaged and hostile model files: each a status and a sentence, no leak, no trap. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "test.h"
#include "xxh64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 64, FLIPS = 2000, SIGNED_FLIPS = 6000 };

static int is_known(coracle_status status) { return strcmp(coracle_status_name(status), "CORACLE_UNKNOWN") != 0; }

/* Opens and, as far as it goes, runs `size` bytes at `bytes`. Gives the status of the first failure; with a sentence. */
static coracle_status use(const unsigned char *bytes, size_t size, uint32_t skip_weight_checksums, coracle_error *error) {
  coracle_model_options model_options = CORACLE_MODEL_OPTIONS_INIT;
  coracle_session_options options = CORACLE_SESSION_OPTIONS_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  coracle_tensor tensor = CORACLE_TENSOR_INIT;
  coracle_status status;
  counter heap;
  size_t index;
  counter_init(&heap);
  heap.most_bytes = 1 << 24;
  model_options.allocator = &heap.allocator;
  model_options.skip_weight_checksums = skip_weight_checksums;
  options.thread_count = 1;
  options.memory_budget = 1 << 24;
  status = coracle_model_open_memory(bytes, size, &model_options, &model, error);
  if (status == CORACLE_OK) status = coracle_session_create(model, &options, &session, error);
  for (index = 0; status == CORACLE_OK && index < coracle_model_input_count(model); index++) {
    int64_t shape[CORACLE_MAX_RANK];
    int32_t axis;
    status = coracle_model_input(model, index, &tensor, error);
    for (axis = 0; axis < tensor.rank; axis++) shape[axis] = tensor.shape[axis] < 0 ? 2 : tensor.shape[axis];
    if (status == CORACLE_OK) status = coracle_session_resize_input(session, index, shape, tensor.rank, error);
  }
  for (index = 0; status == CORACLE_OK && index < coracle_model_input_count(model); index++) {
    status = coracle_session_input(session, index, &tensor, error);
    if (status == CORACLE_OK && tensor.data != NULL) memset(tensor.data, 0, tensor.byte_count);
  }
  if (status == CORACLE_OK) status = coracle_session_run(session, error);
  for (index = 0; status == CORACLE_OK && index < coracle_model_output_count(model); index++)
    status = coracle_session_output(session, index, &tensor, error);
  CHECK(is_known(status) && status != CORACLE_INTERNAL);
  if (status != CORACLE_OK) CHECK(error->status == status && error->message[0] != 0);
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  CHECK(heap.live == 0 && heap.live_bytes == 0 && heap.wrong == 0);
  return status;
}

/* The first half of the tests' names say which model they damage: `small` always, `digits` where it is converted. */
static unsigned char *load(const char *name, size_t *size) {
  unsigned char *bytes = read_file(model_path(name), size);
  if (bytes == NULL) printf("skipped: damage to %s (no converted model: give --model %s=FILE)\n", name, name);
  return bytes;
}

static uint64_t read64(const unsigned char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

/* Where the first segment starts, found as the place where the program's checksum ends. */
static size_t program_end(const unsigned char *bytes, size_t size) {
  size_t end = ((size_t)read64(bytes + 16) + 4095) / 4096 * 4096;
  return end <= size ? end : size;
}

static void sign(unsigned char *bytes, size_t end) {
  uint64_t checksum = xxh64(bytes + HEADER_BYTES, end - HEADER_BYTES);
  memcpy(bytes + 32, &checksum, sizeof checksum);
  checksum = xxh64(bytes, 40);
  memcpy(bytes + 40, &checksum, sizeof checksum);
}

static void truncate_everywhere(const char *name) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t size, length;
  unsigned char *bytes = load(name, &size), *part;
  if (bytes == NULL) return;
  CHECK(use(bytes, size, 0, &error) == CORACLE_OK);
  for (length = 0; length < size; length += 64) {
    coracle_status status;
    /* A copy of its own, so that a read behind the end is seen. */
    if (posix_memalign((void **)&part, 64, length + 1) != 0) break;
    memcpy(part, bytes, length);
    status = use(part, length, 0, &error);
    CHECK(status == CORACLE_CORRUPT || (length == 0 && status == CORACLE_NOT_A_MODEL));
    free(part);
  }
  for (length = 1; length < 200 && length < size; length++) {
    CHECK(use(bytes, length, 0, &error) != CORACLE_OK);
    CHECK(use(bytes, size - length, 0, &error) == CORACLE_CORRUPT);
  }
  free(bytes);
}

/* A generator of its own, so that every machine flips the same bits (Marsaglia's xorshift). */
static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void flip_bits(const char *name) {
  coracle_error error = CORACLE_ERROR_INIT;
  uint64_t random = 0x9E3779B97F4A7C15u;
  size_t size, flip;
  unsigned char *bytes = load(name, &size);
  if (bytes == NULL) return;
  for (flip = 0; flip < FLIPS; flip++) {
    size_t bit = flip < HEADER_BYTES * 8 ? flip : (size_t)(next_random(&random) % (size * 8));
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    CHECK(use(bytes, size, 0, &error) != CORACLE_OK);
    /* Weights that are not checked can be anything; the rest is refused all the same. */
    if (bit / 8 < program_end(bytes, size)) CHECK(use(bytes, size, 1, &error) != CORACLE_OK);
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  }
  CHECK(use(bytes, size, 0, &error) == CORACLE_OK);
  free(bytes);
}

/* Flips in the program under checksums that are right again: what remains is what the file says. Whether such a file still
 * works is open; that it cannot do harm is what is tested. */
static void flip_and_sign(const char *name) {
  coracle_error error = CORACLE_ERROR_INIT;
  uint64_t random = 0xD1B54A32D192ED03u;
  size_t size, flip, end, program, refused = 0;
  unsigned char *bytes = load(name, &size);
  if (bytes == NULL) return;
  end = program_end(bytes, size);
  program = (size_t)read64(bytes + 16);
  for (flip = 0; flip < SIGNED_FLIPS; flip++) {
    size_t bit = HEADER_BYTES * 8 + (size_t)(next_random(&random) % ((program - HEADER_BYTES) * 8));
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    sign(bytes, end);
    refused += use(bytes, size, 1, &error) != CORACLE_OK;
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  }
  sign(bytes, end);
  CHECK(use(bytes, size, 0, &error) == CORACLE_OK);
  CHECK(refused > 0);
  free(bytes);
}

static void truncated_small(void) { truncate_everywhere("small"); }
static void truncated_digits(void) { truncate_everywhere("digits"); }
static void flipped_small(void) { flip_bits("small"); }
static void flipped_digits(void) { flip_bits("digits"); }
static void signed_small(void) { flip_and_sign("small"); }
static void signed_branch(void) { flip_and_sign("branch"); }
static void signed_gather(void) { flip_and_sign("gather"); }
static void signed_digits(void) { flip_and_sign("digits"); }

/* Weights are verified when a session is prepared, not when the model is opened; damage fails every run, not only the first. */
static void damaged_weights(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  coracle_model *model = NULL;
  coracle_session *session = NULL;
  size_t size;
  int run;
  unsigned char *bytes = load("small", &size);
  if (bytes == NULL) return;
  bytes[program_end(bytes, size)] ^= 1;
  CHECK(coracle_model_open_memory(bytes, size, NULL, &model, &error) == CORACLE_OK);
  CHECK(coracle_session_create(model, NULL, &session, &error) == CORACLE_OK);
  for (run = 0; run < 2; run++) {
    error.status = CORACLE_OK;
    CHECK(coracle_session_run(session, &error) == CORACLE_CORRUPT && error.status == CORACLE_CORRUPT);
    CHECK(strstr(error.message, "checksum of segment 0") != NULL);
  }
  coracle_session_destroy(session);
  coracle_model_destroy(model);
  free(bytes);
}

static void identifier_and_version(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  size_t size;
  unsigned char *bytes = load("small", &size);
  if (bytes == NULL) return;
  bytes[4] = 'X';
  CHECK(use(bytes, size, 0, &error) == CORACLE_NOT_A_MODEL);
  bytes[4] = 'C';
  /* A newer version is told as such, whatever its header looks like, with both versions named. */
  bytes[12] = 2;
  CHECK(use(bytes, size, 0, &error) == CORACLE_NEWER_VERSION);
  CHECK(strstr(error.message, "2") != NULL && strstr(error.message, "1") != NULL);
  bytes[13] = 255;
  CHECK(use(bytes, size, 0, &error) == CORACLE_NEWER_VERSION);
  free(bytes);
  bytes = calloc(1, 4096 + 64);
  CHECK(use((unsigned char *)(((uintptr_t)bytes + 63) / 64 * 64), 4096, 0, &error) == CORACLE_NOT_A_MODEL);
  free(bytes);
}

/* Every bad-* model is refused with a sentence; every other one opens. */
static void crafted_models_are_refused(void) {
  coracle_error error = CORACLE_ERROR_INIT;
  char path[1024], line[256];
  FILE *list;
  int count = 0;
  snprintf(path, sizeof path, "%s", model_path("models"));
  strcpy(path + strlen(path) - strlen("coracle"), "txt");
  list = fopen(path, "r");
  if (!CHECK(list != NULL)) return;
  while (fgets(line, sizeof line, list) != NULL) {
    size_t size;
    unsigned char *bytes;
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "bad-", 4) != 0) continue;
    bytes = read_file(model_path(line), &size);
    if (!CHECK(bytes != NULL)) continue;
    if (!CHECK(use(bytes, size, 0, &error) != CORACLE_OK)) fprintf(stderr, "%s was not refused\n", line);
    free(bytes);
    count++;
  }
  fclose(list);
  CHECK(count >= 40);
}

const test damage_tests[] = {{"truncated_small", truncated_small},
                             {"truncated_digits", truncated_digits},
                             {"flipped_small", flipped_small},
                             {"flipped_digits", flipped_digits},
                             {"signed_small", signed_small},
                             {"signed_branch", signed_branch},
                             {"signed_gather", signed_gather},
                             {"signed_digits", signed_digits},
                             {"damaged_weights", damaged_weights},
                             {"identifier_and_version", identifier_and_version},
                             {"crafted_models_are_refused", crafted_models_are_refused},
                             {NULL, NULL}};
