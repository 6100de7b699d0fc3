// Making a graph fit a memory budget. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Graph

/// What was done to fit a memory budget.
package struct MemoryFitReport: Equatable {
  /// Convolutions that were joined so that the maps between them are never whole.
  package var joined = 0
  /// Operators at the beginning that run stripe by stripe, and in how many stripes; 0 where none do.
  package var operators = 0
  package var stripes = 0
  /// What is computed twice, as a part of these operators' work.
  package var repeated = 0.0
  /// Bytes of a session as it was and as it is.
  package var bytesBefore: Int
  package var bytesAfter: Int
}

/// Fits a graph with fixed input shapes into a session's memory budget.
struct MemoryFit {
  private let graph: Graph
  private let hardware: coracle_profile
  private let budget: Int
  /// Bytes of packed weights that lie in the file, so that a session does not make them.
  private let storedBytes: Int
  /// How the file will hold constants that are stored as float16.
  private var description = ModelDescription()

  /// `packsWeights`: whether the file will hold weights as kernels read them; `halves`: those that it will hold as float16. Throws the runtime's refusal.
  init(_ graph: Graph, _ hardware: coracle_profile, budget: Int, packsWeights: Bool, halves: [ObjectIdentifier: Constant] = [:]) throws {
    self.graph = graph
    self.hardware = hardware
    self.budget = budget
    description.halves = halves
    guard packsWeights else {
      storedBytes = 0
      return
    }
    let without = try RuntimeModel(MemoryModel.whole(graph, description), hardware: hardware).memoryNeeds()
    var packing = description
    packing.packed = try packConstants(of: graph, except: halves)
    let with = try RuntimeModel(MemoryModel.whole(graph, packing), hardware: hardware).memoryNeeds()
    storedBytes = Int(clamping: without.packed_bytes) - Int(clamping: with.packed_bytes)
  }

  /// Bytes that a session of the graph allocates on the profile's machine. Throws the runtime's refusal.
  func bytes() throws -> Int {
    let memory = try RuntimeModel(MemoryModel.withoutWeights(graph, description), hardware: hardware).memoryNeeds()
    return Int(clamping: memory.arena_bytes + memory.scratch_bytes + memory.state_bytes) + max(Int(clamping: memory.packed_bytes) - storedBytes, 0)
  }

  /// Trades work for memory where the budget asks for it: joins convolutions whatever the size of the maps between, and runs the first operators
  /// stripe by stripe; of all numbers of stripes that fit, it takes the one that computes least twice. nil where the graph fits as it is. Throws
  /// what is missing where there is no way.
  func apply() throws -> MemoryFitReport? {
    let before = try bytes()
    guard before > budget else { return nil }
    var report = MemoryFitReport(bytesBefore: before, bytesAfter: before)
    report.joined = SeparableConvolutions.join(graph, largeMap: 0, linesPerSharedLine: 0)
    report.bytesAfter = try bytes()
    guard report.bytesAfter > budget else { return report }
    let nodes = graph.nodes
    let shapes = try ShapeProbe(graph).trial(graph.inputs.map { $0.shape ?? [] }).shapes
    var ways: [(section: StripedSection, stripes: Int, repeated: Double)] = []
    for section in StripedSection.all(of: graph, shapes: shapes) {
      for count in [2, 3, 4, 6, 8, 12, 16, 24, 32] where count <= section.rows {
        if let repeated = section.repeated(count) { ways.append((section, count, repeated)) }
      }
    }
    ways.sort { ($0.repeated, $0.stripes) < ($1.repeated, $1.stripes) }
    var least = report.bytesAfter
    for way in ways {
      way.section.apply(way.stripes, to: graph)
      report.bytesAfter = try bytes()
      if report.bytesAfter <= budget {
        (report.operators, report.stripes, report.repeated) = (way.section.nodes.count, way.stripes, way.repeated)
        return report
      }
      least = min(least, report.bytesAfter)
      graph.nodes = nodes
    }
    throw CompileError("A session needs \(before) bytes, or \(least) with the first operators run stripe by stripe: "
      + "\(least - budget) more than the memory budget of \(budget).")
  }
}
