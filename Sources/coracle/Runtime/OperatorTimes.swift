// Time by operator, as the profile callback tells it. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Adds up what the operators of a session take while `isCollecting` is set.
final class OperatorTimes: OperatorObserver {
  /// Property names are the keys of the JSON form.
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
    /// Of the fastest call, which other programs have disturbed least.
    var minimumMs: Double
    var share = 0.0
    var operations: Int?
    var bytes = 0
    var inputShapes: [[Int]?] = []
    var outputShapes: [[Int]?] = []

    /// Of the fastest call; nil where nothing is counted.
    var gigaflops: Double? { operations.flatMap(rate) }
    var gigabytes: Double? { rate(bytes) }

    /// Thousand millions a second.
    private func rate(_ amount: Int) -> Double? { minimumMs > 0 ? Double(amount) / minimumMs / 1e6 : nil }
  }

  var isCollecting = false
  private var entries: [UInt32: Entry] = [:]

  func add(_ timing: coracle_node_timing) {
    guard isCollecting else { return }
    let milliseconds = Double(timing.nanoseconds) / 1e6
    if let known = entries[timing.node_index] {
      entries[timing.node_index]?.nanoseconds += timing.nanoseconds
      entries[timing.node_index]?.calls += 1
      entries[timing.node_index]?.minimumMs = min(known.minimumMs, milliseconds)
    } else {
      entries[timing.node_index] = Entry(
        node: Int(timing.node_index), name: timing.name.map { String(cString: $0) } ?? "",
        operator: timing.operator_name.map { String(cString: $0) } ?? "",
        backend: timing.backend_name.map { String(cString: $0) } ?? "", nanoseconds: timing.nanoseconds, calls: 1,
        minimumMs: milliseconds)
    }
  }

  /// The entries of `runs` runs, slowest first, with the kernel that `session` chose for each and the work it had. `document` is its
  /// model file's.
  func sorted(runs: Int, session: RuntimeSession, document: ModelDocument) throws -> [Entry] {
    let nodes = document.nodes
    let total = Double(max(1, entries.values.reduce(0) { $0 + $1.nanoseconds }))
    return try entries.values.sorted { ($0.nanoseconds, $1.node) > ($1.nanoseconds, $0.node) }.map { entry in
      var entry = entry
      entry.milliseconds = Double(entry.nanoseconds) / 1e6 / Double(max(1, runs))
      entry.share = Double(entry.nanoseconds) / total
      if let plan = try? session.node(entry.node), let kernel = plan.kernel_name { entry.kernel = String(cString: kernel) }
      if nodes.indices.contains(entry.node) {
        let work = try OperatorWork(nodes[entry.node], in: session)
        (entry.operations, entry.bytes) = (work.operations, work.bytes)
        (entry.inputShapes, entry.outputShapes) = (work.inputShapes, work.outputShapes)
      }
      return entry
    }
  }
}
