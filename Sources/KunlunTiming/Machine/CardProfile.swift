// The figures of a Kunlun card that the timing model reads. SPDX-License-Identifier: Apache-2.0

/// One device of a card, as the object `xpu` of a profile in edge-profiles/ describes it; key names there are these in snake case.
///
/// An SDNN is a pipeline around an array of multipliers: load, shuffle, multiply, epilogue, reshape, store. A cluster is a group of vector cores.
package struct CardProfile: Codable, Sendable {
  /// What an SDNN multiplies in a cycle at one precision.
  package struct Tile: Codable, Sendable {
    package var precision: Precision
    /// A cycle multiplies `rows` x `depth` activations by `depth` x `columns` weights.
    package var rows, columns, depth: Double
    /// Times that the array is passed for a product of this precision.
    package var passes: Double
    package var source: FigureSource
  }

  /// 1: XPU-K (K100, K200); 2: XPU-R (R100, R200).
  package var generation: Int
  /// Whether published measurements of this card stand beside the model's figures in docs/kunlun.md.
  package var isValidated: Bool
  /// Independent devices on the card; all other figures are those of one.
  @Sourced package var deviceCount: Double
  @Sourced package var sdnnCount: Double
  @Sourced package var clusterCount: Double
  @Sourced package var clusterCores: Double
  /// float32 elements in a register of a cluster's core.
  @Sourced package var coreLanes: Double
  @Sourced package var sdnnClockMegahertz: Double
  @Sourced package var clusterClockMegahertz: Double
  package var tiles: [Tile]
  /// Cycles for filling and emptying the pipeline around a tile of the result.
  @Sourced package var tileFillCycles: Double
  /// An SDNN's memories for activations, weights and partial sums.
  @Sourced package var activationBufferBytes: Double
  @Sourced package var weightBufferBytes: Double
  @Sourced package var partialBufferBytes: Double
  /// Depth after which partial sums are added in float32.
  @Sourced package var depthSlice: Double
  @Sourced package var l3Bytes: Double
  @Sourced package var l3Bandwidth: Double
  @Sourced package var memoryBytes: Double
  @Sourced package var memoryBandwidth: Double
  /// Of the memory's bandwidth, what a stream of an SDNN or of the clusters reaches.
  @Sourced package var sdnnMemoryEfficiency: Double
  @Sourced package var clusterMemoryEfficiency: Double
  @Sourced package var pcieBandwidth: Double
  @Sourced package var pcieLatencyMicroseconds: Double
  /// Between two kernels on the device.
  @Sourced package var launchGapMicroseconds: Double
  /// A pass for the largest magnitude of a tensor, without the reading of it.
  @Sourced package var findMaxMicroseconds: Double
  /// Waiting on the host until the device is done.
  @Sourced package var synchroniseMicroseconds: Double
  /// Floats of a tensor's maximum, one an SDNN.
  @Sourced package var maxSlots: Double
  /// Global memory that the library keeps for itself.
  @Sourced package var workspaceBytes: Double
  @Sourced package var idleWatts: Double
  @Sourced package var loadWatts: Double

  /// The tile of `precision`; nil where the processor does not multiply in it.
  package func tile(_ precision: Precision) -> Tile? { tiles.first { $0.precision == precision } }

  /// The same or a sentence.
  package func requiredTile(_ precision: Precision) throws -> Tile {
    guard let tile = tile(precision) else {
      throw SimulationError("The card's processor, of generation \(generation), does not multiply in \(precision.rawValue); "
        + "it does in \(tiles.map(\.precision.rawValue).joined(separator: ", ")).")
    }
    return tile
  }

  /// Multiply-adds a second of all SDNNs at `precision`.
  package func peakMultiplyAdds(_ tile: Tile) -> Double {
    sdnnCount * tile.rows * tile.columns * tile.depth / tile.passes * sdnnClockMegahertz * 1e6
  }

  package var devices: Int { Int(deviceCount) }

  /// Element operations a second of all clusters.
  package var peakVectorOperations: Double { clusterCount * clusterCores * coreLanes * clusterClockMegahertz * 1e6 }
}

/// Why a model cannot be simulated: a sentence.
package struct SimulationError: Error, CustomStringConvertible, Equatable {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
