// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// One product before an attention instead of three: where it may be, and where not.
final class JoinedProjectionTests: XCTestCase {
  private let apart = "matmul matmul matmul attention tanh"

  /// Attention of two heads with 3 features and 2 features of a value, and what `change` makes of it.
  private func network(_ change: (GraphSketch, [Node]) -> Void = { _, _ in }, causal: Bool = false, biased: Bool = true) -> Graph {
    let sketch = GraphSketch()
    let x = sketch.input("x", [2, 5, 4])
    _ = sketch.input("other", [2, 5, 4])
    let mask = sketch.input("mask", [2, 1, 1, 5])
    let operands = [6, 6, 4].enumerated().map { index, columns -> Value in
      let bias = biased ? [sketch.counting([columns], step: 0.1 - 0.2 * Float(index))] : []
      return sketch.node(.matmul, [x, sketch.counting([4, columns], step: 0.01 * Float(index + 1))] + bias, [2, 5, columns])
    }
    let y = sketch.node(.attention, operands + [mask], [2, 5, 4], ["heads": .integer(2), "scale": .float(0.5), "causal": .boolean(causal)])
    let graph = sketch.finish(sketch.unary("tanh", y))
    change(sketch, graph.nodes)
    graph.sortNodes()
    return graph
  }

  private func check(_ after: String, before: String? = nil, _ make: () -> Graph, file: StaticString = #filePath, line: UInt = #line) throws {
    try checkPasses(make, [[2, 5, 4], [2, 5, 4], [2, 1, 1, 5]], before ?? apart, after, [JoinedProjections.self], file: file, line: line)
  }

  func testJoins() throws {
    for (causal, biased) in [(false, true), (true, true), (false, false)] {
      try check("matmul attention tanh") { self.network(causal: causal, biased: biased) }
    }
    try check("matmul attention tanh") { self.network({ _, nodes in for node in nodes.prefix(3) { node.attributes["scale"] = .float(1.5) } }) }
    try check("matmul attention tanh") { self.network({ sketch, nodes in nodes[1].inputs[2] = sketch.constant([1, 1, 6], [0, 1, 2, 3, 4, 5]) }) }
  }

  /// Constants are joined in their order, and the old ones are gone.
  func testConstants() throws {
    let graph = network()
    XCTAssertTrue(try graph.apply(JoinedProjections.self))
    XCTAssertEqual(graph.nodes.map(\.inputs.count), [3, 4, 1])
    let (product, attention) = (graph.nodes[0], graph.nodes[1])
    XCTAssertEqual(product.input(1)?.constant?.shape, [4, 16])
    XCTAssertEqual(product.input(2)?.constant?.shape, [16])
    XCTAssertEqual(product.output(0)?.shape, [2, 5, 16])
    let rows = try XCTUnwrap(product.input(1)?.constant?.floats)
    for row in 0..<4 {
      for column in 0..<16 {
        let (part, first, columns) = column < 6 ? (1, 0, 6) : column < 12 ? (2, 6, 6) : (3, 12, 4)
        XCTAssertEqual(rows[row * 16 + column], Float(row * columns + column - first + 1) * (0.01 * Float(part)))
      }
    }
    XCTAssertTrue(attention.input(0) === product.output(0))
    XCTAssertNil(attention.input(1))
    XCTAssertNil(attention.input(2))
    XCTAssertEqual(attention.integer("value_features"), 2)
  }

  /// Slices of one product's rows are read where they lie; in another order, with a part left out or of other rows they are not.
  func testSlices() throws {
    let orders: [([(Int, Int)], String)] = [([(0, 6), (6, 12), (12, 16)], "attention"), ([(6, 12), (0, 6), (12, 16)], "slice slice slice attention"),
      ([(0, 4), (4, 8), (8, 14)], "slice slice slice attention"), ([(0, 6), (6, 12), (6, 16)], "slice slice slice attention")]
    for (parts, after) in orders {
      try checkPasses({
        let sketch = GraphSketch()
        let rows = sketch.input("x", [2, 5, 16])
        let operands = parts.map { start, end in
          sketch.node(.slice, [rows], [2, 5, end - start], ["axes": .integers([2]), "starts": .integers([start]), "ends": .integers([end]), "steps": .integers([1])])
        }
        let features = parts[2].1 - parts[2].0
        return sketch.finish(sketch.node(.attention, operands + [sketch.input("mask", [2, 1, 1, 5])], [2, 5, features], ["heads": .integer(2), "scale": .float(0.5)]))
      }, [[2, 5, 16], [2, 1, 1, 5]], "slice slice slice attention", after, [JoinedProjections.self])
    }
  }

  func testStaysApart() throws {
    // A projection that is read elsewhere, or is a result.
    for index in 0..<3 {
      try check(apart) { let graph = self.network(); graph.outputs.append(graph.nodes[index].outputs[0]!); return graph }
    }
    try check("matmul matmul matmul attention add tanh", before: "matmul matmul matmul attention add tanh") {
      self.network({ sketch, nodes in
        nodes[4].inputs[0] = sketch.binary("add", nodes[3].outputs[0]!, nodes[2].outputs[0]!)
      })
    }
    // Keys and values of another input, or values alone.
    for cross in [[1, 2], [2]] {
      try check(apart) { self.network({ sketch, nodes in for index in cross { nodes[index].inputs[0] = sketch.graph.inputs[1] } }) }
    }
    // Products that do more, or something else.
    let relu = Attribute.activation(function: "relu", alpha: 0, beta: 0)
    try check(apart) { self.network({ _, nodes in nodes[1].attributes["activation"] = relu }) }
    try check(apart) { self.network({ _, nodes in nodes[2].attributes["scale"] = .float(2) }) }
    try check(apart) { self.network({ _, nodes in nodes[0].inputs[2] = nil }) }
    try check(apart) { self.network({ sketch, nodes in nodes[0].inputs[2] = sketch.counting([5, 6], step: 0.1) }) }
    try check(apart) { self.network({ sketch, nodes in nodes[2].inputs.append(sketch.graph.inputs[1]) }) }
    try check(apart) {
      self.network({ sketch, nodes in
        nodes[0].inputs[1] = sketch.counting([6, 4], step: 0.01)
        nodes[0].attributes["transpose_b"] = .boolean(true)
      })
    }
    // Weights by batch, and weights that are computed.
    try check(apart) { self.network({ sketch, nodes in nodes[1].inputs[1] = sketch.counting([2, 4, 6], step: 0.01) }) }
    try check("sin matmul matmul matmul attention tanh", before: "sin matmul matmul matmul attention tanh") {
      self.network({ sketch, nodes in nodes[0].inputs[1] = sketch.unary("sin", sketch.counting([4, 6])) })
    }
    // One product for queries and keys.
    try check("matmul matmul attention tanh", before: apart) { self.network({ _, nodes in nodes[3].inputs[1] = nodes[3].inputs[0] }) }
  }
}
