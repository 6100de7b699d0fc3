// Gathering, scattering, sorting, detection and control flow. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphBuilder {
  /// Rows along `axis`; padding index >= 0: that row reads as zeros.
  package func gather(_ x: Value, _ indices: Value, axis: Int, paddingIndex: Int = -1) -> Value {
    append(.gather, [x, indices], ["axis": .integer(axis), "padding_index": .integer(paddingIndex)])
  }

  package func gatherElements(_ x: Value, _ indices: Value, axis: Int) -> Value {
    append(.gatherElements, [x, indices], ["axis": .integer(axis)])
  }

  package func gatherNd(_ x: Value, _ indices: Value, batchDimensions: Int = 0) -> Value {
    append(.gatherNd, [x, indices], ["batch_dimensions": .integer(batchDimensions)])
  }

  package func scatterElements(_ x: Value, _ indices: Value, _ updates: Value, axis: Int, reduction: ScatterReduction = .none) -> Value {
    append(.scatterElements, [x, indices, updates], ["axis": .integer(axis), "reduction": .member(reduction)])
  }

  package func scatterNd(_ x: Value, _ indices: Value, _ updates: Value, reduction: ScatterReduction = .none) -> Value {
    append(.scatterNd, [x, indices, updates], ["reduction": .member(reduction)])
  }

  /// Values and indices of the k largest (or smallest); k = -1 means the whole axis, a value where computed.
  package func topK(_ x: Value, k: Int, computedK: Value? = nil, axis: Int, smallest: Bool = false, unsorted: Bool = false,
    to type: ElementType = .int64) -> (values: Value, indices: Value) {
    let results = append(.topK, [x, computedK], ["k": .integer(k), "axis": .integer(axis), "smallest": .boolean(smallest),
      "unsorted": .boolean(unsorted), "to": .member(type)], outputs: 2)
    return (results[0], results[1])
  }

  /// Indices of the elements that are not zero: int64 [rank, n].
  package func nonZero(_ x: Value) -> Value { append(.nonZero, [x]) }

  /// The schema's `non_maximum_suppression`: selected (batch, class, box) rows, int64 [n, 3].
  package func nonMaximumSuppression(boxes: Value, scores: Value, maxBoxes: Value?, overlapThreshold: Value?, scoreThreshold: Value?,
    centerPointBox: Bool) -> Value {
    append(.nonMaximumSuppression, [boxes, scores, maxBoxes, overlapThreshold, scoreThreshold], ["center_point_box": .boolean(centerPointBox)])
  }

  /// Outputs of the branch that the condition chooses; both graphs have the same number of outputs.
  package func conditional(_ condition: Value, then: Graph, otherwise: Graph) throws -> [Value] {
    guard then.outputs.count == otherwise.outputs.count else {
      throw ImportError.unsupported("the branches of a condition have \(then.outputs.count) and \(otherwise.outputs.count) outputs")
    }
    return append(.conditional, [condition], ["then_subgraph": .graph(then), "else_subgraph": .graph(otherwise)], outputs: then.outputs.count)
  }

  /// The schema's `loop`: body inputs (iteration, condition, values...), outputs (condition, values..., scanned...).
  package func loop(tripCount: Value?, condition: Value?, initial: [Value], body: Graph) throws -> [Value] {
    guard body.inputs.count == initial.count + 2, body.outputs.count >= initial.count + 1 else {
      throw ImportError.unsupported("a loop's body takes \(body.inputs.count) and gives \(body.outputs.count) values for \(initial.count) carried ones")
    }
    return append(.loop, [tripCount, condition] + initial, ["body": .graph(body)], outputs: body.outputs.count - 1)
  }
}
