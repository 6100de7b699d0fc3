// The generic backend: the portable implementation of every operator, the oracle for the others.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// The table of the generic backend.
package func genericBackend() -> coracle_backend {
  var backend = coracle_backend()
  backend.version = UInt32(CORACLE_BACKEND_VERSION)
  let name: StaticString = "generic"
  backend.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  backend.supports = { _, node, threads, support in supportsNode(node, threads, support) }
  backend.execute = { _, node, execution, error in executeNode(node, execution, error) }
  return backend
}

private func supportsNode(_ node: UnsafePointer<coracle_node>?, _ threads: UInt32, _ support: UnsafeMutablePointer<coracle_support>?) -> coracle_status {
  guard let node, let support else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  do {
    guard let kernel = try NodeView(node, ErrorWriter(nil)).kernel(threads: Int(threads)) else { return coracle_status(CORACLE_UNSUPPORTED) }
    support.pointee.all_threads = kernel.allThreads ? 1 : 0
    support.pointee.scratch_bytes = UInt64(max(kernel.scratchBytes, 0))
    support.pointee.kernel_name = UnsafeRawPointer(kernel.name.utf8Start).assumingMemoryBound(to: CChar.self)
    support.pointee.reason = UnsafeRawPointer(kernel.reason.utf8Start).assumingMemoryBound(to: CChar.self)
    return coracle_status(CORACLE_OK)
  } catch {
    return error.rawValue
  }
}

private func executeNode(_ node: UnsafePointer<coracle_node>?, _ execution: UnsafePointer<coracle_execution>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  guard let node, let execution else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  do {
    try NodeView(node, ErrorWriter(error)).execute(Execution(execution))
    return coracle_status(CORACLE_OK)
  } catch let failure {
    return failure.rawValue
  }
}
