// Memory sharing (views, in place, arena) must never change a result. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

/// A small generator with a fixed sequence, so that a failure can be repeated.
struct Sequence64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

final class SharingTests: XCTestCase {
  /// A value of a random graph with the numbers that it must have.
  private struct Known {
    let value: Value
    let rows, columns: Int
    let numbers: [Float]
    func part(_ rows: Range<Int>) -> [Float] { Array(numbers[(rows.lowerBound * columns)..<(rows.upperBound * columns)]) }
  }

  /// Random graphs of negate, maximum, reshape, slice, split and concatenation of matrices, computed beside by a plain interpreter. The
  /// operations are exact in any order of storage, so results must be equal bit by bit.
  func testRandomGraphs() throws {
    for seed in 1...500 {
      var random = Sequence64(state: UInt64(seed))
      let graph = Graph(name: "random")
      var values: [Known] = []
      func add(_ rows: Int, _ columns: Int, _ numbers: [Float]) -> Value {
        let value = Value(name: "v\(values.count)", type: .float32, shape: [rows, columns])
        values.append(Known(value: value, rows: rows, columns: columns, numbers: numbers))
        return value
      }
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        graph.inputs.append(add(3, 4, (0..<12).map { _ in Float(Int.random(in: -8...8, using: &random)) }))
      }
      let inputs = values
      for step in 0..<Int.random(in: 1...25, using: &random) {
        let a = values[Int.random(in: 0..<values.count, using: &random)]
        func node(_ code: OperatorCode, _ inputs: [Value], _ outputs: [Value], _ attributes: [String: Attribute]) {
          graph.nodes.append(Node(code, name: "n\(step)", inputs: inputs, outputs: outputs, attributes: attributes))
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1:
          node(.unary, [a.value], [add(a.rows, a.columns, a.numbers.map { -$0 })], ["function": .member("negate")])
        case 2:
          let shape = a.columns == 4 ? [a.rows * 2, 2] : a.columns == 2 && a.rows % 2 == 0 ? [a.rows / 2, 4] : [a.rows, a.columns]
          node(.reshape, [a.value], [add(shape[0], shape[1], a.numbers)], ["shape": .integers(shape)])
        case 3:
          let first = Int.random(in: 0..<a.rows, using: &random), end = Int.random(in: (first + 1)...a.rows, using: &random)
          node(.slice, [a.value], [add(end - first, a.columns, a.part(first..<end))],
            ["axes": .integers([0]), "starts": .integers([first]), "ends": .integers([end])])
        case 4:
          let column = Int.random(in: 0..<a.columns, using: &random)
          let numbers = (0..<a.rows).map { a.numbers[$0 * a.columns + column] }
          node(.slice, [a.value], [add(a.rows, 1, numbers)], ["axes": .integers([1]), "starts": .integers([column]), "ends": .integers([column + 1])])
        case 5:
          let cut = Int.random(in: 0...a.rows, using: &random)
          guard cut > 0, cut < a.rows else { continue }
          let parts = [add(cut, a.columns, a.part(0..<cut)), add(a.rows - cut, a.columns, a.part(cut..<a.rows))]
          node(.split, [a.value], parts, ["axis": .integer(0), "sizes": .integers([cut, a.rows - cut])])
        case 6:
          let others = values.filter { $0.columns == a.columns && $0.rows < 30 }
          let joined = (0..<Int.random(in: 1...3, using: &random)).map { _ in others.randomElement(using: &random) ?? a }
          let rows = joined.reduce(0) { $0 + $1.rows }
          node(.concat, joined.map(\.value), [add(rows, a.columns, joined.flatMap(\.numbers))], ["axis": .integer(0)])
        default:
          let same = values.filter { $0.rows == a.rows && $0.columns == a.columns }
          let b = same[Int.random(in: 0..<same.count, using: &random)]
          node(.binary, [a.value, b.value], [add(a.rows, a.columns, zip(a.numbers, b.numbers).map { max($0, $1) })], ["function": .member("maximum")])
        }
      }
      let outputs = (0..<Int.random(in: 1...4, using: &random)).map { _ in values[Int.random(in: 0..<values.count, using: &random)] }
      graph.outputs = outputs.map(\.value)
      let session = try TestSession(graph)
      for (index, input) in inputs.enumerated() { try session.write(index, input.numbers) }
      for turn in 0..<2 {
        try session.run()
        for (index, output) in outputs.enumerated() {
          let found = try session.read(index, Float.self)
          XCTAssertEqual(found.values, output.numbers, "seed \(seed), output \(index), run \(turn)")
          XCTAssertEqual(found.shape, [output.rows, output.columns], "seed \(seed)")
        }
      }
      try checkBoundOutputs(session, inputs.map(\.numbers), outputs.map(\.numbers), seed)
    }
  }

  /// The same results in the caller's buffers.
  private func checkBoundOutputs(_ session: TestSession, _ inputs: [[Float]], _ expected: [[Float]], _ seed: Int) throws {
    let buffers = expected.map { UnsafeMutablePointer<Float>.allocate(capacity: $0.count) }
    defer { buffers.forEach { $0.deallocate() } }
    for (index, buffer) in buffers.enumerated() {
      buffer.update(repeating: .nan, count: expected[index].count)
      var view = coracle_tensor.sized
      view.data = UnsafeMutableRawPointer(buffer)
      view.byte_count = 4 * expected[index].count
      try call { coracle_session_bind_output(session.session, index, &view, $0) }
    }
    for (index, input) in inputs.enumerated() { try session.write(index, input) }
    try session.run()
    for (index, buffer) in buffers.enumerated() {
      XCTAssertEqual(Array(UnsafeBufferPointer(start: buffer, count: expected[index].count)), expected[index], "seed \(seed), bound output \(index)")
    }
  }

  /// A chain needs one storage beside its input and output, however long it is.
  func testChainRunsInPlace() throws {
    let graph = Graph(name: "chain")
    graph.inputs = [Value(name: "x", type: .float32, shape: [1000])]
    var last = graph.inputs[0]
    for step in 0..<10 {
      let y = Value(name: "y\(step)", type: .float32)
      graph.nodes.append(Node(.unary, name: "n\(step)", inputs: [last], outputs: [y], attributes: ["function": .member("negate")]))
      last = y
    }
    graph.outputs = [last]
    let needs = try TestSession(graph).memoryNeeds()
    XCTAssertEqual(needs.arena_bytes, 2 * 4032, "1000 floats, aligned to 64, for the input and for everything else")
  }

  /// Parts of a tensor, and the results of operators that are joined along the outermost axis, are never copied.
  func testJoiningAndCuttingRunsMovesNothing() throws {
    let graph = Graph(name: "runs")
    let x = Value(name: "x", type: .float32, shape: [1, 300, 5])
    graph.inputs = [x]
    func value(_ name: String, _ rows: Int) -> Value { Value(name: name, type: .float32, shape: [1, rows, 5]) }
    let (a, b, c) = (value("a", 100), value("b", 200), value("c", 50))
    let (p, q, r) = (value("p", 100), value("q", 200), value("r", 50))
    let joined = value("joined", 350)
    graph.nodes = [
      Node(.split, name: "split", inputs: [x], outputs: [a, b], attributes: ["axis": .integer(1), "sizes": .integers([100, 200])]),
      Node(.slice, name: "slice", inputs: [b], outputs: [c], attributes: ["axes": .integers([-2]), "starts": .integers([10]), "ends": .integers([60])]),
      Node(.unary, name: "p", inputs: [a], outputs: [p], attributes: ["function": .member("negate")]),
      Node(.unary, name: "q", inputs: [b], outputs: [q], attributes: ["function": .member("absolute")]),
      Node(.unary, name: "r", inputs: [c], outputs: [r], attributes: ["function": .member("negate")]),
      Node(.concat, name: "concat", inputs: [p, q, r], outputs: [joined], attributes: ["axis": .integer(1)]),
    ]
    graph.outputs = [joined]
    let session = try TestSession(graph)
    XCTAssertEqual(try session.memoryNeeds().arena_bytes, 6016 + 7040, "the input's and the output's floats, aligned to 64")
    let numbers = testFloats(1500, seed: 4)
    try session.write(0, numbers)
    try session.run()
    XCTAssertEqual(try session.read(0, Float.self).values, numbers[..<500].map { -$0 } + numbers[500...].map { abs($0) } + numbers[550..<800].map { -$0 })
    for (node, reason) in [(0, "a part of the same memory"), (1, "a part of the same memory"), (5, "its inputs were written beside each other")] {
      var plan = coracle_node_plan()
      plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
      try call { coracle_session_node(session.session, node, &plan, $0) }
      XCTAssertEqual(plan.reason.map { String(cString: $0) }, reason)
    }
  }
}
