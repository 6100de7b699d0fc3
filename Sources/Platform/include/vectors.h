/* Single instructions on vectors of floats, where the target has them. Needs nothing of libc. SPDX-License-Identifier: Apache-2.0 */
#ifndef CORACLE_VECTORS_H
#define CORACLE_VECTORS_H

/* Vectors: what Swift's SIMD8<Float> and SIMD16<Float> have no single instruction for. Their own functions go lane by lane until the code generator joins
 * them, and the inliner, which comes before, gives up in whatever uses some of them. */

#ifdef __clang__
#pragma clang assume_nonnull begin

/* Asks for the cache line of `from`; an address that is not there does no harm. */
static inline void platform_prefetch(const float *from) { __builtin_prefetch(from, 0, 3); }
/* The same into the second-level cache only. */
static inline void platform_prefetch_outer(const void *from) { __builtin_prefetch(from, 0, 2); }

/* The same address in a register of its own: the compiler would make the addresses of a loop from each other, by an addition for each load. */
static inline const float *platform_address_kept(const float *address) {
  __asm__("" : "+r"(address));
  return address;
}

typedef float platform_float4 __attribute__((ext_vector_type(4)));
typedef float platform_float8 __attribute__((ext_vector_type(8)));
typedef float platform_float16 __attribute__((ext_vector_type(16)));
typedef int platform_int8 __attribute__((ext_vector_type(8)));
typedef int platform_int16 __attribute__((ext_vector_type(16)));

/* Loads and stores at addresses aligned to a float only: Swift's own are functions that its inliner leaves as calls where a kernel is large. */
#define PLATFORM_VECTOR_MEMORY(vector, name) \
  typedef vector __attribute__((aligned(4), may_alias)) platform_unaligned_##name; \
  static inline vector platform_##name##_load(const float *from) { return *(const platform_unaligned_##name *)from; } \
  static inline void platform_##name##_store(vector x, float *to) { *(platform_unaligned_##name *)to = x; }
PLATFORM_VECTOR_MEMORY(platform_float4, float4)
PLATFORM_VECTOR_MEMORY(platform_float8, float8)
PLATFORM_VECTOR_MEMORY(platform_float16, float16)
#undef PLATFORM_VECTOR_MEMORY
#ifdef __AVX512F__
/* The first `count` of the 16 floats, then zeros; what lies behind them is not touched. */
typedef float platform_masked16 __attribute__((vector_size(64)));
static inline platform_float16 platform_float16_load_first(const float *from, long count) {
  return (platform_float16)__builtin_ia32_loadups512_mask(from, (platform_masked16){0}, (unsigned short)((1u << count) - 1));
}
static inline void platform_float16_store_first(platform_float16 x, float *to, long count) {
  __builtin_ia32_storeups512_mask(to, (platform_masked16)x, (unsigned short)((1u << count) - 1));
}

