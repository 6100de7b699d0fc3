// SPDX-License-Identifier: Apache-2.0
import Platform

/// Copies `count` bytes between places that do not overlap; short copies without a call.
@inline(__always)
package func copyBytes(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int) {
  if count >= 32 && count <= 1024 {
    // The last word overlaps the one before.
    var at = 0
    while at < count &- 32 {
      copyWord(from, to, at, SIMD32<UInt8>.self)
      at = at &+ 32
    }
    copyWord(from, to, count &- 32, SIMD32<UInt8>.self)
  } else if count >= 16 && count < 32 {
    copyWord(from, to, 0, SIMD16<UInt8>.self)
    copyWord(from, to, count &- 16, SIMD16<UInt8>.self)
  } else if count >= 8 && count < 16 {
    copyWord(from, to, 0, UInt64.self)
    copyWord(from, to, count &- 8, UInt64.self)
  } else if count == 4 {
    copyWord(from, to, 0, UInt32.self)
  } else if count == 1 {
    copyWord(from, to, 0, UInt8.self)
  } else {
    platform_copy(to, from, count)
  }
}

@inline(__always)
private func copyWord<Word: BitwiseCopyable>(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ offset: Int, _ word: Word.Type) {
  to.storeBytes(of: from.loadUnaligned(fromByteOffset: offset, as: word), toByteOffset: offset, as: word)
}
