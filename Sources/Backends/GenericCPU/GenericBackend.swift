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
  backend.supports = { _, node, placement, support in OperatorBackend<PortableOperators>.supports(node, placement, support) }
  backend.execute = { _, node, execution, error in OperatorBackend<PortableOperators>.execute(node, execution, error) }
  return backend
}
