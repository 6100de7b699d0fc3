// A thin Swift face of coracle_session. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import Foundation
import KunlunBackend

/// How a session is to run; nil and 0 leave the choice to the library.
struct SessionSettings {
  var threads = 0
  var backends: String?
  var profile: String?
  /// What the Kunlun XPU simulator simulates; nil leaves it out.
  var kunlun: KunlunSettings?
}

/// Told of every operator of every run.
protocol OperatorObserver: AnyObject {
  func add(_ timing: coracle_node_timing)
}

/// A session: inputs are bound without a copy and stay alive as long as it needs them.
final class RuntimeSession {
  let model: RuntimeModel
  private(set) var pointer: OpaquePointer?
  private var bound: [Int: HostTensor] = [:]
  private let observer: ObserverBox?
  /// The simulator's table, which the session uses as long as it lives, and what it counts.
  private let simulator: UnsafeMutablePointer<coracle_backend>?
  private let counts: UnsafeMutablePointer<coracle_kunlun_counts>?

  init(_ model: RuntimeModel, _ settings: SessionSettings, observer: OperatorObserver? = nil) throws {
    self.model = model
    self.observer = observer.map { ObserverBox($0) }
    let counts = settings.kunlun.map { _ in KunlunSimulator.makeCounts() }
    self.counts = counts
    simulator = settings.kunlun.map { kunlun in
      let table = UnsafeMutablePointer<coracle_backend>.allocate(capacity: 1)
      var counted = kunlun
      counted.counts = counts
      table.initialize(to: kunlunBackend(KunlunOptions(counted)))
      return table
    }
    var options = coracle_session_options()
    options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
    options.thread_count = UInt32(clamping: settings.threads)
    if let box = self.observer {
      options.profile_user_data = Unmanaged.passUnretained(box).toOpaque()
      options.profile_function = { userData, timing in
        guard let userData, let timing else { return }
        Unmanaged<ObserverBox>.fromOpaque(userData).takeUnretainedValue().observer.add(timing.pointee)
      }
    }
    let tables = [UnsafePointer(simulator)]
    var profile = try settings.profile.map(hardwareProfile) ?? coracle_profile()
    try withUnsafePointer(to: &profile) { stock in
      if settings.profile != nil { options.profile = stock }
      try withOptionalCString(settings.backends) { backends in
        options.backends = backends
        try tables.withUnsafeBufferPointer { tables in
          options.extra_backends = simulator == nil ? nil : tables.baseAddress
          options.extra_backend_count = simulator == nil ? 0 : 1
          try calling { coracle_session_create(model.pointer, &options, &pointer, $0) }
        }
      }
    }
  }

  deinit {
    coracle_session_destroy(pointer)
    simulator?.deallocate()
    counts?.deallocate()
  }

  func resizeInput(_ index: Int, to shape: [Int]) throws {
    let extents = shape.map { Int64($0) }
    try calling { coracle_session_resize_input(pointer, index, extents, Int32(clamping: extents.count), $0) }
    bound[index] = nil
  }

  /// Makes the runs that follow read `tensor`; its shape becomes the input's. A simulated card reads a copy in its own memory.
  func bindInput(_ index: Int, _ tensor: HostTensor) throws {
    if counts != nil {
      if bound[index]?.shape != tensor.shape { try resizeInput(index, to: tensor.shape) }
      bound[index] = tensor
      return
    }
    var view = tensor.view
    try calling { coracle_session_bind_input(pointer, index, &view, $0) }
    bound[index] = tensor
  }

  func prepare() throws { try calling { coracle_session_prepare(pointer, $0) } }

  func run() throws {
    if let counts { try copyInputs(counts) }
    try calling { coracle_session_run(pointer, $0) }
  }

  private func copyInputs(_ counts: UnsafeMutablePointer<coracle_kunlun_counts>) throws {
    for (index, tensor) in bound {
      var view = emptyView()
      try calling { coracle_session_input(pointer, index, &view, $0) }
      guard view.byte_count == tensor.byteCount else { throw Failure("input \(index) has \(tensor.byteCount) bytes, the model expects \(view.byte_count)") }
      if let target = view.data, let source = tensor.memory.bytes.baseAddress { target.copyMemory(from: source, byteCount: tensor.byteCount) }
      counts.pointee.copies_to_device += 1
      counts.pointee.bytes_to_device += UInt64(tensor.byteCount)
    }
  }

  /// What the simulated card has copied and searched so far; nil without one.
  var kunlunCounts: KunlunCounts? { counts.map { KunlunCounts($0.pointee) } }

  /// A copy of output `index` of the last run.
  func output(_ index: Int) throws -> HostTensor {
    var view = emptyView()
    try calling { coracle_session_output(pointer, index, &view, $0) }
    if let counts {
      counts.pointee.copies_to_host += 1
      counts.pointee.bytes_to_host += UInt64(view.byte_count)
    }
    return try HostTensor(copying: view)
  }

  /// What the session needs or has.
  func memory() throws -> coracle_memory {
    var memory = coracle_memory()
    memory.struct_size = UInt32(MemoryLayout<coracle_memory>.size)
    try calling { coracle_session_memory(pointer, &memory, $0) }
    return memory
  }

  var nodeCount: Int { coracle_session_node_count(pointer) }
  var tensorCount: Int { coracle_session_tensor_count(pointer) }

  func node(_ index: Int) throws -> coracle_node_plan {
    var plan = coracle_node_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    try calling { coracle_session_node(pointer, index, &plan, $0) }
    return plan
  }

  /// The tensor that output `output` of operator `node` is; nil where nobody wants it.
  func outputTensor(node: Int, output: Int) -> Int? {
    var tensor = Int.max
    guard (try? calling { coracle_session_node_output(pointer, node, output, &tensor, $0) }) != nil, tensor >= 0 else { return nil }
    return tensor < tensorCount ? tensor : nil
  }

  func tensor(_ index: Int) throws -> (view: coracle_tensor, plan: coracle_tensor_plan) {
    var view = emptyView()
    var plan = coracle_tensor_plan()
    plan.struct_size = UInt32(MemoryLayout<coracle_tensor_plan>.size)
    try calling { coracle_session_tensor(pointer, index, &view, &plan, $0) }
    return (view, plan)
  }

  private func emptyView() -> coracle_tensor {
    var view = coracle_tensor()
    view.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    return view
  }
}

/// An observer where C code finds it.
private final class ObserverBox {
  let observer: OperatorObserver
  init(_ observer: OperatorObserver) { self.observer = observer }
}

private func withOptionalCString(_ text: String?, _ body: (UnsafePointer<CChar>?) throws -> Void) throws {
  guard let text else { return try body(nil) }
  try text.withCString { try body($0) }
}
