// Small models for the tests of the tool. SPDX-License-Identifier: Apache-2.0
import Compiler
import Foundation
import Graph
import ModelFile

enum SampleModels {
  static let weights: [Float] = [1, -2, 0.5, 3, -1, 0.25]

  /// y = relu(x w) for x [?, 3] and w [3, 2], and x's transposition as a second output.
  static func product() -> Graph {
    let graph = Graph(name: "product")
    let x = Value(name: "x", type: .float32, shape: [-1, 3])
    let w = Value(name: "w", constant: Constant(shape: [3, 2], floats: weights))
    let y = Value(name: "y", type: .float32)
    let turned = Value(name: "turned", type: .float32)
    graph.inputs = [x]
    graph.nodes = [
      Node(.matmul, name: "layer <1> & \"more\"", inputs: [x, w], outputs: [y], attributes: ["activation": .activation(function: "relu", alpha: 0, beta: 0)]),
      Node(.transpose, name: "turn", inputs: [x], outputs: [turned], attributes: ["permutation": .integers([1, 0])]),
    ]
    graph.outputs = [y, turned]
    return graph
  }

  /// What `product` gives for rows of three, by a double loop.
  static func expectedProduct(_ x: [Float]) -> [Float] {
    var result: [Float] = []
    for row in 0..<x.count / 3 {
      for column in 0..<2 {
        var sum = 0.0
        for inner in 0..<3 { sum += Double(x[row * 3 + inner]) * Double(weights[inner * 2 + column]) }
        result.append(Float(max(sum, 0)))
      }
    }
    return result
  }

  /// Copies of two integer inputs, a int32 [2, 3] and b int64 [2], turned and reshaped.
  static func integers() -> Graph {
    let graph = Graph(name: "integers")
    let a = Value(name: "a", type: .int32, shape: [2, 3])
    let b = Value(name: "b", type: .int64, shape: [2])
    let first = Value(name: "first", type: .int32)
    let second = Value(name: "second", type: .int64)
    graph.inputs = [a, b]
    graph.nodes = [
      Node(.transpose, name: "turn", inputs: [a], outputs: [first], attributes: ["permutation": .integers([1, 0])]),
      Node(.reshape, name: "reshape", inputs: [b], outputs: [second], attributes: ["shape": .integers([2, 1])]),
    ]
    graph.outputs = [first, second]
    return graph
  }

  static func save(_ graph: Graph, to path: URL, expecting vectors: [TestVector] = []) throws {
    graph.metadata = [("labels", "eins\nzwei\u{1B}")]
    let options = CompileOptions(metadata: [("source.format", "by hand")], testVectors: vectors)
    try compile(graph, options: options).write(to: path.path)
  }
}
