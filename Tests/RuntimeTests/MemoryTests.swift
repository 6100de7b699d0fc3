// What a session allocates, when, and what happens when it may not. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import XCTest

final class MemoryTests: XCTestCase {
  /// Two matrix products around an activation, over an open batch.
  private func network() -> Graph {
    let graph = Graph(name: "network")
    let x = Value(name: "x", type: .float32, shape: [-1, 8])
    let first = Value(name: "w1", constant: Constant(shape: [8, 16], floats: (0..<128).map { Float($0 % 7) - 3 }))
    let second = Value(name: "w2", constant: Constant(shape: [16, 4], floats: (0..<64).map { Float($0 % 5) - 2 }))
    let a = Value(name: "a", type: .float32), b = Value(name: "b", type: .float32), y = Value(name: "y", type: .float32)
    graph.inputs = [x]
    graph.nodes = [
      Node(.matmul, name: "m1", inputs: [x, first], outputs: [a]),
      Node(.unary, name: "act", inputs: [a], outputs: [b], attributes: ["function": .member("relu")]),
      Node(.matmul, name: "m2", inputs: [b, second], outputs: [y]),
    ]
    graph.outputs = [y]
    return graph
  }

  func testMemoryIsToldBeforeItIsAllocated() throws {
    let counter = CountingAllocator()
    let session = try TestSession(network(), allocator: counter)
    try session.resize(0, [100, 8])
    let before = counter.live
    let needs = try session.memoryNeeds()
    XCTAssertEqual(counter.live, before, "asking allocates nothing")
    try session.write(0, [Float](repeating: 1, count: 800))
    XCTAssertEqual(UInt64(counter.live - before), needs.arena_bytes + needs.scratch_bytes + needs.packed_bytes)
    XCTAssertGreaterThanOrEqual(needs.arena_bytes, UInt64(100 * (8 + 16 + 4) * 4))
    XCTAssertEqual(needs.weight_bytes, UInt64((128 + 64) * 4))
  }

  func testRunsAllocateNothing() throws {
    let counter = CountingAllocator()
    let session = try TestSession(network(), threads: 2, allocator: counter)
    try session.resize(0, [33, 8])
    try session.run()
    let requests = counter.requests
    for _ in 0..<20 { try session.run() }
    try session.resize(0, [10, 8])
    try session.run()
    XCTAssertEqual(counter.requests, requests, "a smaller shape fits in what is there")
  }

  func testEveryRefusalIsAStatusAndNothingLeaks() throws {
    let counter = CountingAllocator()
    var refused = 0
    for request in 1...100 {
      counter.requests = 0
      counter.refuse = request
      do {
        let session = try TestSession(network(), threads: 2, allocator: counter)
        try session.resize(0, [5, 8])
        do {
          try session.run()
        } catch let failure as CallFailure {
          XCTAssertEqual(failure.status, coracle_status(CORACLE_OUT_OF_MEMORY))
          refused += 1
          // The refused request was one of its kind: the same session works now.
          try session.run()
        }
      } catch let failure as CallFailure {
        XCTAssertEqual(failure.status, coracle_status(CORACLE_OUT_OF_MEMORY))
        refused += 1
      }
      XCTAssertEqual(counter.live, 0, "request \(request)")
      if counter.requests < request { break }
    }
    XCTAssertGreaterThanOrEqual(refused, 4)
  }

  func testBudget() throws {
    let free = try TestSession(network())
    try free.resize(0, [100, 8])
    let needs = try free.memoryNeeds()
    let all = needs.arena_bytes + needs.scratch_bytes + needs.packed_bytes + needs.state_bytes
    let enough = try TestSession(network(), budget: all)
    try enough.resize(0, [100, 8])
    try enough.run()
    let short = try TestSession(network(), budget: all - 1)
    try short.resize(0, [100, 8])
    XCTAssertThrowsError(try short.run()) { error in
      XCTAssertEqual((error as? CallFailure)?.status, coracle_status(CORACLE_OVER_BUDGET))
      XCTAssertTrue((error as? CallFailure)?.message.contains("1 more than its budget") == true, "\(error)")
    }
    try short.resize(0, [50, 8])
    try short.run()
  }

  func testAbsurdShapes() throws {
    let session = try TestSession(network())
    for shape in [[-1, 8], [1 << 40, 8], [Int.max, 8], [4, 4], [4], [4, 8, 1], [1 << 62, 1 << 62]] {
      XCTAssertThrowsError(try { try session.resize(0, shape); try session.run() }(), "\(shape)") { error in
        let status = (error as? CallFailure)?.status ?? 0
        XCTAssertTrue([CORACLE_INVALID_SHAPE, CORACLE_OUT_OF_MEMORY].map { coracle_status($0) }.contains(status), "\(shape): \(error)")
      }
    }
    try session.resize(0, [0, 8])
    try session.run()
    XCTAssertEqual(try session.read(0, Float.self).shape, [0, 4])
    try session.resize(0, [2, 8])
    try session.run()
  }
}
