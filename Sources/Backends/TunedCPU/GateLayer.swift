// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Platform
import Tensors

/// A recurrent layer of which a thread runs a part.
struct GateLayer {
  let node: NodeView
  let plan: GatePlan
  let run: Execution
  let input: UnsafePointer<Float>
  let weights: UnsafePointer<Float>
  let recurrent: UnsafePointer<Float>

  /// Computes one direction; where units are divided, with the other parts.
  func compute(_ direction: Int) throws(Status) {
    let slot = plan.division == .directions ? direction &* (plan.directionFloats &+ plan.threadFloats) : 0
    let scratch = run.scratch(Float.self, at: slot &* 4)
    let own = scratch + (plan.directionFloats &+ (plan.division == .units ? run.threadIndex : 0) &* plan.threadFloats)
    try GateDirection(layer: self, direction: direction, scratch: scratch, own: own).compute()
  }
}

/// One direction of it.
struct GateDirection {
  let layer: GateLayer
  let direction: Int
  /// Biases of input and recurrence, gates [block, batch, columns], products [batch, columns], then states [batch, units]:
  /// hidden (two), cell, reset.
  let scratch: UnsafeMutablePointer<Float>
  /// The thread's own space for matrix products.
  let own: UnsafeMutablePointer<Float>

  private var plan: GatePlan { layer.plan }
  private var shapes: RecurrentPlan { layer.plan.shapes }
  private var isDivided: Bool { plan.division == .units }
  /// Shares into which the blocks of units are divided.
  private var shares: Int { isDivided ? layer.run.threadCount : 1 }
  private var reverse: Bool { shapes.reverse || direction == 1 }
  private var gates: UnsafeMutablePointer<Float> { scratch + 2 &* plan.columns }
  private var product: UnsafeMutablePointer<Float> { gates + plan.block &* plan.batch &* plan.columns }
  private var cell: UnsafeMutablePointer<Float> { state(2) }
  private var reset: UnsafeMutablePointer<Float> { state(3) }

  private func state(_ index: Int) -> UnsafeMutablePointer<Float> { product + plan.batch &* (plan.columns &+ index &* plan.units) }

  /// Runs `body` for `count` tiles, where units are divided with the other parts.
  private func phase(_ count: Int, _ body: (Int) -> Void) throws(Status) {
    try layer.run.phase(count, isShared: isDivided) { tile throws(Status) in body(tile) }
  }

  /// The blocks of units of a share, whole panels.
  private func blocks(_ share: Int) -> Range<Int> {
    let grains = (plan.main.blocks &+ plan.grain &- 1) / plan.grain
    let first = partStart(share, of: shares, grains) &* plan.grain
    return first..<max(min(partStart(share &+ 1, of: shares, grains) &* plan.grain, plan.main.blocks), first)
  }

