// SPDX-License-Identifier: Apache-2.0

/// The checksum of the model file: XXH64 with seed 0 (xxHash specification 0.1.1 by Yann Collet, section "XXH64 algorithm").
///
/// Reads the bytes in place, needs no alignment, and any count is allowed, 0 included.
package func checksum64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  guard let base = bytes.baseAddress, bytes.count > 0 else { return Checksum64().finish(nil, 0) }
  var checksum = Checksum64()
  let blocks = bytes.count & ~31
  checksum.consume(base, blocks)
  return checksum.finish(base + blocks, bytes.count &- blocks)
}

/// The checksum of a long run of bytes in pieces: whole blocks of 32 bytes, then the rest.
package struct Checksum64 {
  private static var prime1: UInt64 { 0x9E37_79B1_85EB_CA87 }
  private static var prime2: UInt64 { 0xC2B2_AE3D_27D4_EB4F }
  private static var prime3: UInt64 { 0x1656_67B1_9E37_79F9 }
  private static var prime4: UInt64 { 0x85EB_CA77_C2B2_AE63 }
  private static var prime5: UInt64 { 0x27D4_EB2F_1656_67C5 }

  private var lane1: UInt64
  private var lane2: UInt64
  private var lane3: UInt64
  private var lane4: UInt64
  private var length: UInt64 = 0

  package init() {
    lane1 = Checksum64.prime1 &+ Checksum64.prime2
    lane2 = Checksum64.prime2
    lane3 = 0
    lane4 = 0 &- Checksum64.prime1
  }

  /// Takes `count` bytes, a multiple of 32; bytes beyond the last multiple are left out.
  package mutating func consume(_ pointer: UnsafeRawPointer, _ count: Int) {
    var (a, b, c, d) = (lane1, lane2, lane3, lane4)
    var position = pointer
    let end = pointer + (count & ~31)
    while position < end {
      a = Checksum64.round(a, Checksum64.word(position))
      b = Checksum64.round(b, Checksum64.word(position + 8))
      c = Checksum64.round(c, Checksum64.word(position + 16))
      d = Checksum64.round(d, Checksum64.word(position + 24))
      position += 32
    }
    (lane1, lane2, lane3, lane4) = (a, b, c, d)
    length &+= UInt64(truncatingIfNeeded: count & ~31)
  }

  /// The checksum of all that was consumed followed by the last `count` bytes, fewer than 32.
  package func finish(_ pointer: UnsafeRawPointer?, _ count: Int) -> UInt64 {
    var hash: UInt64
    if length >= 32 {
      hash = rotated(lane1, 1) &+ rotated(lane2, 7) &+ rotated(lane3, 12) &+ rotated(lane4, 18)
      hash = merged(hash, lane1)
      hash = merged(hash, lane2)
      hash = merged(hash, lane3)
      hash = merged(hash, lane4)
    } else {
      hash = Checksum64.prime5  // the seed, 0, is added to it
    }
    hash = hash &+ length &+ UInt64(truncatingIfNeeded: count)
    if let pointer { hash = withTail(hash, pointer, count) }
    hash = (hash ^ (hash >> 33)) &* Checksum64.prime2
    hash = (hash ^ (hash >> 29)) &* Checksum64.prime3
    return hash ^ (hash >> 32)
  }

  private func withTail(_ start: UInt64, _ pointer: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var hash = start
    var offset = 0
    while count &- offset >= 8 {
      hash = hash ^ Checksum64.round(0, Checksum64.word(pointer + offset))
      hash = rotated(hash, 27) &* Checksum64.prime1 &+ Checksum64.prime4
      offset &+= 8
    }
    if count &- offset >= 4 {
      let half = UInt64(UInt32(littleEndian: pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      hash = rotated(hash ^ (half &* Checksum64.prime1), 23) &* Checksum64.prime2 &+ Checksum64.prime3
      offset &+= 4
    }
    while offset < count {
      let byte = UInt64(pointer.load(fromByteOffset: offset, as: UInt8.self))
      hash = rotated(hash ^ (byte &* Checksum64.prime5), 11) &* Checksum64.prime1
      offset &+= 1
    }
    return hash
  }

  @inline(__always)
  private static func word(_ pointer: UnsafeRawPointer) -> UInt64 { UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)) }

  @inline(__always)
  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let sum = lane &+ word &* prime2
    return (sum &<< 31 | sum &>> 33) &* prime1
  }

  @inline(__always)
  private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }

  private func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ Checksum64.round(0, lane)) &* Checksum64.prime1 &+ Checksum64.prime4
  }
}
