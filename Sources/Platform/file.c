/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* madvise, syscall */
#define _LARGEFILE64_SOURCE /* stat64 */
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Asks the kernel, whose struct stat glibc's is on these processors: the function fstat came with glibc 2.33, before which it was a macro. */
static int read_status(int descriptor, struct stat *status) {
#if defined(__linux__) && defined(SYS_fstat) && (defined(__x86_64__) || defined(__aarch64__))
  return (int)syscall(SYS_fstat, descriptor, status);
#elif defined(__linux__) && defined(SYS_fstat64) && defined(__arm__)
  /* What was opened without O_LARGEFILE has a size that off_t holds: larger files do not open. */
  struct stat64 found;
  const int result = (int)syscall(SYS_fstat64, descriptor, &found);
  status->st_mode = result == 0 ? found.st_mode : 0;
  status->st_size = result == 0 ? (off_t)found.st_size : 0;
  return result;
#else
  return fstat(descriptor, status);
#endif
}

int platform_map_file(const char *path, const void **data, size_t *size) {
  int descriptor, code;
  struct stat status;
  void *mapped;
  do descriptor = open(path, O_RDONLY | O_CLOEXEC); while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return errno;
  if (read_status(descriptor, &status) != 0) {
    code = errno;
    close(descriptor);
    return code;
  }
  if (!S_ISREG(status.st_mode)) {
    close(descriptor);
    return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  }
  if (status.st_size == 0) {
    close(descriptor);
    *data = NULL;
    *size = 0;
    return 0;
  }
  if ((uintmax_t)status.st_size > PTRDIFF_MAX) {
    close(descriptor);
    return EFBIG;
  }
  mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  code = mapped == MAP_FAILED ? errno : 0;
  close(descriptor);
  if (code != 0) return code;
  *data = mapped;
  *size = (size_t)status.st_size;
  return 0;
}

void platform_unmap_file(const void *data, size_t size) {
  if (data != NULL) munmap((void *)(uintptr_t)data, size);
}

void platform_map_pages(const void *data, size_t size) {
#if defined(__linux__)
  enum { POPULATE_READ = 22 }; /* Linux' include/uapi/asm-generic/mman-common.h: MADV_POPULATE_READ */
  madvise((void *)(uintptr_t)data, size, POPULATE_READ);
#else
  (void)data;
  (void)size;
#endif
}

void platform_forget(const void *data, size_t size) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t begin = ((uintptr_t)data + page - 1) / page * page, end = ((uintptr_t)data + size) / page * page;
  if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

void platform_error_text(int code, char *buffer, size_t size) {
  if (size == 0) return;
  buffer[0] = 0;
  if (strerror_r(code, buffer, size) != 0) snprintf(buffer, size, "error %d", code);
}
