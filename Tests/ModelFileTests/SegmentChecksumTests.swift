// SPDX-License-Identifier: Apache-2.0
import XCTest

@testable import ModelFile

/// Expected values: the xxHash reference library's (Python's `xxhash.xxh3_64_intdigest`).
final class SegmentChecksumTests: XCTestCase {
  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) } }

  func testReferenceValues() {
    let expected: [(Int, UInt64)] = [
      (256, 0x2998_C04A_1802_8D12), (320, 0x99E9_3C83_AEA0_A5DF), (1024, 0x7DF7_F049_C0C1_AD73), (1088, 0xB166_CF32_7FEE_C952),
      (2048, 0xF8C1_EAAC_9B71_5DDA), (4096, 0x95E9_755B_36D8_3075), (10048, 0xA28B_84F9_2AD9_72E9),
    ]
    for (count, value) in expected { XCTAssertEqual(bytes(count).withUnsafeBytes { segmentChecksum($0) }, value, "\(count) bytes") }
    XCTAssertEqual([UInt8]().withUnsafeBytes { segmentChecksum($0) }, 0, "no segment is that short")
    XCTAssertEqual(bytes(255).withUnsafeBytes { segmentChecksum($0) }, 0, "no segment is that short")
  }

  /// In pieces of every number of stripes, and at an odd address.
  func testPiecesAndUnalignedAddresses() {
    let bytes = bytes(4096)
    let whole = bytes.withUnsafeBytes { segmentChecksum($0) }
    XCTAssertEqual(([7] + bytes).withUnsafeBytes { segmentChecksum(UnsafeRawBufferPointer(rebasing: $0[1...])) }, whole)
    for piece in 1...64 {
      var checksum = SegmentChecksum()
      bytes.withUnsafeBytes { raw in
        var position = 0
        while let base = raw.baseAddress, position < raw.count {
          checksum.consume(base + position, min(64 * piece, raw.count - position))
          position += 64 * piece
        }
      }
      XCTAssertEqual(checksum.finish(), whole, "pieces of \(piece) stripes")
    }
  }

  func testEveryBitMatters() {
    var bytes = bytes(1152)
    let whole = bytes.withUnsafeBytes { segmentChecksum($0) }
    for bit in 0..<(bytes.count * 8) {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      XCTAssertNotEqual(bytes.withUnsafeBytes { segmentChecksum($0) }, whole)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}
