/* SPDX-License-Identifier: Apache-2.0 */
#include "xxh64.h"

#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87u, P2 = 0xC2B2AE3D27D4EB4Fu, P3 = 0x165667B19E3779F9u, P4 = 0x85EBCA77C2B2AE63u,
                      P5 = 0x27D4EB2F165667C5u;

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

static uint64_t mix(uint64_t accumulator, uint64_t lane) { return rotate(accumulator + lane * P2, 31) * P1; }

static uint64_t read64(const unsigned char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static uint32_t read32(const unsigned char *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t xxh64(const unsigned char *bytes, size_t count) {
  uint64_t value = P5, a[4] = {P1 + P2, P2, 0, 0 - P1};
  size_t left = count;
  int lane;
  if (count >= 32) {
    for (; left >= 32; left -= 32)
      for (lane = 0; lane < 4; lane++, bytes += 8) a[lane] = mix(a[lane], read64(bytes));
    value = rotate(a[0], 1) + rotate(a[1], 7) + rotate(a[2], 12) + rotate(a[3], 18);
    for (lane = 0; lane < 4; lane++) value = (value ^ mix(0, a[lane])) * P1 + P4;
  }
  value += count;
  for (; left >= 8; left -= 8, bytes += 8) value = rotate(value ^ mix(0, read64(bytes)), 27) * P1 + P4;
  for (; left >= 4; left -= 4, bytes += 4) value = rotate(value ^ read32(bytes) * P1, 23) * P2 + P3;
  for (; left > 0; left--, bytes++) value = rotate(value ^ *bytes * P5, 11) * P1;
  value = (value ^ value >> 33) * P2;
  value = (value ^ value >> 29) * P3;
  return value ^ value >> 32;
}
