/* Ends a test program that hangs, and says where. SPDX-License-Identifier: Apache-2.0 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Under valgrind all C tests together take half of this. */
enum { WATCHDOG_SECONDS = 300 };

static const char *watchdog_part = "";

static void watchdog_bark(int signal) {
  static const char text[] = ": has not ended\n";
  (void)signal;
  if (write(STDERR_FILENO, watchdog_part, strlen(watchdog_part)) < 0 || write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(2);
  _exit(1);
}

/* From here on the part called `name`, which outlives it, has its time. */
static void watchdog_watch(const char *name) {
  watchdog_part = name;
  signal(SIGALRM, watchdog_bark);
  alarm(WATCHDOG_SECONDS);
}

#endif
