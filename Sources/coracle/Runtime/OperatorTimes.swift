// Time by operator, as the profile callback tells it. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Adds up what the operators of a session take.
final class OperatorTimes {
  struct Entry: Encodable {
    let node: Int
    let name: String
    let `operator`: String
    let backend: String
    var kernel = ""
    var nanoseconds: UInt64
    var calls: Int
    /// Milliseconds of one run.
    var milliseconds = 0.0
    var share = 0.0
  }

  var isCollecting = false
  private var entries: [UInt32: Entry] = [:]

  func add(_ timing: coracle_node_timing) {
    guard isCollecting else { return }
    if entries[timing.node_index] != nil {
      entries[timing.node_index]?.nanoseconds += timing.nanoseconds
      entries[timing.node_index]?.calls += 1
    } else {
      entries[timing.node_index] = Entry(
        node: Int(timing.node_index), name: timing.name.map { String(cString: $0) } ?? "",
        operator: timing.operator_name.map { String(cString: $0) } ?? "",
        backend: timing.backend_name.map { String(cString: $0) } ?? "", nanoseconds: timing.nanoseconds, calls: 1)
    }
  }

  /// The entries of `runs` runs, slowest first, with the kernel that `session` chose for each.
  func sorted(runs: Int, session: RuntimeSession) -> [Entry] {
    let total = Double(max(1, entries.values.reduce(0) { $0 + $1.nanoseconds }))
    return entries.values.sorted { ($0.nanoseconds, $1.node) > ($1.nanoseconds, $0.node) }.map { entry in
      var entry = entry
      entry.milliseconds = Double(entry.nanoseconds) / 1e6 / Double(max(1, runs))
      entry.share = Double(entry.nanoseconds) / total
      if let plan = try? session.node(entry.node), let kernel = plan.kernel_name { entry.kernel = String(cString: kernel) }
      return entry
    }
  }
}
