// From input shapes to a plan: every shape, every kernel, every lifetime. Allocates nothing but small values of shapes.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// Results of up to this many elements are computed while planning where all inputs are known: shape arithmetic.
private let largestEvaluatedCount = 1 << 14

extension Session {
  /// Plans for the present input shapes. On failure the session has no plan.
  package mutating func plan(_ error: ErrorWriter) throws(Status) {
    guard !isPlanned else { return }
    isPrepared = false
    destroyPreparedNodes()
    if budget > 0 { releaseMemory() }
    resetTensors()
    try placeInputs(error)
    computeLastUses()
    scratchBytes = 0
    let graph = model.pointee.mainGraph
    for step in 0..<graph.nodeCount { try planNode(graph.firstNode + step, step: step, error) }
    for inner in 1..<max(model.pointee.graphCount, 1) { markInnerGraph(inner) }
    #if !CORACLE_WITHOUT_PARTS
    try placeParts(error)
    #endif
    bindOutputStorages()
    arenaBytes = planArena()
    planExpansions()
    // Constants that are expanded only to be packed lie in the arena meanwhile, where they fit in.
    if expansionBytes > arenaBytes { scratchBytes = max(scratchBytes, expansionBytes) }
    isPlanned = true
    logPlan()
  }

  private func resetTensors() {
    for index in 0..<tensorCount {
      tensors[index] = model.pointee.tensors[index]
      let old = states[index]
      states[index] = TensorState(place: model.pointee.isConstant(index) ? Int(CORACLE_PLACE_CONSTANT) : Int(CORACLE_PLACE_NONE),
        storage: index, part: 0, isDynamic: false, lastUse: -1, first: -1, last: -1, byteCount: 0, offset: -1, buffer: old.buffer,
        capacity: old.capacity)
    }
  }

  private func placeInputs(_ error: ErrorWriter) throws(Status) {
    for position in 0..<inputs.count {
      let index = Int(inputs[position])
      guard let count = inputShapes[position].checkedElementCount else {
        throw error.fail(.invalidShape).text("input \"").name(tensors[index].name).text("\" has the shape ").shape(inputShapes[position])
          .text(": give its open extents with coracle_session_resize_input").status
      }
      tensors[index].dimensions = inputShapes[position]
      tensors[index].byte_count = count * tensors[index].elementType.size
      states[index].place = Int(inputBindings[position].isBound ? CORACLE_PLACE_BOUND : CORACLE_PLACE_ARENA)
      states[index].byteCount = tensors[index].byte_count
    }
  }

  /// The last step that reads each tensor; inputs and outputs live through the whole run, so that a caller may run again
  /// without writing the inputs anew.
  private func computeLastUses() {
    let graph = model.pointee.mainGraph
    for step in 0..<graph.nodeCount { markUses(graph.firstNode + step, step: step) }
    for position in 0..<inputs.count {
      states[Int(inputs[position])].lastUse = graph.nodeCount
      states[Int(inputs[position])].last = graph.nodeCount
    }
    for position in 0..<outputs.count { states[Int(outputs[position])].lastUse = graph.nodeCount }
  }

  private func markUses(_ index: Int, step: Int) {
    let file = model.pointee.nodes[index].file
    for position in 0..<file.inputs.count where file.inputs[position] >= 0 { states[Int(file.inputs[position])].lastUse = step }
    guard let table = file.attributes else { return }
    switch model.pointee.nodes[index].code {
    case .conditional:
      markGraphUses(Int(ConditionalAttributes(table).thenSubgraph), step: step)
      markGraphUses(Int(ConditionalAttributes(table).elseSubgraph), step: step)
    case .loop: markGraphUses(Int(LoopAttributes(table).body), step: step)
    default: break
    }
  }

  private func markGraphUses(_ index: Int, step: Int) {
    let graph = model.pointee.graphs[index]
    for node in graph.firstNode..<(graph.firstNode + graph.nodeCount) { markUses(node, step: step) }
    for position in 0..<graph.file.outputs.count { states[Int(graph.file.outputs[position])].lastUse = step }
  }

  private mutating func planNode(_ index: Int, step: Int, _ error: ErrorWriter) throws(Status) {
    let code = model.pointee.nodes[index].code
    let node = nodePointer(index)
    if code == .conditional || code == .loop || readsDynamic(index) { return markDynamic(index) }
    let view = NodeView(node, error)
    guard try view.infer() == .known else { return markDynamic(index) }
    for position in 0..<view.outputCount {
      guard let output = view.optionalOutput(position) else { continue }
      output.pointee.byte_count = output.count * output.type.size
      let state = states + tensorIndex(output)
      state.pointee.byteCount = output.pointee.byte_count
      state.pointee.first = step
      state.pointee.last = max(step, state.pointee.lastUse)
      state.pointee.place = Int(CORACLE_PLACE_ARENA)
    }
    if try evaluate(index, view, error) { return }
    if makeView(index, view, step: step) { return }
    try choose(index, error)
    nodes[index].mode = .planned
    scratchBytes = max(scratchBytes, Int(clamping: nodes[index].support.scratch_bytes))
    shareStorage(index, view, step: step)
  }

