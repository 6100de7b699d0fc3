// Which tensors share memory: views, results computed in place, and outputs in the caller's buffers.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Tensors

extension Session {
  /// Makes the output of a reshape the input's memory under another shape.
  func makeView(_ index: Int, _ view: NodeView, step: Int) -> Bool {
    switch view.operatorCode {
    case .reshape, .squeeze, .unsqueeze, .flatten: break
    default: return false
    }
    guard let input = view.optionalInput(0), let output = view.optionalOutput(0), input.count == output.count, input.type == output.type
    else { return false }
    join(tensorIndex(output), to: tensorIndex(input))
    // A view of a constant is as known as the constant.
    output.pointee.data = input.pointee.data
    nodes[index].mode = .view
    return true
  }

  /// Lets an elementwise operator write over an input that nobody reads after it.
  func shareStorage(_ index: Int, _ view: NodeView, step: Int) {
    switch view.operatorCode {
    case .unary, .binary, .select, .cast: break
    default: return
    }
    guard let output = view.optionalOutput(0) else { return }
    for position in 0..<view.inputCount {
      guard let input = view.optionalInput(position), input.shape == output.shape, input.type.size == output.type.size,
        canOverwrite(tensorIndex(input), step: step), isOnlyReader(position, view)
      else { continue }
      return join(tensorIndex(output), to: tensorIndex(input))
    }
  }

  private func canOverwrite(_ index: Int, step: Int) -> Bool {
    let storage = states[states[index].storage]
    return storage.place == Int(CORACLE_PLACE_ARENA) && storage.last == step && !storage.isDynamic
  }

  /// Whether no other input of the node reads the same memory at other positions.
  private func isOnlyReader(_ position: Int, _ view: NodeView) -> Bool {
    guard let input = view.optionalInput(position) else { return false }
    for other in 0..<view.inputCount where other != position {
      guard let tensor = view.optionalInput(other) else { continue }
      if states[tensorIndex(tensor)].storage == states[tensorIndex(input)].storage && tensor.shape != input.shape { return false }
    }
    return true
  }

  private func join(_ tensor: Int, to other: Int) {
    let storage = states[other].storage
    states[tensor].storage = storage
    states[tensor].place = states[storage].place
    states[storage].last = max(states[storage].last, states[tensor].last)
  }

  /// Puts storages that hold a bound output into the caller's buffer, where they can lie there.
  func bindOutputStorages() {
    for position in 0..<outputs.count where outputBindings[position].isBound {
      let storage = states[Int(outputs[position])].storage
      if states[storage].place == Int(CORACLE_PLACE_ARENA) && !isInput(storage) { states[storage].place = Int(CORACLE_PLACE_BOUND) }
    }
  }

  func isInput(_ tensor: Int) -> Bool {
    for position in 0..<inputs.count where Int(inputs[position]) == tensor { return true }
    return false
  }
}
