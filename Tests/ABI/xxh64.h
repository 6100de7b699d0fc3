/* XXH64 with seed 0, by the xxHash specification: the checksum of model files. SPDX-License-Identifier: Apache-2.0 */
#ifndef XXH64_H
#define XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t xxh64(const unsigned char *bytes, size_t count);

#endif
