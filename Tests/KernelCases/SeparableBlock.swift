// A separable convolution before and after the converter has joined it. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

@testable import Compiler

/// A separable convolution of a picture; 0 outputs: without projection, 0 expanded: without expansion.
package struct SeparableBlock: CustomStringConvertible {
  package var input: [Int]
  var expanded: Int
  var outputs: Int
  var kernel = 3
  var stride = 1
  var dilation = 1
  var padding = 1
  var paddingEnd: Int? = nil
  package var hasResidual = false
  var last: String? = nil

  package var description: String { "\(input) → \(expanded) → \(outputs), \(kernel)x\(kernel) / \(stride), dilation \(dilation), padding \(padding)" }

  /// Several stripes each, at the second-level caches of today.
  package static let all: [SeparableBlock] = [
    SeparableBlock(input: [1, 57, 61, 24], expanded: 144, outputs: 24, hasResidual: true),
    SeparableBlock(input: [1, 112, 113, 16], expanded: 96, outputs: 24, stride: 2),
    SeparableBlock(input: [2, 65, 66, 40], expanded: 0, outputs: 33, last: "relu"),
    SeparableBlock(input: [1, 60, 64, 19], expanded: 75, outputs: 0, kernel: 5, padding: 2, hasResidual: true, last: "swish"),
    SeparableBlock(input: [1, 101, 47, 8], expanded: 131, outputs: 7, kernel: 5, stride: 2, dilation: 2, padding: 4, paddingEnd: 3),
    SeparableBlock(input: [3, 33, 70, 5], expanded: 66, outputs: 12, kernel: 7, padding: 3, last: "hard_swish"),
    SeparableBlock(input: [1, 200, 30, 6], expanded: 300, outputs: 10, kernel: 2, stride: 3, padding: 0),
    SeparableBlock(input: [1, 3, 700, 16], expanded: 128, outputs: 16, hasResidual: true),
    SeparableBlock(input: [1, 64, 500, 3], expanded: 7, outputs: 3, padding: 1),
    SeparableBlock(input: [1, 3, 700, 66], expanded: 0, outputs: 40, kernel: 5, padding: 2, last: "hard_swish"),
    SeparableBlock(input: [1, 5, 20001, 5], expanded: 0, outputs: 64, stride: 2, last: "relu"),
    SeparableBlock(input: [1, 64, 150, 66], expanded: 0, outputs: 130, stride: 2),
  ]

  /// The extents of the depthwise convolution's output.
  private var size: [Int] {
    let span = (kernel - 1) * dilation + 1
    return (1...2).map { (input[$0] + padding + (paddingEnd ?? padding) - span) / stride + 1 }
  }

  package var multiplyAdds: Int {
    let channels = expanded > 0 ? expanded : input[3]
    let positions = input[0] * size[0] * size[1]
    return (expanded > 0 ? input.reduce(1, *) * expanded : 0) + positions * channels * (kernel * kernel + outputs)
  }

  /// Three convolutions (or two), as a converter finds them.
  package func separate() -> Graph {
    let graph = Graph(name: "block")
    var value = Value(name: "x", type: .float32, shape: input)
    graph.inputs = [value]
    func constant(_ shape: [Int], _ seed: Int) -> Value { Value(name: "c\(seed)", constant: Constant(shape: shape, floats: testFloats(shape.reduce(1, *), seed: seed))) }
    func add(_ weights: [Int], _ shape: [Int], _ seed: Int, _ attributes: [String: Attribute], _ activation: String?) {
      var attributes = attributes
      if let activation { attributes["activation"] = .activation(function: activation, alpha: activation == "swish" ? 1 : 0, beta: 0) }
      let y = Value(name: "y\(seed)", type: .float32, shape: shape)
      graph.nodes.append(Node(.convolution, name: "n\(seed)", inputs: [value, constant(weights, seed), constant([shape[3]], seed + 10)], outputs: [y], attributes: attributes))
      value = y
    }
    var shape = input
    if expanded > 0 {
      shape[3] = expanded
      add([1, 1, input[3], expanded], shape, 1, [:], "relu")
    }
    shape = [input[0], size[0], size[1], shape[3]]
    func both(_ value: Int) -> Attribute { .integers([value, value]) }
    let window: [String: Attribute] = ["strides": both(stride), "dilations": both(dilation), "padding_begin": both(padding),
      "padding_end": both(paddingEnd ?? padding), "groups": .integer(shape[3])]
    add([kernel, kernel, 1, shape[3]], shape, 2, window, outputs > 0 ? "relu" : last)
    if outputs > 0 {
      let depth = shape[3]
      shape[3] = outputs
      add([1, 1, depth, outputs], shape, 3, [:], last)
    }
    if hasResidual {
      let residual = Value(name: "r", type: .float32, shape: shape)
      graph.inputs.append(residual)
      graph.nodes[graph.nodes.count - 1].inputs.append(residual)
    }
    graph.outputs = [value]
    return graph
  }

  package func joined() -> Graph {
    let graph = separate()
    _ = SeparableConvolutions.join(graph, largeMap: 0, linesPerSharedLine: 0)
    return graph
  }
}
