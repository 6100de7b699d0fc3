// SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import ModelFile
import Operators
import Platform
import Tensors

/// The operators that the card has no kernel for. Control flow is the runtime's own.
private enum HostOperators: OperatorSet {
  static func visit<Visitor: OperatorVisitor>(_ code: OperatorCode, _ visitor: Visitor) throws(Status) -> Visitor.Result? {
    switch code {
    case .nonMaximumSuppression: try visitor.visit(NonMaximumSuppressionOperator.self)
    case .multiclassNms: try visitor.visit(MulticlassNmsOperator.self)
    case .nonZero: try visitor.visit(NonZeroOperator.self)
    default: nil
    }
  }
}

/// One of them as the card's framework runs it. A session's tensors are the card's memory and its scratch is the host's: inputs are copied there, the
/// portable implementation computes, and the results are copied back.
struct KunlunHostOperator: KunlunOperator {
  private let settings: KunlunSettings
  private let portable: Kernel
  private let tableBytes: Int
  /// Of the copies.
  private let tensorBytes: Int

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    guard let kernel = try HostOperators.visit(node.operatorCode, ChooseKernel(node: node, threads: 1)) else { throw node.decline() }
    _ = try node.input(0)
    portable = kernel
    tableBytes = HostTables.byteCount(node)
    var bytes = 0
    for index in 0..<node.inputCount {
      guard let input = node.optionalInput(index) else { continue }
      bytes &+= try KunlunHostOperator.copyBytes(input.shape, input.type, node)
    }
    for index in 0..<node.outputCount {
      guard let output = node.optionalOutput(index) else { continue }
      bytes &+= try KunlunHostOperator.copyBytes(output.shape, output.type, node)
    }
    tensorBytes = bytes
  }

  /// Bytes of a tensor's copy, rounded up so that the next one is aligned.
  private static func copyBytes(_ shape: Shape, _ type: ElementType, _ node: NodeView) throws(Status) -> Int {
    guard let count = shape.checkedElementCount else { throw node.decline() }
    return (count &* type.size &+ 63) / 64 &* 64
  }

  var leavesMaximum: Bool { false }

  func kernel(threads: Int) -> Kernel {
    Kernel("on the host", reason: "no kernel of the card: copied there and back", scratchBytes: tableBytes &+ tensorBytes &+ max(portable.scratchBytes, 0))
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let tables = HostTables(node, run.scratch(UInt8.self))
    var cursor = UnsafeMutableRawPointer(run.scratch(UInt8.self, at: tableBytes))
    for index in 0..<node.inputCount {
      guard let input = node.optionalInput(index) else { continue }
      tables.inputs[index] = input.pointee
      // The host has the constants.
      guard input.pointee.is_constant == 0 else { continue }
      let bytes = input.count &* input.type.size
      if let source = input.pointee.data { platform_copy(cursor, source, bytes) }
      tables.inputs[index].data = cursor
      cursor += try KunlunHostOperator.copyBytes(input.shape, input.type, node)
      settings.count(run) { counts in
        counts.copies_to_host &+= 1
        counts.bytes_to_host &+= UInt64(bytes)
      }
    }
    for index in 0..<node.outputCount {
      guard let output = node.optionalOutput(index) else { continue }
      tables.outputs[index] = output.pointee
      tables.outputs[index].data = cursor
      cursor += try KunlunHostOperator.copyBytes(output.shape, output.type, node)
    }
    let execution = tables.execution
    execution.pointee.struct_size = UInt32(MemoryLayout<coracle_execution>.size)
    execution.pointee.thread_count = 1
    execution.pointee.scratch = cursor
    execution.pointee.scratch_bytes = max(portable.scratchBytes, 0)
    execution.pointee.profile = run.profile
    let view = NodeView(tables.node, node.error, profile: run.profile)
    _ = try HostOperators.visit(node.operatorCode, Execute(node: view, run: Execution(execution)))
    for index in 0..<node.outputCount {
      guard let output = node.optionalOutput(index) else { continue }
      // The result may be smaller than its bound.
      output.pointee.dimensions = tables.outputs[index].dimensions
      let bytes = output.count &* output.type.size
      if let target = output.pointee.data, let source = tables.outputs[index].data { platform_copy(target, source, bytes) }
      settings.count(run) { counts in
        counts.copies_to_device &+= 1
        counts.bytes_to_device &+= UInt64(bytes)
      }
    }
  }
}

/// The host's view of a node: the same node with tensors that lie elsewhere.
private struct HostTables {
  let node: UnsafeMutablePointer<coracle_node>
  let execution: UnsafeMutablePointer<coracle_execution>
  let inputs: UnsafeMutablePointer<coracle_tensor>
  let outputs: UnsafeMutablePointer<coracle_tensor>

  private static var pointerBytes: Int { MemoryLayout<UnsafeRawPointer?>.stride }

  static func byteCount(_ node: NodeView) -> Int {
    let tensors = node.inputCount &+ node.outputCount
    let bytes = MemoryLayout<coracle_node>.stride &+ MemoryLayout<coracle_execution>.stride &+ tensors &* (MemoryLayout<coracle_tensor>.stride &+ pointerBytes)
    return (bytes &+ 63) / 64 &* 64
  }

  /// At `memory`, which has `byteCount` bytes; the tensors are still to be set.
  init(_ view: NodeView, _ memory: UnsafeMutablePointer<UInt8>) {
    let base = UnsafeMutableRawPointer(memory)
    platform_fill(base, 0, HostTables.byteCount(view))
    node = base.assumingMemoryBound(to: coracle_node.self)
    execution = (base + MemoryLayout<coracle_node>.stride).assumingMemoryBound(to: coracle_execution.self)
    inputs = (UnsafeMutableRawPointer(execution) + MemoryLayout<coracle_execution>.stride).assumingMemoryBound(to: coracle_tensor.self)
    outputs = inputs + view.inputCount
    let pointers = UnsafeMutableRawPointer(outputs + view.outputCount)
    let inputPointers = pointers.assumingMemoryBound(to: UnsafePointer<coracle_tensor>?.self)
    let outputPointers = (pointers + view.inputCount &* HostTables.pointerBytes).assumingMemoryBound(to: UnsafeMutablePointer<coracle_tensor>?.self)
    for index in 0..<view.inputCount where view.optionalInput(index) != nil { inputPointers[index] = UnsafePointer(inputs + index) }
    for index in 0..<view.outputCount where view.optionalOutput(index) != nil { outputPointers[index] = outputs + index }
    node.pointee = view.node.pointee
    node.pointee.inputs = UnsafePointer(inputPointers)
    node.pointee.outputs = UnsafePointer(outputPointers)
  }
}
