// SPDX-License-Identifier: Apache-2.0

#if CORACLE_LANES_16
/// The floats that a kernel computes at once.
package typealias Lanes = SIMD16<Float>
/// Their bits.
package typealias LaneBits = SIMD16<Int32>
#else
/// The floats that a kernel computes at once.
package typealias Lanes = SIMD8<Float>
/// Their bits.
package typealias LaneBits = SIMD8<Int32>
#endif

extension Lanes {
  /// How many floats there are: a power of two.
  @inline(__always)
  package static var count: Int { scalarCount }

  /// self + a b, rounded once where the target has such an instruction.
  @inline(__always)
  package func multiplyAdd(_ a: Lanes, _ b: Lanes) -> Lanes {
    #if CORACLE_FMA || arch(arm64)
    addingProduct(a, b)
    #else
    self + a * b
    #endif
  }

  @inline(__always)
  package func multiplyAdd(_ a: Lanes, _ b: Float) -> Lanes { multiplyAdd(a, Lanes(repeating: b)) }

  /// `Lanes.count` contiguous floats; no alignment is needed beyond a float's.
  @inline(__always)
  package init(at pointer: UnsafePointer<Float>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self) }

  /// The first `count` (at most `Lanes.count`) floats at `pointer`, then zeros; reads no more than these.
  @inline(__always)
  package init(at pointer: UnsafePointer<Float>, first count: Int) {
    if count == Lanes.count {
      self = Lanes(at: pointer)
      return
    }
    var few = Lanes.zero
    withUnsafeMutableBytes(of: &few) { few in
      if let few = few.baseAddress { copyFew(count, from: pointer, to: few) }
    }
    self = few
  }

  @inline(__always)
  package func store(to pointer: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self) }

  /// Stores the first `count` (at most `Lanes.count`) lanes.
  @inline(__always)
  package func store(to pointer: UnsafeMutablePointer<Float>, first count: Int) {
    if count == Lanes.count {
      store(to: pointer)
      return
    }
    withUnsafeBytes(of: self) { lanes in
      if let lanes = lanes.baseAddress { copyFew(count, from: lanes, to: pointer) }
    }
  }

  /// The bits of the lanes.
  @inline(__always)
  package var bits: LaneBits { unsafeBitCast(self, to: LaneBits.self) }

  @inline(__always)
  package init(bits: LaneBits) { self = unsafeBitCast(bits, to: Lanes.self) }

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
    #if CORACLE_LANES_16
    let eight = lowHalf + highHalf
    #else
    let eight = self
    #endif
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// The largest lane, where none is NaN.
  @inline(__always)
  package var largest: Float {
    #if CORACLE_LANES_16
    let eight = lowHalf.replacing(with: highHalf, where: lowHalf .< highHalf)
    #else
    let eight = self
    #endif
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.lowHalf .< eight.highHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.lowHalf .< four.highHalf)
    return two.x < two.y ? two.y : two.x
  }
}

/// Copies `count` (below `Lanes.count`) floats by two words of one size, which may overlap.
@inline(__always)
private func copyFew(_ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
  #if CORACLE_LANES_16
  if count >= 8 { return copyEnds(SIMD8<Float>.self, count, from: source, to: target) }
  #endif
  if count >= 4 { return copyEnds(SIMD4<Float>.self, count, from: source, to: target) }
  if count >= 2 { return copyEnds(SIMD2<Float>.self, count, from: source, to: target) }
  if count == 1 { target.storeBytes(of: source.loadUnaligned(as: Float.self), as: Float.self) }
}

/// Copies `count` floats by their first `Word` and their last.
@inline(__always)
private func copyEnds<Word: SIMD<Float>>(_ word: Word.Type, _ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
  let last = (count &- Word.scalarCount) &* 4
  let (first, second) = (source.loadUnaligned(as: word), source.loadUnaligned(fromByteOffset: last, as: word))
  target.storeBytes(of: first, as: word)
  target.storeBytes(of: second, toByteOffset: last, as: word)
}
