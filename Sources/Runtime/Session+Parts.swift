// Parts of wider tensors: what is joined or cut along the last axis, written and read where the whole lies.
// SPDX-License-Identifier: Apache-2.0
#if !CORACLE_WITHOUT_PARTS // A library for models that neither divide nor join tensors.
import CCoracle
import ModelFile
import Operators
import Tensors

/// Models of more tensors are not looked through: the search takes a time that grows with their square.
private let mostTensors = 4096

extension Session {
  /// Lays the inputs of concatenations along the last axis, and the outputs of slices and splits along it, into the storage of the whole, so that
  /// nothing is copied. A part's positions are then a pitch apart, the whole's last extent; that is done where every kernel that writes or reads
  /// the part takes a pitch, where nothing that is still read would be overwritten, and where no step then holds more bytes than the busiest
  /// one did before.
  mutating func placeParts(_ error: ErrorWriter) throws(Status) {
    let graph = model.pointee.mainGraph
    guard tensorCount <= mostTensors, graph.nodeCount < tensorCount, hasParts else { return }
    markPitchable()
    let most = countLive()
    for step in 0..<graph.nodeCount where nodes[graph.firstNode + step].mode == .planned {
      let index = graph.firstNode + step
      let view = NodeView(nodePointer(index), error)
      switch view.operatorCode {
      case .concat:
        if join(view, step: step, most: most) { nodes[index].mode = .view }
      case .slice, .split:
        if cut(view, step: step, most: most) { nodes[index].mode = .view } else { forbidPitch(view) }
      default: break
      }
    }
    for index in 0..<tensorCount where states[index].isPart {
      let pitch = width(storage(of: index))
      tensors[index].pitch = pitch
      let positions = tensors[index].elementCount / max(width(index), 1)
      tensors[index].byte_count = ((positions - 1) * pitch + width(index)) * tensors[index].elementType.size
    }
    for index in graph.firstNode..<(graph.firstNode + graph.nodeCount) where nodes[index].mode == .planned && parts(of: index) != 0 {
      try choose(index, error)
      guard parts(of: index) & ~nodes[index].support.pitches == 0 else {
        throw NodeView(nodePointer(index), error).fail(.backendFailed).text("backend ").name(backends[nodes[index].backend].name)
          .text(" takes no pitch any more").status
      }
      scratchBytes = max(scratchBytes, Int(clamping: nodes[index].support.scratch_bytes))
    }
  }

  private var hasParts: Bool {
    let graph = model.pointee.mainGraph
    for index in graph.firstNode..<(graph.firstNode + graph.nodeCount) where nodes[index].mode == .planned && nodes[index].support.pitches != 0 {
      switch model.pointee.nodes[index].code {
      case .concat, .slice, .split: return true
      default: break
      }
    }
    return false
  }

  /// Elements of one position.
  private func width(_ tensor: Int) -> Int {
    let shape = tensors[tensor].dimensions
    return shape.rank > 0 ? shape[shape.rank - 1] : 1
  }

  /// Which tensors of the node are parts, as the bits of coracle_support.pitches.
  private func parts(of index: Int) -> UInt32 {
    let file = model.pointee.nodes[index].file
    var bits: UInt32 = 0
    for position in 0..<file.inputs.count where file.inputs[position] >= 0 && states[Int(file.inputs[position])].isPart {
      bits |= inputBit(position)
    }
    for position in 0..<file.outputs.count where file.outputs[position] >= 0 && states[Int(file.outputs[position])].isPart {
      bits |= Kernel.pitchedOutput
    }
    return bits
  }

  private func inputBit(_ position: Int) -> UInt32 { position < 31 ? 1 << UInt32(position) : 0 }

