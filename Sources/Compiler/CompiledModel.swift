// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph

/// How a graph is compiled.
package struct CompileOptions {
  /// Extents for inputs by name, as whole shapes: they fix what the model leaves open; -1 leaves an extent open.
  package var inputShapes: [String: [Int]]
  /// The profile that the file is made for; nil: any machine.
  package var profile: String?
  /// The same in figures. Its memory budget, where there is one, is kept.
  package var hardware: coracle_profile?
  /// Whether weights are stored as the kernels of this machine read them, where all shapes are known.
  package var packsWeights: Bool
  /// Whether large float32 constants are stored as float16, in half the bytes.
  package var halvesWeights: Bool
  /// Whether the fastest way of computing each convolution is measured on this machine and stored, where all shapes are known.
  package var measuresConvolutions: Bool
  /// Told how far the work is, from 0 to 1, and what is being done.
  package var progress: (Double, String) -> Void
  /// Written into the file before the graph's own metadata: "source.format" and the like.
  package var metadata: [(key: String, value: String)]
  /// Inputs with the outputs they must give, written into the file.
  package var testVectors: [TestVector]

  package init(inputShapes: [String: [Int]] = [:], profile: String? = nil, hardware: coracle_profile? = nil, packsWeights: Bool = false, halvesWeights: Bool = false,
    measuresConvolutions: Bool = false, metadata: [(key: String, value: String)] = [],
    testVectors: [TestVector] = [], progress: @escaping (Double, String) -> Void = { _, _ in }) {
    self.inputShapes = inputShapes
    self.profile = profile
    self.hardware = hardware
    self.packsWeights = packsWeights
    self.halvesWeights = halvesWeights
    self.measuresConvolutions = measuresConvolutions
    self.metadata = metadata
    self.testVectors = testVectors
    self.progress = progress
  }
}

/// Figures about a compilation.
package struct CompileStatistics: Equatable {
  /// Operators of the source's graph, inner graphs included, and of the compiled one.
  package var nodesBefore = 0
  package var nodesAfter = 0
  /// Bytes of the file's constants, each counted once.
  package var weightBytes = 0
  /// Constants that are stored as float16.
  package var halves = 0
  /// Bytes of the stored plan's arena; 0 where shapes are open.
  package var arenaBytes = 0
  /// What measuring found; nil where nothing was measured.
  package var tuning: TuningReport?
  /// What the memory budget took; nil where there is none or the graph fits as it is.
  package var memoryFit: MemoryFitReport?
}

/// A graph that is ready to be a file.
package struct CompiledModel {
  package let graph: Graph
  package let metadata: [(key: String, value: String)]
  /// What the user should know; each a sentence.
  package let warnings: [String]
  package let statistics: CompileStatistics
  let writer: ModelWriter

  /// The size of the file.
  package var byteCount: Int { writer.byteCount }

  /// Writes the file beside `path` and renames it when it is whole. Throws a sentence.
  package func write(to path: String, progress: (Double) -> Void = { _ in }) throws { try writer.write(to: path, progress: progress) }
}
