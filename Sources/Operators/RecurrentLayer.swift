// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// A share of one direction of a recurrent layer: hidden units `firstUnit` ..< `endUnit` in everything it writes; only the hidden state of the step before
/// is read from all shares.
package struct RecurrentLayer<Product: GateProduct> {
  let node: NodeView
  let plan: RecurrentPlan
  let direction: Int
  let lengths: TensorPointer?
  let firstUnit: Int
  let endUnit: Int
  /// Gates [block, batch, gates], then states [batch, hidden]: hidden (two), cell, reset, candidate.
  let scratch: UnsafeMutablePointer<Float>
  let product: Product

  /// All directions, in phases. The run's scratch begins with the plan's `sharedFloats`, which the threads share; `product` makes what a share
  /// multiplies with.
  package static func computeAll(_ node: NodeView, _ plan: RecurrentPlan, _ run: Execution, _ product: (Execution) -> Product) throws(Status) {
    let lengths = node.optionalInput(4)
    for direction in 0..<plan.directions {
      try compute(plan, reverse: plan.reverse || direction == 1) { body throws(Status) in
        try run.phase { share throws(Status) in
          try share.share(of: plan.hidden, grain: Lanes.count) { first, end throws(Status) in
            try body(RecurrentLayer(node: node, plan: plan, direction: direction, lengths: lengths, firstUnit: first, endUnit: end,
              scratch: share.scratch(Float.self), product: product(share)))
          }
        }
      }
    }
  }

  /// One direction; `phase` calls what it gets for all shares and ends with the last of them.
  private static func compute(_ plan: RecurrentPlan, reverse: Bool,
    _ phase: ((RecurrentLayer) throws(Status) -> Void) throws(Status) -> Void) throws(Status) {
    try phase { share throws(Status) in try share.loadStates() }
    // The candidate of such a GRU reads the reset states of all shares.
    let meetsInside = plan.cell == .gru && !plan.linearBeforeReset
    var current = 0
    var done = 0
    while done < plan.steps {
      let count = min(plan.block, plan.steps &- done)
      let firstStep = reverse ? plan.steps &- done &- count : done
      for index in 0..<count {
        let inside = reverse ? count &- 1 &- index : index
        try phase { share throws(Status) in
          if index == 0 { try share.project(firstStep, count) }
          share.startStep(inside, current)
          if !meetsInside { share.endStep(firstStep, inside, current) }
        }
        if meetsInside { try phase { share throws(Status) in share.endStep(firstStep, inside, current) } }
        current = 1 &- current
      }
      done &+= count
    }
    try phase { share throws(Status) in share.storeStates(current) }
  }

  private var stateFloats: Int { plan.batch &* plan.hidden }
  private var units: Int { endUnit &- firstUnit }

  private func state(_ index: Int) -> UnsafeMutablePointer<Float> { scratch + (plan.block &* plan.batch &* plan.gateFloats &+ index &* stateFloats) }
  private var cell: UnsafeMutablePointer<Float> { state(2) }
  private var reset: UnsafeMutablePointer<Float> { state(3) }
  private var candidate: UnsafeMutablePointer<Float> { state(4) }

  private func loadStates() throws(Status) {
    load(node.optionalInput(5), state(0))
    load(node.optionalInput(6), cell)
  }

  private func storeStates(_ current: Int) {
    store(node.optionalOutput(1), state(current))
    store(node.optionalOutput(2), cell)
  }

  /// Copies this share's units of the direction's initial state, zeros where there is none.
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
  private func project(_ firstStep: Int, _ count: Int) throws(Status) {
    let input: UnsafePointer<Float> = try node.input(0).elements()
    let x = input + firstStep &* plan.batch &* plan.features
    let rows = count &* plan.batch
    for gate in 0..<plan.gates {
      let offset = gate &* plan.hidden &+ firstUnit
      for row in 0..<rows {
        let target = scratch + (row &* plan.gateFloats &+ offset)
        // The recurrent bias of a GRU's candidate belongs to the recurrent product.
        fillBias(target, gate, both: !(plan.cell == .gru && gate == 2))
      }
    }
    product.add(x, rows: rows, GateWeights(direction: direction, areRecurrent: false), gates: 0..<plan.gates, units: firstUnit..<endUnit, into: scratch,
      stride: plan.gateFloats)
  }

  /// target = input bias of this share's units of `gate`, plus the recurrent bias if `both`.
  private func fillBias(_ target: UnsafeMutablePointer<Float>, _ gate: Int, both: Bool) {
    guard let bias = node.optionalInput(3) else {
      platform_fill(target, 0, units &* 4)
      return
    }
    let values = bias.elements(Float.self) + (direction &* 2 &* plan.gateFloats &+ gate &* plan.hidden &+ firstUnit)
    platform_copy(target, values, units &* 4)
    if both { addFloats(target, values + plan.gateFloats, step: 1, count: units) }
  }

  private func gates(_ inside: Int) -> UnsafeMutablePointer<Float> { scratch + inside &* plan.batch &* plan.gateFloats }

  /// Gates of step `inside` of the block from state `current`, of a GRU but the candidate's.
  private func startStep(_ inside: Int, _ current: Int) {
    let (gates, previous) = (gates(inside), state(current))
    let isGru = plan.cell == .gru
    product.add(previous, rows: plan.batch, GateWeights(direction: direction, areRecurrent: true), gates: 0..<(isGru ? 2 : plan.gates),
      units: firstUnit..<endUnit, into: gates, stride: plan.gateFloats)
    guard isGru && !plan.linearBeforeReset else { return }
    for sequence in 0..<plan.batch {
      let offset = sequence &* plan.hidden &+ firstUnit
      gruResetUnits(gates + (sequence &* plan.gateFloats &+ firstUnit), count: units, previous: previous + offset, reset: reset + offset)
    }
  }

  /// The rest of the step: state `current` to the other one, and to y.
  private func endStep(_ firstStep: Int, _ inside: Int, _ current: Int) {
    let time = firstStep &+ inside
    let gates = gates(inside)
    let (previous, next) = (state(current), state(1 &- current))
    if plan.cell == .gru { addCandidate(plan.linearBeforeReset ? previous : reset) }
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

  /// candidate = recurrent bias + `left` (h or r h) times the candidate's recurrent weights.
  private func addCandidate(_ left: UnsafeMutablePointer<Float>) {
    for sequence in 0..<plan.batch {
      let target = candidate + (sequence &* plan.hidden &+ firstUnit)
      if let bias = node.optionalInput(3) {
        platform_copy(target, bias.elements(Float.self) + ((direction &* 2 &+ 1) &* plan.gateFloats &+ 2 &* plan.hidden &+ firstUnit), units &* 4)
      } else {
        platform_fill(target, 0, units &* 4)
      }
    }
    product.add(left, rows: plan.batch, GateWeights(direction: direction, areRecurrent: true), gates: 2..<3, units: firstUnit..<endUnit, into: candidate,
      stride: plan.hidden)
  }

  /// The new state of this share's units of one sequence, whose gates and states start at `gates` and `offset`.
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
