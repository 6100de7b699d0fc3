// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Platform
import Tensors

/// A recurrent layer on one thread, which owns some blocks of hidden units: of its own direction all.
struct GateLayer {
  let node: NodeView
  let plan: GatePlan
  let run: Execution
  let input: UnsafePointer<Float>
  let weights: UnsafePointer<Float>
  let recurrent: UnsafePointer<Float>

  /// Computes one direction; where units are divided, on every thread at once.
  func compute(_ direction: Int) throws(Status) {
    let slot = plan.division == .directions ? direction &* (plan.directionFloats &+ plan.threadFloats) : 0
    let scratch = run.scratch(Float.self, at: slot &* 4)
    let isDivided = plan.division == .units
    var first = 0
    var end = isDivided ? 0 : plan.main.blocks
    if isDivided {
      try run.share(of: plan.main.blocks, grain: plan.grain) { from, to throws(Status) in
        first = from
        end = to
      }
    }
    let own = scratch + (plan.directionFloats &+ (isDivided ? run.threadIndex : 0) &* plan.threadFloats)
    let part = GateDirection(layer: self, direction: direction, firstBlock: first, endBlock: end, scratch: scratch, own: own)
    try part.compute()
  }
}

/// One direction of it.
struct GateDirection {
  let layer: GateLayer
  let direction: Int
  let firstBlock: Int
  let endBlock: Int
  /// Biases of input and recurrence, gates [block, batch, columns], products [batch, columns], then states [batch, units]:
  /// hidden (two), cell, reset.
  let scratch: UnsafeMutablePointer<Float>
  /// The thread's own space for matrix products.
  let own: UnsafeMutablePointer<Float>

  private var plan: GatePlan { layer.plan }
  private var shapes: RecurrentPlan { layer.plan.shapes }
  private var isDivided: Bool { plan.division == .units }
  private var isFirst: Bool { !isDivided || layer.run.isFirst }
  private var reverse: Bool { shapes.reverse || direction == 1 }
  private var gates: UnsafeMutablePointer<Float> { scratch + 2 &* plan.columns }
  private var product: UnsafeMutablePointer<Float> { gates + plan.block &* plan.batch &* plan.columns }
  private var cell: UnsafeMutablePointer<Float> { state(2) }
  private var reset: UnsafeMutablePointer<Float> { state(3) }

  private func state(_ index: Int) -> UnsafeMutablePointer<Float> { product + plan.batch &* (plan.columns &+ index &* plan.units) }

  private func barrier() { if isDivided { layer.run.barrier() } }

  func compute() throws(Status) {
    if isFirst {
      arrangeBiases()
      load(layer.node.optionalInput(5), state(0))
      load(layer.node.optionalInput(6), cell)
    }
    barrier()
    var current = 0
    var done = 0
    while done < shapes.steps {
      let count = min(plan.block, shapes.steps &- done)
      let firstStep = reverse ? shapes.steps &- done &- count : done
      try project(firstStep, count)
      barrier()
      for index in 0..<count {
        let inside = reverse ? count &- 1 &- index : index
        step(firstStep &+ inside, gates + inside &* plan.batch &* plan.columns, state(current), state(1 &- current))
        barrier()
        current = 1 &- current
      }
      done &+= count
    }
    if isFirst {
      store(layer.node.optionalOutput(1), state(current))
      store(layer.node.optionalOutput(2), cell)
    }
  }

  @_optimize(size)
  private func arrangeBiases() {
    let bias = layer.node.optionalInput(3).map { $0.elements(Float.self) + direction &* 2 &* shapes.gateFloats }
    for part in 0..<2 {
      let row = bias.map { $0 + part &* shapes.gateFloats }
      let target = scratch + part &* plan.columns
      plan.main.arrange(row, into: target)
      plan.candidate.arrange(row, into: target + plan.main.columns)
    }
  }

  /// Copies the direction's initial state, zeros where there is none.
  private func load(_ tensor: TensorPointer?, _ target: UnsafeMutablePointer<Float>) {
    platform_fill(target, 0, plan.batch &* plan.units &* 4)
    guard let tensor else { return }
    let source = tensor.elements(Float.self) + direction &* plan.batch &* shapes.hidden
    for sequence in 0..<plan.batch {
      platform_copy(target + sequence &* plan.units, source + sequence &* shapes.hidden, shapes.hidden &* 4)
    }
  }

  private func store(_ tensor: MutableTensorPointer?, _ source: UnsafeMutablePointer<Float>) {
    guard let tensor else { return }
    let target = tensor.elements(Float.self) + direction &* plan.batch &* shapes.hidden
    for sequence in 0..<plan.batch {
      platform_copy(target + sequence &* shapes.hidden, source + sequence &* plan.units, shapes.hidden &* 4)
    }
  }

