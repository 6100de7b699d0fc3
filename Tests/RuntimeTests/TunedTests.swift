// The tuned backend beside the generic one, through the C API, with weights packed at prepare and packed in the file.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// One layer: a convolution, a matrix product, or attention to constant keys and values, whose shapes are `weights` and `values`; attention
/// without `values` has keys and values in its input, and its output's extent as `weights`.
private struct Layer: CustomStringConvertible {
  var input: [Int]
  var weights: [Int]
  var values: [Int] = []
  var attributes: [String: Attribute] = [:]
  var code = OperatorCode.convolution
  var hasResidual = false
  var description: String { "\(code) \(input) * \(weights) \(attributes)" }

  static func convolution(_ input: [Int], _ weights: [Int], stride: Int = 1, dilation: Int = 1, padding: Int = 0, paddingEnd: Int? = nil, groups: Int = 1,
    activation: Attribute? = nil, residual: Bool = false) -> Layer {
    let spatial = input.count - 2
    func all(_ value: Int) -> Attribute { .integers(Array(repeating: value, count: spatial)) }
    var attributes: [String: Attribute] = ["strides": all(stride), "dilations": all(dilation), "padding_begin": all(padding),
      "padding_end": all(paddingEnd ?? padding), "groups": .integer(groups)]
    attributes["activation"] = activation
    return Layer(input: input, weights: weights, attributes: attributes, hasResidual: residual)
  }
}

extension Layer {
  static func transposed(_ input: [Int], _ weights: [Int], stride: Int, padding: Int = 0, groups: Int = 1, activation: Attribute? = nil) -> Layer {
    func all(_ value: Int) -> Attribute { .integers(Array(repeating: value, count: input.count - 2)) }
    var attributes: [String: Attribute] = ["strides": all(stride), "padding_begin": all(padding), "padding_end": all(padding), "groups": .integer(groups)]
    attributes["activation"] = activation
    return Layer(input: input, weights: weights, attributes: attributes, code: .convolutionTranspose)
  }

  static func attention(queries: Int, keys: Int, heads: Int, features: Int, values: Int, causal: Bool = false) -> Layer {
    Layer(input: [1, queries, heads * features], weights: [1, keys, heads * features], values: [1, keys, heads * values],
      attributes: ["heads": .integer(heads), "scale": .float(0.3), "causal": .boolean(causal)], code: .attention)
  }

  static func joinedAttention(rows: Int, heads: Int, features: Int, values: Int, causal: Bool = false) -> Layer {
    Layer(input: [1, rows, heads * (2 * features + values)], weights: [heads * values],
      attributes: ["heads": .integer(heads), "scale": .float(0.3), "causal": .boolean(causal), "value_features": .integer(values)], code: .attention)
  }
}

