// The runtime, through its C API, at the compiler's service. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import ModelFile

/// A graph opened by the runtime, with one session.
final class RuntimeModel {
  private let memory: MemoryModel
  private let times: NodeTimes?
  private var model: OpaquePointer?
  private var session: OpaquePointer?

  /// What the runtime refused, in its words.
  struct Refusal: Error, CustomStringConvertible {
    var status: coracle_status
    var description: String
  }

  /// Where the runtime put a tensor.
  struct Placed {
    var type: ElementType
    var shape: [Int]
    /// In the arena; nil where the tensor lies elsewhere.
    var offset: Int?
    /// Whether the present plan knows the tensor's shape.
    var isPlanned: Bool
  }

  /// `times`, where given, collects how long operators take and lives as long as this object. `backends` are names in the order of preference.
  /// `hardware` is what the session is sized by, without its memory budget; nil: this machine, one thread.
  init(_ memory: MemoryModel, checksWeights: Bool = false, times: NodeTimes? = nil, backends: String? = nil, hardware: coracle_profile? = nil) throws {
    self.memory = memory
    self.times = times
    var options = coracle_model_options()
    options.struct_size = UInt32(MemoryLayout<coracle_model_options>.size)
    options.skip_weight_checksums = checksWeights ? 0 : 1
    try call { coracle_model_open_memory(memory.bytes.baseAddress, memory.bytes.count, &options, &model, $0) }
    var sessionOptions = coracle_session_options()
    sessionOptions.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
    sessionOptions.thread_count = hardware == nil ? 1 : 0
    if let times {
      sessionOptions.profile_user_data = Unmanaged.passUnretained(times).toOpaque()
      sessionOptions.profile_function = { data, timing in
        guard let data, let timing else { return }
        Unmanaged<NodeTimes>.fromOpaque(data).takeUnretainedValue().add(timing.pointee)
      }
    }
    func create(_ names: UnsafePointer<CChar>?) throws {
      sessionOptions.backends = names
      guard var hardware else { return try call { coracle_session_create(model, &sessionOptions, &session, $0) } }
      hardware.memory_budget = 0
      try withUnsafePointer(to: hardware) { pointer in
        sessionOptions.profile = pointer
        try call { coracle_session_create(model, &sessionOptions, &session, $0) }
      }
    }
    try backends.map { try $0.withCString { try create($0) } } ?? create(nil)
  }

  deinit {
    coracle_session_destroy(session)
    coracle_model_destroy(model)
  }

  /// Sets the shape of input `index`.
  func resize(_ index: Int, _ shape: [Int]) throws {
    let extents = shape.map { Int64($0) }
    try call { coracle_session_resize_input(session, index, extents, Int32(extents.count), $0) }
  }

  /// Plans without allocating what the plan needs; gives what it needs.
  func memoryNeeds() throws -> coracle_memory {
    var memory = coracle_memory()
    memory.struct_size = UInt32(MemoryLayout<coracle_memory>.size)
    try call { coracle_session_memory(session, &memory, $0) }
    return memory
  }

  /// The same; gives the bytes of the arena.
  func plan() throws -> Int { Int(clamping: try memoryNeeds().arena_bytes) }

  /// The constants that node `index` of the main graph reads packed: which input, and its bytes. Prepares the session.
  func packedInputs(of index: Int) throws -> [(input: Int, packed: PackedBytes)] {
    try call { coracle_session_prepare(session, $0) }
    var found: [(Int, PackedBytes)] = []
    for position in 0..<Int(CORACLE_MAX_PACKINGS) {
      var packing = coracle_packing()
      var data: UnsafeRawPointer?
      guard coracle_session_packed_input(session, index, position, &packing, &data, nil) == CORACLE_OK, let data else { break }
      found.append((Int(packing.input), PackedBytes(order: packing.layout, bytes: Data(bytes: data, count: Int(packing.byte_count)))))
    }
    return found
  }

  /// The kernel that the plan has chosen for node `index`; empty where there is none yet.
  func kernelName(of index: Int) -> String {
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    guard coracle_session_node(session, index, &plan, nil) == CORACLE_OK, let name = plan.kernel_name else { return "" }
    return String(cString: name)
  }

  /// Gives the inputs their shapes and elements.
  func write(_ inputs: [Constant]) throws {
    for (index, input) in inputs.enumerated() {
      try resize(index, input.shape)
      var tensor = coracle_tensor()
      tensor.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
      try call { coracle_session_input(session, index, &tensor, $0) }
      input.bytes.withUnsafeBytes { raw in
        if let data = tensor.data, let base = raw.baseAddress { memcpy(data, base, min(tensor.byte_count, raw.count)) }
      }
    }
  }

  func run() throws { try call { coracle_session_run(session, $0) } }

  /// Runs once on `inputs` and gives the outputs.
  func run(_ inputs: [Constant] = [], outputCount: Int) throws -> [Constant] {
    try write(inputs)
    try run()
    return try (0..<outputCount).map { index in
      var tensor = coracle_tensor()
      tensor.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
      try call { coracle_session_output(session, index, &tensor, $0) }
      let bytes = tensor.data.map { Data(bytes: $0, count: tensor.byte_count) } ?? Data()
      return Constant(type: ElementType(rawValue: UInt8(clamping: tensor.type)) ?? .none, shape: RuntimeModel.shape(tensor), bytes: bytes)
    }
  }

  /// Type, shape and place of a value in the present plan; nil for a value that the model does not hold.
  func placed(_ value: Value) -> Placed? {
    guard let index = memory.program.index(of: value) else { return nil }
    var tensor = coracle_tensor()
    tensor.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    var plan = coracle_tensor_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_tensor_plan>.size)
    guard coracle_session_tensor(session, index, &tensor, &plan, nil) == CORACLE_OK else { return nil }
    let isInArena = plan.kind == Int32(CORACLE_PLACE_ARENA)
    let offset = isInArena && plan.offset < 1 << 62 ? Int(plan.offset) : nil
    return Placed(type: ElementType(rawValue: UInt8(clamping: tensor.type)) ?? .none, shape: RuntimeModel.shape(tensor), offset: offset,
      isPlanned: plan.kind != Int32(CORACLE_PLACE_NONE) && plan.kind != Int32(CORACLE_PLACE_GROWING))
  }

  private static func shape(_ tensor: coracle_tensor) -> [Int] {
    withUnsafeBytes(of: tensor.shape) { raw in
      (0..<min(max(Int(tensor.rank), 0), 8)).map { Int(raw.load(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
  }

  private func call(_ body: (UnsafeMutablePointer<coracle_error>) -> coracle_status) throws {
    var error = coracle_error()
    error.struct_size = UInt32(MemoryLayout<coracle_error>.size)
    let status = body(&error)
    guard status != CORACLE_OK else { return }
    let message = withUnsafeBytes(of: error.message) { raw in String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self) }
    throw Refusal(status: status, description: message.isEmpty ? String(cString: coracle_status_name(status)) : message)
  }
}
