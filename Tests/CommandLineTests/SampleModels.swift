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

  /// A depthwise convolution of x [1, 9, 9, 4] with a window of `size` x `size`.
  static func depthwise(_ size: Int, stride: Int = 1, dilation: Int = 1) -> Graph {
    let graph = Graph(name: "depthwise")
    let x = Value(name: "x", type: .float32, shape: [1, 9, 9, 4])
    let w = Value(name: "w", constant: Constant(shape: [size, size, 1, 4], floats: (0..<size * size * 4).map(Float.init)))
    let y = Value(name: "y", type: .float32)
    graph.inputs = [x]
    graph.nodes = [Node(.convolution, name: "depthwise", inputs: [x, w], outputs: [y],
      attributes: ["groups": .integer(4), "strides": .integers([stride, stride]), "dilations": .integers([dilation, dilation])])]
    graph.outputs = [y]
    return graph
  }

  /// Five trips of x = relu(x w) for x [4, 8], all of which are kept; the result and the kept ones, as [20, 8], are multiplied once more. No shape but the
  /// input's is told.
  static func loop() -> Graph {
    let graph = Graph(name: "loop")
    let w = Value(name: "w", constant: Constant(shape: [8, 8], floats: (0..<64).map { Float($0 % 9 == 0 ? 1 : 0) }))
    func product(_ x: Value, _ y: Value) -> Node { Node(.matmul, name: y.name, inputs: [x, w], outputs: [y]) }
    let body = Graph(name: "body")
    let (iteration, condition) = (Value(name: "i", type: .int64, shape: []), Value(name: "go", type: .boolean, shape: []))
    let (carried, next) = (Value(name: "carried", type: .float32), Value(name: "next", type: .float32))
    body.inputs = [iteration, condition, carried]
    body.nodes = [product(carried, next)]
    body.outputs = [condition, next, next]
    let x = Value(name: "x", type: .float32, shape: [4, 8])
    let values = ["last", "kept", "rows", "a", "b"].map { Value(name: $0, type: .float32) }
    graph.inputs = [x]
    graph.nodes = [
      Node(.loop, name: "repeat", inputs: [Value(name: "five", constant: Constant(shape: [], integers: [5])), nil, x], outputs: [values[0], values[1]],
        attributes: ["body": .graph(body)]),
      Node(.reshape, name: "rows", inputs: [values[1]], outputs: [values[2]], attributes: ["shape": .integers([-1, 8])]),
      product(values[0], values[3]), product(values[2], values[4]),
    ]
    graph.outputs = [values[3], values[4]]
    return graph
  }

  /// Boxes that a product makes of x [1, 6, 4], chosen by the scores [1, 2, 6]: with an overlap of 1 allowed all 12 of them, in three integers each.
  static func boxes() -> Graph {
    let graph = Graph(name: "boxes")
    let x = Value(name: "x", type: .float32, shape: [1, 6, 4])
    let scores = Value(name: "scores", type: .float32, shape: [1, 2, 6])
    let weights = Value(name: "w", constant: Constant(shape: [4, 4], floats: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]))
    let boxes = Value(name: "boxes", type: .float32, shape: [1, 6, 4])
    let most = Value(name: "most", constant: Constant(shape: [1], integers: [6]))
    let overlap = Value(name: "overlap", constant: Constant(shape: [1], floats: [1]))
    let chosen = Value(name: "chosen", type: .int64, shape: [-1, 3])
    graph.inputs = [x, scores]
    graph.nodes = [
      Node(.matmul, name: "place", inputs: [x, weights], outputs: [boxes]),
      Node(.nonMaximumSuppression, name: "choose", inputs: [boxes, scores, most, overlap], outputs: [chosen]),
    ]
    graph.outputs = [chosen]
    return graph
  }

  static func save(_ graph: Graph, to path: URL, expecting vectors: [TestVector] = []) throws {
    graph.metadata = [("labels", "eins\nzwei\u{1B}")]
    let options = CompileOptions(metadata: [("source.format", "by hand")], testVectors: vectors)
    try compile(graph, options: options).write(to: path.path)
  }
}
