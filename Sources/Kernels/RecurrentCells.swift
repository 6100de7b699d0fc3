// SPDX-License-Identifier: Apache-2.0

// One time step of the gates of recurrent cells, for `count` neighbouring hidden units of one sequence. `gates` points to the units'
// first gate; the next gate lies `hidden` floats further. Every output may be the memory of the state that it replaces.

/// Long short-term memory (Hochreiter and Schmidhuber 1997; gates i, f, g, o): c = f c + i g, h = o tanh(c).
package func lstmUnits(_ gates: UnsafePointer<Float>, hidden: Int, count: Int, cell: UnsafeMutablePointer<Float>,
  state: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    let input = VectorMath.sigmoid(load(gates + unit, lanes))
    let forget = VectorMath.sigmoid(load(gates + (hidden &+ unit), lanes))
    let candidate = VectorMath.tanh(load(gates + (2 &* hidden &+ unit), lanes))
    let output = VectorMath.sigmoid(load(gates + (3 &* hidden &+ unit), lanes))
    let value = forget * load(cell + unit, lanes) + input * candidate
    store(value, cell + unit, lanes)
    store(output * VectorMath.tanh(value), state + unit, lanes)
  }
}

/// Gated recurrent unit (Cho et al. 2014; gates r, z, n): n = tanh(x + candidate), h = z h + (1 - z) n.
///
/// `candidate` holds what the recurrent weights add to n, with its bias; where `resetsProduct` it is still to be multiplied by r.
package func gruUnits(_ gates: UnsafePointer<Float>, _ candidate: UnsafePointer<Float>, resetsProduct: Bool, hidden: Int, count: Int,
  previous: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    let update = VectorMath.sigmoid(load(gates + (hidden &+ unit), lanes))
    var addend = load(candidate + unit, lanes)
    if resetsProduct { addend = addend * VectorMath.sigmoid(load(gates + unit, lanes)) }
    let fresh = VectorMath.tanh(load(gates + (2 &* hidden &+ unit), lanes) + addend)
    store(update * load(previous + unit, lanes) + (1 - update) * fresh, state + unit, lanes)
  }
}

/// reset = sigmoid(r) h, the state that the candidate's recurrent weights see.
package func gruResetUnits(_ gates: UnsafePointer<Float>, count: Int, previous: UnsafePointer<Float>, reset: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    store(VectorMath.sigmoid(load(gates + unit, lanes)) * load(previous + unit, lanes), reset + unit, lanes)
  }
}

/// h = tanh(gate), or max(gate, 0) where `rectified`.
package func plainUnits(_ gates: UnsafePointer<Float>, count: Int, rectified: Bool, state: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    let gate = load(gates + unit, lanes)
    store(rectified ? Lanes.zero.maximum(gate) : VectorMath.tanh(gate), state + unit, lanes)
  }
}

/// Calls `body(unit, lanes)` for groups of `Lanes.count` units; the last one may have fewer lanes.
@inline(__always)
private func forUnits(_ count: Int, _ body: (Int, Int) -> Void) {
  var unit = 0
  while unit < count {
    body(unit, min(Lanes.count, count &- unit))
    unit &+= Lanes.count
  }
}

@inline(__always)
private func load(_ pointer: UnsafePointer<Float>, _ lanes: Int) -> Lanes { Lanes(at: pointer, first: lanes) }

@inline(__always)
private func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ lanes: Int) { value.store(to: pointer, first: lanes) }
