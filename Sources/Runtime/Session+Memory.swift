// Memory of a session: asked for when it is prepared, kept while it is large enough.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

extension Session {
  /// What the present plan needs.
  package mutating func memory(_ error: ErrorWriter) throws(Status) -> coracle_memory {
    try plan(error)
    var result = coracle_memory()
    result.struct_size = UInt32(MemoryLayout<coracle_memory>.size)
    result.weight_bytes = UInt64(model.pointee.constantBytes)
    result.arena_bytes = UInt64(arenaBytes)
    result.scratch_bytes = UInt64(scratchBytes)
    result.packed_bytes = UInt64(packedBytes)
    result.state_bytes = UInt64(stateBytes)
    return result
  }

  /// Tables, threads and the buffers of single tensors.
  private var stateBytes: Int { blockBytes + bufferBytes + (threadCount > 1 ? platform_team_bytes(UInt32(threadCount)) : 0) }

  /// Verifies the weights, plans and allocates, so that a run only runs.
  package mutating func prepare(_ error: ErrorWriter) throws(Status) {
    guard !isPrepared else { return }
    try model.pointee.checkWeights(team, error)
    try plan(error)
    try checkBudget(stateBytes + max(arenaBytes, arenaCapacity) + max(scratchBytes, scratchCapacity) + packedBytes, error)
    if arenaBytes > arenaCapacity {
      allocator.deallocate(arena, arenaCapacity)
      arena = nil
      arenaCapacity = 0
      arena = try allocator.allocate(arenaBytes, for: "the arena", error)
      arenaCapacity = arenaBytes
    }
    try growScratch(scratchBytes, error)
    for index in 0..<tensorCount where states[index].isExpanded { tensors[index].data = try model.pointee.expanded(index, error) }
    setAddresses()
    try checkOutputBindings(error)
    try prepareNodes(error)
    isPrepared = true
  }

  func checkBudget(_ bytes: Int, _ error: ErrorWriter) throws(Status) {
    guard budget > 0, UInt64(bytes) > budget else { return }
    throw error.fail(.overBudget).text("the session needs ").integer(bytes).text(" bytes, ").integer(bytes - Int(clamping: budget))
      .text(" more than its budget of ").integer(Int(clamping: budget)).status
  }

  /// Scratch of at least `bytes` bytes.
  mutating func growScratch(_ bytes: Int, _ error: ErrorWriter) throws(Status) {
    guard bytes > scratchCapacity else { return }
    try checkBudget(stateBytes + arenaCapacity + bytes, error)
    allocator.deallocate(scratch, scratchCapacity)
    scratch = nil
    scratchCapacity = 0
    scratch = try allocator.allocate(bytes, for: "working space", error)
    scratchCapacity = bytes
  }

  /// The buffer of a tensor that is not in the arena, with room for `bytes` bytes; its contents are lost when it grows.
  mutating func ownBuffer(_ index: Int, _ bytes: Int, _ error: ErrorWriter) throws(Status) -> UnsafeMutableRawPointer {
    if let buffer = states[index].buffer, bytes <= states[index].capacity { return buffer }
    try checkBudget(stateBytes + arenaCapacity + scratchCapacity + bytes - states[index].capacity, error)
    allocator.deallocate(states[index].buffer, states[index].capacity)
    bufferBytes -= states[index].capacity
    states[index].buffer = nil
    states[index].capacity = 0
    let buffer = try allocator.allocate(bytes, for: "a tensor", error)
    states[index].buffer = buffer
    states[index].capacity = max(bytes, 1)
    bufferBytes += max(bytes, 1)
    return buffer
  }

  /// Points every tensor of the plan at its memory.
  private func setAddresses() {
    for position in 0..<inputs.count where inputBindings[position].isBound {
      tensors[Int(inputs[position])].data = inputBindings[position].data
    }
    // The last binding of a storage is its home; earlier ones are copied to.
    for position in 0..<outputs.count where outputBindings[position].isBound {
      let index = Int(outputs[position])
      let storage = storage(of: index)
      if states[storage].place == Int(CORACLE_PLACE_BOUND) && fills(index, storage) { tensors[storage].data = outputBindings[position].data }
    }
    for index in 0..<tensorCount where states[index].storage == index && states[index].place == Int(CORACLE_PLACE_ARENA) {
      tensors[index].data = arena.map { $0 + max(states[index].offset, 0) }
    }
    for index in 0..<tensorCount where states[index].storage != index {
      let storage = storage(of: index)
      tensors[index].data = tensors[storage].data.map { $0 + states[index].part }
      states[index].place = states[storage].place
      states[index].offset = states[storage].offset + states[index].part
    }
  }

  private func checkOutputBindings(_ error: ErrorWriter) throws(Status) {
    for position in 0..<outputs.count where outputBindings[position].isBound {
      let index = Int(outputs[position])
      if !states[index].isDynamic { try checkFits(position, error) }
    }
  }

  /// Fails unless output `position`, whose shape is known, fits its binding.
  func checkFits(_ position: Int, _ error: ErrorWriter) throws(Status) {
    let tensor = tensors[Int(outputs[position])]
    guard tensor.byte_count <= outputBindings[position].byteCount else {
      throw error.fail(.invalidShape).text("output \"").name(tensor.name).text("\" has ").integer(tensor.byte_count)
        .text(" bytes, the buffer bound to it ").integer(outputBindings[position].byteCount).status
    }
  }

  private func prepareNodes(_ error: ErrorWriter) throws(Status) {
    for index in 0..<model.pointee.mainGraph.nodeCount where nodes[index].mode == .planned && nodes[index].prepared == nil {
      try packInputs(index, error)
      let backend = backends[nodes[index].backend]
      guard let prepare = backend.prepare else { continue }
      let result = prepare(backend.user_data, nodePointer(index), &nodes[index].prepared, error.object)
      if result != CORACLE_OK { throw Status(rawValue: result) ?? .backendFailed }
    }
  }
}
