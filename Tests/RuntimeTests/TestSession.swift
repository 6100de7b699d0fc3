// A graph run through the C API, as a host would. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// A failed call: its status and sentence.
struct CallFailure: Error, CustomStringConvertible {
  let status: coracle_status
  let message: String
  var description: String { "\(status): \(message)" }
}

/// Runs `body` with an error object and throws what it leaves there.
func call(_ body: (UnsafeMutablePointer<coracle_error>) -> coracle_status) throws {
  var error = coracle_error()
  error.struct_size = UInt32(MemoryLayout<coracle_error>.size)
  let status = body(&error)
  guard status != 0 else { return }
  let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  XCTAssertEqual(error.status, status, "the error object repeats the status")
  XCTAssertFalse(message.isEmpty, "a failure has a sentence")
  throw CallFailure(status: status, message: message)
}

/// Counts what is allocated, and refuses the n-th request where it is told to.
final class CountingAllocator {
  var live = 0, requests = 0, refuse = Int.max

  func makeAllocator() -> coracle_allocator {
    coracle_allocator(struct_size: UInt32(MemoryLayout<coracle_allocator>.size), user_data: Unmanaged.passUnretained(self).toOpaque(),
      allocate: { data, size, alignment in
        let me = Unmanaged<CountingAllocator>.fromOpaque(data!).takeUnretainedValue()
        me.requests += 1
        guard me.requests != me.refuse else { return nil }
        me.live += size
        return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
      },
      deallocate: { data, pointer, size in
        Unmanaged<CountingAllocator>.fromOpaque(data!).takeUnretainedValue().live -= size
        pointer?.deallocate()
      })
  }
}

/// Writes `graph` to the folder that CORACLE_LAYERS names, if it does: for the shipped library, which has more instruction sets than these
/// tests are built for.
func keepLayer(_ graph: Graph, _ name: String) throws {
  guard let folder = ProcessInfo.processInfo.environment["CORACLE_LAYERS"] else { return }
  let model = try MemoryModel.whole(graph)
  try withExtendedLifetime(model) { try Data(model.bytes).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).coracle")) }
}

final class TestSession {
  private let memory: MemoryModel
  private(set) var model: OpaquePointer?
  private(set) var session: OpaquePointer?

  init(_ graph: Graph, threads: UInt32 = 1, budget: UInt64 = 0, allocator: CountingAllocator? = nil, backends: String? = nil,
    packed: [ObjectIdentifier: PackedBytes] = [:], halves: [ObjectIdentifier: Constant] = [:], profile: UnsafePointer<coracle_profile>? = nil, log: coracle_log_function? = nil,
    logData: UnsafeMutableRawPointer? = nil) throws {
    var description = ModelDescription()
    description.packed = packed
    description.halves = halves
    memory = try MemoryModel.whole(graph, description)
    let names = backends.map { strdup($0) } ?? nil
    defer { free(names) }
    var host = (allocator ?? CountingAllocator()).makeAllocator()
    try withUnsafePointer(to: &host) { host in
      var modelOptions = coracle_model_options()
      modelOptions.struct_size = UInt32(MemoryLayout<coracle_model_options>.size)
      if allocator != nil { modelOptions.allocator = host }
      try call { coracle_model_open_memory(memory.bytes.baseAddress, memory.bytes.count, &modelOptions, &model, $0) }
      var options = coracle_session_options()
      options.struct_size = UInt32(MemoryLayout<coracle_session_options>.size)
      options.thread_count = threads
      options.memory_budget = budget
      options.profile = profile
      options.log = log
      options.log_user_data = logData
      options.backends = UnsafePointer(names)
      do {
        try call { coracle_session_create(model, &options, &session, $0) }
      } catch {
        coracle_model_destroy(model)
        model = nil
        throw error
      }
    }
  }

  deinit {
    // In this order on purpose: a session keeps its model.
    coracle_model_destroy(model)
    coracle_session_destroy(session)
  }

  func resize(_ input: Int, _ shape: [Int]) throws {
    try call { coracle_session_resize_input(session, input, shape.map { Int64($0) }, Int32(shape.count), $0) }
  }

  func write<T>(_ input: Int, _ values: [T]) throws {
    var view = coracle_tensor.sized
    try call { coracle_session_input(session, input, &view, $0) }
    XCTAssertEqual(view.byte_count, values.count * MemoryLayout<T>.size)
    values.withUnsafeBytes { if let base = $0.baseAddress { view.data?.copyMemory(from: base, byteCount: $0.count) } }
  }

  func run() throws { try call { coracle_session_run(session, $0) } }

  func read<T>(_ output: Int, _: T.Type = T.self) throws -> (shape: [Int], values: [T]) {
    var view = coracle_tensor.sized
    try call { coracle_session_output(session, output, &view, $0) }
    let shape = withUnsafeBytes(of: view.shape) { $0.bindMemory(to: Int64.self).prefix(Int(view.rank)).map { Int($0) } }
    let count = shape.reduce(1, *)
    XCTAssertEqual(view.byte_count, count * MemoryLayout<T>.size)
    return (shape, (0..<count).map { view.data!.load(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) })
  }

  func memoryNeeds() throws -> coracle_memory {
    var result = coracle_memory()
    result.struct_size = UInt32(MemoryLayout<coracle_memory>.size)
    try call { coracle_session_memory(session, &result, $0) }
    return result
  }
}

extension coracle_tensor {
  static var sized: coracle_tensor {
    var tensor = coracle_tensor()
    tensor.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    return tensor
  }
}