  /// Gates of `count` steps: the bias plus the input's part.
  private func project(_ firstStep: Int, _ count: Int) throws(Status) {
    let projection = count == plan.block ? plan.projection : plan.lastProjection
    let part = PanelLayerRun(plan: projection, input: layer.input + firstStep &* plan.batch &* shapes.features,
      panels: layer.weights + direction &* plan.inputFloats, output: gates, bias: UnsafePointer(scratch), residual: nil,
      activation: Activation(), scratch: own)
    if isDivided {
      try layer.run.tiles(projection.blocking.tasks) { task throws(Status) in part.compute(task) }
    } else {
      for task in 0..<projection.blocking.tasks { part.compute(task) }
    }
  }

  /// What the hidden (or reset) state adds to this thread's columns of `order`, with the recurrent bias; `firstColumn` says where
  /// they lie.
  private func multiply(_ state: UnsafeMutablePointer<Float>, _ order: GateOrder, firstColumn: Int, backwards: Bool) {
    let panels = layer.recurrent + (direction &* plan.recurrentFloats &+ firstColumn &* shapes.hidden)
    let partial = PanelProduct(panels: panels, columns: order.columns, depth: shapes.hidden, result: product + firstColumn,
      resultStride: plan.columns, bias: UnsafePointer(scratch + (plan.columns &+ firstColumn)), spare: own)
    partial.computeFewRows(firstRow: 0, rows: plan.batch, state, aStride: plan.units,
      firstPanel: firstBlock &* order.width / PanelShape.columns, endPanel: PanelShape.count(endBlock &* order.width), backwards: backwards)
  }

  /// One time step: `previous` to `next`, and to y.
  private func step(_ time: Int, _ gates: UnsafeMutablePointer<Float>, _ previous: UnsafeMutablePointer<Float>,
    _ next: UnsafeMutablePointer<Float>) {
    let blocks = max(endBlock &- firstBlock, 0)
    let firstUnit = firstBlock &* Lanes.count
    let firstGate = firstBlock &* plan.main.width
    if blocks > 0 { multiply(previous, plan.main, firstColumn: 0, backwards: time & 1 == 1) }
    if plan.candidate.gates > 0 {
      for sequence in 0..<plan.batch {
        let row = sequence &* plan.columns &+ firstGate
        let unit = sequence &* plan.units &+ firstUnit
        gruResetBlocks(gates + row, product + row, count: blocks, previous: previous + unit, reset: reset + unit)
      }
      barrier()
      if blocks > 0 { multiply(reset, plan.candidate, firstColumn: plan.main.columns, backwards: time & 1 == 1) }
    }
    let units = max(min(endBlock &* Lanes.count, shapes.hidden) &- firstUnit, 0)
    guard units > 0 else { return }
    for sequence in 0..<plan.batch {
      let unit = sequence &* plan.units &+ firstUnit
      let isActive = layer.node.optionalInput(4).map { time < layer.node.integer($0, sequence) } ?? true
      if isActive {
        update(gates + sequence &* plan.columns, product + sequence &* plan.columns, firstGate, blocks, unit, previous, next)
      } else {
        platform_copy(next + unit, previous + unit, blocks &* Lanes.count &* 4)
      }
      guard let y = layer.node.optionalOutput(0) else { continue }
      let target = y.elements(Float.self)
        + ((time &* plan.batch &+ sequence) &* shapes.directions &* shapes.hidden &+ direction &* shapes.hidden &+ firstUnit)
      if isActive { platform_copy(target, next + unit, units &* 4) } else { platform_fill(target, 0, units &* 4) }
    }
  }

  /// The new state of this thread's units of one sequence, whose rows of gates and products, and first unit, are given.
  private func update(_ gates: UnsafeMutablePointer<Float>, _ product: UnsafeMutablePointer<Float>, _ firstGate: Int, _ blocks: Int,
    _ unit: Int, _ previous: UnsafeMutablePointer<Float>, _ next: UnsafeMutablePointer<Float>) {
    let input = gates + firstGate
    let added = product + firstGate
    switch shapes.cell {
    case .lstm: lstmBlocks(input, added, count: blocks, cell: cell + unit, state: next + unit)
    case .gru:
      if plan.candidate.gates == 0 {
        gruBlocks(input, added, count: blocks, previous: previous + unit, state: next + unit)
      } else {
        let offset = plan.main.columns &+ firstBlock &* Lanes.count
        gruCandidateBlocks(input, added, candidateInput: gates + offset, candidateProduct: product + offset, count: blocks,
          previous: previous + unit, state: next + unit)
      }
    case .rnnTanh: plainBlocks(input, added, count: blocks, rectified: false, state: next + unit)
    case .rnnRelu: plainBlocks(input, added, count: blocks, rectified: true, state: next + unit)
    }
  }
}
