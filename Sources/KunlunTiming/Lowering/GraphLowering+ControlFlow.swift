// Loops and branches: the host decides, the card runs what is inside. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphLowering {
  /// The body's calls, as often as the trip count says where it is known, else once. Where the body computes whether the loop goes on, the host reads that
  /// after every trip.
  mutating func loop(_ node: Node, _ graph: Graph) throws {
    guard let body = node.innerGraphs.first, body.inputs.count >= 2, !body.outputs.isEmpty else { return }
    let valueCount = body.inputs.count - 2
    let trips = node.input(0)?.constant?.integers?.first.map { Double(max($0, 0)) }
    let goesOn = body.outputs[0]
    let isDecided = goesOn.constant == nil && goesOn !== body.inputs[1]
    let results = try tryInner(node) { lowering in
      for position in 0..<valueCount {
        if let initial = node.input(2 + position) { lowering.places[ObjectIdentifier(body.inputs[2 + position])] = try lowering.buffer(initial) }
      }
      lowering.program.trips.append(lowering.program.trips[lowering.loop] * (trips ?? 1))
      let outer = lowering.loop
      lowering.loop = lowering.program.trips.count - 1
      for inner in body.nodes { try lowering.lower(inner, isLast: false, graph) }
      if isDecided { try lowering.addHost("\(node.name)/condition", title: "condition", reads: [goesOn], writes: []) }
      lowering.loop = outer
      return body.outputs.dropFirst()
    }
    guard let results else { return }
    if trips == nil {
      program.warnings.append("How often loop '\(node.name)' runs is known only when it runs: its body is counted once.")
    } else if isDecided {
      program.warnings.append("Loop '\(node.name)' may end early: all its trips are counted.")
    }
    for (position, result) in results.enumerated() {
      guard position < node.outputs.count, let output = node.outputs[position] else { continue }
      if position < valueCount {
        places[ObjectIdentifier(output)] = try buffer(result)
      } else {
        // What each trip leaves is put behind that of the trip before.
        let rows = try access(output)
        add(.other, "\(node.name)/\(result.name)", title: "\(node.operatorCode.name)",
          [Kernel(.vector(operations: rows.bytes / precision.activationBytes), operands: [Access(try buffer(result), bytes: rows.bytes)], outputs: [rows])])
      }
    }
  }

  /// The host reads the condition. Where it is not known, the branch with more work is counted.
  mutating func conditional(_ node: Node, _ graph: Graph) throws {
    guard let condition = node.input(0) else { return }
    var branches = ["then_subgraph", "else_subgraph"].compactMap { name -> Graph? in
      if case .graph(let branch)? = node.attributes[name] { branch } else { nil }
    }
    if let known = condition.constant?.integers?.first, branches.count == 2 {
      branches = [branches[known != 0 ? 0 : 1]]
    } else if condition.constant == nil {
      try addHost("\(node.name)/condition", title: "condition", reads: [condition], writes: [])
    }
    var best: (lowering: GraphLowering, work: Double, results: [Value])?
    for branch in branches {
      var trial = self
      let results = try trial.tryInner(node) { lowering in
        for inner in branch.nodes { try lowering.lower(inner, isLast: false, graph) }
        return branch.outputs[...]
      }
      let work = trial.program.operators.dropFirst(program.operators.count).reduce(0) { $0 + $1.work }
      if let results, work > best?.work ?? -1 { best = (trial, work, Array(results)) }
    }
    guard let best else { return }
    self = best.lowering
    if branches.count > 1 {
      program.warnings.append("Which branch '\(node.name)' takes is known only when it runs: the one with more work is counted.")
    }
    for (output, result) in zip(node.outputs, best.results) { if let output { places[ObjectIdentifier(output)] = try buffer(result) } }
  }

  /// Lowers what `node` runs inside; where shapes there are not known, says so and leaves it out.
  private mutating func tryInner(_ node: Node, _ body: (inout GraphLowering) throws -> ArraySlice<Value>) throws -> ArraySlice<Value>? {
    var trial = self
    do {
      let results = try body(&trial)
      self = trial
      return results
    } catch {
      program.warnings.append("What \(node.operatorCode.name) '\(node.name)' runs inside is not counted: \(error)")
      return nil
    }
  }
}

extension CardOperator {
  /// Multiply-adds and operations on elements, to compare branches by.
  fileprivate var work: Double {
    kernels.reduce(0) { sum, kernel in
      switch kernel.work {
      case .product(let product): sum + product.multiplyAdds
      case .vector(let operations): sum + operations
      }
    }
  }
}