final class TunedTests: XCTestCase {
  /// Sizes around the tiles of every instruction set (4, 6, 8 and 14 rows; vectors of 4, 8 and 16; panels of 8, 12, 16 and 32 columns).
  private static let layers: [Layer] = {
    let relu = Attribute.activation(function: "relu", alpha: 0, beta: 0)
    let six = Attribute.activation(function: "clip", alpha: 0, beta: 6)
    let swish = Attribute.activation(function: "hard_swish", alpha: 0, beta: 0)
    var list: [Layer] = []
    for columns in [1, 3, 4, 7, 8, 9, 12, 13, 15, 16, 17, 20, 23, 24, 28, 31, 32, 33, 40, 47, 56, 65] {
      list.append(.convolution([1, 3, 5, 20], [1, 1, 20, columns], activation: columns % 2 == 0 ? relu : swish, residual: columns % 3 == 0))
    }
    for width in 1...29 { list.append(.convolution([1, 1, width, 17], [1, 1, 17, 24], activation: six)) }
    for depth in [1, 2, 191, 256, 257, 400, 513, 1024] { list.append(.convolution([1, 2, 7, depth], [1, 1, depth, 40], residual: depth > 256)) }
    list += [
      .convolution([2, 9, 11, 3], [3, 3, 3, 16], stride: 2, padding: 1, activation: relu),
      .convolution([1, 20, 23, 3], [7, 7, 3, 20], stride: 2, padding: 3),
      .convolution([1, 4, 4, 1], [5, 5, 1, 9], padding: 4),
      .convolution([1, 12, 10, 24], [3, 3, 24, 33], padding: 2, paddingEnd: 0, activation: swish),
      .convolution([2, 13, 14, 32], [3, 3, 32, 64], padding: 1, activation: relu, residual: true),
      .convolution([1, 28, 28, 64], [3, 3, 64, 48], padding: 1),
      .convolution([1, 6, 5, 40], [3, 3, 40, 34], activation: swish),
      .convolution([1, 30, 31, 33], [3, 3, 33, 35], padding: 1, activation: six, residual: true),
      .convolution([1, 9, 9, 48], [3, 3, 48, 16], stride: 2, padding: 1),
      .convolution([1, 15, 15, 16], [3, 3, 16, 16], dilation: 2, padding: 2),
      .convolution([1, 7, 7, 24], [3, 3, 8, 36], padding: 1, groups: 3, activation: relu),
      .convolution([1, 7, 7, 24], [1, 1, 4, 12], groups: 6, residual: true),
      .convolution([1, 50, 20], [3, 20, 30], padding: 1),
      .convolution([1, 4, 6, 5, 8], [3, 3, 3, 8, 10], padding: 1),
      .convolution([1, 9, 10, 19], [3, 3, 1, 19], padding: 1, groups: 19, activation: six),
      .convolution([1, 17, 16, 40], [5, 5, 1, 40], stride: 2, padding: 2, groups: 40, activation: swish, residual: true),
      .convolution([1, 8, 8, 5], [3, 3, 1, 5], dilation: 2, padding: 2, groups: 5),
      .convolution([1, 7, 7, 1024], [1, 1, 1024, 70], stride: 2),
      .convolution([1, 12, 18, 96], [3, 3, 96, 24], padding: 1, activation: relu),
      .convolution([1, 9, 30, 20], [3, 3, 20, 28], stride: 2, padding: 1, activation: .activation(function: "swish", alpha: 1, beta: 0)),
      .transposed([1, 5, 17, 24], [2, 2, 24, 24], stride: 2, activation: relu),
      .transposed([2, 6, 33, 24], [2, 2, 24, 1], stride: 2, activation: .activation(function: "sigmoid", alpha: 0, beta: 0)),
      .transposed([1, 5, 6, 19], [4, 4, 19, 21], stride: 2, padding: 1, activation: swish),
      .transposed([1, 7, 9, 12], [3, 3, 12, 5], stride: 2, groups: 2),
      .transposed([1, 4, 5, 8], [1, 1, 8, 9], stride: 3),
      .transposed([1, 31, 40], [4, 40, 50], stride: 4),
      .attention(queries: 40, keys: 40, heads: 8, features: 15, values: 15),
      .attention(queries: 9, keys: 20, heads: 2, features: 32, values: 24),
      .attention(queries: 30, keys: 37, heads: 3, features: 7, values: 33, causal: true),
      .attention(queries: 70, keys: 530, heads: 1, features: 64, values: 64),
      .joinedAttention(rows: 41, heads: 3, features: 15, values: 9),
      .joinedAttention(rows: 398, heads: 2, features: 7, values: 33, causal: true),
      Layer(input: [5, 37], weights: [37, 41], code: .matmul),
      Layer(input: [40, 120], weights: [120, 6625], code: .matmul),
      Layer(input: [1, 300], weights: [61, 300], attributes: ["transpose_b": .boolean(true)], code: .matmul),
      Layer(input: [2, 3, 19], weights: [19, 33], attributes: ["activation": relu], code: .matmul),
      Layer(input: [70, 600], weights: [600, 100], code: .matmul),
    ]
    return list
  }()