  func nodePointer(_ index: Int) -> UnsafePointer<coracle_node> {
    // `node` is the first field of NodeState.
    UnsafeRawPointer(nodes + index).assumingMemoryBound(to: coracle_node.self)
  }

  func tensorIndex(_ tensor: TensorPointer) -> Int { tensor - UnsafePointer(tensors) }
  func tensorIndex(_ tensor: MutableTensorPointer) -> Int { tensor - tensors }

  private func readsDynamic(_ index: Int) -> Bool {
    let file = model.pointee.nodes[index].file
    for position in 0..<file.inputs.count where file.inputs[position] >= 0 && states[Int(file.inputs[position])].isDynamic { return true }
    return false
  }

  private func markDynamic(_ index: Int) {
    nodes[index].mode = .dynamic
    let outputs = model.pointee.nodes[index].file.outputs
    for position in 0..<outputs.count where outputs[position] >= 0 {
      states[Int(outputs[position])].isDynamic = true
      states[Int(outputs[position])].place = Int(CORACLE_PLACE_GROWING)
    }
  }

  /// Everything inside a branch or a loop is told its shape when it is executed.
  private func markInnerGraph(_ index: Int) {
    let graph = model.pointee.graphs[index]
    for node in graph.firstNode..<(graph.firstNode + graph.nodeCount) { markDynamic(node) }
    for position in 0..<graph.file.inputs.count {
      states[Int(graph.file.inputs[position])].isDynamic = true
      states[Int(graph.file.inputs[position])].place = Int(CORACLE_PLACE_GROWING)
    }
  }

  /// Computes the node now if all that it reads is known and its results are small.
  private mutating func evaluate(_ index: Int, _ view: NodeView, _ error: ErrorWriter) throws(Status) -> Bool {
    // `shape` reads no elements: extents are known from here on.
    for position in 0..<view.inputCount where view.operatorCode != .shape {
      guard let input = view.optionalInput(position) else { continue }
      guard input.hasData, input.count <= largestEvaluatedCount * 4 else { return false }
    }
    var count = 0
    for position in 0..<view.outputCount {
      guard let output = view.optionalOutput(position) else { continue }
      count += min(output.count, largestEvaluatedCount + 1)
    }
    guard count <= largestEvaluatedCount, let kernel = try view.kernel(threads: 1), kernel.scratchBytes < beyondMemory else { return false }
    for position in 0..<view.outputCount {
      guard let output = view.optionalOutput(position) else { continue }
      output.pointee.data = try ownBuffer(tensorIndex(output), output.pointee.byte_count, isPlanning: true, error)
      states[tensorIndex(output)].place = Int(CORACLE_PLACE_PREPARED)
    }
    try growScratch(kernel.scratchBytes, isPlanning: true, error)
    var execution = coracle_execution()
    execution.struct_size = UInt32(MemoryLayout<coracle_execution>.size)
    execution.thread_count = 1
    execution.scratch = scratch
    execution.scratch_bytes = kernel.scratchBytes
    try view.execute(Execution(&execution))
    nodes[index].mode = .evaluated
    return true
  }

  /// Chooses the first backend that supports the node.
  func choose(_ index: Int, _ error: ErrorWriter) throws(Status) {
    var placement = coracle_placement()
    placement.struct_size = UInt32(MemoryLayout<coracle_placement>.size)
    placement.thread_count = UInt32(threadCount)
    placement.profile = UnsafePointer(profile)
    for position in 0..<backendCount {
      var support = coracle_support()
      support.struct_size = UInt32(MemoryLayout<coracle_support>.size)
      let result = backends[position].supports(backends[position].user_data, nodePointer(index), &placement, &support)
      if result == CORACLE_UNSUPPORTED { continue }
      guard result == CORACLE_OK, support.scratch_bytes < UInt64(Shape.maximumElementCount) * 8 else {
        throw NodeView(nodePointer(index), error).fail(.backendFailed).text("backend ").name(backends[position].name)
          .text(" failed with status ").integer(Int(result)).status
      }
      try checkPackings(index, support, error)
      nodes[index].support = support
      nodes[index].backend = position
      return
    }
    throw NodeView(nodePointer(index), error).fail(.unsupported).text("no backend of this session supports it").status
  }
}
