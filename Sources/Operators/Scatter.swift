// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// x with elements replaced (or combined) by updates: y[index[i, j], j] = updates[i, j] for axis 0. Updates apply in row-major order.
///
/// Errors of a run: `.outOfRange` for an index outside -extent ..< extent.
package enum ScatterElementsOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = ScatterElementsAttributes(node.attributes)
    let input = try node.input(0)
    let indices = try node.input(1)
    let updates = try node.input(2)
    try node.requireIndices(indices, "the indices")
    try node.requireSameType(updates, input, "the updates")
    try node.requireReducible(input, attributes.reduction)
    let axis = try node.axis(Int(attributes.axis), rank: input.shape.rank)
    try node.requireWithin(indices, input, except: axis)
    guard updates.shape == indices.shape else {
      throw node.fail(.invalidShape).text("updates of the shape ").shape(updates.shape).text(" for indices of ").shape(indices.shape).status
    }
    try node.setOutput(0, input.type, input.shape)
    return .known
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    try run.copy(try node.input(0), to: output)
    try output.type.withReducible(Update(node: node, output: output))
  }

  private struct Update: ReducibleVisitor {
    let node: NodeView
    let output: MutableTensorPointer

    func visit<Element: ReducibleElement>(_: Element.Type) throws(Status) {
      let attributes = ScatterElementsAttributes(node.attributes)
      let indices = Indices(try node.input(1))
      let updates = try node.input(2).elements(Element.self)
      let shape = output.shape
      let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
      let reduction = attributes.reduction
      var strides = shape.rowMajorStrides
      let step = strides[axis]
      strides[axis] = 0
      let to = output.elements(Element.self)
      var cursor = StridedCursor(try node.input(1).shape, strides: strides, at: 0)
      for index in 0..<indices.count {
        let place = cursor.offset &+ (try indices.position(index, extent: shape[axis], node)) &* step
        to[place] = reduction.combine(to[place], updates[index])
        cursor.advance()
      }
    }
  }
}

/// x with parts replaced (or combined): each row of `indices` [..., k] names a part, `updates` [..., the part's shape] holds it.
package enum ScatterNdOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let indices = try node.input(1)
    let updates = try node.input(2)
    try node.requireIndices(indices, "the indices")
    try node.requireSameType(updates, input, "the updates")
    try node.requireReducible(input, ScatterNdAttributes(node.attributes).reduction)
    let (shape, rows) = (input.shape, indices.shape)
    let depth = rows.rank > 0 ? rows[rows.rank - 1] : -1
    guard depth >= 0 && depth <= shape.rank && rows.rank - 1 + shape.rank - depth <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("indices of the shape ").shape(rows).text(" into ").shape(shape).status
    }
    var expected = Shape()
    for axis in 0..<(rows.rank - 1) { expected.append(rows[axis]) }
    for axis in depth..<max(shape.rank, depth) { expected.append(shape[axis]) }
    guard updates.shape == expected else {
      throw node.fail(.invalidShape).text("updates of the shape ").shape(updates.shape).text(", expected ").shape(expected).status
    }
    try node.setOutput(0, input.type, shape)
    return .known
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    try run.copy(try node.input(0), to: output)
    try output.type.withReducible(Update(node: node, output: output))
  }

  private struct Update: ReducibleVisitor {
    let node: NodeView
    let output: MutableTensorPointer

    func visit<Element: ReducibleElement>(_: Element.Type) throws(Status) {
      let reduction = ScatterNdAttributes(node.attributes).reduction
      let rows = try node.input(1).shape
      let indices = Indices(try node.input(1))
      let updates = try node.input(2).elements(Element.self)
      let shape = output.shape
      let depth = rows[rows.rank - 1]
      let part = shape.product(depth, shape.rank)
      let to = output.elements(Element.self)
      for row in 0..<rows.product(0, rows.rank - 1) {
        var place = 0
        for level in 0..<depth {
          place = place &* shape[level] &+ (try indices.position(row &* depth &+ level, extent: shape[level], node))
        }
        for element in 0..<part {
          to[place &* part &+ element] = reduction.combine(to[place &* part &+ element], updates[row &* part &+ element])
        }
      }
    }
  }
}

extension NodeView {
  /// Fails unless elements of `tensor` can be combined.
  fileprivate func requireReducible(_ tensor: TensorPointer, _ reduction: ScatterReduction) throws(Status) {
    guard tensor.type.isReducible && (reduction == .none || tensor.type != .boolean) else {
      throw fail(.invalidType).text("updates of type ").type(tensor.type).status
    }
  }
}
