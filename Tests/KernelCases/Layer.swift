// A convolution, a matrix product or an attention alone. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// One layer: a convolution, a matrix product, or attention to constant keys and values, whose shapes are `weights` and `values`; attention
/// without `values` has keys and values in its input, and its output's extent as `weights`.
package struct Layer: CustomStringConvertible {
  var input: [Int]
  var weights: [Int]
  var values: [Int] = []
  var attributes: [String: Attribute] = [:]
  var code = OperatorCode.convolution
  var hasResidual = false
  package var description: String { "\(code) \(input) * \(weights) \(attributes)" }

  package static func convolution(_ input: [Int], _ weights: [Int], stride: Int = 1, dilation: Int = 1, padding: Int = 0, paddingEnd: Int? = nil, groups: Int = 1,
    activation: Attribute? = nil, residual: Bool = false, algorithm: String? = nil) -> Layer {
    let spatial = input.count - 2
    func all(_ value: Int) -> Attribute { .integers(Array(repeating: value, count: spatial)) }
    var attributes: [String: Attribute] = ["strides": all(stride), "dilations": all(dilation), "padding_begin": all(padding),
      "padding_end": all(paddingEnd ?? padding), "groups": .integer(groups)]
    attributes["activation"] = activation
    attributes["algorithm"] = algorithm.map { .member($0) }
    return Layer(input: input, weights: weights, attributes: attributes, hasResidual: residual)
  }

  static func transposed(_ input: [Int], _ weights: [Int], stride: Int, padding: Int = 0, groups: Int = 1, activation: Attribute? = nil) -> Layer {
    func all(_ value: Int) -> Attribute { .integers(Array(repeating: value, count: input.count - 2)) }
    var attributes: [String: Attribute] = ["strides": all(stride), "padding_begin": all(padding), "padding_end": all(padding), "groups": .integer(groups)]
    attributes["activation"] = activation
    return Layer(input: input, weights: weights, attributes: attributes, code: .convolutionTranspose)
  }

  package static func product(_ input: [Int], _ weights: [Int], _ attributes: [String: Attribute] = [:]) -> Layer {
    Layer(input: input, weights: weights, attributes: attributes, code: .matmul)
  }

  static func attention(queries: Int, keys: Int, heads: Int, features: Int, values: Int, causal: Bool = false) -> Layer {
    Layer(input: [1, queries, heads * features], weights: [1, keys, heads * features], values: [1, keys, heads * values],
      attributes: ["heads": .integer(heads), "scale": .float(0.3), "causal": .boolean(causal)], code: .attention)
  }

  static func joinedAttention(rows: Int, heads: Int, features: Int, values: Int, causal: Bool = false) -> Layer {
    Layer(input: [1, rows, heads * (2 * features + values)], weights: [heads * values],
      attributes: ["heads": .integer(heads), "scale": .float(0.3), "causal": .boolean(causal), "value_features": .integer(values)], code: .attention)
  }

  private func integer(_ name: String, _ axis: Int) -> Int { if case .integers(let list)? = attributes[name] { list[axis] } else { 0 } }

  private var output: [Int] {
    let isTransposed = attributes["transpose_b"] != nil
    let columns = isTransposed ? weights[0] : weights[weights.count - 1]
    var shape = input
    shape[shape.count - 1] = columns
    for axis in 1..<max(input.count - 1, 1) {
      switch code {
      case .convolution:
        let window = integer("dilations", axis - 1) * (weights[axis - 1] - 1) + 1
        shape[axis] = (input[axis] + integer("padding_begin", axis - 1) + integer("padding_end", axis - 1) - window) / integer("strides", axis - 1) + 1
      case .convolutionTranspose:
        shape[axis] = (input[axis] - 1) * integer("strides", axis - 1) + weights[axis - 1] - integer("padding_begin", axis - 1) - integer("padding_end", axis - 1)
      default: break
      }
    }
    if code == .convolutionTranspose, case .integer(let groups)? = attributes["groups"] { shape[shape.count - 1] *= groups }
    if code == .attention { shape[2] = values.last ?? columns }
    return shape
  }

  /// Multiply-adds: every weight once a position, of the output or, transposed, of the input; attention's scores and sums.
  var multiplyAdds: Int {
    switch code {
    case .convolution: output.dropLast().reduce(1, *) * weights.reduce(1, *)
    case .attention: input[1] * (values.isEmpty ? input[1] * input[2] * 2 / 3 : weights[1] * (weights[2] + values[2]))
    default: input.dropLast().reduce(1, *) * weights.reduce(1, *)
    }
  }

  package var graph: Graph {
    let graph = Graph(name: "layer")
    let x = Value(name: "x", type: .float32, shape: input)
    graph.inputs = [x]
    let shape = output
    let weights = Value(name: "w", constant: Constant(shape: weights, floats: testFloats(weights.reduce(1, *), seed: 3)))
    let bias = Value(name: "b", constant: Constant(shape: [shape[shape.count - 1]], floats: testFloats(shape[shape.count - 1], seed: 5)))
    let y = Value(name: "y", type: .float32, shape: shape)
    var inputs: [Value?] = [x, weights, bias]
    if code == .attention {
      inputs = values.isEmpty ? [x] : [x, weights]
    }
    if !values.isEmpty {
      inputs.append(Value(name: "v", constant: Constant(shape: values, floats: testFloats(values.reduce(1, *), seed: 9))))
    }
    if hasResidual {
      let residual = Value(name: "r", type: .float32, shape: shape)
      graph.inputs.append(residual)
      inputs.append(residual)
    }
    graph.nodes = [Node(code, name: "layer", inputs: inputs, outputs: [y], attributes: attributes)]
    graph.outputs = [y]
    return graph
  }
}