/* The two floats at `from` in turn, by one load. */
typedef double platform_double8 __attribute__((ext_vector_type(8)));
typedef double __attribute__((aligned(4), may_alias)) platform_two_floats;
static inline platform_float16 platform_float16_repeat_pair(const float *from) {
  return (platform_float16)(platform_double8)*(const platform_two_floats *)from;
}
/* Lanes of x and y in turn, in each 128 bits the lower or the upper two. */
static inline platform_float16 platform_float16_interleave_lower(platform_float16 x, platform_float16 y) {
  return __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
static inline platform_float16 platform_float16_interleave_upper(platform_float16 x, platform_float16 y) {
  return __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
/* The sums of neighbouring lanes of two vectors that the functions above have made, in the order of x. */
static inline platform_float16 platform_float16_add_pairs(platform_float16 lower, platform_float16 upper) {
  return __builtin_shufflevector(lower, upper, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30)
    + __builtin_shufflevector(lower, upper, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);
}
/* The same for halves of a vector. */
static inline platform_float16 platform_float16_interleave(platform_float8 x, platform_float8 y) {
  return __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}
static inline platform_float8 platform_float8_add_pairs(platform_float16 x) {
  return __builtin_shufflevector(x, x, 0, 2, 4, 6, 8, 10, 12, 14) + __builtin_shufflevector(x, x, 1, 3, 5, 7, 9, 11, 13, 15);
}
#endif

/* A NaN stays in clamp. */
#define PLATFORM_VECTOR_PRODUCT(vector, name) \
  static inline vector platform_##name##_multiply_add(vector sum, vector a, vector b) { return __builtin_elementwise_fma(a, b, sum); } \
  static inline vector platform_##name##_clamp(vector x, vector low, vector high) { \
    const vector raised = x < low ? low : x; \
    return raised > high ? high : raised; \
  }
PLATFORM_VECTOR_PRODUCT(platform_float4, float4)
PLATFORM_VECTOR_PRODUCT(platform_float8, float8)
PLATFORM_VECTOR_PRODUCT(platform_float16, float16)
#undef PLATFORM_VECTOR_PRODUCT

/* A product with half of a longer vector, added in the sum's own register: the compiler would rather overwrite the half, and then run out of
 * registers. */
#if defined(__x86_64__) && defined(__AVX512VL__)
#define PLATFORM_ADD_PRODUCT(sum, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b)) /* any of 32 registers */
#elif defined(__x86_64__) && defined(__FMA__)
#define PLATFORM_ADD_PRODUCT(sum, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#else
#define PLATFORM_ADD_PRODUCT(sum, a, b) sum = __builtin_elementwise_fma(a, b, sum)
#endif
static inline platform_float4 platform_float4_accumulate(platform_float4 sum, platform_float4 a, platform_float4 b) {
  PLATFORM_ADD_PRODUCT(sum, a, b);
  return sum;
}
#if !defined(__x86_64__) || defined(__AVX__)
static inline platform_float8 platform_float8_accumulate(platform_float8 sum, platform_float8 a, platform_float8 b) {
  PLATFORM_ADD_PRODUCT(sum, a, b);
  return sum;
}
#endif
#undef PLATFORM_ADD_PRODUCT

#ifdef __aarch64__
/* The same values, and no instruction: but the compiler computes them before what is ordered later, uses them after that, and moves no load
 * over any of these. */
static inline platform_float4 platform_float4_ordered(platform_float4 x) {
  __asm__ volatile("" : "+w"(x) : : "memory");
  return x;
}
static inline long platform_count_ordered(long count) {
  __asm__ volatile("" : "+r"(count) : : "memory");
  return count;
}
#endif

#ifdef __AVX512F__
typedef platform_float16 platform_lines;
#define PLATFORM_LANES(a, b, c, d) a, b, c, d, a + 4, b + 4, c + 4, d + 4, a + 8, b + 8, c + 8, d + 8, a + 12, b + 12, c + 12, d + 12
#elif defined(__AVX__)
typedef platform_float8 platform_lines;
#define PLATFORM_LANES(a, b, c, d) a, b, c, d, a + 4, b + 4, c + 4, d + 4
#endif
#ifdef PLATFORM_LANES
/* Four floats each of line `index` and every fourth after it, `step` floats apart. */
static inline platform_lines platform_lines_load(const float *from, long step, long index) {
  const platform_float8 low = __builtin_shufflevector(platform_float4_load(from + index * step), platform_float4_load(from + (index + 4) * step), 0, 1, 2, 3, 4, 5, 6, 7);
#ifdef __AVX512F__
  const platform_float8 high = __builtin_shufflevector(platform_float4_load(from + (index + 8) * step), platform_float4_load(from + (index + 12) * step), 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  return low;
#endif
}
/* to[k to_step + i] = from[i step + k] for k < 4, and i below a vector's lanes. */
static inline void platform_lines_transpose(const float *from, long step, float *to, long to_step) {
  enum { lanes = sizeof(platform_lines) / sizeof(float) };
  const platform_lines a = platform_lines_load(from, step, 0), b = platform_lines_load(from, step, 1);
  const platform_lines c = platform_lines_load(from, step, 2), d = platform_lines_load(from, step, 3);
  const platform_lines ab = __builtin_shufflevector(a, b, PLATFORM_LANES(0, lanes, 1, lanes + 1)), ab2 = __builtin_shufflevector(a, b, PLATFORM_LANES(2, lanes + 2, 3, lanes + 3));
  const platform_lines cd = __builtin_shufflevector(c, d, PLATFORM_LANES(0, lanes, 1, lanes + 1)), cd2 = __builtin_shufflevector(c, d, PLATFORM_LANES(2, lanes + 2, 3, lanes + 3));
  typedef platform_lines __attribute__((aligned(4), may_alias)) unaligned;
  *(unaligned *)to = __builtin_shufflevector(ab, cd, PLATFORM_LANES(0, 1, lanes, lanes + 1));
  *(unaligned *)(to + to_step) = __builtin_shufflevector(ab, cd, PLATFORM_LANES(2, 3, lanes + 2, lanes + 3));
  *(unaligned *)(to + 2 * to_step) = __builtin_shufflevector(ab2, cd2, PLATFORM_LANES(0, 1, lanes, lanes + 1));
  *(unaligned *)(to + 3 * to_step) = __builtin_shufflevector(ab2, cd2, PLATFORM_LANES(2, 3, lanes + 2, lanes + 3));
}
#undef PLATFORM_LANES
#endif

/* Of both lengths by one name in Swift. */
#define PLATFORM_SWIFT_NAME(name) __attribute__((swift_name(name)))
#define PLATFORM_VECTOR_FUNCTIONS(vector, integers, name) \
  PLATFORM_SWIFT_NAME("platform_lanes_add(_:_:)") static inline vector platform_##name##_add(vector x, vector y) { return x + y; } \
  PLATFORM_SWIFT_NAME("platform_lanes_subtract(_:_:)") static inline vector platform_##name##_subtract(vector x, vector y) { return x - y; } \
  PLATFORM_SWIFT_NAME("platform_lanes_multiply(_:_:)") static inline vector platform_##name##_multiply(vector x, vector y) { return x * y; } \
  PLATFORM_SWIFT_NAME("platform_lanes_divide(_:_:)") static inline vector platform_##name##_divide(vector x, vector y) { return x / y; } \
  PLATFORM_SWIFT_NAME("platform_lanes_sqrt(_:)") static inline vector platform_##name##_sqrt(vector x) { return __builtin_elementwise_sqrt(x); } \
  PLATFORM_SWIFT_NAME("platform_lanes_round(_:)") static inline vector platform_##name##_round(vector x) { return __builtin_elementwise_roundeven(x); } \
  PLATFORM_SWIFT_NAME("platform_lanes_floor(_:)") static inline vector platform_##name##_floor(vector x) { return __builtin_elementwise_floor(x); } \
  PLATFORM_SWIFT_NAME("platform_lanes_ceil(_:)") static inline vector platform_##name##_ceil(vector x) { return __builtin_elementwise_ceil(x); } \
  PLATFORM_SWIFT_NAME("platform_lanes_truncate(_:)") static inline vector platform_##name##_truncate(vector x) { return __builtin_elementwise_trunc(x); } \
  /* the lanes of `other` where `mask` is -1, those of `x` where it is 0 */ \
  PLATFORM_SWIFT_NAME("platform_lanes_replace(_:_:_:)") static inline vector platform_##name##_replace(vector x, vector other, integers mask) { return mask ? other : x; } \
  PLATFORM_SWIFT_NAME("platform_lanes_of(_:)") static inline vector platform_##name##_of(integers x) { return __builtin_convertvector(x, vector); }
/* from[numbers[i]] for each lane i; the numbers are below the lanes' count, and as many floats are read as there are lanes. */
PLATFORM_SWIFT_NAME("platform_lanes_choose(_:_:)") static inline platform_float8 platform_float8_choose(const float *from, platform_int8 numbers) {
#ifdef __AVX2__
  return (platform_float8)__builtin_ia32_permvarsf256(platform_float8_load(from), numbers);
#else
  platform_float8 result;
  for (int lane = 0; lane < 8; lane++) result[lane] = from[numbers[lane]];
  return result;
#endif
}
#ifdef __AVX512F__
PLATFORM_SWIFT_NAME("platform_lanes_choose(_:_:)") static inline platform_float16 platform_float16_choose(const float *from, platform_int16 numbers) {
  return (platform_float16)__builtin_ia32_permvarsf512(platform_float16_load(from), numbers);
}
#endif
PLATFORM_VECTOR_FUNCTIONS(platform_float8, platform_int8, float8)
PLATFORM_VECTOR_FUNCTIONS(platform_float16, platform_int16, float16)
#undef PLATFORM_VECTOR_FUNCTIONS
#undef PLATFORM_SWIFT_NAME

#ifdef __ARM_FEATURE_FP16_VECTOR_ARITHMETIC
/* Eight numbers of half precision, at addresses aligned to one of them only. */
typedef _Float16 platform_half8 __attribute__((ext_vector_type(8)));
typedef platform_half8 __attribute__((aligned(2), may_alias)) platform_unaligned_half8;
static inline platform_half8 platform_half8_load(const _Float16 *from) { return *(const platform_unaligned_half8 *)from; }
static inline platform_half8 platform_half8_multiply_add(platform_half8 sum, platform_half8 a, platform_half8 b) {
  return __builtin_elementwise_fma(a, b, sum);
}
static inline platform_float8 platform_half8_widen(platform_half8 x) { return __builtin_convertvector(x, platform_float8); }
/* Rounds to the nearest, ties to even. */
static inline void platform_half8_store_rounded(platform_float8 x, _Float16 *to) {
  *(platform_unaligned_half8 *)to = __builtin_convertvector(x, platform_half8);
}
#endif
#pragma clang assume_nonnull end
#endif

#endif
