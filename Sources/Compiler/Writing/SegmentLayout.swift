// Where constants lie in the file. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Constants placed in segments: each constant once, equal ones shared, each at a multiple of 64 bytes.
struct SegmentLayout {
  /// A constant's place.
  struct Place: Equatable {
    var segment: Int
    var offset: Int
    var byteCount: Int
  }

  static let pageBytes = 4096
  static let alignment = 64
  /// So that several threads can verify the file, a segment each; a larger constant has one of its own.
  static let largestSegment = 4 << 20

  /// The bytes of each segment in their order; each starts where the one before it ends, rounded up to `alignment`.
  private(set) var pieces: [[Data]] = []
  /// Bytes of each segment, padding to whole pages included.
  private(set) var sizes: [Int] = []
  private var ends: [Int] = []
  private var placesByContent: [Int: [(bytes: Data, place: Place)]] = [:]
  private let largest: Int

  init(largestSegment: Int = SegmentLayout.largestSegment) { largest = largestSegment }

  /// Places `bytes`, or finds the place of an equal constant. A constant without bytes lies at the start of the first segment.
  mutating func place(_ bytes: Data) -> Place {
    if bytes.isEmpty && !sizes.isEmpty { return Place(segment: 0, offset: 0, byteCount: 0) }
    let key = SegmentLayout.hash(bytes)
    if let known = placesByContent[key]?.first(where: { $0.bytes == bytes }) { return known.place }
    let padded = SegmentLayout.rounded(bytes.count, to: SegmentLayout.alignment)
    if sizes.isEmpty || ends[ends.count - 1] + padded > largest {
      pieces.append([])
      sizes.append(0)
      ends.append(0)
    }
    let place = append(bytes)
    placesByContent[key, default: []].append((bytes, place))
    return place
  }

  /// Starts the first segment with `count` zeros, which no constant's search finds.
  mutating func reserve(_ count: Int) {
    pieces.append([])
    sizes.append(0)
    ends.append(0)
    append(Data(count: SegmentLayout.rounded(count, to: SegmentLayout.alignment)))
  }

  @discardableResult
  private mutating func append(_ bytes: Data) -> Place {
    let segment = sizes.count - 1
    let place = Place(segment: segment, offset: ends[segment], byteCount: bytes.count)
    if !bytes.isEmpty { pieces[segment].append(bytes) }
    ends[segment] += SegmentLayout.rounded(bytes.count, to: SegmentLayout.alignment)
    sizes[segment] = max(SegmentLayout.rounded(ends[segment], to: SegmentLayout.pageBytes), SegmentLayout.pageBytes)
    return place
  }

  /// Gives the bytes of `segment`, padding included, in runs whose counts are multiples of 64.
  func stream(_ segment: Int, _ take: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    var written = 0
    for piece in pieces[segment] {
      try piece.withUnsafeBytes { raw in
        let whole = raw.count & ~(SegmentLayout.alignment - 1)
        if whole > 0 { try take(UnsafeRawBufferPointer(rebasing: raw[..<whole])) }
        guard whole < raw.count else { return }
        var tail = [UInt8](raw[whole...])
        tail += [UInt8](repeating: 0, count: SegmentLayout.alignment - tail.count)
        try tail.withUnsafeBytes { try take($0) }
      }
      written += SegmentLayout.rounded(piece.count, to: SegmentLayout.alignment)
    }
    let padding = [UInt8](repeating: 0, count: sizes[segment] - written)
    if !padding.isEmpty { try padding.withUnsafeBytes { try take($0) } }
  }

  /// The checksum of `segment`, padding included.
  func checksum(_ segment: Int) -> UInt64 {
    var checksum = SegmentChecksum()
    stream(segment) { run in if let base = run.baseAddress { checksum.consume(base, run.count) } }
    return checksum.finish()
  }

  static func rounded(_ count: Int, to multiple: Int) -> Int { (count + multiple - 1) / multiple * multiple }

  private static func hash(_ bytes: Data) -> Int { bytes.withUnsafeBytes { Int(truncatingIfNeeded: checksum64($0)) } }
}
