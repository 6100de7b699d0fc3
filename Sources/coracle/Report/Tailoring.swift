// What a library for certain models must hold. SPDX-License-Identifier: Apache-2.0

/// The operators of models, which of them the generic backend runs, and which kernels.
struct Tailoring: Encodable {
  struct Kernel: Encodable {
    let backend, kernel: String
    var count: Int
  }
  struct Operator: Encodable {
    let `operator`: String
    var count: Int
    /// As planned on this machine; empty where shapes are open.
    var kernels: [Kernel]
    /// Whether the generic backend must have it where another runs everything else.
    var isGeneric: Bool
  }

  private(set) var operators: [Operator] = []
  /// Whether convolutions run by Winograd's filtering, or might.
  private(set) var needsWinograd = false

  /// Adds the operators of a model file; `plan` is its plan, or nil where its shapes are open: then every kernel stays.
  mutating func add(_ file: FileReport, plan: PlanReport?) {
    for entry in file.operatorCounts { withOperator(entry.operator) { $0.count += entry.count } }
    guard let plan else {
      for entry in file.operatorCounts { withOperator(entry.operator) { $0.isGeneric = true } }
      needsWinograd = true
      return
    }
    for node in plan.operators {
      withOperator(node.operator) { found in
        // What the runtime does itself, by a view, it copies elsewhere: into a caller's buffer.
        let isTuned = !node.evaluatedAtPrepare && node.backend != "generic" && node.backend != "runtime"
        if !isTuned { found.isGeneric = true }
        guard !node.evaluatedAtPrepare, !node.kernel.isEmpty else { return }
        if let index = found.kernels.firstIndex(where: { ($0.backend, $0.kernel) == (node.backend, node.kernel) }) {
          found.kernels[index].count += 1
        } else {
          found.kernels.append(Kernel(backend: node.backend, kernel: node.kernel, count: 1))
        }
      }
      if node.kernel.hasPrefix("Winograd") { needsWinograd = true }
    }
  }

  private mutating func withOperator(_ name: String, _ body: (inout Operator) -> Void) {
    let index = operators.firstIndex { $0.operator == name } ?? operators.endIndex
    if index == operators.endIndex { operators.append(Operator(operator: name, count: 0, kernels: [], isGeneric: false)) }
    body(&operators[index])
  }

  /// What a tuned backend has on some processors only: see TunedOperators.
  private static let sometimesGeneric: Set = ["unary", "binary", "reduce"]

  /// CMake's options for such a library. `alwaysTuned`: every machine that it is for has a tuned backend, so that the generic one keeps only what
  /// that leaves to it.
  func cmakeOptions(alwaysTuned: Bool) -> [String] {
    let names = operators.map(\.operator).sorted()
    let generic = operators.filter { !alwaysTuned || $0.isGeneric || Self.sometimesGeneric.contains($0.operator) }.map(\.operator).sorted()
    return ["-DCORACLE_OPERATORS=\(names.joined(separator: ";"))", "-DCORACLE_GENERIC_OPERATORS=\(generic.joined(separator: ";"))",
      "-DCORACLE_WINOGRAD=\(needsWinograd ? "ON" : "OFF")"]
  }

  /// A line an operator and kernel.
  func table() -> String {
    var table = TextTable("operator", ">count", "backend", "kernel")
    for entry in operators.sorted(by: { ($0.count, $1.operator) > ($1.count, $0.operator) }) {
      if entry.kernels.isEmpty { table.add(entry.operator, String(entry.count), entry.isGeneric ? "generic" : "", "") }
      for (index, kernel) in entry.kernels.sorted(by: { $0.count > $1.count }).enumerated() {
        table.add(index == 0 ? entry.operator : "", String(kernel.count), kernel.backend, kernel.kernel)
      }
    }
    return table.text()
  }
}
