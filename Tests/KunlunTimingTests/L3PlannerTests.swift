// SPDX-License-Identifier: Apache-2.0
@testable import KunlunTiming
import XCTest

final class L3PlannerTests: XCTestCase {
  private func served(_ blocks: [[Double]], _ granted: [Double]) -> Double {
    zip(blocks, granted).reduce(0) { sum, pair in sum + pair.0.filter { $0 <= pair.1 }.reduce(0, +) }
  }

  /// The most bytes that any choice serves: every combination of sizes is tried.
  private func best(_ blocks: [[Double]], capacity: Double) -> Double {
    guard let first = blocks.first else { return 0 }
    let rest = Array(blocks.dropFirst())
    return ([0] + first).filter { $0 <= capacity }.map { served([first], [$0]) + best(rest, capacity: capacity - $0) }.max() ?? 0
  }

  func testAgainstEveryChoice() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let blocks = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        (0..<Int.random(in: 0...4, using: &random)).map { _ in Double(Int.random(in: 1...40, using: &random) * 64) }
      }
      let capacity = Double(Int.random(in: 0...120, using: &random) * 64)
      let granted = L3Planner.plan(blocks, capacity: capacity)
      XCTAssertLessThanOrEqual(granted.reduce(0, +), capacity)
      for (requests, size) in zip(blocks, granted) { XCTAssertTrue(size == 0 || requests.contains(size), "\(size) was not asked for: \(requests)") }
      XCTAssertEqual(served(blocks, granted), best(blocks, capacity: capacity), "\(blocks) in \(capacity)")
    }
  }

  func testWhatNothingFits() {
    XCTAssertEqual(L3Planner.plan([[100], [200, 300]], capacity: 99), [0, 0])
    XCTAssertEqual(L3Planner.plan([], capacity: 99), [])
    XCTAssertEqual(L3Planner.plan([[]], capacity: 0), [0])
    // The smaller size of a block may be worth more than the larger one of another.
    XCTAssertEqual(L3Planner.plan([[60, 60, 60], [100]], capacity: 100), [60, 0])
  }

  /// With a list that is cut short the plan still fits.
  func testManyBlocks() {
    let blocks = (0..<40).map { [Double(1 << min($0, 30)), Double(3 * $0 + 1)] }
    let granted = L3Planner.plan(blocks, capacity: 1e9, mostEntries: 500)
    XCTAssertLessThanOrEqual(granted.reduce(0, +), 1e9)
    XCTAssertGreaterThan(served(blocks, granted), 0)
  }
}
