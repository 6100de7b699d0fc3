// Weights stored as float16 give what the same numbers give as float32. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import TunedCPU
import XCTest

@testable import Compiler

final class HalfWeightsTests: XCTestCase {
  /// Rounds all float32 constants of `graph` to float16, and gives them in that type: by Swift's own Float16.
  private func halves(_ graph: Graph) -> [ObjectIdentifier: Constant] {
    var found: [ObjectIdentifier: Constant] = [:]
    func round(_ value: Value) {
      guard let constant = value.constant, let floats = constant.floats else { return }
      let rounded = floats.map { Float16($0) }
      value.constant = Constant(shape: constant.shape, floats: rounded.map { Float($0) })
      found[ObjectIdentifier(value)] = Constant(type: .float16, shape: constant.shape, bytes: rounded.withUnsafeBytes { Data($0) })
    }
    func visit(_ graph: Graph) {
      for node in graph.nodes {
        for case let value? in node.inputs { round(value) }
        node.innerGraphs.forEach(visit)
      }
      graph.outputs.forEach(round)
    }
    visit(graph)
    return found
  }

  private func write(_ graph: Graph, _ session: TestSession) throws {
    for (index, input) in graph.inputs.enumerated() where input.type == .float32 {
      try session.write(index, testFloats((input.shape ?? []).reduce(1, *), seed: 11 + index))
    }
  }

  /// The outputs of a session on `graph`, which must have allocated what it said.
  private func run(_ graph: Graph, _ halves: [ObjectIdentifier: Constant], _ backends: String, threads: UInt32 = 1) throws -> [[Float]] {
    let counter = CountingAllocator()
    func results() throws -> [[Float]] {
      let session = try TestSession(graph, threads: threads, allocator: counter, backends: backends, halves: halves)
      let needs = try session.memoryNeeds(), before = counter.live
      try write(graph, session)
      try session.run()
      XCTAssertEqual(UInt64(counter.live - before), needs.arena_bytes + needs.scratch_bytes + needs.packed_bytes)
      return try graph.outputs.indices.map { try session.read($0, Float.self).values }
    }
    let found = try results()
    XCTAssertEqual(counter.live, 0, "the session and its model have given everything back")
    return found
  }

  /// The same kernels on the same numbers: equal bit by bit.
  func testEveryKernel() throws {
    for kernel in TunedKernel.allCases where kernel.isUsed {
      for test in kernel.testCases().prefix(3) {
        let halves = halves(test.graph)
        for (backends, threads) in [("tuned,generic", 1), ("tuned,generic", 2), ("generic", 1)] as [(String, UInt32)] {
          XCTAssertEqual(try run(test.graph, halves, backends, threads: threads), try run(test.graph, [:], backends, threads: threads), "\(test)")
        }
      }
    }
  }

  /// y = w in another shape, w itself as an output, and x w, whose kernel reads w packed: three ways to read one constant.
  func testOneConstantReadInSeveralWays() throws {
    let graph = Graph(name: "ways")
    let x = Value(name: "x", type: .float32, shape: [3, 5]), w = Value(name: "w", constant: Constant(shape: [5, 7], floats: testFloats(35, seed: 3)))
    let flat = Value(name: "flat", type: .float32), y = Value(name: "y", type: .float32)
    graph.inputs = [x]
    graph.nodes = [Node(.reshape, name: "r", inputs: [w], outputs: [flat], attributes: ["shape": .integers([35])]),
      Node(.matmul, name: "m", inputs: [x, w], outputs: [y])]
    graph.outputs = [y, flat, w]
    let halves = halves(graph)
    XCTAssertEqual(halves.count, 1)
    for backends in ["tuned,generic", "generic"] { XCTAssertEqual(try run(graph, halves, backends), try run(graph, [:], backends)) }
  }

