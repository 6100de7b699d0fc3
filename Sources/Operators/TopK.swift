// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// The k largest (or smallest) elements along an axis in order, and their positions; ties take the lower index first, NaN counts as
/// larger than every number. k from input 1 if there; -1 is the whole axis.
package enum TopKOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = TopKAttributes(node.attributes)
    let input = try node.input(0)
    guard input.type.isReducible else { throw node.fail(.invalidType).text("an input of type ").type(input.type).status }
    var shape = input.shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    var k = Int(clamping: attributes.k)
    if let wanted = node.optionalInput(1) {
      try node.requireIndices(wanted, "k")
      try node.requireOneElement(wanted, "k")
      guard wanted.hasData else { return .deferred }
      k = node.integer(wanted, 0)
    }
    if k == -1 { k = shape[axis] }
    guard k >= 0 && k <= shape[axis] else {
      throw node.fail(.invalidShape).integer(k).text(" elements of an extent of ").integer(shape[axis]).status
    }
    let indexType = attributes.to == .none ? ElementType.int64 : attributes.to
    guard indexType == .int64 || indexType == .int32 else { throw node.fail(.invalidType).text("indices as ").type(indexType).status }
    shape[axis] = k
    try node.setOutput(0, input.type, shape)
    try node.setOutput(1, indexType, shape)
    return .known
  }

  /// k, as it stands in the shape of whichever output there is.
  private static func extent(_ node: NodeView, _ axis: Int) -> Int {
    (node.optionalOutput(0) ?? node.optionalOutput(1))?.shape[axis] ?? 0
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let input = node.optionalInput(0), let axis = input.shape.normalized(Int(TopKAttributes(node.attributes).axis)) else {
      return Kernel("heap")
    }
    let heap = extent(node, axis) &* MemoryLayout<Int>.stride
    let divided = input.count > 20_000 && input.count > input.shape[axis]
    return Kernel("heap", reason: divided ? "enough elements to divide" : "few elements", allThreads: divided,
      scratchBytes: sizeProduct(heap, divided ? max(threads, 1) : 1))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    try node.input(0).type.withReducible(Selection(node: node, run: run))
  }

  private struct Selection: ReducibleVisitor {
    let node: NodeView
    let run: Execution

    func visit<Element: ReducibleElement>(_: Element.Type) throws(Status) {
      let attributes = TopKAttributes(node.attributes)
      let input = try node.input(0)
      let shape = input.shape
      let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
      let (length, inner) = (shape[axis], shape.product(axis + 1, shape.rank))
      let k = extent(node, axis)
      guard k > 0, inner > 0 else { return }
      let heap = run.scratch(Int.self, at: run.threadIndex &* k &* MemoryLayout<Int>.stride)
      try run.share(of: shape.product(0, axis) &* inner) { (begin, end) throws(Status) in
        for row in begin..<end {
          let (outer, column) = (row / inner, row % inner)
          let order = Order(elements: input.elements(Element.self) + (outer &* length &* inner &+ column), stride: inner,
            smallest: attributes.smallest)
          select(k, of: length, order, heap)
          let first = outer &* k &* inner &+ column
          for rank in 0..<k {
            let place = first &+ rank &* inner
            node.optionalOutput(0)?.elements(Element.self)[place] = order.elements[heap[rank] &* inner]
            guard let indices = node.optionalOutput(1) else { continue }
            if indices.type == .int64 {
              indices.elements(Int64.self)[place] = Int64(heap[rank])
            } else {
              indices.elements(Int32.self)[place] = Int32(truncatingIfNeeded: heap[rank])
            }
          }
        }
      }
    }
  }

  /// Which of two positions comes first in the output: a strict total order.
  private struct Order<Element: ReducibleElement> {
    let elements: UnsafePointer<Element>
    let stride: Int
    let smallest: Bool

    @inline(__always)
    func precedes(_ i: Int, _ j: Int) -> Bool {
      let (a, b) = (elements[i &* stride], elements[j &* stride])
      if a == b { return i < j }
      let (aIsNumber, bIsNumber) = (a == a, b == b)
      if aIsNumber && bIsNumber { return smallest ? a < b : a > b }
      if aIsNumber == bIsNumber { return i < j }
      return smallest == aIsNumber
    }

    /// The elements where they can be compared by vectors.
    var floats: UnsafePointer<Float>? {
      Element.self == Float.self && stride == 1 ? UnsafeRawPointer(elements).assumingMemoryBound(to: Float.self) : nil
    }
  }

  /// Leaves the first `k` positions of 0 ..< length in `heap`, in order.
  private static func select<Element: ReducibleElement>(_ k: Int, of length: Int, _ order: Order<Element>, _ heap: UnsafeMutablePointer<Int>) {
    let (floats, smallest) = (order.floats, order.smallest)
    // What does not reach this is not among them.
    let bound = floats.map { boundOfFirst(k, $0, length, below: smallest) } ?? (smallest ? .infinity : -.infinity)
    // A heap of the best so far with the last of them at the root.
    var held = 0
    var position = 0
    while position < length {
      if let floats, held == k || bound.magnitude < .infinity {
        let beyond = held == k ? floats[heap[0]] : smallest ? bound.nextUp : bound.nextDown
        position = firstBeyond(floats, from: position, to: length, bound: beyond, below: smallest)
      }
      let end = min(position &+ Lanes.count, length)
      while position < end {
        if held < k {
          if floats.map({ smallest ? !($0[position] > bound) : !($0[position] < bound) }) ?? true {
            heap[held] = position
            held += 1
            if held == k { makeHeap(heap, k) { order.precedes($0, $1) } }
          }
        } else if order.precedes(position, heap[0]) {
          heap[0] = position
          siftDown(heap, 0, k) { order.precedes($0, $1) }
        }
        position = position &+ 1
      }
    }
    heapSort(heap, k) { order.precedes($0, $1) }
  }
}
