// Running a prepared plan: one step after the other, each on every thread that helps.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// One execution of a node by the whole team.
private struct TeamCall {
  let backend: UnsafePointer<coracle_backend>
  let node: UnsafePointer<coracle_node>
  let execution: coracle_execution
  /// The first failure and its sentence.
  var hasFailed: UInt32 = 0
  var result = coracle_status(CORACLE_OK)
  let error: UnsafeMutablePointer<coracle_error>?
}

extension Session {
  package mutating func run(_ error: ErrorWriter) throws(Status) {
    platform_atomic_store(isCancelled, 0)
    platform_begin_run()
    defer { platform_end_run() }
    try prepare(error)
    do throws(Status) {
      try runGraph(0, error)
    } catch let status {
      // Buffers that an earlier run needed larger may be in the way: this run by itself may fit. Inputs are as they were.
      guard status == .overBudget, releaseGrownBuffers() else { throw status }
      try runGraph(0, error)
    }
    try deliverOutputs(error)
  }

  mutating func runGraph(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let graph = model.pointee.graphs[index]
    for node in graph.firstNode..<(graph.firstNode + graph.nodeCount) {
      try checkCancelled(error)
      if nodes[node].mode == .evaluated || nodes[node].mode == .view { continue }
      let start = options.profile_function == nil ? 0 : platform_nanoseconds()
      switch model.pointee.nodes[node].code {
      #if !CORACLE_WITHOUT_CONTROL_FLOW
      case .conditional: try runConditional(node, error)
      case .loop: try runLoop(node, error)
      #endif
      default:
        if nodes[node].mode == .dynamic { try prepareDynamic(node, error) }
        try execute(node, error)
        if nodes[node].mode == .dynamic { measureOutputs(node) }
      }
      if let report = options.profile_function { tell(report, node, since: start) }
    }
  }

  func checkCancelled(_ error: ErrorWriter) throws(Status) {
    guard platform_atomic_load(isCancelled) == 0, (options.cancel?(options.cancel_user_data) ?? 0) == 0 else {
      throw error.fail(.cancelled).text("the run was cancelled").status
    }
  }

  private func tell(_ report: coracle_profile_function, _ index: Int, since start: UInt64) {
    var timing = coracle_node_timing()
    timing.struct_size = UInt32(MemoryLayout<coracle_node_timing>.size)
    timing.node_index = UInt32(truncatingIfNeeded: index)
    timing.name = nodes[index].node.name
    timing.operator_name = characters(model.pointee.nodes[index].code.name)
    timing.backend_name = backendName(index)
    timing.nanoseconds = platform_nanoseconds() &- start
    report(options.profile_user_data, &timing)
  }

  package func backendName(_ index: Int) -> UnsafePointer<CChar> {
    let position = nodes[index].backend
    return (position >= 0 ? backends[position].name : nil) ?? characters("runtime")
  }

  /// Executes a node whose outputs have shape and memory.
  private func execute(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let support = nodes[index].support
    var execution = coracle_execution()
    execution.struct_size = UInt32(MemoryLayout<coracle_execution>.size)
    execution.thread_count = 1
    execution.scratch = scratch
    execution.scratch_bytes = Int(clamping: support.scratch_bytes)
    execution.prepared = nodes[index].prepared
    execution.profile = UnsafePointer(profile)
    execution.packed = nodes[index].packed
    let backend = backends + nodes[index].backend
    let result: coracle_status
    if let team, support.all_threads != 0 {
      execution.thread_count = UInt32(threadCount)
      var call = TeamCall(backend: backend, node: nodePointer(index), execution: execution, error: error.object)
      platform_team_run(team, { context, part in executePart(context, part) }, &call)
      result = call.result
    } else {
      result = backend.pointee.execute(backend.pointee.user_data, nodePointer(index), &execution, error.object)
    }
    if result != CORACLE_OK { throw Status(rawValue: result) ?? .backendFailed }
  }

  /// A shape rule may have given a bound only; the kernel has set the shape that came out.
  private func measureOutputs(_ index: Int) {
    for position in 0..<Int(nodes[index].node.output_count) {
      guard let output = nodes[index].node.outputs[position] else { continue }
      output.pointee.byte_count = output.count * output.type.size
    }
  }

  /// Copies outputs that could not be computed where the caller wants them.
  private func deliverOutputs(_ error: ErrorWriter) throws(Status) {
    for position in 0..<outputs.count where outputBindings[position].isBound {
      let index = Int(outputs[position])
      try checkFits(position, error)
      guard let target = outputBindings[position].data, let source = tensors[index].data, target != source else { continue }
      platform_copy(target, source, tensors[index].byte_count)
    }
  }
}

/// One part of a call. The first failure's sentence is the one that stays.
private func executePart(_ context: UnsafeMutableRawPointer?, _ part: UnsafeMutablePointer<platform_team_part>?) {
  guard let call = context?.assumingMemoryBound(to: TeamCall.self), let part else { return }
  var execution = call.pointee.execution
  execution.thread_index = part.pointee.index
  execution.team = UnsafeMutableRawPointer(part)
  let backend = call.pointee.backend
  var failure = coracle_error()
  let result = backend.pointee.execute(backend.pointee.user_data, call.pointee.node, &execution, &failure)
  guard result != CORACLE_OK else { return }
  let flag = UnsafeMutableRawPointer(call).advanced(by: MemoryLayout<TeamCall>.offset(of: \.hasFailed) ?? 0)
  guard platform_atomic_add(flag.assumingMemoryBound(to: UInt32.self), 1) == 0 else { return }
  call.pointee.result = result
  // The object is the caller's, so its size stays.
  call.pointee.error?.pointee.status = failure.status
  call.pointee.error?.pointee.message = failure.message
}

/// A literal as C sees it; literals end with a NUL.
package func characters(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
