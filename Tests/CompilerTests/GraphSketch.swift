// Small graphs for tests. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// Builds a graph a line at a time; values are named in the order in which they are made.
final class GraphSketch {
  let graph = Graph(name: "sketch")
  private var serial = 0

  func input(_ name: String, _ shape: [Int], type: ElementType = .float32) -> Value {
    let value = Value(name: name, type: type, shape: shape)
    graph.inputs.append(value)
    return value
  }

  func constant(_ shape: [Int], _ floats: [Float]) -> Value { Value(name: "c", constant: Constant(shape: shape, floats: floats)) }

  func scalar(_ float: Float) -> Value { constant([], [float]) }

  /// Counting constants, so that every element differs.
  func counting(_ shape: [Int], step: Float = 1) -> Value {
    constant(shape, (0..<shape.reduce(1, *)).map { Float($0 + 1) * step })
  }

  func integers(_ list: [Int]) -> Value { Value(name: "c", constant: Constant(shape: [list.count], integers: list)) }

  @discardableResult
  func node(_ code: OperatorCode, _ inputs: [Value?], _ shape: [Int]?, _ attributes: [String: Attribute] = [:], type: ElementType = .float32) -> Value {
    serial += 1
    let value = Value(name: "v\(serial)", type: type, shape: shape)
    graph.nodes.append(Node(code, name: "n\(serial)", inputs: inputs, outputs: [value], attributes: attributes))
    return value
  }

  func unary(_ function: String, _ x: Value, alpha: Double = 0, beta: Double = 0) -> Value {
    var attributes: [String: Attribute] = ["function": .member(function)]
    if alpha != 0 { attributes["alpha"] = .float(alpha) }
    if beta != 0 { attributes["beta"] = .float(beta) }
    return node(.unary, [x], x.shape, attributes)
  }

  func binary(_ function: String, _ a: Value, _ b: Value) -> Value {
    let (left, right) = (a.shape ?? [], b.shape ?? [])
    let rank = max(left.count, right.count)
    let shape = (0..<rank).map { axis -> Int in
      let one = axis - rank + left.count >= 0 ? left[axis - rank + left.count] : 1
      let other = axis - rank + right.count >= 0 ? right[axis - rank + right.count] : 1
      return one == 1 ? other : one
    }
    return node(.binary, [a, b], shape, ["function": .member(function)])
  }

  func transpose(_ x: Value, _ permutation: [Int]) -> Value {
    node(.transpose, [x], x.shape.map { shape in permutation.map { shape[$0] } }, ["permutation": .integers(permutation)])
  }

  /// A convolution of a channels-first image as importers write it; `shape` of the result is [N, C, H, W].
  func convolution(_ x: Value, _ weights: Value, _ shape: [Int], _ attributes: [String: Attribute] = [:]) -> Value {
    let stored = node(.convolution, [transpose(x, [0, 2, 3, 1]), weights], [shape[0], shape[2], shape[3], shape[1]], attributes)
    return transpose(stored, [0, 3, 1, 2])
  }

  func reduceMean(_ x: Value, _ axes: [Int]) -> Value {
    let rank = x.shape?.count ?? 0
    let shape = x.shape.map { shape in shape.indices.map { axes.contains($0) || axes.contains($0 - rank) ? 1 : shape[$0] } }
    return node(.reduce, [x], shape, ["function": .member("mean"), "axes": .integers(axes), "keep_dimensions": .boolean(true)])
  }

  func finish(_ outputs: Value...) -> Graph {
    graph.outputs = outputs
    return graph
  }
}

extension Graph {
  /// Operators in their order, such as "convolution add relu": unary and binary ones by their function.
  var operators: String {
    nodes.map { node in
      node.operatorCode == .unary || node.operatorCode == .binary ? node.member("function", default: "add") : "\(node.operatorCode.name)"
    }.joined(separator: " ")
  }

  /// Runs the graph in the runtime on `inputs` by order.
  func evaluate(_ inputs: [Constant]) throws -> [[Float]] {
    let model = try RuntimeModel(MemoryModel.whole(self))
    return try model.run(inputs, outputCount: outputs.count).map { $0.floats ?? ($0.integers ?? []).map(Float.init) }
  }
}

/// Runs `passes` on one of two equal graphs: its operators must be `before` and become `after`, and both must give the same numbers.
func checkPasses(_ make: () -> Graph, _ inputs: [[Int]], _ before: String, _ after: String, _ passes: [Pass.Type], tolerance: Float = 1e-5,
  file: StaticString = #filePath, line: UInt = #line) throws {
  let (original, changed) = (make(), make())
  XCTAssertEqual(original.operators, before, file: file, line: line)
  let knowledge = ShapeKnowledge()
  for pass in passes { try changed.apply(pass, knowledge, limit: pass == Layout.self ? 1 : 1000) }
  try changed.apply(DeadCode.self, knowledge)
  XCTAssertEqual(changed.operators, after, "\(changed)", file: file, line: line)
  let constants = inputs.enumerated().map { index, shape in
    Constant(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float(($0 * 37 + index * 11) % 23) / 7 - 1.5 })
  }
  let (expected, found) = (try original.evaluate(constants), try changed.evaluate(constants))
  XCTAssertEqual(expected.count, found.count, file: file, line: line)
  for (one, other) in zip(expected, found) {
    XCTAssertEqual(one.count, other.count, file: file, line: line)
    let largest = one.map(abs).max() ?? 0
    for (a, b) in zip(one, other) { XCTAssertEqual(a, b, accuracy: tolerance * max(largest, 1), file: file, line: line) }
  }
}
