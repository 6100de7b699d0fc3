// The tuned backend: kernels that are built once for every set of vector instructions.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

#if CORACLE_FLOAT16
private typealias SetOperators = HalfOperators
#else
private typealias SetOperators = TunedOperators
#endif

/// Writes the backend of the instruction set that this module is built for.
#if CORACLE_AVX512
@_cdecl("coracle_tuned_avx512")
#elseif CORACLE_AVX2
@_cdecl("coracle_tuned_avx2")
#elseif CORACLE_FLOAT16
@_cdecl("coracle_tuned_float16")
#elseif arch(arm)
@_cdecl("coracle_tuned_neon")
#endif
public func writeTunedBackend(_ target: UnsafeMutableRawPointer) {
  var backend = coracle_backend()
  backend.version = UInt32(CORACLE_BACKEND_VERSION)
  backend.name = UnsafeRawPointer(instructionSetName.utf8Start).assumingMemoryBound(to: CChar.self)
  backend.supports = { _, node, placement, support in
    // These sets of instructions are for float32; the rest, indices above all, is the generic backend's.
    guard let node, node.pointee.input_count > 0, node.pointee.inputs?[0]?.pointee.elementType == .float32 else { return coracle_status(CORACLE_UNSUPPORTED) }
    return OperatorBackend<SetOperators>.supports(node, placement, support)
  }
  backend.execute = { _, node, execution, error in OperatorBackend<SetOperators>.execute(node, execution, error) }
  backend.pack = { _, node, packing, packed, error in OperatorBackend<SetOperators>.pack(node, packing, packed, error) }
  target.assumingMemoryBound(to: coracle_backend.self).initialize(to: backend)
}

/// The backend's name in reports.
private var instructionSetName: StaticString {
  #if CORACLE_AVX512
  "avx512"
  #elseif CORACLE_AVX2
  "avx2"
  #elseif CORACLE_FLOAT16
  "float16"
  #elseif arch(arm64) || CORACLE_NEON
  "neon"
  #else
  "vectors"
  #endif
}
