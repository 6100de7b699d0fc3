// Which tensors share memory: views, results computed in place, and outputs in the caller's buffers.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Tensors

extension Session {
  /// The tensor that owns the memory in which `tensor` lies. Shortens the way for the next who asks.
  func storage(of tensor: Int) -> Int {
    var root = tensor, part = 0
    while states[root].storage != root {
      part += states[root].part
      root = states[root].storage
    }
    var passed = tensor
    while states[passed].storage != root {
      let (next, step) = (states[passed].storage, states[passed].part)
      states[passed].storage = root
      states[passed].part = part
      part -= step
      passed = next
    }
    return root
  }

  /// Lets the outputs of an operator that only says where elements lie share the memory of its inputs.
  func makeView(_ index: Int, _ view: NodeView, step: Int) -> Bool {
    let isView =
      switch view.operatorCode {
      case .reshape, .squeeze, .unsqueeze, .flatten: viewWhole(view)
      #if !CORACLE_WITHOUT_PARTS // A library for models that neither divide nor join tensors.
      case .slice: viewPart(view, SliceOperator.firstOfRun(view))
      case .split: viewParts(view)
      case .concat: surround(view)
      #endif
      default: false
      }
    if isView { nodes[index].mode = .view }
    return isView
  }

  private func viewWhole(_ view: NodeView) -> Bool {
    guard let input = view.optionalInput(0), let output = view.optionalOutput(0), input.count == output.count, input.type == output.type
    else { return false }
    join(output, to: input)
    return true
  }

  private func viewPart(_ view: NodeView, _ first: Int?) -> Bool {
    guard let first, let input = view.optionalInput(0), input.count > 0, let output = view.optionalOutput(0) else { return false }
    join(output, to: input, offset: first * input.type.size)
    return true
  }

  private func viewParts(_ view: NodeView) -> Bool {
    // Offsets of parts without elements need not be sizes that there are.
    guard let input = view.optionalInput(0), input.count > 0, var parts = try? SplitParts(view), parts.outer == 1 else { return false }
    for part in 0..<view.outputCount {
      let (first, _) = parts.next(part)
      if let output = view.optionalOutput(part) { join(output, to: input, offset: first * input.type.size) }
    }
    return true
  }

  /// Moves the storages of all inputs into the output's, beside each other. They must hold nothing else, and be written by operators.
  private func surround(_ view: NodeView) -> Bool {
    guard let output = view.optionalOutput(0), view.inputCount <= 64, ConcatOperator.joinsRuns(view) else { return false }
    for position in 0..<view.inputCount {
      guard let input = view.optionalInput(position) else { return false }
      let storage = storage(of: tensorIndex(input))
      guard states[storage].place == Int(CORACLE_PLACE_ARENA), fills(tensorIndex(input), storage) else { return false }
      for earlier in 0..<position {
        if let other = view.optionalInput(earlier), self.storage(of: tensorIndex(other)) == storage { return false }
      }
    }
    let target = tensorIndex(output)
    var offset = 0
    for position in 0..<view.inputCount {
      guard let input = view.optionalInput(position) else { continue }
      let storage = storage(of: tensorIndex(input))
      states[target].first = min(states[target].first, states[storage].first)
      states[target].last = max(states[target].last, states[storage].last)
      states[storage].storage = target
      states[storage].part = offset
      offset += states[storage].byteCount
    }
    return true
  }

  /// Lets an operator write over an input that nobody reads after it: any, if it works element by element, or the one that its kernel names.
  func shareStorage(_ index: Int, _ view: NodeView, step: Int) {
    guard let output = view.optionalOutput(0) else { return }
    let isElementwise: Bool
    switch view.operatorCode {
    case .unary, .binary, .select, .cast: isElementwise = true
    default: isElementwise = false
    }
    let named = Int(clamping: nodes[index].support.in_place_input) - 1
    for position in 0..<view.inputCount where isElementwise || position == named {
      guard let input = view.optionalInput(position), input.shape == output.shape, input.type.size == output.type.size,
        canOverwrite(tensorIndex(input), step: step), isOnlyReader(position, view, sharesPlaces: isElementwise)
      else { continue }
      return join(output, to: input)
    }
  }

  private func canOverwrite(_ index: Int, step: Int) -> Bool {
    let storage = states[storage(of: index)]
    return storage.place == Int(CORACLE_PLACE_ARENA) && storage.last == step && !storage.isDynamic
  }

  /// Whether no other input of the node reads the same memory; with `sharesPlaces`, at other positions.
  private func isOnlyReader(_ position: Int, _ view: NodeView, sharesPlaces: Bool) -> Bool {
    guard let input = view.optionalInput(position) else { return false }
    let index = tensorIndex(input)
    let storage = storage(of: index)
    for other in 0..<view.inputCount where other != position {
      guard let tensor = view.optionalInput(other) else { continue }
      let otherIndex = tensorIndex(tensor)
      guard self.storage(of: otherIndex) == storage else { continue }
      let (part, otherPart) = (states[index].part, states[otherIndex].part)
      let isApart = part + states[index].byteCount <= otherPart || otherPart + states[otherIndex].byteCount <= part
      if !isApart && !(sharesPlaces && part == otherPart && tensor.shape == input.shape) { return false }
    }
    return true
  }

  /// Puts `output` into the memory of `input`, from byte `offset` on.
  private func join(_ output: MutableTensorPointer, to input: TensorPointer, offset: Int = 0) {
    let (tensor, other) = (tensorIndex(output), tensorIndex(input))
    let storage = storage(of: other)
    states[tensor].storage = storage
    states[tensor].part = states[other].part + offset
    states[tensor].place = states[storage].place
    states[storage].last = max(states[storage].last, states[tensor].last)
    // What lies in a constant is as known as the constant.
    output.pointee.data = input.pointee.data.map { $0 + offset }
  }

  /// Whether `tensor` holds all of its `storage`, which is no input of the model.
  func fills(_ tensor: Int, _ storage: Int) -> Bool {
    states[tensor].part == 0 && states[tensor].byteCount == states[storage].byteCount && !isInput(storage)
  }

  /// Puts storages that hold a bound output into the caller's buffer, where they can lie there.
  func bindOutputStorages() {
    for position in 0..<outputs.count where outputBindings[position].isBound {
      let index = Int(outputs[position])
      let storage = storage(of: index)
      if states[storage].place == Int(CORACLE_PLACE_ARENA) && fills(index, storage) { states[storage].place = Int(CORACLE_PLACE_BOUND) }
    }
  }

  func isInput(_ tensor: Int) -> Bool {
    for position in 0..<inputs.count where Int(inputs[position]) == tensor { return true }
    return false
  }
}
