// Memory sharing (views, in place, arena) must never change a result. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
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
  /// Random graphs of negate, add, multiply and reshape over 12 elements, computed beside by a plain interpreter. The operations are
  /// exact in any order of storage, so results must be equal bit by bit.
  func testRandomGraphs() throws {
    for seed in 1...300 {
      var random = Sequence64(state: UInt64(seed))
      let graph = Graph(name: "random")
      var values: [(value: Value, shape: [Int], numbers: [Float])] = []
      func add(_ shape: [Int], _ numbers: [Float]) -> Value {
        let value = Value(name: "v\(values.count)", type: .float32, shape: shape)
        values.append((value, shape, numbers))
        return value
      }
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        graph.inputs.append(add([3, 4], (0..<12).map { _ in Float(Int.random(in: -8...8, using: &random)) }))
      }
      let inputs = values
      for step in 0..<Int.random(in: 1...25, using: &random) {
        let a = values[Int.random(in: 0..<values.count, using: &random)]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          let y = add(a.shape, a.numbers.map { -$0 })
          graph.nodes.append(Node(.unary, name: "n\(step)", inputs: [a.value], outputs: [y], attributes: ["function": .member("negate")]))
        case 1:
          let shape = a.shape == [3, 4] ? [2, 6] : [3, 4]
          let y = add(shape, a.numbers)
          graph.nodes.append(Node(.reshape, name: "r\(step)", inputs: [a.value], outputs: [y], attributes: ["shape": .integers(shape)]))
        default:
          let same = values.filter { $0.shape == a.shape }
          let b = same[Int.random(in: 0..<same.count, using: &random)]
          let y = add(a.shape, zip(a.numbers, b.numbers).map { max($0, $1) })
          graph.nodes.append(Node(.binary, name: "b\(step)", inputs: [a.value, b.value], outputs: [y], attributes: ["function": .member("maximum")]))
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
          XCTAssertEqual(found.shape, output.shape, "seed \(seed)")
        }
      }
      try checkBoundOutputs(session, outputs.map(\.numbers), seed)
    }
  }

  /// The same results in the caller's buffers.
  private func checkBoundOutputs(_ session: TestSession, _ expected: [[Float]], _ seed: Int) throws {
    let buffers = expected.map { _ in UnsafeMutablePointer<Float>.allocate(capacity: 12) }
    defer { buffers.forEach { $0.deallocate() } }
    for (index, buffer) in buffers.enumerated() {
      buffer.update(repeating: .nan, count: 12)
      var view = coracle_tensor.sized
      view.data = UnsafeMutableRawPointer(buffer)
      view.byte_count = 48
      try call { coracle_session_bind_output(session.session, index, &view, $0) }
    }
    try session.run()
    for (index, buffer) in buffers.enumerated() {
      XCTAssertEqual(Array(UnsafeBufferPointer(start: buffer, count: 12)), expected[index], "seed \(seed), bound output \(index)")
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
}
