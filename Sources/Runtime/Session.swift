// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// How a node is dealt with in the present plan.
enum NodeMode: UInt8 {
  /// Shapes are known: executed at its step.
  case planned
  /// Computed when the session was prepared: depends on constants and shapes only.
  case evaluated
  /// The outputs lie where the inputs do, under another shape, as parts of them or around them: nothing to execute.
  case view
  /// Shapes are told at its step, from what was computed before it.
  case dynamic
}

/// A node of the session.
struct NodeState {
  var node: coracle_node
  var support: coracle_support
  var backend: Int
  var mode: NodeMode
  /// What the backend's prepare left.
  var prepared: UnsafeMutableRawPointer?
  /// The constants that the kernel reads packed.
  var packed: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) = (nil, nil, nil, nil)
}

/// Where a tensor of the session lies, and how long it lives there.
struct TensorState {
  /// One of CORACLE_PLACE_….
  var place: Int
  /// The tensor in whose storage this one lies (itself, mostly), from byte `part` on; `Session.storage(of:)` follows it to the end.
  var storage: Int
  var part: Int
  var isDynamic: Bool
  /// Whether every kernel that writes or reads the tensor takes a pitch, and whether it has one: it is a part of its storage's positions.
  var takesPitch = false
  var isPart = false
  /// Of a constant that the file does not hold as the plan reads it: whether it is expanded.
  var isExpanded = false
  /// The last step that reads the tensor.
  var lastUse: Int
  /// Of a storage: the steps that write it first and read it last, its bytes and its place in the arena.
  var first: Int
  var last: Int
  var byteCount: Int
  var offset: Int
  /// A buffer of the tensor's own, where its size is told by the run or its value by the plan; kept over plans.
  var buffer: UnsafeMutableRawPointer?
  var capacity: Int
}

/// The caller's buffer for an input or output.
struct Binding {
  var data: UnsafeMutableRawPointer?
  var byteCount: Int
  var isBound: Bool
}

/// A model made ready to run. Lives at a fixed address; all its tables lie in one block behind it.
package struct Session {
  package let model: UnsafeMutablePointer<Model>
  let allocator: Allocator
  let blockBytes: Int
  package let options: coracle_session_options
  let budget: UInt64
  /// What the run is sized by; backends see it.
  let profile: UnsafeMutablePointer<coracle_profile>
  package let threadCount: Int
  let backends: UnsafeMutablePointer<coracle_backend>
  let backendCount: Int

  let tensors: UnsafeMutablePointer<Tensor>
  let states: UnsafeMutablePointer<TensorState>
  let nodes: UnsafeMutablePointer<NodeState>
  /// Pointers to the input and output tensors of every node, in the order of `ModelNode.firstEdge`.
  let edges: UnsafeMutablePointer<MutableTensorPointer?>
  let inputShapes: UnsafeMutablePointer<Shape>
  let inputBindings: UnsafeMutablePointer<Binding>
  let outputBindings: UnsafeMutablePointer<Binding>
  /// Working tables of the planner, one element a tensor each.
  let planner: PlannerTables
  let isCancelled: UnsafeMutablePointer<UInt32>

  var team: OpaquePointer?
  var teamMemory: UnsafeMutableRawPointer?
  var arena: UnsafeMutableRawPointer?
  var arenaCapacity = 0
  var arenaBytes = 0
  var scratch: UnsafeMutableRawPointer?
  var scratchCapacity = 0
  var scratchBytes = 0
  /// Bytes of the buffers that single tensors own.
  var bufferBytes: UInt64 = 0
  /// Whether shapes, places and offsets are right for the present input shapes.
  var isPlanned = false
  /// Whether memory is there and every pointer is set.
  var isPrepared = false
}

extension Session {
  package var inputs: FileVector<Int32> { model.pointee.mainGraph.file.inputs }
  package var outputs: FileVector<Int32> { model.pointee.mainGraph.file.outputs }
  package var nodeCount: Int { model.pointee.nodeCount }
  package var tensorCount: Int { model.pointee.tensorCount }

  /// Makes a session; plans it right away where every input shape is fixed. `backends` are in the order of preference.
  package static func create(_ model: UnsafeMutablePointer<Model>, _ options: coracle_session_options, threadCount: Int, budget: UInt64,
    profile: coracle_profile,
    backends: UnsafePointer<coracle_backend>, backendCount: Int, _ error: ErrorWriter) throws(Status) -> UnsafeMutablePointer<Session>
  {
    let allocator = options.allocator == nil ? model.pointee.allocator : Allocator(options.allocator)
    func layOut(_ block: inout Block, _ blockBytes: Int) -> (UnsafeMutablePointer<Session>, Session) {
      let count = model.pointee.tensorCount
      let home = block.take(Session.self, 1)
      return (home, Session(model: model, allocator: allocator, blockBytes: blockBytes, options: options, budget: budget,
        profile: block.take(coracle_profile.self, 1), threadCount: threadCount, backends: block.take(coracle_backend.self, backendCount), backendCount: backendCount,
        tensors: block.take(Tensor.self, count), states: block.take(TensorState.self, count),
        nodes: block.take(NodeState.self, model.pointee.nodeCount),
        edges: block.take(MutableTensorPointer?.self, model.pointee.edgeCount),
        inputShapes: block.take(Shape.self, model.pointee.mainGraph.file.inputs.count),
        inputBindings: block.take(Binding.self, model.pointee.mainGraph.file.inputs.count),
        outputBindings: block.take(Binding.self, model.pointee.mainGraph.file.outputs.count),
        planner: PlannerTables(&block, count), isCancelled: block.take(UInt32.self, 1)))
    }
    var measure = Block(nil)
    _ = layOut(&measure, 0)
    let bytes = measure.used
    let memory = try allocator.allocate(bytes, for: "the session's tables", error)
    platform_fill(memory, 0, bytes)
    var block = Block(memory)
    let (home, session) = layOut(&block, bytes)
    home.initialize(to: session)
    session.profile.initialize(to: profile)
    for index in 0..<backendCount { session.backends[index] = backends[index] }
    session.fillTables()
    model.retain()
    do {
      try home.pointee.startTeam(error)
      if !home.pointee.hasOpenInput { try home.pointee.plan(error) }
    } catch {
      home.destroy()
      throw error
    }
    return home
  }

