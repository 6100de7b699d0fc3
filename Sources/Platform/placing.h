/* Where a team's threads run. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_PLACING_H
#define CORACLE_PLACING_H

#include <pthread.h>

#include "platform.h"

/** Has `thread` run on `cores` alone, where some are named. What the system refuses is left as it is. */
void platform_stay_on(pthread_t thread, const struct platform_core_set *cores);

/** Keeps `thread`, which is to wake or has just been made, off `core`, the caller's, as far as it may run on others, until it calls platform_let_go().
 *  A system may well put it there, a virtual machine's kernel because it takes cores that sleep to be busy, and then leaves it behind its caller until a
 *  clock tick finds both on one core: longer than many a run. `*barred`: one more than the core that the thread is kept off, or 0. */
void platform_keep_off(pthread_t thread, uint32_t core, uint32_t *barred);

/** The calling thread runs where it is wanted: from here on the system may move it anywhere. */
void platform_let_go(uint32_t *barred);

/** The processors that the calling thread or `other` may use, at least 1. */
uint32_t platform_processor_count(pthread_t other);

#endif
