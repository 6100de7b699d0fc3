// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// Runs one node as the runtime would: infer, memory for the outputs, kernel, execute on every thread or on one.
final class OperatorHarness {
  let code: OperatorCode
  let inputs: [TensorBuffer?]
  private(set) var outputs: [TensorBuffer?]
  private let nodeBuffer: NodeBuffer
  private let attributes: UnsafeRawPointer?
  private let attributesType: UInt8
  private var error = coracle_error()

  /// Fails where the attributes are not a well-formed table with known enum values: such nodes do not reach operators.
  init?(_ nodeBuffer: NodeBuffer, inputs: [TensorBuffer?], wanted: [Bool]) {
    guard let node = nodeBuffer.node else { return nil }
    self.nodeBuffer = nodeBuffer
    code = node.operatorCode
    attributes = node.attributes?.base
    attributesType = node.attributesType
    self.inputs = inputs
    outputs = wanted.map { $0 ? TensorBuffer() : nil }
  }

  var message: String { withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } }

  /// Calls `body` with the node as an operator sees it. Each call has an error object of its own, kept where it failed.
  func withNode<Result>(_ body: (NodeView) throws -> Result) throws -> Result {
    let inputPointers = inputs.map { $0.map { UnsafePointer($0.tensor) } }
    let outputPointers = outputs.map { $0?.tensor }
    var failure = coracle_error()
    defer { if failure.status != 0 { error = failure } }
    return try inputPointers.withUnsafeBufferPointer { inputPointers in
      try outputPointers.withUnsafeBufferPointer { outputPointers in
        var node = coracle_node()
        node.struct_size = UInt32(MemoryLayout<coracle_node>.size)
        node.operator_code = code.rawValue
        node.attributes_type = UInt16(attributesType)
        node.attributes = attributes
        node.inputs = inputPointers.baseAddress
        node.outputs = outputPointers.baseAddress
        node.input_count = UInt32(inputPointers.count)
        node.output_count = UInt32(outputPointers.count)
        return try "case".withCString { name in
          node.name = name
          return try withUnsafeMutablePointer(to: &failure) { failure in
            try withUnsafePointer(to: &node) { try body(NodeView($0, ErrorWriter(failure))) }
          }
        }
      }
    }
  }

  func infer() throws -> Inference { try withNode { try $0.infer() } }

  /// The bytes that the outputs need after `infer`.
  var outputBytes: Int {
    outputs.reduce(0) { total, output in
      guard let output else { return total }
      let (bytes, overflow) = output.tensor.pointee.elementCount.multipliedReportingOverflow(by: output.tensor.pointee.elementType.size)
      return overflow ? Int.max / 2 : min(total + bytes, Int.max / 2)
    }
  }

  func kernel(threads: Int) throws -> Kernel {
    guard let kernel = try withNode({ try $0.kernel(threads: threads) }) else { throw CaseFailure("no kernel") }
    return kernel
  }

  /// Gives the outputs fresh memory, output 0 that of input `inPlace` if asked for.
  func allocateOutputs(inPlace: Int? = nil) {
    outputs = outputs.map { $0?.allocated() }
    if let inPlace, let input = inputs[inPlace], let output = outputs.first ?? nil { output.tensor.pointee.data = input.tensor.pointee.data }
  }

  /// Executes with `threads` threads; the outputs have memory.
  func execute(threads: Int) throws {
    let kernel = try kernel(threads: threads)
    try onTeam(kernel.allThreads ? threads : 1, scratchBytes: kernel.scratchBytes) { execution in
      try withUnsafePointer(to: execution) { execution in try self.withNode { node in try node.execute(Execution(execution)) } }
    }
  }

  /// Calls `body` for `count` parts, on as many threads as there are processors for, which share guarded scratch memory; throws what the first part throws.
  func onTeam(_ count: Int, scratchBytes: Int, _ body: @escaping (coracle_execution) throws -> Void) throws {
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchBytes + 64, alignment: 64)
    scratch.initializeMemory(as: UInt8.self, repeating: 0xA5, count: scratchBytes + 64)
    defer { scratch.deallocate() }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: platform_team_bytes(UInt32(count)), alignment: 64)
    defer { memory.deallocate() }
    var team: OpaquePointer?
    guard platform_team_start(memory, UInt32(count), platform_core_set(), &team) == 0 else { throw CaseFailure("no threads") }
    defer { platform_team_stop(team) }
    let failures = UnsafeMutablePointer<Status?>.allocate(capacity: count)
    failures.initialize(repeating: nil, count: count)
    defer { failures.deallocate() }
    var part = Body(body: body, scratch: scratch, scratchBytes: scratchBytes, threadCount: UInt32(count), failures: failures)
    withUnsafeMutablePointer(to: &part) { part in
      platform_team_run(team, { context, part in if let part { context?.assumingMemoryBound(to: Body.self).pointee.run(part) } }, part)
    }
    for index in scratchBytes..<scratchBytes + 64 where scratch.load(fromByteOffset: index, as: UInt8.self) != 0xA5 {
      throw CaseFailure("wrote behind its scratch memory")
    }
    for thread in 0..<count { if let status = failures[thread] { throw status } }
  }

  private struct Body {
    let body: (coracle_execution) throws -> Void
    let scratch: UnsafeMutableRawPointer
    let scratchBytes: Int
    let threadCount: UInt32
    let failures: UnsafeMutablePointer<Status?>

    func run(_ part: UnsafeMutablePointer<platform_team_part>) {
      var execution = coracle_execution()
      execution.struct_size = UInt32(MemoryLayout<coracle_execution>.size)
      execution.thread_index = part.pointee.index
      execution.thread_count = threadCount
      execution.scratch = scratch
      execution.scratch_bytes = scratchBytes
      execution.team = UnsafeMutableRawPointer(part)
      do {
        try body(execution)
      } catch { failures[Int(part.pointee.index)] = error as? Status ?? .internal }
    }
  }
}
