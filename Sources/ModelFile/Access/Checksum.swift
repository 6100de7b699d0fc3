// SPDX-License-Identifier: Apache-2.0

/// The checksum of the model file's header and program: XXH64 with seed 0 (xxHash specification 0.1.1 by Yann Collet, section "XXH64 algorithm").
///
/// Reads the bytes in place, needs no alignment, and any count is allowed, 0 included.
package func checksum64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  var hash = XXH64.prime5  // the seed, 0, is added to it
  guard let base = bytes.baseAddress, bytes.count > 0 else { return XXH64.avalanche(hash) }
  let blocks = bytes.count & ~31
  if blocks > 0 { hash = XXH64.lanes(base, blocks) }
  hash = hash &+ UInt64(truncatingIfNeeded: bytes.count)
  return XXH64.avalanche(XXH64.withTail(hash, base + blocks, bytes.count &- blocks))
}

private enum XXH64 {
  static var prime1: UInt64 { 0x9E37_79B1_85EB_CA87 }
  static var prime2: UInt64 { 0xC2B2_AE3D_27D4_EB4F }
  static var prime3: UInt64 { 0x1656_67B1_9E37_79F9 }
  static var prime4: UInt64 { 0x85EB_CA77_C2B2_AE63 }
  static var prime5: UInt64 { 0x27D4_EB2F_1656_67C5 }

  /// Four lanes over `count` bytes, a multiple of 32, merged.
  static func lanes(_ pointer: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var (a, b, c, d) = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
    var position = pointer
    let end = pointer + count
    while position < end {
      a = round(a, word(position))
      b = round(b, word(position + 8))
      c = round(c, word(position + 16))
      d = round(d, word(position + 24))
      position += 32
    }
    let hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
    return merged(merged(merged(merged(hash, a), b), c), d)
  }

  /// The last `count` bytes, fewer than 32.
  static func withTail(_ start: UInt64, _ pointer: UnsafeRawPointer, _ count: Int) -> UInt64 {
    var hash = start
    var offset = 0
    while count &- offset >= 8 {
      hash = hash ^ round(0, word(pointer + offset))
      hash = rotated(hash, 27) &* prime1 &+ prime4
      offset &+= 8
    }
    if count &- offset >= 4 {
      let half = UInt64(UInt32(littleEndian: pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      hash = rotated(hash ^ (half &* prime1), 23) &* prime2 &+ prime3
      offset &+= 4
    }
    while offset < count {
      let byte = UInt64(pointer.load(fromByteOffset: offset, as: UInt8.self))
      hash = rotated(hash ^ (byte &* prime5), 11) &* prime1
      offset &+= 1
    }
    return hash
  }

  static func avalanche(_ start: UInt64) -> UInt64 {
    var hash = (start ^ (start >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  @inline(__always)
  static func word(_ pointer: UnsafeRawPointer) -> UInt64 { UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)) }

  @inline(__always)
  static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let sum = lane &+ word &* prime2
    return (sum &<< 31 | sum &>> 33) &* prime1
  }

  @inline(__always)
  static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }

  static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }
}
