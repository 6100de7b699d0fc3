// What a session would do: operators, kernels, places in memory. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The plan of a prepared session; property names are the keys of the JSON form.
struct PlanReport: Encodable {
  struct Operator: Encodable {
    let index, subgraph: Int
    let name, `operator`, backend, kernel, reason: String
    let scratchBytes: UInt64
    let evaluatedAtPrepare: Bool
    let outputs: [Int]
  }
  struct Tensor: Encodable {
    let index: Int
    let name, type: String
    let shape: [Int]
    /// "none", "constant", "arena", "bound", "prepared" or "growing".
    let place: String
    let offset: UInt64?
    let byteCount: UInt64
    let firstNode, lastNode: Int
  }
  struct Memory: Encodable {
    let weightBytes, arenaBytes, scratchBytes, packedBytes, stateBytes: UInt64
  }

  let inputShapes: [[Int]]
  let memory: Memory
  let operators: [Operator]
  let tensors: [Tensor]

  /// Reads the plan; the session must be prepared.
  init(_ session: RuntimeSession, inputShapes: [[Int]]) throws {
    self.inputShapes = inputShapes
    let needs = try session.memory()
    memory = Memory(weightBytes: needs.weight_bytes, arenaBytes: needs.arena_bytes, scratchBytes: needs.scratch_bytes,
      packedBytes: needs.packed_bytes, stateBytes: needs.state_bytes)
    operators = try (0..<session.nodeCount).map { index in
      let node = try session.node(index)
      return Operator(
        index: index, subgraph: Int(node.subgraph), name: text(node.name), operator: text(node.operator_name), backend: text(node.backend_name),
        kernel: text(node.kernel_name), reason: text(node.reason), scratchBytes: node.scratch_bytes,
        evaluatedAtPrepare: node.evaluated_at_prepare != 0,
        outputs: (0..<Int(node.output_count)).compactMap { session.outputTensor(node: index, output: $0) })
    }
    tensors = try (0..<session.tensorCount).map { index in
      let (view, plan) = try session.tensor(index)
      return Tensor(
        index: index, name: text(view.name), type: HostType(rawValue: view.type)?.name ?? "unknown", shape: shapeOf(view),
        place: Self.place(plan.kind), offset: Int(plan.kind) == CORACLE_PLACE_ARENA ? plan.offset : nil, byteCount: plan.byte_count,
        firstNode: Int(plan.first_node), lastNode: Int(plan.last_node))
    }
  }

  private static func place(_ kind: Int32) -> String {
    switch kind {
    case 1: "constant"
    case 2: "arena"
    case 3: "bound"
    case 4: "prepared"
    case 5: "growing"
    default: "none"
    }
  }

  /// For each operator: backend, kernel and why, scratch, and where and how long its first output lies.
  func operatorTable() -> String {
    var table = TextTable(">#", "operator", "name", "backend", "kernel", "why", ">scratch", "output", ">offset", ">size", "lifetime")
    for node in operators {
      let first = node.outputs.first.flatMap { tensors.indices.contains($0) ? tensors[$0] : nil }
      table.add(String(node.index), node.subgraph == 0 ? node.operator : "\(node.operator) (graph \(node.subgraph))", shortened(node.name, to: 36),
        node.backend, node.evaluatedAtPrepare ? "at prepare" : node.kernel, node.reason, node.scratchBytes == 0 ? "" : byteText(node.scratchBytes),
        first.map { shapeText($0.shape) } ?? "", first.map { $0.offset.map(String.init) ?? $0.place } ?? "",
        first.map { byteText($0.byteCount) } ?? "", first.map { lifetime($0) } ?? "")
    }
    return table.text()
  }

  private func lifetime(_ tensor: Tensor) -> String {
    tensor.place == "arena" ? "\(tensor.firstNode < 0 ? "start" : String(tensor.firstNode)) … \(tensor.lastNode)" : ""
  }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
