// SPDX-License-Identifier: Apache-2.0
import Platform

/// A copy of elements from one strided layout to another: what transpose, slice, concat, expand and their like have in common.
///
/// Built by `append`, outermost dimension first: dimensions that lie behind each other in both layouts are merged, so that the
/// innermost run is as long as it can be. Strides count elements and may be 0 (a stretched source) or negative.
package struct StridedCopy {
  /// How the innermost dimensions are walked.
  package enum Form: UInt8 {
    /// Runs that are contiguous on both sides.
    case rows
    /// Runs of one repeated element.
    case fills
    /// Blocks of a two-dimensional transpose.
    case tiles
    /// Element by element.
    case elements
  }

  /// Two layouts of rank 8 with a repetition of every dimension.
  private static var maximumRank: Int { 16 }
  private static var tile: Int { 32 }

  private var extents = InlineArray<16, Int>(repeating: 1)
  private var sources = InlineArray<16, Int>(repeating: 0)
  private var destinations = InlineArray<16, Int>(repeating: 0)
  private var rank = 0
  package private(set) var form = Form.rows
  /// Elements to be written.
  package private(set) var count = 1

  package init() {}

  /// Adds the next inner dimension.
  package mutating func append(_ extent: Int, source: Int, destination: Int) {
    count = count &* max(extent, 0)
    guard extent > 1 else { return }
    if rank > 0 && sources[rank - 1] == source &* extent && destinations[rank - 1] == destination &* extent {
      extents[rank - 1] = extents[rank - 1] &* extent
      sources[rank - 1] = source
      destinations[rank - 1] = destination
      return
    }
    guard rank < StridedCopy.maximumRank else { return }
    extents[rank] = extent
    sources[rank] = source
    destinations[rank] = destination
    rank += 1
  }

  /// Chooses the form; to be called once, after the last `append`.
  package mutating func finish() {
    if rank == 0 {
      extents[0] = 1
      sources[0] = 1
      destinations[0] = 1
      rank = 1
    }
    let inner = rank - 1
    form = .elements
    guard destinations[inner] == 1 else { return }
    if sources[inner] == 1 { form = .rows } else if sources[inner] == 0 { form = .fills }
    guard form == .elements else { return }
    var axis = inner - 1
    while axis >= 0 {
      if sources[axis] == 1 {
        // The order of the outer dimensions does not matter: the one that is contiguous in the source goes next to the inner one.
        let (extent, destination) = (extents[axis], destinations[axis])
        while axis < inner - 1 {
          extents[axis] = extents[axis + 1]
          sources[axis] = sources[axis + 1]
          destinations[axis] = destinations[axis + 1]
          axis += 1
        }
        extents[axis] = extent
        sources[axis] = 1
        destinations[axis] = destination
        form = .tiles
        return
      }
      axis -= 1
    }
  }

  /// Units of work that `run` counts by: elements, or tiles.
  package var unitCount: Int {
    guard form == .tiles, count > 0 else { return count }
    var units = tileCount(rank - 1) &* tileCount(rank - 2)
    for axis in 0..<(rank - 2) { units = units &* extents[axis] }
    return units
  }

  private func tileCount(_ axis: Int) -> Int { (extents[axis] &+ StridedCopy.tile &- 1) / StridedCopy.tile }

  /// Copies units `begin` ..< `end` of elements of `elementSize` bytes (1, 2, 4 or 8), from and to the addresses of element 0.
  package func run(_ begin: Int, _ end: Int, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, elementSize: Int) {
    switch elementSize {
    case 1: run(begin, end, source.assumingMemoryBound(to: UInt8.self), destination.assumingMemoryBound(to: UInt8.self))
    case 2: run(begin, end, source.assumingMemoryBound(to: UInt16.self), destination.assumingMemoryBound(to: UInt16.self))
    case 4: run(begin, end, source.assumingMemoryBound(to: UInt32.self), destination.assumingMemoryBound(to: UInt32.self))
    case 8: run(begin, end, source.assumingMemoryBound(to: UInt64.self), destination.assumingMemoryBound(to: UInt64.self))
    default: break
    }
  }

  @inline(__always)
  private func run<Word: FixedWidthInteger & SIMDScalar>(_ begin: Int, _ end: Int, _ source: UnsafePointer<Word>,
    _ destination: UnsafeMutablePointer<Word>) {
    if form == .tiles { runTiles(begin, end, source, destination) } else { runRows(begin, end, source, destination) }
  }

  private func runRows<Word: FixedWidthInteger>(_ begin: Int, _ end: Int, _ source: UnsafePointer<Word>,
    _ destination: UnsafeMutablePointer<Word>) {
    let inner = max(extents[rank - 1], 1)
    let (sourceStep, destinationStep) = (sources[rank - 1], destinations[rank - 1])
    var cursor = Cursor(self, outer: rank - 1, at: begin / inner)
    var column = begin % inner
    var left = end &- begin
    while left > 0 {
      let length = min(inner &- column, left)
      let from = source + (cursor.source &+ column &* sourceStep)
      let to = destination + (cursor.destination &+ column &* destinationStep)
      switch form {
      case .rows:
        if length < 16 {
          for index in 0..<length { to[index] = from[index] }
        } else {
          platform_copy(to, from, length &* MemoryLayout<Word>.size)
        }
      case .fills:
        let value = from.pointee
        for index in 0..<length { to[index] = value }
      default:
        var (fromOffset, toOffset) = (0, 0)
        for _ in 0..<length {
          to[toOffset] = from[fromOffset]
          fromOffset = fromOffset &+ sourceStep
          toOffset = toOffset &+ destinationStep
        }
      }
      left = left &- length
      column = 0
      cursor.advance(self)
    }
  }

  private func runTiles<Word: FixedWidthInteger & SIMDScalar>(_ begin: Int, _ end: Int, _ source: UnsafePointer<Word>,
    _ destination: UnsafeMutablePointer<Word>) {
    guard rank >= 2, begin < end else { return }
    let (across, down) = (tileCount(rank - 1), tileCount(rank - 2))
    var cursor = Cursor(self, outer: rank - 2, at: begin / max(across &* down, 1))
    var column = begin % max(across, 1)
    var row = begin / max(across, 1) % max(down, 1)
    for _ in begin..<end {
      let (a, b) = (column &* StridedCopy.tile, row &* StridedCopy.tile)
      transposeTile(source + (cursor.source &+ a &* sources[rank - 1] &+ b), sources[rank - 1],
        destination + (cursor.destination &+ b &* destinations[rank - 2] &+ a), destinations[rank - 2],
        min(StridedCopy.tile, extents[rank - 1] &- a), min(StridedCopy.tile, extents[rank - 2] &- b))
      column += 1
      if column == across {
        column = 0
        row += 1
        if row == down {
          row = 0
          cursor.advance(self)
        }
      }
    }
  }

  /// destination[b destinationStep + a] = source[a sourceStep + b] for a < width, b < height.
  @inline(__always)
  private func transposeTile<Word: FixedWidthInteger & SIMDScalar>(_ source: UnsafePointer<Word>, _ sourceStep: Int,
    _ destination: UnsafeMutablePointer<Word>, _ destinationStep: Int, _ width: Int, _ height: Int) {
    let (wholeWidth, wholeHeight) = (width & ~3, height & ~3)
    // Cache lines that lie far apart fall on each other: the side with the larger step is used up line by line.
    if sourceStep >= destinationStep {
      for a in stride(from: 0, to: wholeWidth, by: 4) {
        for b in stride(from: 0, to: wholeHeight, by: 4) {
          transposeBlock(source + (a &* sourceStep &+ b), sourceStep, destination + (b &* destinationStep &+ a), destinationStep)
        }
      }
    } else {
      for b in stride(from: 0, to: wholeHeight, by: 4) {
        for a in stride(from: 0, to: wholeWidth, by: 4) {
          transposeBlock(source + (a &* sourceStep &+ b), sourceStep, destination + (b &* destinationStep &+ a), destinationStep)
        }
      }
    }
    for b in 0..<height {
      for a in (b < wholeHeight ? wholeWidth : 0)..<width { destination[b &* destinationStep &+ a] = source[a &* sourceStep &+ b] }
    }
  }

  /// A tile of 4 x 4.
  @inline(__always)
  private func transposeBlock<Word: FixedWidthInteger & SIMDScalar>(_ source: UnsafePointer<Word>, _ sourceStep: Int,
    _ destination: UnsafeMutablePointer<Word>, _ destinationStep: Int) {
    let r0 = load(source)
    let r1 = load(source + sourceStep)
    let r2 = load(source + 2 &* sourceStep)
    let r3 = load(source + 3 &* sourceStep)
    store(SIMD4(r0.x, r1.x, r2.x, r3.x), destination)
    store(SIMD4(r0.y, r1.y, r2.y, r3.y), destination + destinationStep)
    store(SIMD4(r0.z, r1.z, r2.z, r3.z), destination + 2 &* destinationStep)
    store(SIMD4(r0.w, r1.w, r2.w, r3.w), destination + 3 &* destinationStep)
  }

  @inline(__always)
  private func load<Word: FixedWidthInteger & SIMDScalar>(_ from: UnsafePointer<Word>) -> SIMD4<Word> {
    UnsafeRawPointer(from).loadUnaligned(as: SIMD4<Word>.self)
  }

  @inline(__always)
  private func store<Word: FixedWidthInteger & SIMDScalar>(_ values: SIMD4<Word>, _ to: UnsafeMutablePointer<Word>) {
    UnsafeMutableRawPointer(to).storeBytes(of: values, as: SIMD4<Word>.self)
  }

  /// A place in the outer dimensions, stepped without divisions.
  private struct Cursor {
    var position = InlineArray<16, Int>(repeating: 0)
    let outer: Int
    var source = 0
    var destination = 0

    init(_ copy: StridedCopy, outer: Int, at index: Int) {
      self.outer = outer
      var rest = index
      var axis = outer - 1
      while axis >= 0 {
        let extent = max(copy.extents[axis], 1)
        position[axis] = rest % extent
        rest = rest / extent
        source = source &+ position[axis] &* copy.sources[axis]
        destination = destination &+ position[axis] &* copy.destinations[axis]
        axis -= 1
      }
    }

    @inline(__always)
    mutating func advance(_ copy: borrowing StridedCopy) {
      var axis = outer - 1
      while axis >= 0 {
        position[axis] = position[axis] &+ 1
        source = source &+ copy.sources[axis]
        destination = destination &+ copy.destinations[axis]
        if position[axis] < copy.extents[axis] { return }
        source = source &- copy.extents[axis] &* copy.sources[axis]
        destination = destination &- copy.extents[axis] &* copy.destinations[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
