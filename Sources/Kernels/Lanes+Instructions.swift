// SPDX-License-Identifier: Apache-2.0
import Platform

/// Single instructions on whole vectors, where the target has them: see vectors.h.
extension Lanes {
  @_transparent var root: Lanes { platform_lanes_sqrt(self) }
  @_transparent var nearest: Lanes { platform_lanes_round(self) }
  @_transparent var down: Lanes { platform_lanes_floor(self) }
  @_transparent var up: Lanes { platform_lanes_ceil(self) }
  @_transparent var towardZero: Lanes { platform_lanes_truncate(self) }
  @_transparent package static func + (x: Lanes, y: Lanes) -> Lanes { platform_lanes_add(x, y) }
  @_transparent package static func - (x: Lanes, y: Lanes) -> Lanes { platform_lanes_subtract(x, y) }
  @_transparent package static func * (x: Lanes, y: Lanes) -> Lanes { platform_lanes_multiply(x, y) }
  @_transparent package static func / (x: Lanes, y: Lanes) -> Lanes { platform_lanes_divide(x, y) }
  @_transparent package func replacing(with other: Lanes, where mask: SIMDMask<LaneBits>) -> Lanes { platform_lanes_replace(self, other, mask._storage) }
  /// The nearest floats.
  @_transparent package init(_ integers: LaneBits) { self = platform_lanes_of(integers) }
}

/// What Swift's vectors have for all of their kinds, by these instructions.
extension Lanes {
  @_transparent package static func + (x: Lanes, y: Float) -> Lanes { x + Lanes(repeating: y) }
  @_transparent package static func + (x: Float, y: Lanes) -> Lanes { Lanes(repeating: x) + y }
  @_transparent package static func - (x: Lanes, y: Float) -> Lanes { x - Lanes(repeating: y) }
  @_transparent package static func - (x: Float, y: Lanes) -> Lanes { Lanes(repeating: x) - y }
  @_transparent package static func * (x: Lanes, y: Float) -> Lanes { x * Lanes(repeating: y) }
  @_transparent package static func * (x: Float, y: Lanes) -> Lanes { Lanes(repeating: x) * y }
  @_transparent package static func / (x: Lanes, y: Float) -> Lanes { x / Lanes(repeating: y) }
  @_transparent package static func / (x: Float, y: Lanes) -> Lanes { Lanes(repeating: x) / y }
  @_transparent package static func += (x: inout Lanes, y: Lanes) { x = x + y }
  @_transparent package static func -= (x: inout Lanes, y: Lanes) { x = x - y }
  @_transparent package static func *= (x: inout Lanes, y: Lanes) { x = x * y }
  @_transparent package static func /= (x: inout Lanes, y: Lanes) { x = x / y }
  @_transparent package func replacing(with other: Float, where mask: SIMDMask<LaneBits>) -> Lanes { replacing(with: Lanes(repeating: other), where: mask) }
  @_transparent package mutating func replace(with other: Lanes, where mask: SIMDMask<LaneBits>) { self = replacing(with: other, where: mask) }
  @_transparent package mutating func replace(with other: Float, where mask: SIMDMask<LaneBits>) { self = replacing(with: other, where: mask) }
}

// In memory that is aligned to a float only. Transparent, because the inliner gives up in functions as large as a matrix kernel's tile.

extension SIMD4 where Scalar == Float {
  /// The contiguous floats at `pointer`.
  @_transparent package init(at pointer: UnsafePointer<Float>) { self = platform_float4_load(pointer) }
  @_transparent package func store(to pointer: UnsafeMutablePointer<Float>) { platform_float4_store(self, pointer) }
  /// self + a b, rounded once where the target has such an instruction.
  @_transparent package func multiplyAdd(_ a: SIMD4, _ b: SIMD4) -> SIMD4 {
    #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
    platform_float4_multiply_add(self, a, b)
    #else
    self + a * b
    #endif
  }
  /// The same for the half of a longer vector: see vectors.h.
  @_transparent func accumulateHalf(_ a: SIMD4, _ b: SIMD4) -> SIMD4 {
    #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
    platform_float4_accumulate(self, a, b)
    #else
    self + a * b
    #endif
  }
  @_transparent func clamped(_ low: SIMD4, _ high: SIMD4) -> SIMD4 { platform_float4_clamp(self, low, high) }
  @_transparent func activated(by f: HardSwish) -> SIMD4 {
    let gate = SIMD4(repeating: f.middle).multiplyAdd(self, SIMD4(repeating: f.slope)).clamped(SIMD4(repeating: f.low), SIMD4(repeating: f.high))
    return SIMD4(repeating: f.offset).multiplyAdd(self, gate)
  }
}

extension SIMD8 where Scalar == Float {
  /// The contiguous floats at `pointer`.
  @_transparent package init(at pointer: UnsafePointer<Float>) { self = platform_float8_load(pointer) }
  @_transparent package func store(to pointer: UnsafeMutablePointer<Float>) { platform_float8_store(self, pointer) }
  /// self + a b, rounded once where the target has such an instruction.
  @_transparent package func multiplyAdd(_ a: SIMD8, _ b: SIMD8) -> SIMD8 {
    #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
    platform_float8_multiply_add(self, a, b)
    #else
    self + a * b
    #endif
  }
  /// The same for the half of a longer vector: see vectors.h.
  @_transparent func accumulateHalf(_ a: SIMD8, _ b: SIMD8) -> SIMD8 {
    #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
    platform_float8_accumulate(self, a, b)
    #else
    self + a * b
    #endif
  }
  @_transparent func clamped(_ low: SIMD8, _ high: SIMD8) -> SIMD8 { platform_float8_clamp(self, low, high) }
  @_transparent func activated(by f: HardSwish) -> SIMD8 {
    let gate = SIMD8(repeating: f.middle).multiplyAdd(self, SIMD8(repeating: f.slope)).clamped(SIMD8(repeating: f.low), SIMD8(repeating: f.high))
    return SIMD8(repeating: f.offset).multiplyAdd(self, gate)
  }
}

extension SIMD16 where Scalar == Float {
  /// The contiguous floats at `pointer`.
  @_transparent package init(at pointer: UnsafePointer<Float>) { self = platform_float16_load(pointer) }
  @_transparent package func store(to pointer: UnsafeMutablePointer<Float>) { platform_float16_store(self, pointer) }
  /// self + a b, rounded once where the target has such an instruction.
  @_transparent package func multiplyAdd(_ a: SIMD16, _ b: SIMD16) -> SIMD16 {
    #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
    platform_float16_multiply_add(self, a, b)
    #else
    self + a * b
    #endif
  }
  @_transparent func clamped(_ low: SIMD16, _ high: SIMD16) -> SIMD16 { platform_float16_clamp(self, low, high) }
  @_transparent func activated(by f: HardSwish) -> SIMD16 {
    let gate = SIMD16(repeating: f.middle).multiplyAdd(self, SIMD16(repeating: f.slope)).clamped(SIMD16(repeating: f.low), SIMD16(repeating: f.high))
    return SIMD16(repeating: f.offset).multiplyAdd(self, gate)
  }
}
