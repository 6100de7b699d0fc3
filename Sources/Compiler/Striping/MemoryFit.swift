// Making a graph fit a memory budget. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Graph

/// What was done to fit a memory budget.
package struct StripingReport: Equatable {
  /// Operators at the beginning that run stripe by stripe, and in how many stripes.
  package var operators: Int
  package var stripes: Int
  /// What is computed twice, as a part of these operators' work.
  package var repeated: Double
  /// Bytes of a session as it was and as it is.
  package var bytesBefore: Int
  package var bytesAfter: Int
}

/// Fits a graph with fixed input shapes into a session's memory budget.
struct MemoryFit {
  let graph: Graph
  let hardware: coracle_profile
  let budget: Int
  /// Whether weights are stored as kernels read them, so that a session packs none.
  let packsWeights: Bool

  /// Bytes that a session of the graph allocates on the profile's machine. Throws the runtime's refusal.
  func bytes() throws -> Int {
    let memory = try RuntimeModel(MemoryModel.withoutWeights(graph), hardware: hardware).memoryNeeds()
    return Int(clamping: memory.arena_bytes + memory.scratch_bytes + memory.state_bytes + (packsWeights ? 0 : memory.packed_bytes))
  }

  /// Runs the first operators stripe by stripe where the budget asks for it: of all ways that fit, the one that computes least twice. nil
  /// where the graph fits as it is. Throws what is missing where there is no way, and leaves the graph as it was.
  func apply() throws -> StripingReport? {
    let before = try bytes()
    guard before > budget else { return nil }
    let original = graph.nodes
    let shapes = try ShapeProbe(graph).trial(graph.inputs.map { $0.shape ?? [] }).shapes
    var ways: [(section: StripedSection, stripes: Int, repeated: Double)] = []
    for section in StripedSection.all(of: graph, shapes: shapes) {
      for count in [2, 3, 4, 6, 8, 12, 16, 24, 32] where count <= section.rows {
        if let repeated = section.repeated(count) { ways.append((section, count, repeated)) }
      }
    }
    ways.sort { ($0.repeated, $0.stripes) < ($1.repeated, $1.stripes) }
    var least = before
    for way in ways {
      way.section.apply(way.stripes, to: graph)
      let after = try bytes()
      if after <= budget {
        return StripingReport(operators: way.section.nodes.count, stripes: way.stripes, repeated: way.repeated, bytesBefore: before, bytesAfter: after)
      }
      least = min(least, after)
      graph.nodes = original
    }
    throw CompileError("A session needs \(before) bytes, or \(least) with the first operators run stripe by stripe: "
      + "\(least - budget) more than the memory budget of \(budget).")
  }
}
