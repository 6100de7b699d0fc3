/* Backends from shared libraries. An object of its own in the archive: a program that loads none, and is linked statically, does without the
 * dynamic loader. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <coracle/backend.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A table and the shared library that it lies in. Callers hold the address of the table, which comes first. */
typedef struct loaded_backend {
  coracle_backend table;
  void *library;
} loaded_backend;

__attribute__((format(printf, 3, 4))) static coracle_status fail(coracle_error *error, coracle_status status, const char *format, ...) {
  va_list arguments;
  if (error == NULL || error->struct_size < sizeof(coracle_error)) return status;
  error->status = status;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof(error->message), format, arguments);
  va_end(arguments);
  return status;
}

static coracle_status take_table(const char *path, void *library, loaded_backend *loaded, coracle_error *error) {
  const coracle_backend *table;
  coracle_backend_table_function entry;
  /* POSIX promises that a pointer to a function fits; ISO C has no cast for it. */
  *(void **)&entry = dlsym(library, "coracle_backend_table");
  if (entry == NULL) return fail(error, CORACLE_INVALID_ARGUMENT, "%s is not a backend: it has no function coracle_backend_table", path);
  table = entry();
  if (table == NULL) return fail(error, CORACLE_BACKEND_FAILED, "the backend of %s is not available on this machine: its table is NULL", path);
  if (table->version != CORACLE_BACKEND_VERSION)
    return fail(error, CORACLE_INVALID_ARGUMENT, "the backend of %s has version %u, this library takes version %d", path,
                (unsigned)table->version, CORACLE_BACKEND_VERSION);
  if (table->name == NULL || table->supports == NULL || table->execute == NULL)
    return fail(error, CORACLE_INVALID_ARGUMENT, "the backend of %s lacks its name or a function", path);
  loaded->table = *table;
  loaded->library = library;
  return CORACLE_OK;
}

coracle_status coracle_backend_load(const char *path, const coracle_backend **backend, coracle_error *error) {
  loaded_backend *loaded;
  coracle_status status;
  void *library;
  const char *reason;
  if (path == NULL) return fail(error, CORACLE_INVALID_ARGUMENT, "the path of the backend is NULL");
  if (backend == NULL) return fail(error, CORACLE_INVALID_ARGUMENT, "the place for the backend is NULL");
  loaded = malloc(sizeof(*loaded));
  if (loaded == NULL) return fail(error, CORACLE_OUT_OF_MEMORY, "no memory for the table of %s", path);
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    reason = dlerror();
    free(loaded);
    return fail(error, CORACLE_IO, "the backend cannot be loaded: %s", reason ? reason : path);
  }
  status = take_table(path, library, loaded, error);
  if (status != CORACLE_OK) {
    dlclose(library);
    free(loaded);
    return status;
  }
  *backend = &loaded->table;
  return CORACLE_OK;
}

void coracle_backend_unload(const coracle_backend *backend) {
  loaded_backend *loaded = (loaded_backend *)backend;
  if (loaded == NULL) return;
  dlclose(loaded->library);
  free(loaded);
}
