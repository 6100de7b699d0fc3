// What the device runs, and how long that takes. SPDX-License-Identifier: Apache-2.0

/// Where a tensor lies while a kernel runs.
package enum MemorySpace: String, Codable, Sendable { case global, l3 }

/// The reading or writing of a tensor, which is named by its place in `CardProgram.buffers`.
package struct Access: Sendable {
  package var buffer: Int
  package var bytes: Double

  package init(_ buffer: Int, bytes: Double) {
    self.buffer = buffer
    self.bytes = bytes
  }
}

/// One launch on the device.
package struct Kernel: Sendable {
  package enum Work: Sendable {
    /// On the SDNNs.
    case product(MatrixProduct)
    /// On the clusters: operations of one element each.
    case vector(operations: Double)
  }

  package var work: Work
  /// Activations of a product; read again for each chunk of weights.
  package var inputs: [Access] = []
  /// Read once: of a product the weights first, then bias and branch; all operands of a vector kernel.
  package var operands: [Access] = []
  package var outputs: [Access] = []
  /// Tensors whose largest magnitude the library has to find first, since no producer tells it.
  package var unknownMaxima: [Access] = []

  package init(_ work: Work, inputs: [Access] = [], operands: [Access] = [], outputs: [Access] = [], unknownMaxima: [Access] = []) {
    self.work = work
    self.inputs = inputs
    self.operands = operands
    self.outputs = outputs
    self.unknownMaxima = unknownMaxima
  }
}

/// Time and traffic of a kernel.
package struct KernelCost: Sendable {
  package enum Bound: String, Codable, Sendable { case multipliers, vectors, globalMemory = "global_memory", l3, launch, maxima, host, pcie }

  /// Of the multipliers or of the vector cores.
  package var computeSeconds = 0.0
  package var cycles = 0.0
  package var globalBytes = 0.0
  package var globalSeconds = 0.0
  package var l3Bytes = 0.0
  package var l3Seconds = 0.0
  /// Passes for maxima, on the clusters before the kernel.
  package var maximaSeconds = 0.0
  package var gapSeconds = 0.0
  /// Of the multipliers' peak while the kernel runs; 0 for vector kernels.
  package var utilisation = 0.0
  package var inputPasses = 1.0

  /// Loading and storing run beside computing, so the slowest counts.
  package var bodySeconds: Double { max(computeSeconds, globalSeconds, l3Seconds) }
  package var seconds: Double { gapSeconds + maximaSeconds + bodySeconds }
}

extension CardProfile {
  /// The cost of `kernel` at `precision`, with tensors where `space` says they lie. Equations: docs/kunlun.md.
  ///
  /// `isTuned`: where it moves fewer bytes, activations stay on the SDNN and weights are read again, instead of the other way round.
  package func cost(_ kernel: Kernel, precision: Precision, isTuned: Bool = false, in space: (Int) -> MemorySpace) throws -> KernelCost {
    var cost = KernelCost()
    cost.gapSeconds = launchGapMicroseconds * 1e-6
    var efficiency = clusterMemoryEfficiency
    var weightPasses = 1.0
    switch kernel.work {
    case .product(let product):
      let tile = try requiredTile(precision)
      cost.cycles = product.cycles(on: tile, engines: sdnnCount, fill: tileFillCycles)
      cost.computeSeconds = cost.cycles / (sdnnClockMegahertz * 1e6)
      cost.inputPasses = product.inputPasses(on: tile, card: self)
      if isTuned, let weights = kernel.operands.first {
        let passes = product.weightPasses(on: tile, card: self)
        let input = kernel.inputs.reduce(0) { $0 + $1.bytes }
        if input + passes * weights.bytes < cost.inputPasses * input + weights.bytes { (cost.inputPasses, weightPasses) = (1, passes) }
      }
      efficiency = sdnnMemoryEfficiency
    case .vector(let operations):
      cost.computeSeconds = operations / peakVectorOperations
      cost.cycles = cost.computeSeconds * clusterClockMegahertz * 1e6
    }
    let operands = kernel.operands
    for (list, factor) in [(kernel.inputs[...], cost.inputPasses), (operands.prefix(1), weightPasses), (operands.dropFirst(), 1), (kernel.outputs[...], 1)] {
      for access in list {
        switch space(access.buffer) {
        case .global: cost.globalBytes += factor * access.bytes
        case .l3: cost.l3Bytes += factor * access.bytes
        }
      }
    }
    cost.globalSeconds = cost.globalBytes / (efficiency * memoryBandwidth)
    cost.l3Seconds = cost.l3Bytes / l3Bandwidth
    for access in kernel.unknownMaxima {
      let rate = space(access.buffer) == .global ? clusterMemoryEfficiency * memoryBandwidth : l3Bandwidth
      cost.maximaSeconds += findMaxMicroseconds * 1e-6 + access.bytes / rate
      if space(access.buffer) == .global { cost.globalBytes += access.bytes } else { cost.l3Bytes += access.bytes }
    }
    if case .product(let product) = kernel.work, let tile = tile(precision), cost.seconds > 0 {
      cost.utilisation = product.multiplyAdds / peakMultiplyAdds(tile) / cost.seconds
    }
    return cost
  }
}
