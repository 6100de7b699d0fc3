// Sessions from Swift: what they compute, what they refuse, how long things live. SPDX-License-Identifier: Apache-2.0
import Coracle
import Foundation
import SharedModel
import XCTest

final class SessionTests: DigitsTestCase {
  /// A session with `count` held-out pictures as its input.
  private func session(_ count: Int, _ options: SessionOptions = SessionOptions()) throws -> Session {
    let session = try Session(Model(path: path), options)
    try session.resizeInput(0, [count, 1, 8, 8])
    try session.input(0).write(Digits.pixels(count))
    return session
  }

  /// Probabilities beside Paddle's; 1e-5 as in examples/digits/check_accuracy.py: sums of at most some hundred float32 products.
  private func assertScores(_ found: [Float], _ count: Int, line: UInt = #line) throws {
    let expected = try Digits.scores(count)
    XCTAssertEqual(found.count, expected.count, line: line)
    for (a, b) in zip(found, expected) { XCTAssertEqual(a, b, accuracy: 1e-5, line: line) }
  }

  func testRuns() throws {
    for (count, threads, backends) in [(1, 0, []), (3, 2, ["generic"]), (5, 1, ["tuned", "generic"])] {
      var options = SessionOptions()
      options.threadCount = threads
      options.backends = backends
      let session = try session(count, options)
      try session.run()
      let output = try session.output(0)
      XCTAssertEqual(output.shape, [count, 10])
      try assertScores(output.elements(of: Float.self), count)
      XCTAssertGreaterThan(try session.memory().arena_bytes, 0)
      XCTAssertGreaterThan(session.nodeCount, 0)
      XCTAssertFalse(try session.node(0).operatorName.isEmpty)
    }
  }

  func testBoundMemory() throws {
    let session = try Session(Model(path: path))
    var scores = [Float](repeating: .nan, count: 20)
    try Digits.pixels(2).withUnsafeBufferPointer { pixels in
      try scores.withUnsafeMutableBufferPointer { scores in
        try session.bindInput(0, pixels, [2, 1, 8, 8])
        assertFails(.invalidArgument, "cannot be written") { try session.input(0).write([Float](repeating: 0, count: 128)) }
        try session.bindOutput(0, scores)
        try session.run()
        let address = try session.output(0).withElements(of: Float.self) { $0.baseAddress }
        XCTAssertEqual(address, UnsafePointer(scores.baseAddress), "the output lies in the caller's memory")
        let small = UnsafeMutableBufferPointer(rebasing: scores[..<19])
        try session.bindOutput(0, small)
        assertFails(.invalidShape, "has 80 bytes, the buffer bound to it 76") { try session.run() }
        assertFails(.invalidArgument, "needs 768 bytes") { try session.bindInput(0, pixels, [3, 1, 8, 8]) }
        assertFails(.invalidShape, "rank 9") { try session.bindInput(0, pixels, Array(repeating: 1, count: 9)) }
        try session.unbindOutput(0)
        try session.unbindInput(0)
        try session.input(0).write([Float](repeating: 0, count: 128))
      }
    }
    try assertScores(scores, 2)
    [Int32](repeating: 0, count: 64).withUnsafeBufferPointer { integers in
      assertFails(.invalidType, "found int32") { try session.bindInput(0, integers, [1, 1, 8, 8]) }
    }
    assertFails(.invalidType, "float32, not bool") {
      try session.bindOutput(0, UnsafeMutableBufferPointer<Bool>(start: nil, count: 0))
    }
  }