  private var hasOpenInput: Bool {
    for index in 0..<inputs.count where inputShapes[index].isOpen { return true }
    return false
  }

  private func fillTables() {
    for index in 0..<tensorCount { tensors[index] = model.pointee.tensors[index] }
    for index in 0..<inputs.count { inputShapes[index] = tensors[Int(inputs[index])].dimensions }
    for index in 0..<nodeCount {
      let source = model.pointee.nodes[index]
      let inputCount = source.file.inputs.count
      let outputCount = source.file.outputs.count
      let first = edges + source.firstEdge
      for position in 0..<inputCount { first[position] = tensor(source.file.inputs[position]) }
      for position in 0..<outputCount { first[inputCount + position] = tensor(source.file.outputs[position]) }
      var node = coracle_node()
      node.struct_size = UInt32(MemoryLayout<coracle_node>.size)
      node.operator_code = source.code.rawValue
      node.attributes_type = UInt16(source.file.attributesType)
      node.name = source.file.name.characters
      node.attributes = source.file.attributes.map { $0.base }
      node.inputs = UnsafeRawPointer(first).assumingMemoryBound(to: UnsafePointer<coracle_tensor>?.self)
      node.outputs = UnsafePointer(first + inputCount)
      node.input_count = UInt32(inputCount)
      node.output_count = UInt32(outputCount)
      nodes[index] = NodeState(node: node, support: coracle_support(), backend: -1, mode: .planned, prepared: nil)
    }
  }

  private func tensor(_ index: Int32) -> MutableTensorPointer? { index >= 0 ? tensors + Int(index) : nil }

  /// Where the workers run: on machines with cores of several types, the fastest that are enough for all threads; anywhere elsewhere. The
  /// caller's own thread stays where the caller has it.
  private var workerCores: platform_core_set {
    var cores = platform_core_set()
    guard profile.pointee.cluster_count > 1 else { return cores }
    var left = threadCount
    for index in 0..<min(Int(profile.pointee.cluster_count), Int(CORACLE_MAX_CLUSTERS)) where left > 0 {
      let cluster = profile.pointee[cluster: index]
      withUnsafeMutableBytes(of: &cores) { bits in
        for core in Int(cluster.first_core)..<(Int(cluster.first_core) + Int(min(cluster.core_count, 256))) where core < 256 { bits[core / 8] |= 1 << UInt8(core % 8) }
      }
      left -= Int(cluster.core_count)
    }
    return cores
  }

  private mutating func startTeam(_ error: ErrorWriter) throws(Status) {
    guard threadCount > 1 else { return }
    let memory = try allocator.allocate(platform_team_bytes(UInt32(threadCount)), for: "the threads", error)
    var started: OpaquePointer?
    let code = platform_team_start(memory, UInt32(threadCount), workerCores, &started)
    if code != 0 {
      allocator.deallocate(memory, platform_team_bytes(UInt32(threadCount)))
      throw withErrorText(code, error.fail(.thread).text("cannot start ").integer(threadCount - 1).text(" threads: "))
    }
    team = started
    teamMemory = memory
  }

  /// Frees what backends prepared for the nodes of a plan that goes.
  func destroyPreparedNodes() {
    for index in 0..<nodeCount {
      guard let prepared = nodes[index].prepared else { continue }
      let backend = backends[nodes[index].backend]
      backend.destroy?(backend.user_data, prepared)
      nodes[index].prepared = nil
    }
  }
}

extension UnsafeMutablePointer where Pointee == Session {
  /// Frees everything that the session allocated and ends its hold on the model.
  package func destroy() {
    let session = pointee
    platform_team_stop(session.team)
    session.destroyPreparedNodes()
    session.allocator.deallocate(session.teamMemory, platform_team_bytes(UInt32(session.threadCount)))
    session.allocator.deallocate(session.arena, session.arenaCapacity)
    session.allocator.deallocate(session.scratch, session.scratchCapacity)
    for index in 0..<session.tensorCount { session.allocator.deallocate(session.states[index].buffer, session.states[index].capacity) }
    session.allocator.deallocate(self, session.blockBytes)
    session.model.release()
  }
}
