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
    result.weight_bytes = model.pointee.constantBytes
    result.arena_bytes = UInt64(arenaBytes)
    result.scratch_bytes = UInt64(scratchBytes)
    result.packed_bytes = packedBytes
    result.state_bytes = stateBytes
    return result
  }

  /// Tables, threads and the buffers of single tensors.
  private var stateBytes: UInt64 { UInt64(blockBytes) + bufferBytes + UInt64(threadCount > 1 ? platform_team_bytes(UInt32(threadCount)) : 0) }

  /// Verifies the weights, plans and allocates, so that a run only runs.
  package mutating func prepare(_ error: ErrorWriter) throws(Status) {
    guard !isPrepared else { return }
    try model.pointee.checkWeights(team, error)
    try plan(error)
    try checkBudget(arena: max(arenaBytes, arenaCapacity), scratch: max(scratchBytes, scratchCapacity), error)
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

  /// Fails where the session would have more than its budget with an arena and scratch of these sizes, and with `buffers` more in buffers.
  private func checkBudget(arena: Int, scratch: Int, buffers: Int = 0, _ error: ErrorWriter) throws(Status) {
    guard budget > 0 else { return }
    let bytes = stateBytes + UInt64(arena) + UInt64(scratch) + UInt64(max(buffers, 0)) + packedBytes
    guard bytes > budget else { return }
    throw error.fail(.overBudget).text("the session needs ").integer(Int(clamping: bytes)).text(" bytes, ").integer(Int(clamping: bytes - budget))
      .text(" more than its budget of ").integer(Int(clamping: budget)).status
  }

  /// Fails where what the session has, and what its kernels want packed, is more than its budget.
  func checkBudget(_ error: ErrorWriter) throws(Status) { try checkBudget(arena: arenaCapacity, scratch: scratchCapacity, error) }

  /// Scratch of at least `bytes` bytes, inside the budget unless a plan is being made, which is checked as a whole.
  mutating func growScratch(_ bytes: Int, isPlanning: Bool = false, _ error: ErrorWriter) throws(Status) {
    guard bytes > scratchCapacity else { return }
    if !isPlanning { try checkBudget(arena: arenaCapacity, scratch: bytes, error) }
    allocator.deallocate(scratch, scratchCapacity)
    scratch = nil
    scratchCapacity = 0
    scratch = try allocator.allocate(bytes, for: "working space", error)
    scratchCapacity = bytes
  }

  /// The buffer of a tensor that is not in the arena, with room for `bytes` bytes; its contents are lost when it grows. The budget as above.
  mutating func ownBuffer(_ index: Int, _ bytes: Int, isPlanning: Bool = false, _ error: ErrorWriter) throws(Status) -> UnsafeMutableRawPointer {
    if let buffer = states[index].buffer, bytes <= states[index].capacity { return buffer }
    if !isPlanning { try checkBudget(arena: arenaCapacity, scratch: scratchCapacity, buffers: bytes - states[index].capacity, error) }
    releaseBuffer(index)
    let buffer = try allocator.allocate(bytes, for: "a tensor", error)
    states[index].buffer = buffer
    states[index].capacity = max(bytes, 1)
    bufferBytes += UInt64(states[index].capacity)
    return buffer
  }

  private mutating func releaseBuffer(_ index: Int) {
    allocator.deallocate(states[index].buffer, states[index].capacity)
    bufferBytes -= UInt64(states[index].capacity)
    states[index].buffer = nil
    states[index].capacity = 0
  }

  /// Gives back what shapes before the present ones needed, so that a budget is for these alone.
  mutating func releaseMemory() {
    allocator.deallocate(arena, arenaCapacity)
    allocator.deallocate(scratch, scratchCapacity)
    (arena, arenaCapacity, scratch, scratchCapacity) = (nil, 0, nil, 0)
    for index in 0..<tensorCount { releaseBuffer(index) }
  }

  /// The same in the middle of a plan: the buffers whose sizes the run tells. False where there are none.
  mutating func releaseGrownBuffers() -> Bool {
    let before = bufferBytes
    for index in 0..<tensorCount where states[index].isDynamic { releaseBuffer(index) }
    return bufferBytes < before
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