  func testRefusals() throws {
    let model = try Model(path: path)
    var options = SessionOptions()
    options.backends = ["steam"]
    assertFails(.notFound, "steam") { try Session(model, options) }
    options.backends = []
    for count in [-1, 1 << 40] {
      options.threadCount = count
      assertFails(.invalidArgument, "\(count)") { try Session(model, options) }
    }
    options.threadCount = 1
    options.memoryBudget = 1
    let poor = try Session(model, options)
    try poor.resizeInput(0, [1, 1, 8, 8])
    assertFails(.overBudget, "budget of 1") { try poor.run() }

    let session = try Session(model)
    try session.resizeInput(0, [1, 1, 8, 9])
    assertFails(.invalidShape, "shape") { try session.prepare() }
    assertFails(.invalidShape, "\(Int.max)") { try session.resizeInput(0, [Int.max, 1, 8, 8]) }
    assertFails(.invalidShape, "rank 100") { try session.resizeInput(0, Array(repeating: 1, count: 100)) }
    assertFails(.invalidArgument, "input -1") { try session.resizeInput(-1, [1]) }
    assertFails(.invalidArgument, "operator -1") { try session.node(-1) }
    try session.resizeInput(0, [2, 1, 8, 8])
    assertFails(.invalidShape, "128 elements and 127") {
      try session.input(0).write([Float](repeating: 0, count: 127))
    }
    assertFails(.invalidType, "float32, not float16") {
      try session.input(0).write([Float16](repeating: 0, count: 128))
    }
    // After all that it still runs.
    try session.input(0).write(Digits.pixels(2))
    try session.run()
    try assertScores(session.output(0).elements(of: Float.self), 2)
  }

  func testOutdatedViewsAreRefused() throws {
    let session = try session(2)
    try session.run()
    let input = try session.input(0), output = try session.output(0)
    try session.run()
    XCTAssertEqual(try input.elements(of: Float.self), try Digits.pixels(2), "a run leaves the input as it is")
    assertFails(.invalidArgument, "ask for it again") { try output.elements(of: Float.self) }
    try session.resizeInput(0, [5, 1, 8, 8])
    assertFails(.invalidArgument, "ask for it again") { try input.elements(of: Float.self) }
    try session.run()
    assertFails(.invalidArgument, "cannot be written") {
      try session.output(0).withMutableElements(of: Float.self) { _ in }
    }
  }

  func testAViewKeepsItsSession() throws {
    func last() throws -> Tensor {
      let session = try session(3)
      try session.run()
      return try session.output(0)
    }
    try assertScores(last().elements(of: Float.self), 3)
  }

  func testCallbacksAndCancelling() throws {
    var lines: [String] = [], timings: [NodeTiming] = [], questions = 0, answer = false
    var options = SessionOptions()
    options.log = { _, line in lines.append(line) }
    options.profileFunction = { timings.append($0) }
    options.cancel = {
      questions += 1
      return answer
    }
    let session = try session(2, options)
    try session.run()
    XCTAssertFalse(lines.isEmpty)
    XCTAssertGreaterThan(questions, 0)
    XCTAssertFalse(timings.isEmpty)
    for timing in timings {
      let plan = try session.node(timing.nodeIndex)
      XCTAssertEqual([timing.operatorName, timing.backendName, timing.name], [plan.operatorName, plan.backendName, plan.name])
    }
    answer = true
    assertFails(.cancelled, "cancelled") { try session.run() }
    answer = false
    session.canceller.cancel()
    try session.run()
    try assertScores(session.output(0).elements(of: Float.self), 2)
  }

  /// Another thread ends a run, which waits for it between two operators.
  func testCancellingFromAnotherThread() throws {
    final class Box: @unchecked Sendable { var canceller: Canceller? }
    let box = Box()
    var options = SessionOptions()
    options.profileFunction = { _ in
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        box.canceller?.cancel()
        done.signal()
      }
      done.wait()
    }
    let session = try session(1, options)
    try session.run()
    box.canceller = session.canceller
    assertFails(.cancelled, "cancelled") { try session.run() }
    box.canceller = nil
  }

  /// What scripts/check_threads.sh runs under ThreadSanitizer.
  func testThreadsShareAModel() throws {
    XCTAssertEqual(try SharedModel.disagreements(path: path, extents: [1, 8, 8]), [])
  }
}