  /// Finds the tensors that only kernels write and read that take a pitch.
  private func markPitchable() {
    for index in 0..<tensorCount {
      states[index].takesPitch = states[index].place == Int(CORACLE_PLACE_ARENA) && !states[index].isDynamic && tensors[index].rank >= 2
        && tensors[index].elementCount > 0
    }
    for index in 0..<nodeCount where nodes[index].mode == .planned || nodes[index].mode == .dynamic {
      let file = model.pointee.nodes[index].file
      let pitches = nodes[index].mode == .planned ? nodes[index].support.pitches : 0
      // What a slice or split writes is no part; where it is one, nothing is written.
      let isCut = model.pointee.nodes[index].code == .slice || model.pointee.nodes[index].code == .split
      for position in 0..<file.inputs.count where file.inputs[position] >= 0 && pitches & inputBit(position) == 0 {
        states[Int(file.inputs[position])].takesPitch = false
      }
      for position in 0..<file.outputs.count where file.outputs[position] >= 0 && !isCut && (position > 0 || pitches & Kernel.pitchedOutput == 0) {
        states[Int(file.outputs[position])].takesPitch = false
      }
    }
    for graph in 0..<model.pointee.graphCount {
      let results = model.pointee.graphs[graph].file.outputs
      for position in 0..<results.count { states[Int(results[position])].takesPitch = false }
    }
  }
}

// MARK: Wholes and their parts

extension Session {
  /// Lays inputs of a concatenation into its output. Whether all of them lie there now.
  private func join(_ view: NodeView, step: Int, most: Int) -> Bool {
    guard let output = view.optionalOutput(0), ConcatOperator.isAlongLast(view), storage(of: tensorIndex(output)) == tensorIndex(output)
    else { return false }
    let whole = tensorIndex(output)
    var (position, offset) = (0, 0)
    var isWhole = true
    while position < view.inputCount {
      guard let input = view.optionalInput(position) else { return false }
      let cut = partsOfOne(view, from: position)
      let part = cut > 0 ? storage(of: tensorIndex(input)) : tensorIndex(input)
      if input.count > 0 && !join(part, into: whole, offset: offset, step: step, most: most) { isWhole = false }
      offset += width(part) * input.type.size
      position += max(cut, 1)
    }
    return isWhole
  }

  /// How many inputs from `position` on are all parts that a storage was cut into, in their order: together they are joined as one.
  private func partsOfOne(_ view: NodeView, from position: Int) -> Int {
    guard let first = view.optionalInput(position) else { return 0 }
    let storage = storage(of: tensorIndex(first))
    let end = width(storage) * first.type.size
    var (offset, next) = (0, position)
    while offset < end, let input = view.optionalInput(next), states[tensorIndex(input)].isPart, self.storage(of: tensorIndex(input)) == storage,
      states[tensorIndex(input)].part == offset {
      offset += width(tensorIndex(input)) * input.type.size
      next += 1
    }
    return offset == end ? next - position : 0
  }

  private func join(_ part: Int, into whole: Int, offset: Int, step: Int, most: Int) -> Bool {
    let storage = storage(of: part)
    guard storage != whole, fills(part, storage), width(part) == width(storage), states[storage].place == Int(CORACLE_PLACE_ARENA) else { return false }
    for index in 0..<tensorCount where self.storage(of: index) == storage {
      guard states[index].takesPitch, states[index].isPart || states[index].byteCount == states[part].byteCount && width(index) == width(part)
      else { return false }
    }
    // What is written over the part would be written over the whole, and the other way round.
    guard !isWritten(storage, after: step), states[storage].last <= step || !isWritten(whole, after: step) else { return false }
    count(storage, -1)
    guard stretch(whole, from: states[storage].first, to: states[storage].last, most: most) else {
      count(storage, 1)
      return false
    }
    for index in 0..<tensorCount where self.storage(of: index) == storage { states[index].isPart = true }
    states[storage].storage = whole
    states[storage].part = offset
    return true
  }

