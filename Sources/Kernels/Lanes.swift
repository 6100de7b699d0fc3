// SPDX-License-Identifier: Apache-2.0
import Platform

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

  @inline(__always)
  package func multiplyAdd(_ a: Lanes, _ b: Float) -> Lanes { multiplyAdd(a, Lanes(repeating: b)) }

  /// The first `count` (at most `Lanes.count`) floats at `pointer`, then zeros; reads no more than these.
  @inline(__always)
  package init(at pointer: UnsafePointer<Float>, first count: Int) {
    #if CORACLE_AVX512
    self = platform_float16_load_first(pointer, count)
    #else
    if count == Lanes.count {
      self = Lanes(at: pointer)
      return
    }
    var few = Lanes.zero
    withUnsafeMutableBytes(of: &few) { few in
      if let few = few.baseAddress { copyFew(count, from: pointer, to: few) }
    }
    self = few
    #endif
  }

  /// Stores the first `count` (at most `Lanes.count`) lanes.
  @inline(__always)
  package func store(to pointer: UnsafeMutablePointer<Float>, first count: Int) {
    #if CORACLE_AVX512
    platform_float16_store_first(self, pointer, count)
    #else
    if count == Lanes.count {
      store(to: pointer)
      return
    }
    withUnsafeBytes(of: self) { lanes in
      if let lanes = lanes.baseAddress { copyFew(count, from: lanes, to: pointer) }
    }
    #endif
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
  package var total: Float { folded { $0 + $1 } }

  /// The largest lane, where none is NaN.
  @inline(__always)
  package var largest: Float { folded { $0.maximum($1) } }

  /// All lanes joined by `merge`, as a balanced tree: each half with the other, and so on.
  @inline(__always)
  package func folded(_ merge: (Lanes, Lanes) -> Lanes) -> Float {
    #if CORACLE_LANES_16
    let eights = merge(self, Lanes(lowHalf: highHalf, highHalf: highHalf))
    let upper = eights.lowHalf.highHalf
    let fours = merge(eights, Lanes(lowHalf: SIMD8(lowHalf: upper, highHalf: upper), highHalf: eights.lowHalf))
    #else
    let fours = merge(self, Lanes(lowHalf: highHalf, highHalf: highHalf))
    #endif
    var pairs = fours
    pairs[0] = fours[2]
    pairs[1] = fours[3]
    pairs = merge(fours, pairs)
    var single = pairs
    single[0] = pairs[1]
    return merge(pairs, single)[0]
  }

  /// Which lanes come before lane `count`.
  @inline(__always)
  package static func isBelow(_ count: Int) -> SIMDMask<LaneBits> { numbers .< LaneBits(repeating: Int32(truncatingIfNeeded: count)) }

  /// 0, 1, 2, …
  @inline(__always)
  package static var numbers: LaneBits {
    #if CORACLE_LANES_16
    LaneBits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    #else
    LaneBits(0, 1, 2, 3, 4, 5, 6, 7)
    #endif
  }
}

/// Calls `body(channel, width)` for vectors that cover `channels`; the last one overlaps the one before where there are enough.
@inline(__always)
func eachVector(of channels: Int, _ body: (Int, Int) -> Void) {
  guard channels >= Lanes.count else {
    if channels > 0 { body(0, channels) }
    return
  }
  var channel = 0
  while channel < channels &- Lanes.count {
    body(channel, Lanes.count)
    channel = channel &+ Lanes.count
  }
  body(channels &- Lanes.count, Lanes.count)
}

/// The same without an overlap: the last vector may be shorter. For results that are joined to what is there.
@inline(__always)
func joinVectors(_ channels: Int, _ body: (Int, Int) -> Void) {
  var channel = 0
  while channel &+ Lanes.count <= channels {
    body(channel, Lanes.count)
    channel = channel &+ Lanes.count
  }
  if channel < channels { body(channel, channels &- channel) }
}

/// The same in one loop, for bodies that would be long twice.
@inline(__always)
func eachPart(of channels: Int, _ body: (Int, Int) -> Void) {
  var channel = 0
  while channel < channels {
    body(channel, min(Lanes.count, channels &- channel))
    channel = channel &+ Lanes.count
  }
}

/// Whether kernels that only save instructions are compiled: not for x86-64's oldest processors, where the library has every operator, but no more
/// code than that takes.
@inline(__always)
package var hasWideVectors: Bool {
  #if CORACLE_FMA || CORACLE_NEON || arch(arm64)
  true
  #else
  false
  #endif
}

#if !CORACLE_AVX512
/// Copies `count` (below `Lanes.count`) floats by two words of one size, which may overlap.
@inline(__always)
private func copyFew(_ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
  if count >= 4 { return copyEnds(SIMD4<Float>.self, count, from: source, to: target) }
  if count >= 2 { return copyEnds(SIMD2<Float>.self, count, from: source, to: target) }
  if count == 1 { target.storeBytes(of: source.loadUnaligned(as: Float.self), as: Float.self) }
}

/// Copies `count` floats by their first `Word` and their last.
@inline(__always)
private func copyEnds<Word: SIMD<Float>>(
  _ word: Word.Type, _ count: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
) {
  let last = (count &- Word.scalarCount) &* 4
  let (first, second) = (source.loadUnaligned(as: word), source.loadUnaligned(fromByteOffset: last, as: word))
  target.storeBytes(of: first, as: word)
  target.storeBytes(of: second, toByteOffset: last, as: word)
}
#endif
