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

  /// By Python's `xxhash.xxh64_intdigest`.
  func testLongerRuns() {
    for (count, value) in [(32, 0xCC6B_8AAA_DA79_0B2D), (100, 0x4826_E367_566E_A023), (1000, 0x128D_A10C_FBDC_59D9)] as [(Int, UInt64)] {
      XCTAssertEqual(checksum((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }), value, "\(count) bytes")
    }
  }

  /// Every tail length: the same bytes at an odd address.
  func testUnalignedAddresses() {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      XCTAssertEqual(([7] + bytes).withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[1...])) }, checksum(bytes), "\(count) bytes")
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