  /// A product whose rows a value counts, inside a branch and outside, a branch that gives a constant, and a loop that starts from one.
  func testWhatIsPlannedWhenItRuns() throws {
    let graph = Graph(name: "dynamic")
    func value(_ name: String, _ type: ElementType = .float32) -> Value { Value(name: name, type: type) }
    func constant(_ shape: [Int], _ seed: Int) -> Value {
      Value(name: "c\(seed)", constant: Constant(shape: shape, floats: testFloats(shape.reduce(1, *), seed: seed)))
    }
    let x = Value(name: "x", type: .float32, shape: [6]), trips = Value(name: "n", type: .int64, shape: [])
    let zero = constant([], 1001)
    let (mask, places, at, rows, y) = (value("mask", .boolean), value("places", .int64), value("at", .int64), value("rows"), value("y"))
    let body = Graph(name: "body"), yes = Graph(name: "yes"), no = Graph(name: "no")
    let (i, go, p, q) = (Value(name: "i", type: .int64, shape: []), Value(name: "go", type: .boolean, shape: []), value("p"), value("q"))
    body.inputs = [i, go, p]
    body.nodes = [Node(.matmul, name: "step", inputs: [p, constant([4, 4], 5)], outputs: [q])]
    body.outputs = [go, q]
    let product = value("product"), picked = value("picked"), (end, any) = (value("end"), value("any", .boolean))
    yes.nodes = [Node(.matmul, name: "then", inputs: [rows, constant([40, 9], 6)], outputs: [product])]
    yes.outputs = [product]
    no.outputs = [constant([2, 9], 7)]
    graph.inputs = [x, trips]
    graph.nodes = [
      Node(.binary, name: "g", inputs: [x, zero], outputs: [mask], attributes: ["function": .member("greater")]),
      Node(.nonZero, name: "nz", inputs: [mask], outputs: [places]),
      Node(.reshape, name: "r", inputs: [places], outputs: [at], attributes: ["shape": .integers([-1])]),
      Node(.gather, name: "rows", inputs: [constant([6, 40], 2), at], outputs: [rows], attributes: ["axis": .integer(0)]),
      Node(.matmul, name: "m", inputs: [rows, constant([40, 33], 3)], outputs: [y]),
      Node(.reduce, name: "any", inputs: [mask], outputs: [any], attributes: ["function": .member("any"), "axes": .integers([0])]),
      Node(.conditional, name: "if", inputs: [any], outputs: [picked], attributes: ["then_subgraph": .graph(yes), "else_subgraph": .graph(no)]),
      Node(.loop, name: "loop", inputs: [trips, nil, constant([4, 4], 4)], outputs: [end], attributes: ["body": .graph(body)]),
    ]
    graph.outputs = [y, picked, end]
    let halves = halves(graph)
    for backends in ["tuned,generic", "generic"] {
      let sessions = try [TestSession(graph, backends: backends, halves: halves), TestSession(graph, backends: backends)]
      for numbers: [Float] in [[1, -1, 2, 0, 0, 3], [-1, -2, -3, -4, -5, -6], [1, 1, 1, 1, 1, 1]] {
        let results = try sessions.map { session in
          try session.write(0, numbers)
          try session.write(1, [Int64(2)])
          try session.run()
          return try (0..<3).map { try session.read($0, Float.self).values }
        }
        XCTAssertEqual(results[0], results[1])
        XCTAssertEqual(results[0][1].count, 9 * max(numbers.filter { $0 > 0 }.count, numbers.contains { $0 > 0 } ? 0 : 2))
      }
    }
  }

  func testBudgetIsToldExactly() throws {
    let graph = Layer.convolution([1, 8, 8, 16], [3, 3, 16, 32], padding: 1).graph
    let halves = halves(graph)
    let needs = try TestSession(graph, halves: halves).memoryNeeds()
    let all = needs.arena_bytes + needs.scratch_bytes + needs.packed_bytes + needs.state_bytes
    let enough = try TestSession(graph, budget: all, halves: halves)
    try write(graph, enough)
    try enough.run()
    let short = try TestSession(graph, budget: all - 1, halves: halves)
    XCTAssertThrowsError(try short.run()) { XCTAssertEqual(($0 as? CallFailure)?.status, coracle_status(CORACLE_OVER_BUDGET)) }
  }
}
