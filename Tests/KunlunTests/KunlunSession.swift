// Graphs run through the C API with the simulator as an extra backend. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import CoracleABI
import Graph
import KunlunBackend
import Testing

@testable import Compiler

/// A failed call, as a sentence.
struct CallFailure: Error, CustomStringConvertible {
  let status: coracle_status
  let description: String
}

func call(_ body: (UnsafeMutablePointer<coracle_error>) -> coracle_status) throws {
  var error = coracle_error()
  error.struct_size = UInt32(MemoryLayout<coracle_error>.size)
  let status = body(&error)
  guard status != 0 else { return }
  throw CallFailure(status: status, description: withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
}

/// A graph of float32 inputs and outputs, run on each list of inputs in turn; the outputs are those of the last run.
struct GraphRun {
  let outputs: [[Float]]
  /// The backend of each node of the plan.
  let backends: [String]

  /// What the simulator has counted.
  let counts: coracle_kunlun_counts

  init(_ graph: Graph, _ inputs: [[Float]], _ settings: KunlunSettings?, threads: UInt32 = 1) throws {
    try self.init(graph, runs: [inputs], settings, threads: threads)
  }

  init(_ graph: Graph, runs: [[[Float]]], _ settings: KunlunSettings?, threads: UInt32 = 1) throws {
    let memory = try MemoryModel.whole(graph)
    var model: OpaquePointer?
    var session: OpaquePointer?
    defer {
      coracle_session_destroy(session)
      coracle_model_destroy(model)
    }
    try call { coracle_model_open_memory(memory.bytes.baseAddress, memory.bytes.count, nil, &model, $0) }
    let counter = UnsafeMutablePointer<coracle_kunlun_counts>.allocate(capacity: 1)
    defer { counter.deallocate() }
    counter.initialize(to: coracle_kunlun_counts())
    var backend = settings.map { settings in
      var counted = settings
      counted.counts = counter
      return kunlunBackend(KunlunOptions(counted))
    } ?? coracle_backend()
    let found = try withUnsafePointer(to: &backend) { table -> ([[Float]], [String]) in
      let tables: [UnsafePointer<coracle_backend>?] = [table]
      var options = coracle_session_options()
      options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
      options.thread_count = threads
      return try tables.withUnsafeBufferPointer { list in
        options.extra_backends = list.baseAddress
        options.extra_backend_count = settings == nil ? 0 : 1
        return try "kunlun,generic".withCString { both in
          try "generic".withCString { generic in
            options.backends = settings == nil ? generic : both
            try call { coracle_session_create(model, &options, &session, $0) }
            var results: [[Float]] = []
            for inputs in runs { results = try GraphRun.run(session, graph, inputs) }
            let backends = (0..<coracle_session_node_count(session)).map { index -> String in
              var plan = coracle_node_plan()
              plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
              guard coracle_session_node(session, index, &plan, nil) == 0, let name = plan.backend_name else { return "" }
              return String(cString: name)
            }
            coracle_session_destroy(session)
            session = nil
            return (results, backends)
          }
        }
      }
    }
    (outputs, backends) = found
    counts = counter.pointee
    withExtendedLifetime(memory) {}
  }

  private static func view() -> coracle_tensor {
    var view = coracle_tensor()
    view.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    return view
  }

  private static func run(_ session: OpaquePointer?, _ graph: Graph, _ inputs: [[Float]]) throws -> [[Float]] {
    for (index, values) in inputs.enumerated() {
      var tensor = view()
      try call { coracle_session_input(session, index, &tensor, $0) }
      #expect(tensor.byte_count == values.count * 4)
      values.withUnsafeBytes { if let base = $0.baseAddress { tensor.data?.copyMemory(from: base, byteCount: $0.count) } }
    }
    try call { coracle_session_run(session, $0) }
    return try graph.outputs.indices.map { index in
      var tensor = view()
      try call { coracle_session_output(session, index, &tensor, $0) }
      return (0..<tensor.byte_count / 4).map { tensor.data!.load(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }
}

/// The settings of each arithmetic there is, on the generation that has all of them.
func everySetting() throws -> [KunlunSettings] {
  try everyPrecision.flatMap { precision in
    try [(false, false), (true, false), (false, true)].map { try KunlunSettings(.second, precision, isPerChannel: $0.0, isEvery16: $0.1) }
  } + [KunlunSettings(.first, .int8), KunlunSettings(.first, .int16), KunlunSettings(.first, .int31), KunlunSettings(.first, .float16)]
}
