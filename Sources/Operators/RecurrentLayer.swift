// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// One direction of a recurrent layer on one thread, which owns hidden units `firstUnit` ..< `endUnit` in everything it writes; only
/// the hidden state of the step before is read from all threads.
struct RecurrentLayer {
  let node: NodeView
  let plan: RecurrentPlan
  let run: Execution
  let direction: Int
  let lengths: TensorPointer?
  let firstUnit: Int
  let endUnit: Int
  /// Gates [block, batch, gates], then states [batch, hidden]: hidden (two), cell, reset, candidate.
  let scratch: UnsafeMutablePointer<Float>
  /// The thread's own space for matrix products.
  let product: UnsafeMutablePointer<Float>

  private var reverse: Bool { plan.reverse || direction == 1 }
  private var stateFloats: Int { plan.batch &* plan.hidden }
  private var units: Int { endUnit &- firstUnit }

  private func state(_ index: Int) -> UnsafeMutablePointer<Float> { scratch + (plan.block &* plan.batch &* plan.gateFloats &+ index &* stateFloats) }
  private var cell: UnsafeMutablePointer<Float> { state(2) }
  private var reset: UnsafeMutablePointer<Float> { state(3) }
  private var candidate: UnsafeMutablePointer<Float> { state(4) }

  func compute() throws(Status) {
    let x: UnsafePointer<Float> = try node.input(0).elements()
    let weights: UnsafePointer<Float> = try node.input(1).elements()
    let recurrent: UnsafePointer<Float> = try node.input(2).elements()
    let directionWeights = MatrixFactor(weights + direction &* plan.features &* plan.gateFloats, stride: plan.gateFloats)
    let directionRecurrent = MatrixFactor(recurrent + direction &* plan.hidden &* plan.gateFloats, stride: plan.gateFloats)
    load(node.optionalInput(5), state(0))
    load(node.optionalInput(6), cell)
    run.barrier()
    var current = 0
    var done = 0
    while done < plan.steps {
      let count = min(plan.block, plan.steps &- done)
      let firstStep = reverse ? plan.steps &- done &- count : done
      project(x + firstStep &* plan.batch &* plan.features, directionWeights, count)
      for index in 0..<count {
        let inside = reverse ? count &- 1 &- index : index
        step(firstStep &+ inside, scratch + inside &* plan.batch &* plan.gateFloats, directionRecurrent, state(current), state(1 &- current))
        run.barrier()
        current = 1 &- current
      }
      done &+= count
    }
    store(node.optionalOutput(1), state(current))
    store(node.optionalOutput(2), cell)
  }

  /// Copies this thread's units of the direction's initial state, zeros where there is none.
  private func load(_ tensor: TensorPointer?, _ target: UnsafeMutablePointer<Float>) {
    for sequence in 0..<plan.batch {
      let offset = sequence &* plan.hidden &+ firstUnit
      if let tensor {
        platform_copy(target + offset, tensor.elements(Float.self) + (direction &* stateFloats &+ offset), units &* 4)
      } else {
        platform_fill(target + offset, 0, units &* 4)
      }
    }
  }

  private func store(_ tensor: MutableTensorPointer?, _ source: UnsafeMutablePointer<Float>) {
    guard let tensor else { return }
    for sequence in 0..<plan.batch {
      let offset = sequence &* plan.hidden &+ firstUnit
      platform_copy(tensor.elements(Float.self) + (direction &* stateFloats &+ offset), source + offset, units &* 4)
    }
  }

  /// Gates of `count` steps: biases plus the input's part.
  private func project(_ x: UnsafePointer<Float>, _ weights: MatrixFactor, _ count: Int) {
    let rows = count &* plan.batch
    let gateCount = plan.gateFloats / plan.hidden
    for gate in 0..<gateCount {
      let offset = gate &* plan.hidden &+ firstUnit
      for row in 0..<rows {
        let target = scratch + (row &* plan.gateFloats &+ offset)
        // The recurrent bias of a GRU's candidate belongs to the recurrent product.
        fillBias(target, gate, both: !(plan.cell == .gru && gate == 2))
      }
    }
    multiplyGates(MatrixFactor(x, stride: plan.features), weights, rows: rows, depth: plan.features, gates: 0..<gateCount, into: scratch)
  }

  /// target = input bias of this thread's units of `gate`, plus the recurrent bias if `both`.
  private func fillBias(_ target: UnsafeMutablePointer<Float>, _ gate: Int, both: Bool) {
    guard let bias = node.optionalInput(3) else {
      platform_fill(target, 0, units &* 4)
      return
    }
    let values = bias.elements(Float.self) + (direction &* 2 &* plan.gateFloats &+ gate &* plan.hidden &+ firstUnit)
    platform_copy(target, values, units &* 4)
    if both { addFloats(target, values + plan.gateFloats, step: 1, count: units) }
  }

