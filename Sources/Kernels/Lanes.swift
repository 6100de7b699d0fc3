// SPDX-License-Identifier: Apache-2.0

/// Eight floats that a kernel computes at once.
package typealias Lanes = SIMD8<Float>

extension SIMD8 where Scalar == Float {
  /// Eight contiguous floats; no alignment is needed beyond a float's.
  @inline(__always)
  package init(at pointer: UnsafePointer<Float>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self) }

  /// The first `count` (0 to 7) floats at `pointer`, then zeros; reads no more than these.
  @inline(__always)
  package init(at pointer: UnsafePointer<Float>, first count: Int) {
    self = .zero
    var lane = 0
    while lane < count {
      self[lane & 7] = pointer[lane]
      lane = lane &+ 1
    }
  }

  @inline(__always)
  package func store(to pointer: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self) }

  /// Stores the first `count` (0 to 7) lanes.
  @inline(__always)
  package func store(to pointer: UnsafeMutablePointer<Float>, first count: Int) {
    var lane = 0
    while lane < count {
      pointer[lane] = self[lane & 7]
      lane = lane &+ 1
    }
  }

  /// The bits of the lanes.
  @inline(__always)
  package var bits: SIMD8<Int32> { unsafeBitCast(self, to: SIMD8<Int32>.self) }

  @inline(__always)
  package init(bits: SIMD8<Int32>) { self = unsafeBitCast(bits, to: Lanes.self) }

  /// The larger of each pair; the lane of `self` where either is NaN.
  @inline(__always)
  package func maximum(_ other: Lanes) -> Lanes { replacing(with: other, where: self .< other) }

  /// The smaller of each pair; the lane of `self` where either is NaN.
  @inline(__always)
  package func minimum(_ other: Lanes) -> Lanes { replacing(with: other, where: self .> other) }

  @inline(__always)
  package func maximum(_ other: Float) -> Lanes { maximum(Lanes(repeating: other)) }

  @inline(__always)
  package func minimum(_ other: Float) -> Lanes { minimum(Lanes(repeating: other)) }

  @inline(__always)
  package var magnitude: Lanes { Lanes(bits: bits & 0x7FFF_FFFF) }

  /// The magnitudes of `self` with the signs of `other`.
  @inline(__always)
  package func withSign(of other: Lanes) -> Lanes { Lanes(bits: (bits & 0x7FFF_FFFF) | (other.bits & Int32(bitPattern: 0x8000_0000))) }

  /// The sum of the lanes, as a balanced tree.
  @inline(__always)
  package var total: Float {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  @inline(__always)
  package var largest: Float {
    let four = lowHalf.replacing(with: highHalf, where: lowHalf .< highHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.lowHalf .< four.highHalf)
    return two.x < two.y ? two.y : two.x
  }
}