  func compute() throws(Status) {
    try phase(1) { _ in
      arrangeBiases()
      load(layer.node.optionalInput(5), state(0))
      load(layer.node.optionalInput(6), cell)
    }
    var current = 0
    var done = 0
    while done < shapes.steps {
      let count = min(plan.block, shapes.steps &- done)
      let firstStep = reverse ? shapes.steps &- done &- count : done
      try project(firstStep, count)
      for index in 0..<count {
        let inside = reverse ? count &- 1 &- index : index
        try step(firstStep &+ inside, gates + inside &* plan.batch &* plan.columns, state(current), state(1 &- current))
        current = 1 &- current
      }
      done &+= count
    }
    try phase(1) { _ in
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
    var part = PanelLayerRun(plan: projection, input: layer.input + firstStep &* plan.batch &* shapes.features,
      panels: layer.weights + direction &* plan.inputFloats, output: gates, bias: UnsafePointer(scratch), residual: nil,
      activation: Activation(), scratch: own)
    try phase(projection.blocking.tasks) { task in part.compute(task) }
  }

  /// What the hidden (or reset) state adds to the columns of `order` of some blocks, with the recurrent bias; `firstColumn` says where
  /// they lie.
  @inline(never)
  private func multiply(_ blocks: Range<Int>, _ state: UnsafeMutablePointer<Float>, _ order: GateOrder, firstColumn: Int, backwards: Bool) {
    let panels = layer.recurrent + (direction &* plan.recurrentFloats &+ firstColumn &* shapes.hidden)
    let partial = PanelProduct(panels: panels, columns: order.columns, depth: shapes.hidden, result: product + firstColumn,
      resultStride: plan.columns, bias: UnsafePointer(scratch + (plan.columns &+ firstColumn)), spare: own)
    partial.computeFewRows(firstRow: 0, rows: plan.batch, state, aStride: plan.units,
      firstPanel: blocks.lowerBound &* order.width / PanelShape.columns, endPanel: PanelShape.count(blocks.upperBound &* order.width), backwards: backwards)
  }

  /// One time step: `previous` to `next`, and to y.
  private func step(_ time: Int, _ gates: UnsafeMutablePointer<Float>, _ previous: UnsafeMutablePointer<Float>,
    _ next: UnsafeMutablePointer<Float>) throws(Status) {
    let backwards = time & 1 == 1
    let resetsState = plan.candidate.gates > 0
    try phase(shares) { share in
      let blocks = blocks(share)
      if blocks.isEmpty { return }
      multiply(blocks, previous, plan.main, firstColumn: 0, backwards: backwards)
      if resetsState {
        resetState(blocks, gates, previous)
      } else {
        update(blocks, time, gates, previous, next)
      }
    }
    guard resetsState else { return }
    try phase(shares) { share in
      let blocks = blocks(share)
      if blocks.isEmpty { return }
      multiply(blocks, reset, plan.candidate, firstColumn: plan.main.columns, backwards: backwards)
      update(blocks, time, gates, previous, next)
    }
  }

  /// What the candidate of a GRU is multiplied with, of some blocks.
  private func resetState(_ blocks: Range<Int>, _ gates: UnsafeMutablePointer<Float>, _ previous: UnsafeMutablePointer<Float>) {
    for sequence in 0..<plan.batch {
      let row = sequence &* plan.columns &+ blocks.lowerBound &* plan.main.width
      let unit = sequence &* plan.units &+ blocks.lowerBound &* Lanes.count
      gruResetBlocks(gates + row, product + row, count: blocks.count, previous: previous + unit, reset: reset + unit)
    }
  }

  /// The new state of some blocks, and y's.
  private func update(_ blocks: Range<Int>, _ time: Int, _ gates: UnsafeMutablePointer<Float>, _ previous: UnsafeMutablePointer<Float>,
    _ next: UnsafeMutablePointer<Float>) {
    let firstUnit = blocks.lowerBound &* Lanes.count
    let units = min(blocks.upperBound &* Lanes.count, shapes.hidden) &- firstUnit
    for sequence in 0..<plan.batch {
      let unit = sequence &* plan.units &+ firstUnit
      let isActive = layer.node.optionalInput(4).map { time < layer.node.integer($0, sequence) } ?? true
      if isActive {
        update(blocks, gates + sequence &* plan.columns, product + sequence &* plan.columns, unit, previous, next)
      } else {
        platform_copy(next + unit, previous + unit, blocks.count &* Lanes.count &* 4)
      }
      guard let y = layer.node.optionalOutput(0) else { continue }
      let target = y.elements(Float.self)
        + ((time &* plan.batch &+ sequence) &* shapes.directions &* shapes.hidden &+ direction &* shapes.hidden &+ firstUnit)
      if isActive { platform_copy(target, next + unit, units &* 4) } else { platform_fill(target, 0, units &* 4) }
    }
  }

  /// The same of one sequence, whose rows of gates and products, and first unit, are given.
  private func update(_ blocks: Range<Int>, _ gates: UnsafeMutablePointer<Float>, _ product: UnsafeMutablePointer<Float>, _ unit: Int,
    _ previous: UnsafeMutablePointer<Float>, _ next: UnsafeMutablePointer<Float>) {
    let input = gates + blocks.lowerBound &* plan.main.width
    let added = product + blocks.lowerBound &* plan.main.width
    let count = blocks.count
    switch shapes.cell {
    case .lstm: lstmBlocks(input, added, count: count, cell: cell + unit, state: next + unit)
    case .gru:
      if plan.candidate.gates == 0 {
        gruBlocks(input, added, count: count, previous: previous + unit, state: next + unit)
      } else {
        let offset = plan.main.columns &+ blocks.lowerBound &* Lanes.count
        gruCandidateBlocks(input, added, candidateInput: gates + offset, candidateProduct: product + offset, count: count,
          previous: previous + unit, state: next + unit)
      }
    case .rnnTanh: plainBlocks(input, added, count: count, rectified: false, state: next + unit)
    case .rnnRelu: plainBlocks(input, added, count: count, rectified: true, state: next + unit)
    }
  }
}
