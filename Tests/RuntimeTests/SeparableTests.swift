// Separable convolutions whose maps do not fit a cache, beside the convolutions that they are made of. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// A separable convolution of a picture; 0 outputs: without projection, 0 expanded: without expansion.
private struct Block: CustomStringConvertible {
  var input: [Int]
  var expanded: Int
  var outputs: Int
  var kernel = 3
  var stride = 1
  var dilation = 1
  var padding = 1
  var paddingEnd: Int? = nil
  var hasResidual = false
  var last: String? = nil
  var description: String { "\(input) → \(expanded) → \(outputs), \(kernel)x\(kernel) / \(stride), dilation \(dilation), padding \(padding)" }
}

final class SeparableTests: XCTestCase {
  /// Several stripes each, at the second-level caches of today.
  private static let blocks: [Block] = [
    Block(input: [1, 57, 61, 24], expanded: 144, outputs: 24, hasResidual: true),
    Block(input: [1, 112, 113, 16], expanded: 96, outputs: 24, stride: 2),
    Block(input: [2, 65, 66, 40], expanded: 0, outputs: 33, last: "relu"),
    Block(input: [1, 60, 64, 19], expanded: 75, outputs: 0, kernel: 5, padding: 2, hasResidual: true, last: "swish"),
    Block(input: [1, 101, 47, 8], expanded: 131, outputs: 7, kernel: 5, stride: 2, dilation: 2, padding: 4, paddingEnd: 3),
    Block(input: [3, 33, 70, 5], expanded: 66, outputs: 12, kernel: 7, padding: 3, last: "hard_swish"),
    Block(input: [1, 200, 30, 6], expanded: 300, outputs: 10, kernel: 2, stride: 3, padding: 0),
    Block(input: [1, 3, 700, 16], expanded: 128, outputs: 16, hasResidual: true),
    Block(input: [1, 64, 500, 3], expanded: 7, outputs: 3, padding: 1),
  ]

  /// Three convolutions (or two), as a converter finds them.
  private static func graph(_ block: Block) -> Graph {
    let graph = Graph(name: "block")
    var value = Value(name: "x", type: .float32, shape: block.input)
    graph.inputs = [value]
    func constant(_ shape: [Int], _ seed: Int) -> Value { Value(name: "c\(seed)", constant: Constant(shape: shape, floats: testFloats(shape.reduce(1, *), seed: seed))) }
    func add(_ weights: [Int], _ shape: [Int], _ seed: Int, _ attributes: [String: Attribute], _ activation: String?) {
      var attributes = attributes
      if let activation { attributes["activation"] = .activation(function: activation, alpha: activation == "swish" ? 1 : 0, beta: 0) }
      let y = Value(name: "y\(seed)", type: .float32, shape: shape)
      graph.nodes.append(Node(.convolution, name: "n\(seed)", inputs: [value, constant(weights, seed), constant([shape[3]], seed + 10)], outputs: [y], attributes: attributes))
      value = y
    }
    var shape = block.input
    if block.expanded > 0 {
      shape[3] = block.expanded
      add([1, 1, block.input[3], block.expanded], shape, 1, [:], "relu")
    }
    let span = (block.kernel - 1) * block.dilation + 1
    for axis in 1...2 { shape[axis] = (shape[axis] + block.padding + (block.paddingEnd ?? block.padding) - span) / block.stride + 1 }
    func both(_ value: Int) -> Attribute { .integers([value, value]) }
    let window: [String: Attribute] = ["strides": both(block.stride), "dilations": both(block.dilation), "padding_begin": both(block.padding),
      "padding_end": both(block.paddingEnd ?? block.padding), "groups": .integer(shape[3])]
    add([block.kernel, block.kernel, 1, shape[3]], shape, 2, window, block.outputs > 0 ? "relu" : block.last)
    if block.outputs > 0 {
      let depth = shape[3]
      shape[3] = block.outputs
      add([1, 1, depth, block.outputs], shape, 3, [:], block.last)
    }
    if block.hasResidual {
      let residual = Value(name: "r", type: .float32, shape: shape)
      graph.inputs.append(residual)
      graph.nodes[graph.nodes.count - 1].inputs.append(residual)
    }
    graph.outputs = [value]
    return graph
  }

  private static func joined(_ block: Block) throws -> Graph {
    let graph = graph(block)
    try graph.apply(SeparableConvolutions.self, ShapeKnowledge())
    return graph
  }

  /// Tolerance: the same float sums of at most 300 products of numbers below 1, in another order, three times after each other.
  func testStripes() throws {
    for (index, block) in SeparableTests.blocks.enumerated() {
      let graph = try SeparableTests.joined(block)
      XCTAssertEqual(graph.nodes.map(\.operatorCode), [.separableConvolution], "\(block)")
      try keepLayer(graph, "separable\(index)")
      let packed = try packConstants(of: graph)
      let expected = try SeparableTests.results(SeparableTests.graph(block), block, "generic", 1)
      let largest = expected.map { abs($0) }.max() ?? 0
      for (backends, threads, stored) in [("generic", 1, [:]), ("generic", 2, [:]), ("tuned,generic", 1, [:]), ("tuned,generic", 2, packed),
        ("tuned,generic", 3, [:]), ("generic", 1, packed)] as [(String, UInt32, [ObjectIdentifier: PackedBytes])] {
        let result = try SeparableTests.results(graph, block, backends, threads, packed: stored)
        let error = zip(expected, result).map { abs($0 - $1) }.max() ?? 0
        XCTAssertEqual(result.count, expected.count)
        XCTAssertLessThanOrEqual(error, 2e-5 * max(largest, 1), "\(block), \(backends), \(threads) threads")
      }
    }
  }

  private static func results(_ graph: Graph, _ block: Block, _ backends: String, _ threads: UInt32, packed: [ObjectIdentifier: PackedBytes] = [:]) throws -> [Float] {
    let session = try TestSession(graph, threads: threads, backends: backends, packed: packed)
    try session.write(0, testFloats(block.input.reduce(1, *), seed: 21))
    if block.hasResidual { try session.write(1, testFloats(graph.inputs[1].shape?.reduce(1, *) ?? 0, seed: 77)) }
    try session.run()
    return try session.read(0, Float.self).values
  }
}
