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
  init(_ output: Shape, _ a: Shape, _ b: Shape, _ c: Shape = Shape()) {
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

  /// Calls `body(output, first, second, third, count)` with element offsets for the stretches of `begin` ..< `end` of the output that
  /// lie along the innermost loop, in order, none longer than `longest`.
  @inline(__always)
  func runs(_ begin: Int, _ end: Int, longest: Int = Int.max, _ body: (Int, Int, Int, Int, Int) -> Void) {
    var cursor = BroadcastCursor(self, begin, end, longest)
    while cursor.count > 0 {
      body(cursor.output, cursor.first, cursor.second, cursor.third, cursor.count)
      cursor.advance()
    }
  }
}

/// Where a broadcast loop stands. A cursor of its own, because it is the same code for every element type and function.
struct BroadcastCursor {
  /// Element offsets of the current stretch, and its length: 0 at the end.
  private(set) var output = 0
  private(set) var first = 0
  private(set) var second = 0
  private(set) var third = 0
  private(set) var count = 0
  private let loop: Broadcast
  private let end, longest: Int
  private var column = 0
  private var position: Shape

  @inline(never)
  init(_ loop: Broadcast, _ begin: Int, _ end: Int, _ longest: Int) {
    self.loop = loop
    self.end = end
    self.longest = max(longest, 1)
    output = begin
    position = Shape(rank: loop.extents.rank, repeating: 0)
    var rest = begin
    var axis = loop.inner
    while axis >= 0 {
      let extent = max(loop.extents[axis], 1)
      position[axis] = rest % extent
      rest /= extent
      first = first &+ position[axis] &* loop.first[axis]
      second = second &+ position[axis] &* loop.second[axis]
      third = third &+ position[axis] &* loop.third[axis]
      axis -= 1
    }
    column = position[loop.inner]
    measure()
  }

  private mutating func measure() { count = min(min(loop.extents[loop.inner] &- column, end &- output), longest) }

  @inline(never)
  mutating func advance() {
    output = output &+ count
    guard output < end else {
      count = 0
      return
    }
    column = column &+ count
    move(loop.inner, count)
    if column >= loop.extents[loop.inner] {
      move(loop.inner, 0 &- column)
      column = 0
      var axis = loop.inner - 1
      while axis >= 0 {
        move(axis, 1)
        position[axis] = position[axis] &+ 1
        if position[axis] < loop.extents[axis] { break }
        move(axis, 0 &- loop.extents[axis])
        position[axis] = 0
        axis -= 1
      }
    }
    measure()
  }

  private mutating func move(_ axis: Int, _ steps: Int) {
    first = first &+ steps &* loop.first[axis]
    second = second &+ steps &* loop.second[axis]
    third = third &+ steps &* loop.third[axis]
  }
}