  /// Lays the outputs of a slice or split into the storage of its input. False where one of them cannot lie there.
  private func cut(_ view: NodeView, step: Int, most: Int) -> Bool {
    guard let input = view.optionalInput(0), nodes[model.pointee.mainGraph.firstNode + step].support.pitches & 1 != 0 else { return false }
    let source = tensorIndex(input)
    let whole = storage(of: source)
    let place = states[whole].place
    guard states[source].isPart || states[source].part == 0 && states[source].byteCount == states[whole].byteCount && width(source) == width(whole),
      place == Int(CORACLE_PLACE_ARENA) || place == Int(CORACLE_PLACE_BOUND), !isWritten(whole, after: step) else { return false }
    var last = states[whole].last
    for position in 0..<view.outputCount {
      guard let output = view.optionalOutput(position) else { continue }
      guard states[tensorIndex(output)].takesPitch, isAlone(tensorIndex(output)) else { return false }
      last = max(last, states[tensorIndex(output)].last)
    }
    func count(_ sign: Int) {
      for position in 0..<view.outputCount { if let output = view.optionalOutput(position) { self.count(tensorIndex(output), sign) } }
    }
    count(-1)
    guard stretch(whole, from: states[whole].first, to: last, most: most) else {
      count(1)
      return false
    }
    var parts = view.operatorCode == .split ? try? SplitParts(view) : nil
    for position in 0..<view.outputCount {
      let first = parts?.next(position).first ?? SliceOperator.firstOfPositions(view) ?? 0
      guard let output = view.optionalOutput(position) else { continue }
      let index = tensorIndex(output)
      states[index].storage = whole
      states[index].part = states[source].part + first * input.type.size
      states[index].place = place
      states[index].isPart = true
    }
    return true
  }

  /// Keeps the outputs of a node that writes them dense.
  private func forbidPitch(_ view: NodeView) {
    for position in 0..<view.outputCount { if let output = view.optionalOutput(position) { states[tensorIndex(output)].takesPitch = false } }
  }

  /// Whether `tensor` has a storage of its own in which nothing else lies.
  private func isAlone(_ tensor: Int) -> Bool {
    for index in 0..<tensorCount where storage(of: index) == tensor && index != tensor { return false }
    return storage(of: tensor) == tensor
  }

  /// Whether an operator behind `step` writes into the storage.
  private func isWritten(_ storage: Int, after step: Int) -> Bool {
    let graph = model.pointee.mainGraph
    for index in (graph.firstNode + step + 1)..<(graph.firstNode + graph.nodeCount) where nodes[index].mode == .planned {
      let outputs = model.pointee.nodes[index].file.outputs
      for position in 0..<outputs.count where outputs[position] >= 0 && self.storage(of: Int(outputs[position])) == storage { return true }
    }
    return false
  }
}

// MARK: Bytes that are held at each step

extension Session {
  /// One element a step; the planner's table, which it does not use yet.
  private var live: UnsafeMutablePointer<Int> { planner.placed }

  /// Counts the bytes of storages that each step holds. Returns those of the busiest step.
  private func countLive() -> Int {
    let steps = model.pointee.mainGraph.nodeCount
    for step in 0...steps { live[step] = 0 }
    for index in 0..<tensorCount where states[index].storage == index && states[index].place == Int(CORACLE_PLACE_ARENA) {
      live[min(max(states[index].first, 0), steps)] &+= alignedBytes(index)
      if states[index].last < steps { live[max(states[index].last, 0) + 1] &-= alignedBytes(index) }
    }
    var most = live[0]
    for step in 0..<steps {
      live[step + 1] &+= live[step]
      most = max(most, live[step + 1])
    }
    return most
  }

  /// Adds a storage's bytes to its steps, or with a `sign` of -1 takes them away.
  private func count(_ storage: Int, _ sign: Int) {
    guard states[storage].place == Int(CORACLE_PLACE_ARENA), states[storage].first <= states[storage].last else { return }
    for step in max(states[storage].first, 0)...max(states[storage].last, 0) { live[step] &+= sign * alignedBytes(storage) }
  }

  /// Lets a storage live from step `first` to step `last` as well, unless one of its steps would then hold more than `most` bytes.
  private func stretch(_ storage: Int, from first: Int, to last: Int, most: Int) -> Bool {
    let old = (first: states[storage].first, last: states[storage].last)
    func move(_ first: Int, _ last: Int) {
      count(storage, -1)
      states[storage].first = first
      states[storage].last = last
      count(storage, 1)
    }
    move(min(old.first, first), max(old.last, last))
    for step in max(states[storage].first, 0)...max(states[storage].last, 0) where live[step] > most {
      move(old.first, old.last)
      return false
    }
    return true
  }
}
#endif
