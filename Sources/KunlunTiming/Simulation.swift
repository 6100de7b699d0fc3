// A model on a card: what each operator takes, and the whole. SPDX-License-Identifier: Apache-2.0
import Graph

/// How a run is set up; names are those of the card's runtime.
package struct SimulationOptions: Sendable {
  /// gemm_compute_precision.
  package var precision = Precision.int16
  /// l3_size: bytes of the memory on the chip that the run may use; nil: all.
  package var l3Size: Double?
  /// l3_autotune_size: bytes of these for activations between operators; nil: all, 0: none.
  package var l3AutotuneSize: Double?
  /// How many times the graph's own samples run at once.
  package var batch = 1
  /// Devices of the card that share the batch.
  package var devices = 1
  /// conv_autotune_level and fc_autotune_level: above 0, convolutions and other products run in the cheaper of two loop orders.
  package var convAutotuneLevel = 0
  package var fcAutotuneLevel = 0
  package var leftOut: Set<CardPass> = []

  package init() {}

  fileprivate func isTuned(_ kind: CardOperator.Kind) -> Bool {
    [.convolution, .transposedConvolution].contains(kind) ? convAutotuneLevel > 0 : fcAutotuneLevel > 0
  }
}

/// The result of simulating one run.
package struct Simulation: Sendable {
  /// One call of the program.
  package struct Operator: Sendable {
    package var name: String
    package var title: String
    package var calls: Int
    /// How often it runs: in a loop as often as that has trips. Everything else is of all runs together.
    package var runs: Double
    package var start, end: Double
    package var cycles: Double
    package var globalBytes, l3Bytes, pcieBytes: Double
    package var multiplyAdds: Double
    package var sdnnSeconds, clusterSeconds: Double
    /// Of the multipliers' peak, while it runs.
    package var utilisation: Double
    package var bound: KernelCost.Bound
    package var inputPasses: Double
  }

  package let card: CardProfile
  package let host: HostProfile
  package let options: SimulationOptions
  package let program: CardProgram
  package let memory: MemoryPlan
  package private(set) var operators: [Operator] = []
  package let events: [TimelineEvent]
  /// From the inputs on the host to the outputs on the host.
  package let seconds: Double
  package let toHost, toDevice: Copies
  package var pcieBytes: Double { toHost.bytes + toDevice.bytes }

  /// Simulates `graph`, whose shapes are all fixed. Throws `SimulationError`.
  package init(_ graph: Graph, card: CardProfile, host: HostProfile, options: SimulationOptions) throws {
    _ = try card.requiredTile(options.precision)
    let usesFloatingPoint = card.generation > 1 && [.float16, .tfloat32, .float32].contains(options.precision)
    guard (1...card.devices).contains(options.devices) else {
      throw SimulationError("The card has \(card.devices) device\(card.devices == 1 ? "" : "s"), not \(options.devices).")
    }
    guard options.batch >= 1, options.batch % options.devices == 0 else {
      throw SimulationError("A batch of \(options.batch) cannot be shared by \(options.devices) devices.")
    }
    let share = Double(options.batch / options.devices)
    var program = try GraphLowering.lower(graph, precision: options.precision, needsMaxima: !usesFloatingPoint).scaled(by: share)
    for pass in CardPass.allCases where !options.leftOut.contains(pass) { pass.apply(to: &program) }
    try self.init(program, card: card, host: host, options: options)
  }

  private init(_ program: CardProgram, card: CardProfile, host: HostProfile, options: SimulationOptions) throws {
    let most = card.l3Bytes
    for (name, size) in [("l3_size", options.l3Size), ("l3_autotune_size", options.l3AutotuneSize)] {
      if let size, !(0...most).contains(size) { throw SimulationError("\(name) is \(megabytes(size)), the device has \(megabytes(most)).") }
    }
    let l3 = options.l3Size ?? most
    let memory = try MemoryPlan(program, on: card, l3Bytes: l3, autotuneBytes: options.l3AutotuneSize ?? l3)
    var queued: [QueuedOperator] = []
    for item in program.operators {
      if let bytes = item.hostBytes {
        // The host has the constants.
        let read = item.reads.filter { program.buffers[$0.buffer].role != .weight }.map(\.bytes)
        queued.append(QueuedOperator(name: item.name, place: .host(seconds: bytes / host.memoryBandwidth, toHost: read, toDevice: item.writes.map(\.bytes)),
          loop: item.loop))
      } else {
        queued.append(QueuedOperator(name: item.name, place: .device(try item.kernels.map { kernel in
          (kernel, try card.cost(kernel, precision: options.precision, isTuned: options.isTuned(item.kind)) { memory.spaces[$0] })
        }), loop: item.loop))
      }
    }
    var queue = CommandQueue(card, host, devices: options.devices)
    seconds = queue.run(queued, trips: program.trips, inputs: program.inputs.map { program.buffers[$0].bytes }, outputs: program.outputs.map { program.buffers[$0].bytes })
    (self.card, self.host, self.options, self.program, self.memory) = (card, host, options, program, memory)
    (events, toHost, toDevice) = (queue.events, queue.toHost, queue.toDevice)
    operators = zip(zip(program.operators, queued), queue.spans).map { Simulation.report($0.0, $0.1, runs: program.trips[$0.0.loop], span: $1, card, options.precision) }
  }

  private static func report(_ item: CardOperator, _ queued: QueuedOperator, runs: Double, span: (start: Double, end: Double, waited: Double),
    _ card: CardProfile, _ precision: Precision) -> Operator
  {
    var result = Operator(name: item.name, title: item.title, calls: item.kernels.count, runs: runs, start: span.start, end: span.end, cycles: 0, globalBytes: 0, l3Bytes: 0,
      pcieBytes: 0, multiplyAdds: 0, sdnnSeconds: 0, clusterSeconds: 0, utilisation: 0, bound: .pcie, inputPasses: 1)
    guard case .device(let kernels) = queued.place else {
      if case .host(_, let forth, let back) = queued.place { result.pcieBytes = (forth + back).reduce(0, +) * runs }
      return result
    }
    var parts: [KernelCost.Bound: Double] = [.host: span.waited]
    for (kernel, cost) in kernels {
      result.cycles += cost.cycles * runs
      result.globalBytes += cost.globalBytes * runs
      result.l3Bytes += cost.l3Bytes * runs
      result.inputPasses = max(result.inputPasses, cost.inputPasses)
      var compute = KernelCost.Bound.vectors
      if case .product(let product) = kernel.work {
        result.multiplyAdds += product.multiplyAdds * runs
        result.sdnnSeconds += cost.computeSeconds * runs
        compute = .multipliers
      } else {
        result.clusterSeconds += cost.computeSeconds * runs
      }
      result.clusterSeconds += cost.maximaSeconds * runs
      let slowest = cost.bodySeconds == cost.computeSeconds ? compute : cost.bodySeconds == cost.globalSeconds ? .globalMemory : .l3
      parts[slowest, default: 0] += cost.bodySeconds * runs
      parts[.launch, default: 0] += cost.gapSeconds * runs
      parts[.maxima, default: 0] += cost.maximaSeconds * runs
    }
    if let tile = card.tile(precision), span.end > span.start {
      result.utilisation = result.multiplyAdds / card.peakMultiplyAdds(tile) / (span.end - span.start)
    }
    result.bound = parts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key ?? .launch
    return result
  }
}

