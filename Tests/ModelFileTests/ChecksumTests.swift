// SPDX-License-Identifier: Apache-2.0
import XCTest

@testable import ModelFile

/// Expected values: the xxHash reference program's (`xxhsum -H64`), seed 0.
final class ChecksumTests: XCTestCase {
  private func checksum(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { checksum64($0) } }

  func testPublishedVectors() {
    XCTAssertEqual(checksum([]), 0xEF46_DB37_51D8_E999)
    XCTAssertEqual(checksum(Array("a".utf8)), 0xD24E_C4F1_A98C_6E5B)
    XCTAssertEqual(checksum(Array("abc".utf8)), 0x44BC_2CF5_AD77_0999)
    XCTAssertEqual(checksum(Array("Nobody inspects the spammish repetition".utf8)), 0xFBCE_A83C_8A37_8BF1)
  }

  /// Every tail length, and the same bytes at an odd address and in pieces.
  func testPiecesAndUnalignedAddresses() {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      let whole = checksum(bytes)
      XCTAssertEqual(([7] + bytes).withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[1...])) }, whole)
      let inPieces = bytes.withUnsafeBytes { raw -> UInt64 in
        guard let base = raw.baseAddress else { return checksum64(raw) }
        var checksum = Checksum64()
        let blocks = count / 32
        for block in 0..<blocks { checksum.consume(base + 32 * block, 32) }
        return checksum.finish(base + 32 * blocks, count - 32 * blocks)
      }
      XCTAssertEqual(inPieces, whole, "\(count) bytes")
    }
  }

  func testEveryBitMatters() {
    var bytes = (0..<97).map { UInt8(truncatingIfNeeded: $0) }
    let whole = checksum(bytes)
    for bit in 0..<(97 * 8) {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      XCTAssertNotEqual(checksum(bytes), whole)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}
