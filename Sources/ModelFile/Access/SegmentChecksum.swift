// SPDX-License-Identifier: Apache-2.0
import Platform

/// The checksum of a segment: XXH3, 64 bits, seed 0, default secret (xxHash specification 0.1.1 by Yann Collet, section "XXH3 algorithm
/// description for large inputs"), which goes through long runs of bytes at the speed of memory. For 256 bytes or more, in stripes of 64.
package struct SegmentChecksum {
  private var lanes = SIMD8<UInt64>(0xC2B2_AE3D, 0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63, 0x85EB_CA77, 0x27D4_EB2F_1656_67C5, 0x9E37_79B1)
  /// The stripe that was taken last: what is done with it depends on whether another follows.
  private var last = SIMD8<UInt64>(repeating: 0)
  /// Stripes of the present block of sixteen that the lanes hold.
  private var stripe = 0
  private var length: UInt64 = 0

  package init() {}

  /// How far ahead lines are fetched into the first-level cache, and before that into the second-level one, which waits for more lines at a time.
  /// Their difference is no multiple of a page, whose lines would share their places in the first.
  private static var fetchedBytes: Int { 1024 }
  private static var outerFetchedBytes: Int { 10240 }

  /// Takes `count` bytes, a multiple of 64; bytes beyond the last multiple are left out. Needs no alignment.
  package mutating func consume(_ pointer: UnsafeRawPointer, _ count: Int) {
    let stripes = count / 64
    guard stripes > 0 else { return }
    var words = SegmentChecksum.secret
    // The lanes stay in registers.
    var state = self
    withUnsafeBytes(of: &words) { raw in
      guard let secret = raw.baseAddress else { return }
      if state.length > 0 { state.add(state.last, secret) }
      var position = pointer
      let end = pointer + (stripes &- 1) &* 64
      while position < end {
        // The processor's own prefetching ends with each page.
        platform_prefetch_outer(position + SegmentChecksum.outerFetchedBytes)
        platform_prefetch((position + SegmentChecksum.fetchedBytes).assumingMemoryBound(to: Float.self))
        state.add(position.loadUnaligned(as: SIMD8<UInt64>.self), secret)
        position += 64
      }
      state.last = position.loadUnaligned(as: SIMD8<UInt64>.self)
    }
    self = state
    length &+= UInt64(truncatingIfNeeded: stripes &* 64)
  }

  /// The checksum of all that was consumed; 0 where that is less than 256 bytes.
  package func finish() -> UInt64 {
    guard length >= 256 else { return 0 }
    var words = SegmentChecksum.secret
    return withUnsafeBytes(of: &words) { raw in
      guard let secret = raw.baseAddress else { return 0 }
      let end = SegmentChecksum.mixed(lanes, last, secret + 121) ^ (secret + 11).loadUnaligned(as: SIMD8<UInt64>.self)
      var hash = length &* 0x9E37_79B1_85EB_CA87
      for pair in 0..<4 {
        let product = end[2 &* pair].multipliedFullWidth(by: end[2 &* pair &+ 1])
        hash = hash &+ (product.low ^ product.high)
      }
      hash = (hash ^ hash >> 37) &* 0x1656_6791_9E37_79F9
      return hash ^ hash >> 32
    }
  }

  /// Adds the next stripe to the lanes; the sixteenth ends a block.
  @inline(__always)
  private mutating func add(_ data: SIMD8<UInt64>, _ secret: UnsafeRawPointer) {
    lanes = SegmentChecksum.mixed(lanes, data, secret + stripe &* 8)
    stripe = stripe &+ 1
    guard stripe == 16 else { return }
    stripe = 0
    let mixed = lanes ^ lanes &>> 47 ^ (secret + 128).loadUnaligned(as: SIMD8<UInt64>.self)
    // Times a prime of 32 bits, by halves: there are vector instructions for these.
    let prime = SIMD8<UInt64>(repeating: 0x9E37_79B1)
    lanes = (mixed & 0xFFFF_FFFF) &* prime &+ ((mixed &>> 32) &* prime) &<< 32
  }

  @inline(__always)
  private static func mixed(_ lanes: SIMD8<UInt64>, _ data: SIMD8<UInt64>, _ secret: UnsafeRawPointer) -> SIMD8<UInt64> {
    let keyed = data ^ secret.loadUnaligned(as: SIMD8<UInt64>.self)
    let swapped = SIMD8<UInt64>(data[1], data[0], data[3], data[2], data[5], data[4], data[7], data[6])
    return lanes &+ swapped &+ (keyed & 0xFFFF_FFFF) &* (keyed &>> 32)
  }

  /// The specification's default secret as little-endian words.
  private static var secret: (SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>) {
    (
      SIMD8(
        0xBE4B_A423_396C_FEB8, 0x1CAD_21F7_2C81_017C, 0xDB97_9083_E96D_D4DE, 0x1F67_B3B7_A4A4_4072,
        0x78E5_C0CC_4EE6_79CB, 0x2172_FFCC_7DD0_5A82, 0x8E24_43F7_7446_08B8, 0x4C26_3A81_E690_35E0),
      SIMD8(
        0xCB00_C391_BB52_283C, 0xA32E_531B_8B65_D088, 0x4EF9_0DA2_9748_6471, 0xD8AC_DEA9_46EF_1938,
        0x3F34_9CE3_3F76_FAA8, 0x1D4F_0BC7_C7BB_DCF9, 0x3159_B4CD_4BE0_518A, 0x6473_78D9_C97E_9FC8),
      SIMD8(
        0xC3EB_D334_83AC_C5EA, 0xEB63_13FA_FFA0_81C5, 0x49DA_F0B7_51DD_0D17, 0x9E68_D429_2655_16D3,
        0xFCA1_477D_58BE_162B, 0xCE31_D07A_D1B8_F88F, 0x2804_1695_8F3A_CB45, 0x7E40_4BBB_CAFB_D7AF)
    )
  }
}

/// The checksum of a whole segment.
package func segmentChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  var checksum = SegmentChecksum()
  if let base = bytes.baseAddress { checksum.consume(base, bytes.count) }
  return checksum.finish()
}
