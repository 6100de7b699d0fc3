// From an imported graph to a model that can be written. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph

/// Compiles `graph`, which is changed in place: fixes inputs, runs the passes, plans, and lays the file out.
/// Throws `CompileError` where the options do not fit the graph, or where the runtime cannot run it.
package func compile(_ graph: Graph, options: CompileOptions = CompileOptions()) throws -> CompiledModel {
  var statistics = CompileStatistics()
  statistics.nodesBefore = graph.nodeCount
  try fixInputShapes(graph, options.inputShapes)
  var pipeline = PassPipeline(graph, progress: options.progress)
  try pipeline.run()
  try refuseUnsupported(graph)

  var description = ModelDescription()
  description.metadata = options.metadata + graph.metadata
  description.testVectors = options.testVectors
  description.profile = options.profile ?? ""
  let halves = options.halvesWeights ? HalfWeights(of: graph) : HalfWeights()
  description.halves = halves.constants
  statistics.halves = halves.constants.count
  var warnings = halves.warnings
  let open = graph.inputs.filter { !($0.shape?.allSatisfy { $0 >= 0 } ?? false) }
  let isStatic = open.isEmpty
  if let hardware = options.hardware, hardware.memory_budget > 0 {
    if isStatic {
      options.progress(0.91, "fitting the memory budget")
      do {
        let budget = Int(clamping: hardware.memory_budget)
        statistics.memoryFit = try MemoryFit(graph, hardware, budget: budget, packsWeights: options.packsWeights, halves: halves.constants).apply()
      } catch let refusal as RuntimeModel.Refusal { throw CompileError("The model cannot be run: \(refusal)") }
    } else {
      warnings.append("The memory budget is not looked at: the shape of \(open.map(\.summary).joined(separator: ", ")) is open (--input-shape fixes it).")
    }
  }
  if options.measuresConvolutions {
    do {
      if isStatic {
        statistics.tuning = try ConvolutionTuning.tune(graph) { options.progress(0.91 + 0.04 * $0, "measuring convolutions") }
      } else {
        warnings.append("Convolutions are not measured: the shape of \(open.map(\.summary).joined(separator: ", ")) is open (--input-shape fixes it).")
      }
    } catch { warnings.append("Convolutions are not measured: \(error)") }
  }
  if isStatic {
    options.progress(0.95, "planning memory")
    do {
      let plan = try ShapeProbe(graph).trial(graph.inputs.map { $0.shape ?? [] })
      description.plannedOffsets = plan.offsets
      description.arenaBytes = plan.arenaBytes
      statistics.arenaBytes = plan.arenaBytes
    } catch { throw CompileError("The model cannot be run: \(error)") }
  } else if let refusal = pipeline.refusal {
    warnings.append("Shapes could not be inferred for any size of the open inputs that was tried: \(refusal)")
  }
  if options.packsWeights {
    if isStatic {
      options.progress(0.97, "packing weights")
      do {
        description.packed = try packConstants(of: graph, except: halves.constants)
      } catch { throw CompileError("The model cannot be prepared: \(error)") }
    } else {
      warnings.append("Weights are not packed: kernels can be chosen only where every input's shape is fixed (--input-shape).")
    }
  }
  statistics.nodesAfter = graph.nodeCount
  options.progress(0.98, "laying the file out")
  let writer = try ModelWriter(ModelProgram(graph, description))
  statistics.weightBytes = writer.program.layout.sizes.reduce(0, +)
  options.progress(1, "done")
  return CompiledModel(graph: graph, metadata: description.metadata, warnings: warnings, statistics: statistics, writer: writer)
}

/// Gives inputs the shapes that the user asked for.
private func fixInputShapes(_ graph: Graph, _ shapes: [String: [Int]]) throws {
  for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
    guard let input = graph.inputs.first(where: { $0.name == name }) else {
      throw CompileError("The model has no input \"\(name)\"; its inputs are \(graph.inputs.map(\.summary).joined(separator: ", ")).")
    }
    guard shape.allSatisfy({ $0 >= -1 }), shape.reduce((1, false), { total, extent in
      let product = total.0.multipliedReportingOverflow(by: max(extent, 1))
      return (product.partialValue, total.1 || product.overflow)
    }).1 == false else { throw CompileError("The shape \(shape) given for input \"\(name)\" is impossible.") }
    if let fixed = input.shape {
      guard fixed.count == shape.count, zip(fixed, shape).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 }) else {
        throw CompileError("The shape \(shape) given for input \"\(name)\" contradicts the model's \(fixed).")
      }
      input.shape = zip(fixed, shape).map { $0 < 0 ? $1 : $0 }
    } else {
      input.shape = shape
    }
  }
}

extension Graph {
  /// Nodes of this graph and of those inside it.
  package var nodeCount: Int { nodes.reduce(nodes.count) { $0 + $1.innerGraphs.reduce(0) { $0 + $1.nodeCount } } }
}
