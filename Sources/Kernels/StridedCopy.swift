// SPDX-License-Identifier: Apache-2.0
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

  /// Extent of a tile along dimension `axis`, one of the two innermost: 64 along the side whose lines lie closer together, 16 along the other, or
  /// more where the other one is short. Where lines are some pages apart, so that they displace each other in the cache, long ones are read.
  private func tileExtent(_ axis: Int) -> Int {
    let isInner = axis == rank - 1
    let other = extents[isInner ? rank - 2 : rank - 1]
    if other < 16 { return 512 / max(other, 1) }
    let (sourceStep, destinationStep) = (sources[rank - 1], destinations[rank - 2])
    return isInner == (sourceStep < destinationStep || sourceStep % 1024 == 0) ? 16 : 64
  }

  private func tileCount(_ axis: Int) -> Int {
    let tile = tileExtent(axis)
    return (extents[axis] &+ tile &- 1) / tile
  }

  /// Copies units `begin` ..< `end` of elements of `elementSize` bytes (1, 2, 4 or 8), from and to the addresses of element 0.
  package func run(_ begin: Int, _ end: Int, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, elementSize: Int) {
    switch elementSize {
    case 4: run(begin, end, source.assumingMemoryBound(to: UInt32.self), destination.assumingMemoryBound(to: UInt32.self))
    #if !CORACLE_FLOATS_ONLY
    case 1: run(begin, end, source.assumingMemoryBound(to: UInt8.self), destination.assumingMemoryBound(to: UInt8.self))
    case 2: run(begin, end, source.assumingMemoryBound(to: UInt16.self), destination.assumingMemoryBound(to: UInt16.self))
    case 8: run(begin, end, source.assumingMemoryBound(to: UInt64.self), destination.assumingMemoryBound(to: UInt64.self))
    #endif
    default: break
    }
  }

  @inline(__always)
  private func run<Word: FixedWidthInteger & SIMDScalar>(_ begin: Int, _ end: Int, _ source: UnsafePointer<Word>,
    _ destination: UnsafeMutablePointer<Word>) {
    if form == .tiles { runTiles(begin, end, source, destination) } else { runRows(begin, end, source, destination) }
  }

  private func runRows<Word: FixedWidthInteger>(
    _ begin: Int, _ end: Int, _ source: UnsafePointer<Word>, _ destination: UnsafeMutablePointer<Word>
  ) {
    // Read once: an element of a stored array costs a copy of the array.
    let inner = max(extents[rank - 1], 1)
    let row = Row(form: form, sourceStep: sources[rank - 1], destinationStep: destinations[rank - 1])
    let (lines, sourceLine, destinationLine) = rank > 1 ? (extents[rank - 2], sources[rank - 2], destinations[rank - 2]) : (1, 0, 0)
    var cursor = Cursor(self, outer: rank - 1, at: begin / inner)
    var column = begin % inner
    var left = end &- begin
    while left > 0 {
      if column == 0 && left >= inner && rank > 1 {
        // All rows that lie in line before the cursor has to turn.
        let rows = min(left / inner, max(lines &- cursor.position[rank - 2], 1))
        var (from, to) = (source + cursor.source, destination + cursor.destination)
        for _ in 0..<rows {
          row.copy(from, to, inner)
          from += sourceLine
          to += destinationLine
        }
        left = left &- rows &* inner
        cursor.advance(self, rows)
        continue
      }
      let length = min(inner &- column, left)
      let from = source + (cursor.source &+ column &* row.sourceStep)
      row.copy(from, destination + (cursor.destination &+ column &* row.destinationStep), length)
      left = left &- length
      column = 0
      cursor.advance(self, 1)
    }
  }

  /// The innermost dimension.
  private struct Row {
    let form: Form
    let sourceStep, destinationStep: Int

    /// Copies `length` (1 or more) elements.
    @inline(__always)
    func copy<Word: FixedWidthInteger>(_ from: UnsafePointer<Word>, _ to: UnsafeMutablePointer<Word>, _ length: Int) {
      switch form {
      case .rows: copyBytes(from, to, length &* MemoryLayout<Word>.size)
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
    }
  }

  private func runTiles<Word: FixedWidthInteger & SIMDScalar>(_ begin: Int, _ end: Int, _ source: UnsafePointer<Word>,
    _ destination: UnsafeMutablePointer<Word>) {
    guard rank >= 2, begin < end else { return }
    let (across, down) = (tileCount(rank - 1), tileCount(rank - 2))
    var cursor = Cursor(self, outer: rank - 2, at: begin / max(across &* down, 1))
    var column = begin % max(across, 1)
    var row = begin / max(across, 1) % max(down, 1)
    let (wide, high) = (tileExtent(rank - 1), tileExtent(rank - 2))
    let (allWide, allHigh) = (extents[rank - 1], extents[rank - 2])
    let (sourceStep, destinationStep) = (sources[rank - 1], destinations[rank - 2])
    if across == 1 && down == 1 && rank >= 3 {
      // Planes of one tile each: all that lie in line before the cursor has to turn.
      let (planes, sourcePlane, destinationPlane) = (extents[rank - 3], sources[rank - 3], destinations[rank - 3])
      var left = end &- begin
      while left > 0 {
        let count = min(left, max(planes &- cursor.position[rank - 3], 1))
        var (from, to) = (source + cursor.source, destination + cursor.destination)
        for _ in 0..<count {
          transposeTile(from, sourceStep, to, destinationStep, allWide, allHigh)
          from += sourcePlane
          to += destinationPlane
        }
        left = left &- count
        cursor.advance(self, count)
      }
      return
    }
    for _ in begin..<end {
      let (a, b) = (column &* wide, row &* high)
      let from = source + (cursor.source &+ a &* sourceStep &+ b)
      let to = destination + (cursor.destination &+ b &* destinationStep &+ a)
      transposeTile(from, sourceStep, to, destinationStep, min(wide, allWide &- a), min(high, allHigh &- b))
      column += 1
      if column == across {
        column = 0
        row += 1
        if row == down {
          row = 0
          cursor.advance(self, 1)
        }
      }
    }
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

    /// Goes on by `steps` along the innermost of these dimensions, at most to its end.
    @inline(__always)
    mutating func advance(_ copy: borrowing StridedCopy, _ steps: Int) {
      var axis = outer - 1
      var steps = steps
      while axis >= 0 {
        position[axis] = position[axis] &+ steps
        source = source &+ steps &* copy.sources[axis]
        destination = destination &+ steps &* copy.destinations[axis]
        if position[axis] < copy.extents[axis] { return }
        source = source &- copy.extents[axis] &* copy.sources[axis]
        destination = destination &- copy.extents[axis] &* copy.destinations[axis]
        position[axis] = 0
        steps = 1
        axis -= 1
      }
    }
  }
}
