// SPDX-License-Identifier: Apache-2.0

// One time step of the gates of recurrent cells, for `count` neighbouring hidden units of one sequence. `gates` points to the units'
// first gate; the next gate lies `hidden` floats further. Every output may be the memory of the state that it replaces.

/// Long short-term memory (Hochreiter and Schmidhuber 1997; gates i, f, g, o): c = f c + i g, h = o tanh(c).
package func lstmUnits(_ gates: UnsafePointer<Float>, hidden: Int, count: Int, cell: UnsafeMutablePointer<Float>,
  state: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    let (value, fresh) = lstmLanes(load(gates + unit, lanes), load(gates + (hidden &+ unit), lanes),
      load(gates + (2 &* hidden &+ unit), lanes), load(gates + (3 &* hidden &+ unit), lanes), cell: load(cell + unit, lanes))
    store(value, cell + unit, lanes)
    store(fresh, state + unit, lanes)
  }
}

/// Gated recurrent unit (Cho et al. 2014; gates r, z, n): n = tanh(x + candidate), h = z h + (1 - z) n.
///
/// `candidate` holds what the recurrent weights add to n, with its bias; where `resetsProduct` it is still to be multiplied by r.
package func gruUnits(_ gates: UnsafePointer<Float>, _ candidate: UnsafePointer<Float>, resetsProduct: Bool, hidden: Int, count: Int,
  previous: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>) {
  forUnits(count) { unit, lanes in
    var addend = load(candidate + unit, lanes)
    if resetsProduct { addend = addend * VectorMath.sigmoid(load(gates + unit, lanes)) }
    let fresh = gruLanes(update: load(gates + (hidden &+ unit), lanes), candidate: load(gates + (2 &* hidden &+ unit), lanes) + addend,
      load(previous + unit, lanes))
    store(fresh, state + unit, lanes)
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
  forUnits(count) { unit, lanes in store(plainLanes(load(gates + unit, lanes), rectified: rectified), state + unit, lanes) }
}

/// The new cell and state of an LSTM from its gates i, f, g, o before their functions.
@inline(__always)
func lstmLanes(_ input: Lanes, _ forget: Lanes, _ candidate: Lanes, _ output: Lanes, cell: Lanes) -> (cell: Lanes, state: Lanes) {
  let kept = VectorMath.sigmoid(forget) * cell
  let value = kept.multiplyAdd(VectorMath.sigmoid(input), VectorMath.tanh(candidate))
  return (value, VectorMath.sigmoid(output) * VectorMath.tanh(value))
}

/// The new state of a GRU from z and n before their functions.
@inline(__always)
func gruLanes(update: Lanes, candidate: Lanes, _ previous: Lanes) -> Lanes {
  let kept = VectorMath.sigmoid(update)
  return (kept * previous).multiplyAdd(1 - kept, VectorMath.tanh(candidate))
}

@inline(__always)
func plainLanes(_ gate: Lanes, rectified: Bool) -> Lanes { rectified ? Lanes.zero.maximum(gate) : VectorMath.tanh(gate) }

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
