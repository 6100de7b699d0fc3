// SPDX-License-Identifier: Apache-2.0

// Vectors of floats in memory that is aligned to a float only.

extension UnsafePointer where Pointee == Float {
  @inline(__always)
  func lanes8(_ index: Int) -> SIMD8<Float> { SIMD8(at: self + index) }
  @inline(__always)
  func lanes4(_ index: Int) -> SIMD4<Float> { SIMD4(at: self + index) }
}

extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always)
  func lanes8(_ index: Int) -> SIMD8<Float> { SIMD8(at: self + index) }
  @inline(__always)
  func lanes4(_ index: Int) -> SIMD4<Float> { SIMD4(at: self + index) }
  @inline(__always)
  func store8(_ value: SIMD8<Float>, _ index: Int) { value.store(to: self + index) }
  @inline(__always)
  func store4(_ value: SIMD4<Float>, _ index: Int) { value.store(to: self + index) }
}
