// SPDX-License-Identifier: Apache-2.0
import Tensors

/// How up to three operands are read while a broadcast output is written in order: the output's dimensions, merged as far as every
/// operand's strides allow, so that the innermost loop is as long as possible.
struct Broadcast {
  /// The merged extents, outermost first, and each operand's strides in elements (0: stretched).
  private(set) var extents = Shape()
  private(set) var first = Shape()
  private(set) var second = Shape()
  private(set) var third = Shape()

  /// Operands that broadcast to `output`; `third` defaults to a scalar that nobody reads.
  @_optimize(size)
  init(_ output: Shape, _ a: Shape, _ b: Shape, _ c: Shape = Shape()) {
    // What most models have most: the same shape, or one element. `a` and `b` broadcast to `output`, so that one of them has its shape.
    let (count, countA, countB) = (output.product(0, output.rank), a.product(0, a.rank), b.product(0, b.rank))
    if c.rank == 0 && (countA == count || countA == 1) && (countB == count || countB == 1) {
      extents.append(count)
      first.append(countA == count ? 1 : 0)
      second.append(countB == count ? 1 : 0)
      third.append(0)
      return
    }
    let (strideA, strideB, strideC) = (a.broadcastStrides(to: output), b.broadcastStrides(to: output), c.broadcastStrides(to: output))
    for axis in 0..<output.rank where output[axis] != 1 {
      let last = extents.rank - 1
      let extent = output[axis]
      if last >= 0 && first[last] == strideA[axis] &* extent && second[last] == strideB[axis] &* extent
        && third[last] == strideC[axis] &* extent {
        extents[last] = extents[last] &* extent
        first[last] = strideA[axis]
        second[last] = strideB[axis]
        third[last] = strideC[axis]
      } else {
        extents.append(extent)
        first.append(strideA[axis])
        second.append(strideB[axis])
        third.append(strideC[axis])
      }
    }
    if extents.rank == 0 {
      extents.append(1)
      first.append(0)
      second.append(0)
      third.append(0)
    }
  }

  var inner: Int { extents.rank - 1 }
  /// Strides along the innermost loop: 0 or 1.
  var firstStep: Int { first[inner] }
  var secondStep: Int { second[inner] }
  var thirdStep: Int { third[inner] }
  /// Strides from one innermost loop to the next.
  var firstRowStep: Int { inner == 0 ? 0 : first[inner - 1] }
  var secondRowStep: Int { inner == 0 ? 0 : second[inner - 1] }

  /// Calls `body(output, first, second, third, count)` with element offsets for the stretches of `begin` ..< `end` of the output that
  /// lie along the innermost loop, in order, none longer than `longest`.
  @inline(__always)
  func runs(_ begin: Int, _ end: Int, longest: Int = Int.max, _ body: (Int, Int, Int, Int, Int) -> Void) {
    var cursor = BroadcastCursor(self, begin, end, longest)
    while cursor.count > 0 {
      body(cursor.output, cursor.first, cursor.second, cursor.third, cursor.count)
      cursor.advance(1)
    }
  }

  /// The same for two operands, with as many whole innermost loops at once as lie behind each other: calls
  /// `body(output, first, second, count, rows)`. No more than `longest` elements, but for one loop that is longer.
  @inline(__always)
  func blocks(_ begin: Int, _ end: Int, longest: Int, _ body: (Int, Int, Int, Int, Int) -> Void) {
    if inner == 0 && end &- begin <= longest {
      if begin < end { body(begin, begin &* firstStep, begin &* secondStep, end &- begin, 1) }
      return
    }
    if inner == 1 && begin == 0 && end == extents[0] &* extents[1] && end <= longest {
      if end > 0 { body(0, 0, 0, extents[1], extents[0]) }
      return
    }
    var cursor = BroadcastCursor(self, begin, end, longest)
    while cursor.count > 0 {
      let rows = cursor.wholeRows
      body(cursor.output, cursor.first, cursor.second, cursor.count, rows)
      cursor.advance(rows)
    }
  }
}

/// Where a broadcast loop stands. A cursor of its own, because it is the same code for every element type and function; its extents and
/// strides are plain arrays, because it moves once a stretch, which may be short.
struct BroadcastCursor {
  /// Element offsets of the current stretch, and its length: 0 at the end.
  private(set) var output: Int
  private(set) var first = 0
  private(set) var second = 0
  private(set) var third = 0
  private(set) var count = 0
  private let end, longest, inner, innerExtent: Int
  private var column = 0
  private var extents: InlineArray<8, Int>
  private var position: InlineArray<8, Int>
  private var firstStrides: InlineArray<8, Int>
  private var secondStrides: InlineArray<8, Int>
  private var thirdStrides: InlineArray<8, Int>

  @inline(never)
  init(_ loop: Broadcast, _ begin: Int, _ end: Int, _ longest: Int) {
    self.end = end
    self.longest = max(longest, 1)
    inner = min(max(loop.inner, 0), 7)
    innerExtent = loop.extents[inner]
    output = begin
    extents = InlineArray(repeating: 1)
    position = InlineArray(repeating: 0)
    firstStrides = InlineArray(repeating: 0)
    secondStrides = InlineArray(repeating: 0)
    thirdStrides = InlineArray(repeating: 0)
    var rest = begin
    var axis = inner
    while axis >= 0 {
      extents[axis] = max(loop.extents[axis], 1)
      firstStrides[axis] = loop.first[axis]
      secondStrides[axis] = loop.second[axis]
      thirdStrides[axis] = loop.third[axis]
      position[axis] = rest % extents[axis]
      rest /= extents[axis]
      move(axis, position[axis])
      axis -= 1
    }
    column = position[inner]
    count = min(min(innerExtent &- column, end &- begin), self.longest)
  }

  /// How many stretches, each a whole innermost loop, stand behind each other from here on; 1 in the midst of a loop.
  var wholeRows: Int {
    guard inner > 0 && count == innerExtent else { return 1 }
    return max(min(min(extents[inner &- 1] &- position[inner &- 1], (end &- output) / count), longest / count), 1)
  }

  /// Goes on by one stretch, or by `rows` (at most `wholeRows`).
  @inline(never)
  mutating func advance(_ rows: Int) {
    if rows > 1 {
      let passed = rows &- 1
      output = output &+ passed &* count
      position[inner &- 1] = position[inner &- 1] &+ passed
      move(inner &- 1, passed)
    }
    output = output &+ count
    guard output < end else {
      count = 0
      return
    }
    column = column &+ count
    move(inner, count)
    if column >= innerExtent {
      move(inner, 0 &- column)
      column = 0
      var axis = inner &- 1
      while axis >= 0 {
        move(axis, 1)
        position[axis] = position[axis] &+ 1
        if position[axis] < extents[axis] { break }
        move(axis, 0 &- extents[axis])
        position[axis] = 0
        axis = axis &- 1
      }
    }
    count = min(min(innerExtent &- column, end &- output), longest)
  }

  @inline(__always)
  private mutating func move(_ axis: Int, _ steps: Int) {
    first = first &+ steps &* firstStrides[axis]
    second = second &+ steps &* secondStrides[axis]
    third = third &+ steps &* thirdStrides[axis]
  }
}