  /// Tolerance: float sums of up to 2,000 products of numbers below 1 in another order, and Winograd's transforms: a thousandth
  /// of the largest result would be a wrong kernel, a hundred-thousandth is rounding.
  func testLayers() throws {
    for (index, layer) in TunedTests.layers.enumerated() {
      let (graph, count) = TunedTests.graph(layer)
      try keepLayer(graph, "layer\(index)")
      let input = testFloats(layer.input.reduce(1, *), seed: index)
      var results: [[Float]] = []
      let packed = try packConstants(of: graph)
      if layer.code == .matmul { XCTAssertEqual(packed.count, 1, "\(layer)") }
      // A packed file on the backend that packed it, and on one that has never heard of the order.
      for (backends, threads, stored) in [("generic", 1, [:]), ("tuned,generic", 1, [:]), ("tuned,generic", 3, [:]), ("tuned,generic", 2, packed),
        ("generic", 1, packed)] as [(String, UInt32, [ObjectIdentifier: PackedBytes])] {
        let session = try TestSession(graph, threads: threads, backends: backends, packed: stored)
        try session.write(0, input)
        if layer.hasResidual { try session.write(1, testFloats(count, seed: 77)) }
        try session.run()
        results.append(try session.read(0, Float.self).values)
        if !stored.isEmpty && backends != "generic" { XCTAssertEqual(try session.memoryNeeds().packed_bytes, 0, "\(layer): packed again") }
      }
      let largest = results[0].map { abs($0) }.max() ?? 0
      for (run, result) in results.enumerated().dropFirst() {
        let error = zip(results[0], result).map { abs($0 - $1) }.max() ?? 0
        XCTAssertLessThanOrEqual(error, 2e-5 * max(largest, 1), "\(layer), run \(run)")
      }
    }
  }

  private static func graph(_ layer: Layer) -> (Graph, Int) {
    let graph = Graph(name: "layer")
    let x = Value(name: "x", type: .float32, shape: layer.input)
    graph.inputs = [x]
    let isTransposed = layer.attributes["transpose_b"] != nil
    let columns = isTransposed ? layer.weights[0] : layer.weights[layer.weights.count - 1]
    let weights = Value(name: "w", constant: Constant(shape: layer.weights, floats: testFloats(layer.weights.reduce(1, *), seed: 3)))
    var shape = layer.input
    shape[shape.count - 1] = columns
    if layer.code == .convolution {
      for axis in 0..<(layer.input.count - 2) {
        func value(_ name: String) -> Int { if case .integers(let list)? = layer.attributes[name] { list[axis] } else { 0 } }
        let window = value("dilations") * (layer.weights[axis] - 1) + 1
        shape[axis + 1] = (layer.input[axis + 1] + value("padding_begin") + value("padding_end") - window) / value("strides") + 1
      }
    }
    if layer.code == .convolutionTranspose {
      for axis in 1..<(layer.input.count - 1) {
        func value(_ name: String) -> Int { if case .integers(let list)? = layer.attributes[name] { list[axis - 1] } else { 0 } }
        shape[axis] = (layer.input[axis] - 1) * value("strides") + layer.weights[axis - 1] - value("padding_begin") - value("padding_end")
      }
      if case .integer(let groups)? = layer.attributes["groups"] { shape[shape.count - 1] *= groups }
    }
    if layer.code == .attention { shape[2] = layer.values.last ?? columns }
    let bias = Value(name: "b", constant: Constant(shape: [shape[shape.count - 1]], floats: testFloats(shape[shape.count - 1], seed: 5)))
    let y = Value(name: "y", type: .float32, shape: shape)
    var inputs: [Value?] = [x, weights, bias]
    if layer.code == .attention {
      inputs = layer.values.isEmpty ? [x] : [x, weights]
    }
    if !layer.values.isEmpty {
      inputs.append(Value(name: "v", constant: Constant(shape: layer.values, floats: testFloats(layer.values.reduce(1, *), seed: 9))))
    }
    if layer.hasResidual {
      let residual = Value(name: "r", type: .float32, shape: shape)
      graph.inputs.append(residual)
      inputs.append(residual)
    }
    graph.nodes = [Node(layer.code, name: "layer", inputs: inputs, outputs: [y], attributes: layer.attributes)]
    graph.outputs = [y]
    return (graph, shape.reduce(1, *))
  }

  /// Sessions of one model share what is packed; the last one to go frees it.
  func testPackedWeightsAreFreed() throws {
    let (graph, _) = TunedTests.graph(.convolution([1, 8, 8, 16], [3, 3, 16, 32], padding: 1))
    let allocator = CountingAllocator()
    do {
      let session = try TestSession(graph, allocator: allocator)
      try session.write(0, testFloats(1024, seed: 1))
      try session.run()
      XCTAssertGreaterThan(try session.memoryNeeds().packed_bytes, 0)
    }
    XCTAssertEqual(allocator.live, 0)
  }
}
