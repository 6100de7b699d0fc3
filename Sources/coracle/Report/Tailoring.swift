// What a library for certain models must hold. SPDX-License-Identifier: Apache-2.0

/// The operators of models, which of them the generic backend runs, which kernels, and which functions.
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
  /// Whether a tuned backend multiplies matrices that are both computed, or might.
  private(set) var needsComputedFactors = false
  /// Whether an operator takes or gives elements of another type than float32.
  private(set) var needsIntegers = false
  /// The functions of unary operators and activations, and those of reductions.
  private var functions: Set = ["identity"]
  private var reductions: Set<String> = []
  /// The windows of depthwise convolutions: "width/stride" of those with code of their own, and "any" for the others.
  private var depthwise: Set<String> = []

  /// Adds the operators of a model file; `plan` is its plan, or nil where its shapes are open: then every kernel stays.
  mutating func add(_ file: FileReport, plan: PlanReport?) {
    for entry in file.operatorCounts { withOperator(entry.operator) { $0.count += entry.count } }
    for node in file.operators { addFunctions(node, file.tensors) }
    guard let plan else {
      for entry in file.operatorCounts { withOperator(entry.operator) { $0.isGeneric = true } }
      (needsWinograd, needsComputedFactors) = (true, true)
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
      if node.operator == "matmul" && node.kernel != "panels" { needsComputedFactors = true }
    }
  }

  /// Notes what a node's attributes name. What its kernel then needs beside that is known to `NodeView.requireBuiltFunctions`, and told apart here.
  private mutating func addFunctions(_ node: FileReport.Operator, _ tensors: [FileReport.Tensor]) {
    for (name, value) in node.attributes where name.hasSuffix("activation") {
      if case .object(let activation) = value, let function = activation["function"]?.text { functions.insert(function) }
    }
    // As `NodeView.requireBuilt` asks.
    for tensor in node.inputs.prefix(1) + node.outputs where tensors.indices.contains(tensor) && tensors[tensor].type != "float32" { needsIntegers = true }
    let function = node.attributes["function"]?.text
    switch node.operator {
    case "unary": functions.insert(function ?? "identity")
    case "binary": if function == "power" { functions.insert("power") }
    case "local_response_normalization": functions.insert("square")
    case "reduce":
      let function = function ?? "sum"
      reductions.insert(function)
      if function == "norm2" { functions.insert("sqrt") }
      if function.hasPrefix("log_sum") { functions.insert("log") }
    case "convolution", "separable_convolution":
      let weights = node.operator == "convolution" ? 1 : 3
      guard node.operator != "convolution" || (node.attributes["groups"]?.integer ?? 1) > 1, node.inputs.indices.contains(weights), tensors.indices.contains(node.inputs[weights]) else { return }
      let shape = tensors[node.inputs[weights]].shape
      // [height, width, channels of a group, outputs], with as many spatial dimensions as there are.
      guard shape.count >= 3, shape[shape.count - 2] == 1 else { return }
      let (width, stride) = (shape[shape.count - 3], node.attributes["strides"]?.integers?.last ?? 1)
      // As DepthwiseProduct has them.
      let isUnrolled = [3, 5, 7].contains(width) && [1, 2].contains(stride) && (node.attributes["dilations"]?.integers?.last ?? 1) == 1
      depthwise.insert(isUnrolled ? "\(width)/\(stride)" : "any")
    default: break
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
  /// that leaves to it. `profiles`: whether it reads profiles and carries the stock ones.
  func cmakeOptions(alwaysTuned: Bool, profiles: Bool) -> [String] {
    let names = operators.map(\.operator).sorted()
    let generic = operators.filter { !alwaysTuned || $0.isGeneric || Self.sometimesGeneric.contains($0.operator) }.map(\.operator).sorted()
    func list(_ option: String, _ values: [String]) -> String { "-DCORACLE_\(option)=\(values.joined(separator: ";"))" }
    func flag(_ option: String, _ value: Bool) -> String { "-DCORACLE_\(option)=\(value ? "ON" : "OFF")" }
    // A list without a name would stand for all.
    return [list("OPERATORS", names), list("GENERIC_OPERATORS", generic), list("FUNCTIONS", functions.sorted()),
      list("REDUCTIONS", reductions.isEmpty ? ["sum"] : reductions.sorted()), list("DEPTHWISE", depthwise.isEmpty ? ["none"] : depthwise.sorted()),
      flag("WINOGRAD", needsWinograd), flag("COMPUTED_FACTORS", needsComputedFactors), flag("INTEGERS", needsIntegers),
      flag("PROFILES", profiles)]
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
