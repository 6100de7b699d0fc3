// Branches, loops and shapes that only values tell. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import XCTest

final class ControlFlowTests: XCTestCase {
  private func binary(_ function: String, _ a: Value, _ b: Value, _ y: Value) -> Node {
    Node(.binary, name: y.name, inputs: [a, b], outputs: [y], attributes: ["function": .member(function)])
  }

  private func scalar(_ value: Float) -> Value { Value(name: "c\(value)", constant: Constant(shape: [], floats: [value])) }

  /// x > 0 ? x + 10 : (x * 2) reshaped to [1], reading x from the graph around.
  private func conditional() -> Graph {
    let graph = Graph(name: "if")
    let x = Value(name: "x", type: .float32, shape: [])
    let isPositive = Value(name: "p", type: .boolean)
    let y = Value(name: "y", type: .float32)
    graph.inputs = [x]
    let yes = Graph(name: "yes"), no = Graph(name: "no")
    let a = Value(name: "a", type: .float32), b = Value(name: "b", type: .float32), c = Value(name: "c", type: .float32)
    yes.nodes = [binary("add", x, scalar(10), a)]
    yes.outputs = [a]
    no.nodes = [binary("multiply", x, scalar(2), b), Node(.reshape, name: "r", inputs: [b], outputs: [c], attributes: ["shape": .integers([1])])]
    no.outputs = [c]
    graph.nodes = [
      binary("greater", x, scalar(0), isPositive),
      Node(.conditional, name: "if", inputs: [isPositive], outputs: [y], attributes: ["then_subgraph": .graph(yes), "else_subgraph": .graph(no)]),
    ]
    graph.outputs = [y]
    return graph
  }

  func testConditionalTakesEitherBranch() throws {
    let session = try TestSession(conditional())
    for (x, shape, y): (Float, [Int], Float) in [(3, [], 13), (-4, [1], -8), (1, [], 11)] {
      try session.write(0, [x])
      try session.run()
      let found = try session.read(0, Float.self)
      XCTAssertEqual(found.shape, shape)
      XCTAssertEqual(found.values, [y])
    }
  }

  /// A loop that exchanges two values and scans their sum: (a, b) → (b, a + b).
  private func fibonacci(exchangeOnly: Bool = false) -> Graph {
    let graph = Graph(name: "loop")
    let trips = Value(name: "n", type: .int64, shape: [])
    let a = Value(name: "a0", type: .float32, shape: []), b = Value(name: "b0", type: .float32, shape: [])
    graph.inputs = [trips, a, b]
    let body = Graph(name: "body")
    let i = Value(name: "i", type: .int64, shape: []), go = Value(name: "go", type: .boolean, shape: [])
    let p = Value(name: "p", type: .float32, shape: []), q = Value(name: "q", type: .float32, shape: [])
    let sum = Value(name: "sum", type: .float32)
    body.inputs = [i, go, p, q]
    body.nodes = [binary("add", p, q, sum)]
    body.outputs = [go, q, exchangeOnly ? p : sum, sum]
    let x = Value(name: "x", type: .float32), y = Value(name: "y", type: .float32), scan = Value(name: "scan", type: .float32, shape: [-1])
    graph.nodes = [Node(.loop, name: "loop", inputs: [trips, nil, a, b], outputs: [x, y, scan], attributes: ["body": .graph(body)])]
    graph.outputs = [x, y, scan]
    return graph
  }

  func testLoopCarriesAndScans() throws {
    let session = try TestSession(fibonacci())
    for count in [7, 0, 1, 12] {
      try session.write(0, [Int64(count)])
      try session.write(1, [Float(0)])
      try session.write(2, [Float(1)])
      try session.run()
      var (a, b, sums): (Float, Float, [Float]) = (0, 1, [])
      for _ in 0..<count {
        (a, b) = (b, a + b)
        sums.append(b)
      }
      XCTAssertEqual(try session.read(0, Float.self).values, [a])
      XCTAssertEqual(try session.read(1, Float.self).values, [b])
      XCTAssertEqual(try session.read(2, Float.self).values, sums)
      XCTAssertEqual(try session.read(2, Float.self).shape, [count])
    }
  }

  func testLoopExchangesValues() throws {
    let session = try TestSession(fibonacci(exchangeOnly: true))
    try session.write(0, [Int64(3)])
    try session.write(1, [Float(5)])
    try session.write(2, [Float(9)])
    try session.run()
    XCTAssertEqual(try session.read(0, Float.self).values, [9])
    XCTAssertEqual(try session.read(1, Float.self).values, [5])
  }

  /// A cancel callback ends a loop that would never end.
  func testEndlessLoopIsCancelled() throws {
    let session = try TestSession(fibonacci())
    try session.write(0, [Int64.max])
    let handle = UInt(bitPattern: session.session)
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.05)
      coracle_session_cancel(OpaquePointer(bitPattern: handle))
    }
    XCTAssertThrowsError(try session.run()) { XCTAssertEqual(($0 as? CallFailure)?.status, coracle_status(CORACLE_CANCELLED)) }
    try session.write(0, [Int64(2)])
    try session.run()
  }

  /// The places of positive elements, then those elements: sizes told by values.
  func testShapesFromValues() throws {
    let graph = Graph(name: "positive")
    let x = Value(name: "x", type: .float32, shape: [-1])
    let mask = Value(name: "m", type: .boolean), at = Value(name: "at", type: .int64), where_ = Value(name: "w", type: .int64)
    let y = Value(name: "y", type: .float32), z = Value(name: "z", type: .float32)
    graph.inputs = [x]
    graph.nodes = [
      binary("greater", x, scalar(0), mask), Node(.nonZero, name: "nz", inputs: [mask], outputs: [at]),
      Node(.reshape, name: "r", inputs: [at], outputs: [where_], attributes: ["shape": .integers([-1])]),
      Node(.gather, name: "g", inputs: [x, where_], outputs: [y], attributes: ["axis": .integer(0)]),
      Node(.unary, name: "neg", inputs: [y], outputs: [z], attributes: ["function": .member("negate")]),
    ]
    graph.outputs = [z]
    let session = try TestSession(graph)
    for numbers: [Float] in [[1, -2, 3], [-1], [], [5, 6, 7, 8, 9], [0, 0, 4]] {
      try session.resize(0, [numbers.count])
      try session.write(0, numbers)
      try session.run()
      XCTAssertEqual(try session.read(0, Float.self).values, numbers.filter { $0 > 0 }.map { -$0 })
    }
  }
}
