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

private func supportsNode(_ node: UnsafePointer<coracle_node>?, _ placement: UnsafePointer<coracle_placement>?,
  _ support: UnsafeMutablePointer<coracle_support>?) -> coracle_status
{
  guard let node, let placement, let support else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  do {
    let view = NodeView(node, ErrorWriter(nil), profile: placement.pointee.profile)
    guard let kernel = try view.kernel(threads: Int(placement.pointee.thread_count)) else { return coracle_status(CORACLE_UNSUPPORTED) }
    kernel.write(to: support)
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