extension Simulation {
  package var multiplyAdds: Double { operators.reduce(0) { $0 + $1.multiplyAdds } * Double(options.devices) }
  package var globalBytes: Double { operators.reduce(0) { $0 + $1.globalBytes } }
  package var l3Bytes: Double { operators.reduce(0) { $0 + $1.l3Bytes } }
  /// The part of the run in which the multipliers are busy.
  package var sdnnBusy: Double { operators.reduce(0) { $0 + $1.sdnnSeconds } / seconds }
  package var clusterBusy: Double { operators.reduce(0) { $0 + $1.clusterSeconds } / seconds }
  /// Time of the device alone, without waiting for the host, copies and the last wait.
  package var deviceSeconds: Double { operators.reduce(0) { $0 + $1.end - $1.start } }
  /// Joules of the devices: idle power, and what load adds for the part of the run in which multipliers are busy.
  package var joules: Double { (card.idleWatts + (card.loadWatts - card.idleWatts) * min(1, sdnnBusy)) * seconds * Double(options.devices) }

  /// Milliseconds that each pass saves: the run without it less this run.
  package static func worth(of graph: Graph, card: CardProfile, host: HostProfile, options: SimulationOptions, milliseconds: Double) throws -> [(pass: CardPass, saved: Double)] {
    try CardPass.allCases.filter { !options.leftOut.contains($0) }.map { pass in
      var without = options
      without.leftOut.insert(pass)
      return (pass, try Simulation(graph, card: card, host: host, options: without).seconds * 1e3 - milliseconds)
    }
  }
}
