// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// y[i] = x[0] + … + x[i] along an axis; exclusive leaves x[i] out, reverse sums from the end. float32, int32 or int64 (wrapping around).
package enum CumulativeSumOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    guard x.type == .float32 || x.type == .int32 || x.type == .int64 else { throw node.fail(.invalidType).text("elements of type ").type(x.type).status }
    _ = try node.axis(Int(CumulativeSumAttributes(node.attributes).axis), rank: max(x.shape.rank, 1))
    try node.setOutput(0, x.type, x.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalInput(0)?.count ?? 0) > worthDividing
    return Kernel("line by line", reason: large ? "large" : "small", allThreads: large)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = CumulativeSumAttributes(node.attributes)
    let shape = x.shape.rank == 0 ? Shape(1) : x.shape
    let loop = AxisLoop(shape, axis: try node.axis(Int(attributes.axis), rank: shape.rank))
    let (exclusive, reverse) = (attributes.exclusive, attributes.reverse)
    try run.share(of: loop.length == 0 ? 0 : loop.lines) { begin, end in
      switch x.type {
      case .float32: sum(x.elements(Float.self), y.elements(Float.self), loop, begin, end, exclusive, reverse, 0) { $0 + $1 }
      case .int32: sum(x.elements(Int32.self), y.elements(Int32.self), loop, begin, end, exclusive, reverse, 0) { $0 &+ $1 }
      default: sum(x.elements(Int64.self), y.elements(Int64.self), loop, begin, end, exclusive, reverse, 0) { $0 &+ $1 }
      }
    }
  }

  @inline(__always)
  private static func sum<Element>(
    _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ loop: AxisLoop, _ begin: Int, _ end: Int, _ exclusive: Bool, _ reverse: Bool,
    _ zero: Element, _ add: (Element, Element) -> Element
  ) {
    for line in begin..<end {
      let start = loop.start(line) &+ (reverse ? (loop.length &- 1) &* loop.inner : 0)
      let step = reverse ? 0 &- loop.inner : loop.inner
      var total = zero
      for index in 0..<loop.length {
        let at = start &+ index &* step
        let next = add(total, x[at])
        y[at] = exclusive ? total : next
        total = next
      }
    }
  }
}
