// The Kunlun XPU simulator's functional side: a backend with the numerics of the card. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CKunlun
import KunlunNumerics
import ModelFile
import Operators
import Platform
import Tensors

/// The table of the backend for `options`; they are in it.
package func kunlunBackend(_ options: KunlunOptions) -> coracle_backend {
  var backend = coracle_backend()
  backend.version = UInt32(CORACLE_BACKEND_VERSION)
  let name: StaticString = "kunlun"
  backend.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  backend.user_data = options.userData
  backend.supports = kunlunSupports
  backend.prepare = kunlunPrepare
  backend.execute = kunlunExecute
  backend.destroy = kunlunDestroy
  backend.pack = kunlunPack
  return backend
}

@_cdecl("coracle_backend_kunlun")
public func writeKunlunBackend(_ options: UnsafePointer<coracle_kunlun_options>?, _ backend: UnsafeMutablePointer<coracle_backend>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  let isSized = error.map { Int($0.pointee.struct_size) >= MemoryLayout<coracle_error>.size } ?? false
  let writer = ErrorWriter(isSized ? error : nil)
  do throws(Status) {
    guard let backend else { throw writer.fail(.invalidArgument).text("backend is NULL").status }
    backend.pointee = kunlunBackend(try KunlunOptions(options, writer))
    return coracle_status(CORACLE_OK)
  } catch {
    return error.rawValue
  }
}

@_cdecl("coracle_kunlun_supports")
public func kunlunSupports(_ userData: UnsafeMutableRawPointer?, _ node: UnsafePointer<coracle_node>?,
  _ placement: UnsafePointer<coracle_placement>?, _ support: UnsafeMutablePointer<coracle_support>?) -> coracle_status {
  guard let node, let placement, let support else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  let view = NodeView(node, ErrorWriter(nil))
  let threads = Int(placement.pointee.thread_count)
  return dispatch(view, DescribeKernel(threads: threads, support: support)) { () throws(Status) in
    try KunlunOptions(userData: userData).settings(placement.pointee.profile)
  }
}

/// Makes room for the slots of the result's maximum and tells the tensor where they are.
@_cdecl("coracle_kunlun_prepare")
public func kunlunPrepare(_ userData: UnsafeMutableRawPointer?, _ node: UnsafePointer<coracle_node>?,
  _ prepared: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  guard let node, let prepared else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  let view = NodeView(node, ErrorWriter(error))
  return dispatch(view, LeaveMaximum(node: view, prepared: prepared)) { () throws(Status) in
    try KunlunOptions(userData: userData).settings(nil)
  }
}

@_cdecl("coracle_kunlun_destroy")
public func kunlunDestroy(_ userData: UnsafeMutableRawPointer?, _ prepared: UnsafeMutableRawPointer?) { platform_deallocate(prepared) }

@_cdecl("coracle_kunlun_execute")
public func kunlunExecute(_ userData: UnsafeMutableRawPointer?, _ node: UnsafePointer<coracle_node>?,
  _ execution: UnsafePointer<coracle_execution>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  guard let node, let execution else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  let view = NodeView(node, ErrorWriter(error))
  return dispatch(view, ExecuteNode(node: view, run: Execution(execution))) { () throws(Status) in
    try KunlunOptions(userData: userData).settings(execution.pointee.profile)
  }
}

@_cdecl("coracle_kunlun_pack")
public func kunlunPack(_ userData: UnsafeMutableRawPointer?, _ node: UnsafePointer<coracle_node>?, _ packing: UnsafePointer<coracle_packing>?,
  _ packed: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status {
  guard let node, let packing, let packed else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  let view = NodeView(node, ErrorWriter(error))
  return dispatch(view, PackFactor(node: view, packing: Packing(packing.pointee), packed: packed)) { () throws(Status) in
    KunlunSettings(packedAs: packing.pointee.layout)
  }
}

/// Something to be done with an operator of the card.
private protocol KunlunVisitor {
  func visit<Operator: KunlunOperator>(_ operation: Operator) throws(Status)
}

/// The operators that the card multiplies matrices for, the only place where they are listed, and those that its host computes.
private func dispatch<Visitor: KunlunVisitor>(_ node: NodeView, _ visitor: Visitor, settings: () throws(Status) -> KunlunSettings) -> coracle_status {
  do throws(Status) {
    let settings = try settings()
    switch node.operatorCode {
    case .convolution: try visitor.visit(KunlunConvolution(node, settings))
    case .convolutionTranspose: try visitor.visit(KunlunTransposedConvolution(node, settings))
    case .separableConvolution: try visitor.visit(KunlunSeparableConvolution(node, settings))
    case .matmul: try visitor.visit(KunlunMatmul(node, settings))
    case .attention: try visitor.visit(KunlunAttention(node, settings))
    case .recurrent: try visitor.visit(KunlunRecurrent(node, settings))
    default: try visitor.visit(KunlunHostOperator(node, settings))
    }
    return coracle_status(CORACLE_OK)
  } catch {
    return error.rawValue
  }
}

private struct DescribeKernel: KunlunVisitor {
  let threads: Int
  let support: UnsafeMutablePointer<coracle_support>
  func visit<Operator: KunlunOperator>(_ operation: Operator) throws(Status) { operation.kernel(threads: threads).write(to: support) }
}

private struct ExecuteNode: KunlunVisitor {
  let node: NodeView
  let run: Execution
  func visit<Operator: KunlunOperator>(_ operation: Operator) throws(Status) { try operation.execute(node, run) }
}

private struct LeaveMaximum: KunlunVisitor {
  let node: NodeView
  let prepared: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  func visit<Operator: KunlunOperator>(_ operation: Operator) throws(Status) {
    guard operation.leavesMaximum, let output = node.optionalOutput(0), output.pointee.struct_size >= MemoryLayout<coracle_tensor>.size else { return }
    guard let slots = platform_allocate(MaximumSlots.mostBytes, MaximumSlots.mostBytes) else {
      throw node.fail(.outOfMemory).text("no memory for the slots of its maximum").status
    }
    prepared.pointee = slots
    output.pointee.maxima = UnsafePointer(slots.assumingMemoryBound(to: Float.self))
    // The first run says how many the generation has.
    output.pointee.maxima_count = 0
  }
}

private struct PackFactor: KunlunVisitor {
  let node: NodeView
  let packing: Packing
  let packed: UnsafeMutableRawPointer
  func visit<Operator: KunlunOperator>(_ operation: Operator) throws(Status) { try operation.pack(node, packing, into: packed) }
}
