// What coracle simulate reports. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import KunlunTiming

/// The result for one card; property names are the keys of the JSON form.
struct SimulationReport: Encodable {
  struct Operator: Encodable {
    let index: Int
    let name, `operator`: String
    let kernels: Int
    let runs: Double
    let startMs, milliseconds, cycles: Double
    let globalMemoryBytes, l3Bytes, pcieBytes: Double
    let multiplyAdds, utilisation: Double
    let bound: KernelCost.Bound
    let inputPasses: Double

    /// The operator, and how often a loop runs it.
    var label: String { runs == 1 ? `operator` : "\(`operator`) × \(countText(runs))" }
  }
  struct Block: Encodable {
    let l3Bytes, globalMemoryBytes: Double
    let tensors: [String]
  }
  struct Pass: Encodable {
    let pass: String
    let savedMs: Double
  }

  let model, profile, host: String
  let precision: Precision
  let batch, devices: Int
  let isValidated: Bool
  let milliseconds, deviceMilliseconds, samplesPerSecond: Double
  let multiplyAdds, utilisation: Double
  let globalMemoryBytes, l3Bytes, pcieBytes: Double
  /// Tensors that go over PCIe, inputs and outputs included.
  let copiesToDevice, copiesToHost: Int
  let bytesToDevice, bytesToHost: Double
  let sdnnBusy, clusterBusy: Double
  let weightBytes, globalMemoryHighWater, globalMemoryCapacity: Double
  let l3HighWater, l3Capacity, l3Planned, l3Workspace: Double
  let joules, watts: Double
  let energyAssumption: String
  /// How long the simulation itself took.
  let simulationMilliseconds: Double
  let passes: [Pass]
  let operators: [Operator]
  let l3Map: [Block]
  let simulation: Simulation

  private enum CodingKeys: CodingKey {
    case model, profile, host, precision, batch, devices, isValidated, milliseconds, deviceMilliseconds, samplesPerSecond, multiplyAdds, utilisation,
      globalMemoryBytes, l3Bytes, pcieBytes, copiesToDevice, bytesToDevice, copiesToHost, bytesToHost, sdnnBusy, clusterBusy, weightBytes, globalMemoryHighWater, globalMemoryCapacity, l3HighWater, l3Capacity,
      l3Planned, l3Workspace, joules, watts, energyAssumption, simulationMilliseconds, passes, operators, l3Map
  }

  /// Simulates `graph` on `card`. Throws `SimulationError`.
  init(_ graph: Graph, model: String, profile: String, card: CardProfile, host: HostProfile, options: SimulationOptions) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let simulation = try Simulation(graph, card: card, host: host, options: options)
    let elapsed = (clock.now - start).components
    (self.model, self.profile, self.host, self.simulation) = (model, profile, host.name, simulation)
    (precision, batch, devices, isValidated) = (options.precision, options.batch, options.devices, card.isValidated)
    simulationMilliseconds = Double(elapsed.seconds) * 1e3 + Double(elapsed.attoseconds) * 1e-15
    let seconds = simulation.seconds
    (milliseconds, deviceMilliseconds, samplesPerSecond) = (seconds * 1e3, simulation.deviceSeconds * 1e3, Double(options.batch) / seconds)
    multiplyAdds = simulation.multiplyAdds
    utilisation = try multiplyAdds / card.peakMultiplyAdds(card.requiredTile(options.precision)) / Double(options.devices) / seconds
    (globalMemoryBytes, l3Bytes, pcieBytes) = (simulation.globalBytes, simulation.l3Bytes, simulation.pcieBytes)
    (copiesToDevice, bytesToDevice) = (simulation.toDevice.count, simulation.toDevice.bytes)
    (copiesToHost, bytesToHost) = (simulation.toHost.count, simulation.toHost.bytes)
    (sdnnBusy, clusterBusy) = (simulation.sdnnBusy, simulation.clusterBusy)
    let memory = simulation.memory
    (weightBytes, globalMemoryHighWater, globalMemoryCapacity) = (memory.weightBytes, memory.globalHighWater, card.memoryBytes)
    (l3HighWater, l3Capacity, l3Planned, l3Workspace) = (memory.l3HighWater, card.l3Bytes, memory.plannedL3Bytes, memory.workspaceL3Bytes)
    (joules, watts) = (simulation.joules, simulation.joules / seconds)
    energyAssumption = "\(numberText(card.idleWatts)) W idle and \(numberText(card.loadWatts)) W at full load a device, linear in the part of the run in which "
      + "multipliers are busy; no measurement checks it"
    passes = try Simulation.worth(of: graph, card: card, host: host, options: options, milliseconds: seconds * 1e3)
      .map { Pass(pass: $0.pass.rawValue, savedMs: $0.saved) }
    operators = simulation.operators.enumerated().map { index, item in
      Operator(index: index, name: item.name, operator: item.title, kernels: item.calls, runs: item.runs, startMs: item.start * 1e3, milliseconds: (item.end - item.start) * 1e3,
        cycles: item.cycles.rounded(), globalMemoryBytes: item.globalBytes, l3Bytes: item.l3Bytes, pcieBytes: item.pcieBytes, multiplyAdds: item.multiplyAdds,
        utilisation: item.utilisation, bound: item.bound, inputPasses: item.inputPasses)
    }
    l3Map = memory.blocks.map { block in
      Block(l3Bytes: block.l3Bytes, globalMemoryBytes: block.globalBytes, tensors: block.tenants.map { simulation.program.buffers[$0].name })
    }
  }
}
