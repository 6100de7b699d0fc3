/* What Linux tells of the cores, their caches and the memory. SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "platform.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif (defined(__aarch64__) || defined(__arm__)) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* The first line of a file under /sys/devices/system/cpu/cpu<core>/, of the machine whose files lie in `root`; 0 where it cannot be read. */
static int read_core_file(const char *root, uint32_t core, const char *name, char *text, int size) {
  char path[512];
  FILE *file;
  int found;
  if ((size_t)snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/%s", root, core, name) >= sizeof path) return 0;
  file = fopen(path, "re");
  if (file == NULL) return 0;
  found = fgets(text, size, file) != NULL;
  fclose(file);
  return found;
}

/* How many cores a list such as "0-3,6" names. */
static uint32_t count_list(const char *text) {
  uint32_t count = 0;
  while (*text != 0) {
    unsigned first, last;
    int used = 0;
    if (sscanf(text, "%u-%u%n", &first, &last, &used) == 2 && used > 0) count += last >= first && last < 4096 ? last - first + 1 : 0;
    else if (sscanf(text, "%u%n", &first, &used) == 1 && used > 0) count += 1;
    else break;
    text += used;
    if (*text == ',') text++;
  }
  return count;
}

/* Bytes of the data or unified cache of `level` of a core, and the cores that share it; 0 where unknown. Threads of one core count once. */
static uint64_t read_cache(const char *root, uint32_t core, int level, uint32_t *sharers) {
  int index;
  for (index = 0; index < 8; index++) {
    char name[48], text[256];
    int found = 0;
    unsigned long amount = 0;
    char unit = 0;
    snprintf(name, sizeof name, "cache/index%d/level", index);
    if (!read_core_file(root, core, name, text, sizeof text)) return 0;
    if (sscanf(text, "%d", &found) != 1 || found != level) continue;
    snprintf(name, sizeof name, "cache/index%d/type", index);
    if (!read_core_file(root, core, name, text, sizeof text) || text[0] == 'I') continue;
    snprintf(name, sizeof name, "cache/index%d/size", index);
    if (!read_core_file(root, core, name, text, sizeof text) || sscanf(text, "%lu%c", &amount, &unit) < 1 || amount > 1ul << 30) continue;
    snprintf(name, sizeof name, "cache/index%d/shared_cpu_list", index);
    *sharers = read_core_file(root, core, name, text, sizeof text) ? count_list(text) : 0;
    if (read_core_file(root, core, "topology/thread_siblings_list", text, sizeof text)) {
      const uint32_t threads = count_list(text);
      if (threads > 1 && *sharers >= threads) *sharers /= threads;
    }
    return (uint64_t)amount * (unit == 'K' ? 1024u : unit == 'M' ? 1048576u : 1u);
  }
  return 0;
}

uint64_t platform_cache_bytes(int level) {
  uint32_t sharers = 0;
  const uint64_t bytes = read_cache("", 0, level, &sharers);
  return level == 2 && sharers > 1 ? bytes / sharers : bytes;
}

int32_t platform_next_core(const char *root, int32_t after) {
  int32_t core;
#ifdef CPU_ISSET
  cpu_set_t set;
  CPU_ZERO(&set);
  if (root[0] == 0 && sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
    for (core = after + 1; core < CPU_SETSIZE; core++)
      if (CPU_ISSET((size_t)core, &set)) return core;
    return -1;
  }
#endif
  for (core = after + 1; core < 4096; core++) {
    char text[64];
    /* A core that is not plugged in has no topology. */
    if (read_core_file(root, (uint32_t)core, "topology/physical_package_id", text, sizeof text)) return core;
  }
  return -1;
}

uint64_t platform_memory_bytes(void) {
  const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && bytes > 0 ? (uint64_t)pages * (uint64_t)bytes : 0;
}

void platform_machine_name(const char *root, char *name, size_t size) {
  char path[512];
  FILE *file = NULL;
  size_t length = 0;
  int byte;
  if (size == 0) return;
  if ((size_t)snprintf(path, sizeof path, "%s/proc/device-tree/model", root) < sizeof path) file = fopen(path, "re");
  while (file != NULL && length + 1 < size && (byte = fgetc(file)) > 0) {
    if (byte >= 'A' && byte <= 'Z') byte += 'a' - 'A';
    if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))) {
      if (length == 0 || name[length - 1] == '-') continue;
      byte = '-';
    }
    name[length++] = (char)byte;
  }
  if (file != NULL) fclose(file);
  while (length > 0 && name[length - 1] == '-') length--;
  name[length] = 0;
}

