// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// Takes the parts of x that the rows of `indices` [batch..., ..., k] name: the first `batch_dimensions` are common to both.
package enum GatherNdOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let indices = try node.input(1)
    try node.requireIndices(indices, "the indices")
    let batch = Int(GatherNdAttributes(node.attributes).batchDimensions)
    let (shape, rows) = (input.shape, indices.shape)
    let depth = rows.rank > 0 ? rows[rows.rank - 1] : -1
    guard batch >= 0 && batch < rows.rank && batch <= shape.rank && depth >= 0 && depth <= shape.rank - batch else {
      throw node.fail(.invalidShape).text("indices of the shape ").shape(rows).text(" into ").shape(shape).text(" with ").integer(batch)
        .text(" batch dimensions").status
    }
    guard rows.rank - 1 + shape.rank - batch - depth <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("indices of the shape ").shape(rows).text(" into ").shape(shape).status
    }
    var result = Shape()
    for axis in 0..<(rows.rank - 1) {
      guard axis >= batch || rows[axis] == shape[axis] else {
        throw node.fail(.invalidShape).text("batch extents of ").shape(rows).text(" and ").shape(shape).text(" differ").status
      }
      result.append(rows[axis])
    }
    for axis in (batch + depth)..<max(shape.rank, batch + depth) { result.append(shape[axis]) }
    try node.setOutput(0, input.type, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "copy of runs") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    let rows = try node.input(1).shape
    let indices = Indices(try node.input(1))
    guard let output = node.optionalOutput(0), output.count > 0 else { return }
    let batch = Int(GatherNdAttributes(node.attributes).batchDimensions)
    let shape = input.shape
    let depth = rows[rows.rank - 1]
    let bytes = shape.product(batch + depth, shape.rank) &* input.type.size
    let rowsInBatch = max(rows.product(batch, rows.rank - 1), 1)
    let batchExtent = shape.product(batch, batch + depth)
    try run.share(of: rows.product(0, rows.rank - 1)) { (begin, end) throws(Status) in
      for row in begin..<end {
        var place = 0
        for level in 0..<depth {
          let extent = shape[batch + level]
          place = place &* extent &+ (try indices.position(row &* depth &+ level, extent: extent, node))
        }
        place = place &+ row / rowsInBatch &* batchExtent
        platform_copy(output.address() + row &* bytes, input.address() + place &* bytes, bytes)
      }
    }
  }
}
