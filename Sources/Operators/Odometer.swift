// SPDX-License-Identifier: Apache-2.0
import Tensors

/// Counts through a box of indices in row-major order and keeps the element offset that belongs to them.
struct Odometer {
  private(set) var rank = 0
  private(set) var offset = 0
  private var extents: InlineArray<8, Int>
  private var strides: InlineArray<8, Int>
  private var position: InlineArray<8, Int>

  /// A box without dimensions: one index.
  init() {
    extents = InlineArray(repeating: 1)
    strides = InlineArray(repeating: 0)
    position = InlineArray(repeating: 0)
  }

  /// Adds an innermost dimension; of no effect beyond eight.
  mutating func append(_ extent: Int, stride: Int) {
    guard rank < 8 else { return }
    extents[rank] = extent
    strides[rank] = stride
    rank += 1
  }

  /// The number of indices.
  var count: Int {
    var result = 1
    for axis in 0..<rank { result = result &* extents[axis] }
    return result
  }

  /// Takes the innermost dimension out; (1, 0) where there is none.
  mutating func removeInnermost() -> (extent: Int, stride: Int) {
    guard rank > 0 else { return (1, 0) }
    let removed = (extents[rank - 1], strides[rank - 1])
    var rest = Odometer()
    for axis in 0..<rank - 1 { rest.append(extents[axis], stride: strides[axis]) }
    self = rest
    return removed
  }

  /// Goes to index `index` of the box, which has elements.
  @inline(never)
  mutating func move(to index: Int) {
    var rest = index
    offset = 0
    var axis = rank - 1
    while axis >= 0 {
      let extent = max(extents[axis], 1)
      position[axis] = rest % extent
      rest /= extent
      offset = offset &+ position[axis] &* strides[axis]
      axis -= 1
    }
  }

  /// Goes to the next index; after the last one, back to the first.
  @inline(never)
  mutating func advance() {
    var axis = rank - 1
    while axis >= 0 {
      offset = offset &+ strides[axis]
      position[axis] = position[axis] &+ 1
      if position[axis] < extents[axis] { return }
      offset = offset &- extents[axis] &* strides[axis]
      position[axis] = 0
      axis -= 1
    }
  }
}

/// The dimensions of a dense tensor, split into those that a reduction keeps and those that it removes; neighbours are merged.
struct ReducedDimensions {
  private(set) var kept = Odometer()
  private(set) var reduced = Odometer()
  /// Whether the innermost dimension is among the reduced ones.
  private(set) var innerIsReduced = false

  /// Bit `axis` of `axes` says that the axis is reduced.
  init(_ shape: Shape, axes: UInt32) {
    var axis = 0
    while axis < shape.rank {
      let isReduced = axes >> UInt32(axis) & 1 == 1
      var extent = 1
      while axis < shape.rank && (shape[axis] == 1 || (axes >> UInt32(axis) & 1 == 1) == isReduced) {
        extent = extent &* shape[axis]
        axis += 1
      }
      let stride = shape.product(axis, shape.rank)
      if extent != 1 {
        if isReduced { reduced.append(extent, stride: stride) } else { kept.append(extent, stride: stride) }
        innerIsReduced = isReduced
      }
    }
  }
}
