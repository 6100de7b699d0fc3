// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The extents of a tensor, outermost first: at most `Shape.maximumRank` of them; -1 stands for an open one.
package struct Shape: Equatable {
  package static var maximumRank: Int { Int(CORACLE_MAX_RANK) }
  /// No tensor has more elements: sizes up to this bound cannot overflow when multiplied by an element's bytes and small factors.
  package static var maximumElementCount: Int { Int.bitWidth == 64 ? 1 << 40 : 1 << 26 }

  package private(set) var rank: Int
  private var extents: InlineArray<8, Int>

  /// The shape of a scalar.
  @inline(__always)
  package init() {
    rank = 0
    extents = InlineArray(repeating: 0)
  }

  /// `rank` extents of `value`; a rank outside 0...8 is clamped.
  package init(rank: Int, repeating value: Int) {
    self.rank = min(max(rank, 0), Shape.maximumRank)
    extents = InlineArray(repeating: value)
  }

  package init(_ first: Int) { self.init(rank: 1, repeating: first) }

  package init(_ first: Int, _ second: Int) {
    self.init(rank: 2, repeating: first)
    self[1] = second
  }

  package init(_ first: Int, _ second: Int, _ third: Int) {
    self.init(rank: 3, repeating: first)
    self[1] = second
    self[2] = third
  }

  package init(_ first: Int, _ second: Int, _ third: Int, _ fourth: Int) {
    self.init(rank: 4, repeating: first)
    self[1] = second
    self[2] = third
    self[3] = fourth
  }

  /// Extent `axis`, 0 ..< rank; outside it reads 1 and writes nothing.
  @inline(__always)
  package subscript(_ axis: Int) -> Int {
    get { axis >= 0 && axis < rank ? extents[axis] : 1 }
    set { if axis >= 0 && axis < rank { extents[axis] = newValue } }
  }

  /// Adds an innermost extent; false where the rank is at its maximum.
  @discardableResult
  package mutating func append(_ extent: Int) -> Bool {
    guard rank < Shape.maximumRank else { return false }
    extents[rank] = extent
    rank += 1
    return true
  }

  /// `axis` counted from the front, or nil where it is outside -rank ..< rank.
  package func normalized(_ axis: Int) -> Int? {
    let position = axis < 0 ? axis &+ rank : axis
    return position >= 0 && position < rank ? position : nil
  }

  package var isOpen: Bool {
    for axis in 0..<rank where extents[axis] < 0 { return true }
    return false
  }

  /// The number of elements; nil where an extent is negative or the product exceeds `maximumElementCount`.
  package var checkedElementCount: Int? {
    var count = 1
    for axis in 0..<rank {
      guard extents[axis] >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extents[axis])
      if overflow { return containsZero ? 0 : nil }
      count = product
    }
    return count <= Shape.maximumElementCount ? count : nil
  }

  private var containsZero: Bool {
    for axis in 0..<rank where extents[axis] == 0 { return true }
    return false
  }

  /// The product of extents `from` ..< `to`, for shapes that `checkedElementCount` has accepted.
  @inline(__always)
  package func product(_ from: Int, _ to: Int) -> Int {
    var result = 1
    var axis = from
    while axis < to {
      result = result &* self[axis]
      axis += 1
    }
    return result
  }

  package static func == (left: Shape, right: Shape) -> Bool {
    guard left.rank == right.rank else { return false }
    for axis in 0..<left.rank where left.extents[axis] != right.extents[axis] { return false }
    return true
  }
}

extension Shape {
  /// The shape that both broadcast to (NumPy's rule: aligned at the end, 1 stretches); nil where they do not fit.
  package static func broadcast(_ left: Shape, _ right: Shape) -> Shape? {
    var result = Shape(rank: max(left.rank, right.rank), repeating: 1)
    for fromEnd in 1...8 where fromEnd <= result.rank {
      let a = left[left.rank - fromEnd]
      let b = right[right.rank - fromEnd]
      guard a == b || a == 1 || b == 1 else { return nil }
      result[result.rank - fromEnd] = a == 1 ? b : a
    }
    return result
  }

  /// Element strides of a dense row-major tensor, aligned at the end to `target` and 0 where this shape is stretched.
  package func broadcastStrides(to target: Shape) -> Shape {
    var strides = Shape(rank: target.rank, repeating: 0)
    var step = 1
    for fromEnd in 1...8 where fromEnd <= rank && fromEnd <= target.rank {
      let extent = self[rank - fromEnd]
      strides[target.rank - fromEnd] = extent == 1 ? 0 : step
      step = step &* extent
    }
    return strides
  }
}
