// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The fastest execution of each operator of a session: the one that other programs have disturbed least.
final class NodeTimes {
  /// Nanoseconds by the operator's position in the plan.
  private(set) var fastest: [Int: UInt64] = [:]

  func add(_ timing: coracle_node_timing) {
    fastest[Int(timing.node_index)] = min(timing.nanoseconds, fastest[Int(timing.node_index)] ?? .max)
  }
}
