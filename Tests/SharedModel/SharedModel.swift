// One model in eight threads of eight sessions each, beside one thread alone. SPDX-License-Identifier: Apache-2.0
import Coracle
import Foundation

public enum SharedModel {
  static let threadCount = 8
  static let sessionsPerThread = 8
  /// Of each session, so that one set of buffers serves several inputs.
  static let runsPerSession = 3

  /// Runs the model in `path`, which has one float32 input of shape [batch] + `extents`, in sessions of one thread, one after the other, in one of
  /// two threads, then in eight threads of eight sessions, of which every second has two threads. Gives a sentence for each result that is not the same bit by bit:
  /// the work of an operator is divided so that every element is computed in one way for any number of threads.
  public static func disagreements(path: String, extents: [Int]) throws -> [String] {
    let alone = try Model(path: path)
    var expected: [[UInt32]] = []
    for number in 0..<threadCount * sessionsPerThread * runsPerSession {
      var options = SessionOptions()
      options.threadCount = 1
      let session = try Session(alone, options)
      expected.append(try scores(session, extents, number))
    }
    // Both threads work: no other run is in progress that would share the processors.
    var options = SessionOptions()
    options.threadCount = 2
    let pair = try Session(alone, options)
    let others = try expected.indices.filter { try scores(pair, extents, $0) != expected[$0] }
    if !others.isEmpty { return ["two threads alone: other scores for the inputs \(others)"] }
    // Not the model that has run: its first preparation, which checks the weights, is shared too.
    let shared = try Model(path: path)
    let found = Findings()
    let threads = (0..<threadCount).map { thread in
      Thread { [expected] in
        // Together, so that their first preparations meet.
        found.meet(threadCount)
        found.append(run(shared, extents, thread, expected))
      }
    }
    for thread in threads { thread.start() }
    return found.wait(for: threadCount)
  }

  /// What thread `thread` finds.
  private static func run(_ model: Model, _ extents: [Int], _ thread: Int, _ expected: [[UInt32]]) -> [String] {
    var found: [String] = []
    do {
      // All at once and in turn: eight sessions live beside each other.
      let sessions = try (0..<sessionsPerThread).map { number in
        var options = SessionOptions()
        // Of the first sessions too: who checks the weights for all may have one thread or two.
        options.threadCount = 1 + (thread + number) % 2
        return try Session(model, options)
      }
      for turn in 0..<runsPerSession {
        for (number, session) in sessions.enumerated() {
          let input = (thread * sessionsPerThread + number) * runsPerSession + turn
          if try scores(session, extents, input) != expected[input] {
            found.append("thread \(thread), session \(number), run \(turn): other scores")
          }
        }
      }
    } catch {
      found.append("thread \(thread): \(error)")
    }
    return found
  }

  /// The bits of the first output for input `number`. The batch changes from input to input, so that sessions plan anew beside running ones; the
  /// smallest is computed by one thread alone, the largest by both.
  private static func scores(_ session: Session, _ extents: [Int], _ number: Int) throws -> [UInt32] {
    let shape = [[1, 3, 33][number % 3]] + extents
    try session.resizeInput(0, shape)
    try session.input(0).write((0..<shape.reduce(1, *)).map { Float(($0 &* 37 &+ number &* 101) % 17) })
    try session.run()
    return try session.output(0).withElements(of: Float.self) { $0.map(\.bitPattern) }
  }
}

/// What threads have found, and how many are done.
private final class Findings: @unchecked Sendable {
  private let condition = NSCondition()
  private var sentences: [String] = []
  private var arrived = 0
  private var finished = 0

  /// Waits until `count` threads are here.
  func meet(_ count: Int) {
    condition.lock()
    defer { condition.unlock() }
    arrived += 1
    condition.broadcast()
    while arrived < count { condition.wait() }
  }

  func append(_ more: [String]) {
    condition.lock()
    sentences += more
    finished += 1
    condition.broadcast()
    condition.unlock()
  }

  func wait(for count: Int) -> [String] {
    condition.lock()
    defer { condition.unlock() }
    while finished < count { condition.wait() }
    return sentences
  }
}
