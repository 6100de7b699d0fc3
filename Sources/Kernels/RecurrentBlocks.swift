// SPDX-License-Identifier: Apache-2.0

// One time step of recurrent cells whose gates lie in `GateOrder`, for whole blocks of units of one sequence: each gate is the sum of
// what the input adds and of what the recurrent product adds. States lie by units, and every output may be the state that it replaces.

/// LSTM of gates i, f, g, o: see `lstmUnits`.
package func lstmBlocks(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, count: Int, cell: UnsafeMutablePointer<Float>,
  state: UnsafeMutablePointer<Float>) {
  forBlocks(count, gates: 4) { gate, unit in
    let (value, fresh) = lstmLanes(sum(input, product, gate), sum(input, product, gate &+ Lanes.count),
      sum(input, product, gate &+ 2 &* Lanes.count), sum(input, product, gate &+ 3 &* Lanes.count), cell: Lanes(at: cell + unit))
    value.store(to: cell + unit)
    fresh.store(to: state + unit)
  }
}

/// GRU of gates r, z, n whose reset gate applies to the candidate's product: see `gruUnits`.
package func gruBlocks(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, count: Int, previous: UnsafePointer<Float>,
  state: UnsafeMutablePointer<Float>) {
  forBlocks(count, gates: 3) { gate, unit in
    let reset = VectorMath.sigmoid(sum(input, product, gate))
    let candidate = gate &+ 2 &* Lanes.count
    let added = Lanes(at: input + candidate).multiplyAdd(reset, Lanes(at: product + candidate))
    gruLanes(update: sum(input, product, gate &+ Lanes.count), candidate: added, Lanes(at: previous + unit)).store(to: state + unit)
  }
}

/// reset = sigmoid(r) h for gates r, z.
package func gruResetBlocks(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, count: Int, previous: UnsafePointer<Float>,
  reset: UnsafeMutablePointer<Float>) {
  forBlocks(count, gates: 2) { gate, unit in
    (VectorMath.sigmoid(sum(input, product, gate)) * Lanes(at: previous + unit)).store(to: reset + unit)
  }
}

/// The rest of that GRU: the candidate's gate lies by units.
package func gruCandidateBlocks(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, candidateInput: UnsafePointer<Float>,
  candidateProduct: UnsafePointer<Float>, count: Int, previous: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>) {
  forBlocks(count, gates: 2) { gate, unit in
    let candidate = sum(candidateInput, candidateProduct, unit)
    gruLanes(update: sum(input, product, gate &+ Lanes.count), candidate: candidate, Lanes(at: previous + unit)).store(to: state + unit)
  }
}

/// Simple cell: see `plainUnits`.
package func plainBlocks(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, count: Int, rectified: Bool,
  state: UnsafeMutablePointer<Float>) {
  forBlocks(count, gates: 1) { gate, unit in plainLanes(sum(input, product, gate), rectified: rectified).store(to: state + unit) }
}

/// Calls `body(gate, unit)` with a block's first float in the gates and in the states.
@inline(__always)
private func forBlocks(_ count: Int, gates: Int, _ body: (Int, Int) -> Void) {
  var gate = 0
  var unit = 0
  for _ in 0..<max(count, 0) {
    body(gate, unit)
    gate &+= gates &* Lanes.count
    unit &+= Lanes.count
  }
}

@inline(__always)
private func sum(_ input: UnsafePointer<Float>, _ product: UnsafePointer<Float>, _ index: Int) -> Lanes {
  Lanes(at: input + index) + Lanes(at: product + index)
}
