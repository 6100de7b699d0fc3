// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// y = exp(x) / sum exp(x) along one axis, or its logarithm; float32. The maximum is subtracted first, so that nothing overflows.
package enum SoftmaxOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    try node.require(x, .float32, "the input")
    _ = try node.axis(Int(SoftmaxAttributes(node.attributes).axis), rank: max(x.shape.rank, 1))
    try node.setOutput(0, .float32, x.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let x = node.optionalInput(0) else { return Kernel("nothing") }
    let large = x.count &* 8 > worthDividing
    let last = Int(SoftmaxAttributes(node.attributes).axis)
    return Kernel(last == -1 || last == x.shape.rank - 1 ? "rows" : "columns", reason: "the axis", allThreads: large)
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = SoftmaxAttributes(node.attributes)
    let shape = x.shape.rank == 0 ? Shape(1) : x.shape
    let loop = AxisLoop(shape, axis: try node.axis(Int(attributes.axis), rank: shape.rank))
    if x.count == 0 { return }
    let (from, to, logarithm) = (x.elements(Float.self), y.elements(Float.self), attributes.logarithm)
    if loop.inner == 1 {
      try run.share(of: loop.outer) { begin, end in
        softmaxRows(from + begin &* loop.length, to + begin &* loop.length, rows: end &- begin, length: loop.length, logarithm: logarithm)
      }
      return
    }
    let tiles = (loop.inner &+ Lanes.count &- 1) / Lanes.count
    try run.share(of: loop.outer &* tiles) { begin, end in
      var unit = begin
      while unit < end {
        // Neighbouring tiles at once.
        let tile = unit % max(tiles, 1)
        let tilesHere = min(min(tiles &- tile, end &- unit), softmaxColumnLimit / Lanes.count)
        let column = tile &* Lanes.count
        let offset = unit / max(tiles, 1) &* loop.length &* loop.inner &+ column
        softmaxColumns(from + offset, to + offset, rows: loop.length, stride: loop.inner,
          columns: min(tilesHere &* Lanes.count, loop.inner &- column), logarithm: logarithm)
        unit = unit &+ max(tilesHere, 1)
      }
    }
  }
}