  /// target[rows, gates] += left weights, for this thread's units of the gates.
  private func multiplyGates(_ left: MatrixFactor, _ weights: MatrixFactor, rows: Int, depth: Int, gates: Range<Int>,
    into target: UnsafeMutablePointer<Float>) {
    if units == plan.hidden {
      let first = gates.lowerBound &* plan.hidden
      multiply(left, weights.dropping(columns: first), ProductExtents(rows: rows, columns: gates.count &* plan.hidden, depth: depth),
        into: target + first, stride: plan.gateFloats, accumulate: true, scratch: product)
      return
    }
    for gate in gates {
      let first = gate &* plan.hidden &+ firstUnit
      multiply(left, weights.dropping(columns: first), ProductExtents(rows: rows, columns: units, depth: depth), into: target + first,
        stride: plan.gateFloats, accumulate: true, scratch: product)
    }
  }

  /// One time step: `previous` to `next`, and to y.
  private func step(_ time: Int, _ gates: UnsafeMutablePointer<Float>, _ recurrent: MatrixFactor, _ previous: UnsafeMutablePointer<Float>,
    _ next: UnsafeMutablePointer<Float>) {
    let all = MatrixFactor(previous, stride: plan.hidden)
    if plan.cell == .gru {
      multiplyGates(all, recurrent, rows: plan.batch, depth: plan.hidden, gates: 0..<2, into: gates)
      prepareCandidate(gates, recurrent, previous)
    } else {
      multiplyGates(all, recurrent, rows: plan.batch, depth: plan.hidden, gates: 0..<(plan.gateFloats / plan.hidden), into: gates)
    }
    for sequence in 0..<plan.batch {
      let offset = sequence &* plan.hidden &+ firstUnit
      let active = lengths.map { time < node.integer($0, sequence) } ?? true
      if active {
        update(gates + (sequence &* plan.gateFloats &+ firstUnit), offset, previous, next)
      } else {
        platform_copy(next + offset, previous + offset, units &* 4)
      }
      guard let y = node.optionalOutput(0) else { continue }
      let target = y.elements(Float.self)
        + ((time &* plan.batch &+ sequence) &* plan.directions &* plan.hidden &+ direction &* plan.hidden &+ firstUnit)
      if active { platform_copy(target, next + offset, units &* 4) } else { platform_fill(target, 0, units &* 4) }
    }
  }

  /// candidate = recurrent bias + (h or r h) times the candidate's recurrent weights.
  private func prepareCandidate(_ gates: UnsafeMutablePointer<Float>, _ recurrent: MatrixFactor, _ previous: UnsafeMutablePointer<Float>) {
    var left = previous
    if !plan.linearBeforeReset {
      for sequence in 0..<plan.batch {
        let offset = sequence &* plan.hidden &+ firstUnit
        gruResetUnits(gates + (sequence &* plan.gateFloats &+ firstUnit), count: units, previous: previous + offset, reset: reset + offset)
      }
      run.barrier()
      left = reset
    }
    for sequence in 0..<plan.batch {
      let target = candidate + (sequence &* plan.hidden &+ firstUnit)
      if let bias = node.optionalInput(3) {
        platform_copy(target, bias.elements(Float.self) + ((direction &* 2 &+ 1) &* plan.gateFloats &+ 2 &* plan.hidden &+ firstUnit), units &* 4)
      } else {
        platform_fill(target, 0, units &* 4)
      }
    }
    multiply(MatrixFactor(left, stride: plan.hidden), recurrent.dropping(columns: 2 &* plan.hidden &+ firstUnit),
      ProductExtents(rows: plan.batch, columns: units, depth: plan.hidden), into: candidate + firstUnit, stride: plan.hidden, accumulate: true,
      scratch: product)
  }

  /// The new state of this thread's units of one sequence, whose gates and states start at `gates` and `offset`.
  private func update(_ gates: UnsafeMutablePointer<Float>, _ offset: Int, _ previous: UnsafeMutablePointer<Float>,
    _ next: UnsafeMutablePointer<Float>) {
    switch plan.cell {
    case .lstm: lstmUnits(gates, hidden: plan.hidden, count: units, cell: cell + offset, state: next + offset)
    case .gru:
      gruUnits(gates, candidate + offset, resetsProduct: plan.linearBeforeReset, hidden: plan.hidden, count: units,
        previous: previous + offset, state: next + offset)
    case .rnnTanh: plainUnits(gates, count: units, rectified: false, state: next + offset)
    case .rnnRelu: plainUnits(gates, count: units, rectified: true, state: next + offset)
    }
  }
}