#if defined(__x86_64__)
uint32_t platform_instructions(void) {
  const uint32_t sets = platform_instruction_sets();
  uint32_t a, b, c = 0, d, bits = 0;
  if (sets & PLATFORM_AVX2) bits |= 1u << 8;
  if (sets & PLATFORM_AVX512) bits |= 1u << 9;
  if ((sets & PLATFORM_AVX512) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 11 & 1)) bits |= 1u << 10;
  return bits;
}
#elif defined(__aarch64__)
/* Linux' arch/arm64/include/uapi/asm/hwcap.h: ASIMD 1, ASIMDHP 10, ASIMDDP 20, SVE 22; of the second word I8MM 13. */
uint32_t platform_instructions(void) {
  const unsigned long first = getauxval(AT_HWCAP), second = getauxval(26);
  return 1u | (first >> 20 & 1 ? 1u << 1 : 0) | (first >> 10 & 1 ? 1u << 2 : 0) | (second >> 13 & 1 ? 1u << 3 : 0) | (first >> 22 & 1 ? 1u << 4 : 0);
}
#elif defined(__arm__)
/* Linux' arch/arm/include/uapi/asm/hwcap.h: ASIMDHP 23, ASIMDDP 24, I8MM 27. */
uint32_t platform_instructions(void) {
  const unsigned long first = getauxval(AT_HWCAP);
  return (platform_instruction_sets() & PLATFORM_NEON ? 1u : 0) | (first >> 24 & 1 ? 1u << 1 : 0) | (first >> 23 & 1 ? 1u << 2 : 0) | (first >> 27 & 1 ? 1u << 3 : 0);
}
#else
uint32_t platform_instructions(void) { return 0; }
#endif

/* Arm's part numbers in MIDR_EL1, of the cores' Technical Reference Manuals, and the float32 multiply-adds of their optimization guides. */
static const struct {
  uint32_t part, multiply_adds;
  const char *type;
} arm_parts[] = {{0xD03, 4, "cortex-a53"},   {0xD04, 4, "cortex-a35"},    {0xD05, 4, "cortex-a55"},    {0xD07, 4, "cortex-a57"},  {0xD08, 4, "cortex-a72"},
                 {0xD09, 4, "cortex-a73"},   {0xD0A, 8, "cortex-a75"},    {0xD0B, 8, "cortex-a76"},    {0xD0C, 8, "neoverse-n1"}, {0xD0D, 8, "cortex-a77"},
                 {0xD41, 8, "cortex-a78"},   {0xD44, 16, "cortex-x1"},    {0xD46, 8, "cortex-a510"},   {0xD47, 8, "cortex-a710"}, {0xD40, 16, "neoverse-v1"},
                 {0xD49, 8, "neoverse-n2"},  {0xD4F, 16, "neoverse-v2"}};

static void name_type(const char *root, uint32_t index, struct platform_core *core) {
  char text[64];
  unsigned long long midr = 0;
  size_t entry;
#if defined(__x86_64__)
  if (root[0] == 0) {
    snprintf(core->type, sizeof core->type, "%s", "x86-64");
    return;
  }
#endif
  if (!read_core_file(root, index, "regs/identification/midr_el1", text, sizeof text) || sscanf(text, "%llx", &midr) != 1) return;
  for (entry = 0; entry < sizeof arm_parts / sizeof arm_parts[0]; entry++) {
    if ((midr >> 24 & 0xFF) != 0x41 || (midr >> 4 & 0xFFF) != arm_parts[entry].part) continue;
    snprintf(core->type, sizeof core->type, "%s", arm_parts[entry].type);
    core->multiply_adds = arm_parts[entry].multiply_adds;
    return;
  }
  snprintf(core->type, sizeof core->type, "arm-%02x-%03x", (unsigned)(midr >> 24 & 0xFF), (unsigned)(midr >> 4 & 0xFFF));
}

void platform_read_core(const char *root, uint32_t index, struct platform_core *core) {
  char text[64];
  unsigned long number = 0;
  uint32_t sharers;
  memset(core, 0, sizeof *core);
  if (read_core_file(root, index, "cpufreq/cpuinfo_max_freq", text, sizeof text) && sscanf(text, "%lu", &number) == 1 && number < 100000000u) {
    core->megahertz = (uint32_t)(number / 1000);
  }
  if (read_core_file(root, index, "cpu_capacity", text, sizeof text) && sscanf(text, "%lu", &number) == 1 && number < 65536u) {
    core->capacity = (uint32_t)number;
  }
  core->level1_bytes = read_cache(root, index, 1, &sharers);
  core->level2_bytes = read_cache(root, index, 2, &core->level2_cores);
  core->level3_bytes = read_cache(root, index, 3, &sharers);
  name_type(root, index, core);
}
