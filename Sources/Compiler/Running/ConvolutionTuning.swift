// Choosing how convolutions are computed by measuring. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// What measuring the convolutions of a graph has found.
package struct TuningReport: Equatable {
  /// Convolutions that can be computed in several ways, and those where another than the cost model's is chosen.
  package var measured = 0
  package var changed = 0
  /// Nanoseconds of a run as the cost model has it, and what the changes save of them.
  package var runTime: UInt64 = 0
  package var saved: UInt64 = 0
}

/// Measures which algorithm is the fastest for each convolution of a graph on this machine, in runs of the whole graph on one thread.
struct ConvolutionTuning {
  private let graph: Graph
  private let convolutions: [Node]
  /// The kernels of all nodes of the main graph with each algorithm, `automatic` first.
  var kernels: [(algorithm: ConvolutionAlgorithm, names: [String])] = []
  /// Nanoseconds of the fastest execution of each node, by kernel.
  var times: [[String: UInt64]]

  /// How much faster a kernel must be than the cost model's, so that noise does not choose.
  private static let margin = 0.03
  /// Every algorithm has a turn in each round, so that what else the machine does disturbs all of them alike. A turn takes this long,
  /// within these numbers of runs.
  private static let rounds = 4
  private static let turn = Duration.milliseconds(500)
  private static let runs = 3...50

  /// Sets the attribute `algorithm` of the convolutions of `graph` that have a choice. All its inputs must have fixed shapes. Throws what
  /// the runtime refuses; the attributes are then as they were.
  static func tune(_ graph: Graph, progress: (Double) -> Void) throws -> TuningReport {
    var tuning = ConvolutionTuning(graph)
    do {
      try tuning.plan()
      try tuning.measure(progress)
    } catch {
      tuning.set(.automatic)
      throw error
    }
    return tuning.choose()
  }

  init(_ graph: Graph) {
    self.graph = graph
    convolutions = graph.nodes.filter { $0.operatorCode == .convolution }
    times = Array(repeating: [:], count: graph.nodes.count)
  }

  private func set(_ algorithm: ConvolutionAlgorithm) { for node in convolutions { set(algorithm, on: node) } }

  private func set(_ algorithm: ConvolutionAlgorithm, on node: Node) {
    node.attributes["algorithm"] = algorithm == .automatic ? nil : .member("\(algorithm.name)")
  }

  /// Asks which kernels the algorithms are.
  private mutating func plan() throws {
    for algorithm in [ConvolutionAlgorithm.automatic, .panels, .winograd2, .winograd4, .winograd6] {
      set(algorithm)
      let model = try RuntimeModel(MemoryModel.withoutWeights(graph))
      _ = try model.plan()
      kernels.append((algorithm, graph.nodes.indices.map(model.kernelName)))
    }
  }

  /// Whether there is more than one kernel for node `index`.
  private func hasChoice(_ index: Int) -> Bool { kernels.contains { $0.names[index] != kernels[0].names[index] } }

  private mutating func measure(_ progress: (Double) -> Void) throws {
    guard graph.nodes.indices.contains(where: hasChoice) else { return }
    let inputs = graph.inputs.map(ConvolutionTuning.elements)
    let clock = ContinuousClock()
    var turns = 0
    for _ in 0..<ConvolutionTuning.rounds {
      for (algorithm, names) in kernels.dropFirst() {
        set(algorithm)
        let found = NodeTimes()
        // One at a time: each holds the weights and packs them once more.
        let model = try RuntimeModel(MemoryModel.whole(graph), times: found)
        try model.write(inputs)
        let start = clock.now
        var runs = 0
        while runs < ConvolutionTuning.runs.lowerBound || (runs < ConvolutionTuning.runs.upperBound && clock.now - start < ConvolutionTuning.turn) {
          try model.run()
          runs += 1
        }
        for (index, name) in names.enumerated() {
          if let time = found.fastest[index] { times[index][name] = min(time, times[index][name] ?? .max) }
        }
        turns += 1
        progress(Double(turns) / Double(ConvolutionTuning.rounds * (kernels.count - 1)))
      }
    }
  }

  /// Sets each convolution's algorithm. Layers of one configuration are judged together, so that noise averages out.
  func choose() -> TuningReport {
    set(.automatic)
    var report = TuningReport()
    for index in graph.nodes.indices { report.runTime += times[index][kernels[0].names[index]] ?? 0 }
    let candidates = graph.nodes.indices.filter { graph.nodes[$0].operatorCode == .convolution && hasChoice($0) }
    for group in Dictionary(grouping: candidates, by: { ConvolutionTuning.configuration(graph.nodes[$0]) }).values {
      func time(_ names: [String]) -> UInt64? {
        group.reduce(0) { total, index in total.flatMap { total in times[index][names[index]].map { total + $0 } } }
      }
      guard let expected = time(kernels[0].names) else { continue }
      var best = (algorithm: ConvolutionAlgorithm.automatic, time: expected)
      for (algorithm, names) in kernels.dropFirst() {
        if names[group[0]] == kernels[0].names[group[0]] {
          if best.algorithm == .automatic { best.algorithm = algorithm }
        } else if let found = time(names), found < best.time, Double(found) < (1 - ConvolutionTuning.margin) * Double(expected) {
          best = (algorithm, found)
        }
      }
      report.measured += group.count
      if best.time < expected { report.changed += group.count }
      report.saved += expected - best.time
      for index in group { set(best.algorithm, on: graph.nodes[index]) }
    }
    return report
  }

  /// What layers have in common that are the same work but for their epilogues.
  private static func configuration(_ node: Node) -> String {
    let shapes = (0..<2).map { "\(node.input($0)?.constant?.shape ?? node.input($0)?.shape ?? [])" }
    let window = node.attributes.filter { $0.key != "activation" }.sorted { $0.key < $1.key }
    return (shapes + window.map { "\($0.key) \($0.value)" }).joined(separator: " ")
  }

  /// Something to run on, always the same: floats in -1 ..< 1, integers 1.
  private static func elements(_ value: Value) -> Constant {
    let shape = value.shape ?? []
    let count = shape.reduce(1, *)
    if value.type == .float32 {
      var state: UInt32 = 1
      return Constant(shape: shape, floats: (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) * 0x1p-23 - 1
      })
    }
    var bytes = Data(count: count * value.type.byteCount)
    if value.type != .float16 { for index in 0..<count { bytes[index * value.type.byteCount] = 1 } }
    return Constant(type: value.type, shape: shape, bytes: bytes)
  }
}
