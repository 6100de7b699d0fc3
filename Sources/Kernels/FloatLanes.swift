// SPDX-License-Identifier: Apache-2.0

// Vectors of floats in memory that is aligned to a float only.

extension UnsafePointer where Pointee == Float {
  @inline(__always)
  func lanes8(_ index: Int) -> SIMD8<Float> { UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self) }
  @inline(__always)
  func lanes4(_ index: Int) -> SIMD4<Float> { UnsafeRawPointer(self + index).loadUnaligned(as: SIMD4<Float>.self) }
}

extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always)
  func lanes8(_ index: Int) -> SIMD8<Float> { UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self) }
  @inline(__always)
  func lanes4(_ index: Int) -> SIMD4<Float> { UnsafeRawPointer(self + index).loadUnaligned(as: SIMD4<Float>.self) }
  @inline(__always)
  func store8(_ value: SIMD8<Float>, _ index: Int) { UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: SIMD8<Float>.self) }
  @inline(__always)
  func store4(_ value: SIMD4<Float>, _ index: Int) { UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: SIMD4<Float>.self) }
}
