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
