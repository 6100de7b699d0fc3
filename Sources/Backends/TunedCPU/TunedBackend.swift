// The tuned backend: kernels that are built once for every set of vector instructions.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Operators
import Platform
import Tensors

/// Writes the backend of the instruction set that this module is built for.
#if CORACLE_AVX512
@_cdecl("coracle_tuned_avx512")
#elseif CORACLE_AVX2
@_cdecl("coracle_tuned_avx2")
#elseif CORACLE_NEON
@_cdecl("coracle_tuned_neon")
#endif
public func writeTunedBackend(_ target: UnsafeMutableRawPointer) {
  var backend = coracle_backend()
  backend.version = UInt32(CORACLE_BACKEND_VERSION)
  backend.name = UnsafeRawPointer(instructionSetName.utf8Start).assumingMemoryBound(to: CChar.self)
  backend.supports = { _, node, placement, support in supportsNode(node, placement, support) }
  backend.execute = { _, node, execution, error in executeNode(node, execution, error) }
  backend.pack = { _, node, packing, packed, error in packInput(node, packing, packed, error) }
  target.assumingMemoryBound(to: coracle_backend.self).initialize(to: backend)
}

/// The backend's name in reports.
private var instructionSetName: StaticString {
  #if CORACLE_AVX512
  "avx512"
  #elseif CORACLE_AVX2
  "avx2"
  #elseif arch(arm64)
  "neon"
  #else
  "vectors"
  #endif
}

private func supportsNode(_ node: UnsafePointer<coracle_node>?, _ placement: UnsafePointer<coracle_placement>?,
  _ support: UnsafeMutablePointer<coracle_support>?) -> coracle_status
{
  guard let node, let placement, let support else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  do {
    let view = NodeView(node, ErrorWriter(nil), profile: placement.pointee.profile)
    let chosen = try withTunedOperator(view.operatorCode, ChooseKernel(node: view, threads: Int(placement.pointee.thread_count)))
    guard let kernel = chosen else { return coracle_status(CORACLE_UNSUPPORTED) }
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
    let view = NodeView(node, ErrorWriter(error), profile: execution.pointee.profile)
    _ = try withTunedOperator(view.operatorCode, Execute(node: view, run: Execution(execution)))
    return coracle_status(CORACLE_OK)
  } catch let failure {
    return failure.rawValue
  }
}

private func packInput(_ node: UnsafePointer<coracle_node>?, _ packing: UnsafePointer<coracle_packing>?, _ packed: UnsafeMutableRawPointer?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  guard let node, let packing, let packed else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
  do {
    let view = NodeView(node, ErrorWriter(error))
    _ = try withTunedOperator(view.operatorCode, PackInput(node: view, packing: Packing(packing.pointee), packed: packed))
    return coracle_status(CORACLE_OK)
  } catch let failure {
    return failure.rawValue
  }
}
