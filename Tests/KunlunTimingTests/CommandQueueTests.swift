// The order of events, by hand. SPDX-License-Identifier: Apache-2.0
@testable import KunlunTiming
import XCTest

final class CommandQueueTests: XCTestCase {
  private func operators(_ microseconds: [Double]) -> [QueuedOperator] {
    microseconds.map { time in
      var cost = KernelCost()
      (cost.computeSeconds, cost.gapSeconds) = (time * 1e-6, 2e-6)
      return QueuedOperator(name: "\(time)", place: .device([(Kernel(.vector(operations: 0)), cost)]))
    }
  }

  private func machine(host microseconds: Double) throws -> (CardProfile, HostProfile) {
    var (card, host) = (try CardProfile.named("kunlun-k200"), try HostProfile.named("x86"))
    (host.operatorMicroseconds, host.runMicroseconds) = (microseconds, 100)
    (card.pcieLatencyMicroseconds, card.pcieBandwidth, card.synchroniseMicroseconds) = (10, 1e9, 17)
    return (card, host)
  }

  private func assertMicroseconds(_ seconds: Double, _ parts: [Double], line: UInt = #line) {
    XCTAssertEqual(seconds * 1e6, parts.reduce(0, +), accuracy: 1e-6, line: line)
  }

  /// 100 + 10 + 1 us before the first operator; then the host hands over every 50 us, the device takes 2 + 5 us for each.
  func testBoundByTheHost() throws {
    let (card, host) = try machine(host: 50)
    var queue = CommandQueue(card, host)
    let seconds = queue.run(operators([5, 5, 5]), inputs: [1000], outputs: [2000])
    assertMicroseconds(seconds, [111, 3 * 50, 7, 17, 12])
    XCTAssertEqual(queue.spans.map { ($0.waited * 1e6).rounded() }, [50, 43, 43])
    XCTAssertEqual(queue.toDevice, Copies(count: 1, bytes: 1000))
    XCTAssertEqual(queue.toHost, Copies(count: 1, bytes: 2000))
  }

  /// The first operator waits for the host, the others for the device.
  func testBoundByTheDevice() throws {
    let (card, host) = try machine(host: 3)
    var queue = CommandQueue(card, host)
    assertMicroseconds(queue.run(operators([40, 40, 40]), inputs: [0], outputs: [0]), [110, 3, 3 * 42, 17, 10])
  }

  /// An operator on the host: wait, copy, compute, copy back; the device stands still meanwhile.
  func testOperatorOnTheHost() throws {
    let (card, host) = try machine(host: 3)
    var queue = CommandQueue(card, host)
    let list = operators([40]) + [QueuedOperator(name: "nms", place: .host(seconds: 500e-6, toHost: [1000], toDevice: [3000]))] + operators([40])
    assertMicroseconds(queue.run(list, inputs: [0], outputs: [0]), [110, 3, 42, 17, 11, 503, 13, 3, 42, 17, 10])
  }

  /// Two devices: one thread hands both their operators, so two copies take longer than one and less than twice as long.
  func testTwoDevices() throws {
    let (card, host) = try machine(host: 30)
    var (one, two) = (CommandQueue(card, host), CommandQueue(card, host, devices: 2))
    let whole = one.run(operators(Array(repeating: 200, count: 8)), inputs: [0], outputs: [0])
    let halves = two.run(operators(Array(repeating: 100, count: 8)), inputs: [0], outputs: [0])
    XCTAssertLessThan(halves, whole)
    XCTAssertGreaterThan(halves, whole / 2)
    XCTAssertEqual(Set(two.events.map(\.device)), [0, 1])
  }

  func testEventsOfALaneDoNotOverlap() throws {
    let (card, host) = try machine(host: 7)
    var queue = CommandQueue(card, host)
    _ = queue.run(operators([3, 50, 0, 9]), inputs: [5000], outputs: [5000])
    for lane in TimelineEvent.Lane.allCases {
      let events = queue.events.filter { $0.lane == lane }.sorted { $0.start < $1.start }
      for (before, after) in zip(events, events.dropFirst()) { XCTAssertLessThanOrEqual(before.start + before.duration, after.start + 1e-12, "\(lane)") }
    }
  }
}
