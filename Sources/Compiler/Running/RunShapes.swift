// Shapes behind and inside what only a run decides. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension Graph {
  /// Gives the values of this graph and of the graphs inside it the shapes that follow from the inputs', as far as they can be told without a run: the results of
  /// a loop are those of its body, the results of a branch those of its first graph, results of which only a bound is known have that bound.
  ///
  /// Values whose shape stays open keep what they have. Throws the runtime's refusal.
  package func fillShapesOfRuns() throws {
    var settled: Set<ObjectIdentifier> = []
    while true {
      // What can be planned by now: everything but operators that a run decides, and what comes behind them.
      var unknown: Set<ObjectIdentifier> = []
      var known = inputs
      var plannable: [Node] = []
      var next: Node?
      for node in nodes {
        let reads = node.inputs.compactMap { $0 } + node.innerGraphs.flatMap(\.capturedValues)
        if reads.contains(where: { unknown.contains(ObjectIdentifier($0)) }) {
          unknown.formUnion(node.outputs.compactMap { $0.map { ObjectIdentifier($0) } })
        } else if !node.isDecidedByRun {
          plannable.append(node)
        } else if settled.contains(ObjectIdentifier(node)) {
          known += node.outputs.compactMap { $0 }
        } else {
          next = next ?? node
          unknown.formUnion(node.outputs.compactMap { $0.map { ObjectIdentifier($0) } })
        }
      }
      let part = Graph(name: name)
      (part.inputs, part.nodes) = (known, plannable)
      part.outputs = plannable.flatMap { $0.outputs.compactMap { $0 } }
      if !plannable.isEmpty { try ShapeProbe(part).fill() }
      guard let next else { return }
      settled.insert(ObjectIdentifier(next))
      // What stays open ends here: what comes behind is left as it is.
      guard try next.fillShapesOfResults() else { return }
    }
  }
}

extension Node {
  /// Whether the shapes of its results are told by a run.
  fileprivate var isDecidedByRun: Bool {
    switch operatorCode {
    case .conditional, .loop, .nonMaximumSuppression, .multiclassNms, .nonZero: true
    default: false
    }
  }

  /// Gives the results their shapes; false where one stays open.
  fileprivate func fillShapesOfResults() throws -> Bool {
    switch operatorCode {
    case .loop:
      guard case .graph(let body)? = attributes["body"], body.inputs.count >= 2 else { return false }
      for (position, value) in body.inputs.enumerated() { value.shape = position < 2 ? [] : inputs[position]?.extents }
      guard body.inputs.allSatisfy({ $0.shape?.allSatisfy { $0 >= 0 } ?? false }) else { return false }
      try body.asMain.fillShapesOfRuns()
      let trips = inputs[0]?.constant?.integers?.first
      for (position, result) in body.outputs.dropFirst().enumerated() where position < outputs.count {
        let isScanned = position >= body.inputs.count - 2
        outputs[position]?.shape = result.extents.map { isScanned ? [max(trips ?? 1, 0)] + $0 : $0 }
      }
    case .conditional:
      for case .graph(let branch)? in [attributes["else_subgraph"], attributes["then_subgraph"]] {
        try branch.asMain.fillShapesOfRuns()
        for (output, result) in zip(outputs, branch.outputs) { output?.shape = result.extents }
      }
    default: break
    }
    return outputs.allSatisfy { $0?.shape?.allSatisfy { $0 >= 0 } ?? true }
  }
}

extension Graph {
  /// The graph with what it reads of the graphs around it as inputs of its own.
  fileprivate var asMain: Graph {
    let main = Graph(name: name)
    (main.nodes, main.outputs) = (nodes, outputs)
    main.inputs = inputs + capturedValues.filter { $0.constant == nil }
    return main
  }
}

extension Value {
  fileprivate var extents: [Int]? { constant?.shape ?? shape }
}
