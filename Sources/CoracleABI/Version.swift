// export.h, status.h and tensor.h. SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Platform
import Runtime
import Tensors

@implementation @_cdecl("coracle_version")
public func coracle_version() -> UnsafePointer<CChar>? { characters("0.1.0") }

@implementation @_cdecl("coracle_build_description")
public func coracle_build_description() -> UnsafePointer<CChar>? {
  #if arch(x86_64)
    platform_has_blas() != 0
      ? characters("x86-64 with OpenBLAS, model format 1") : characters("x86-64, model format 1")
  #elseif arch(arm64)
    platform_has_blas() != 0
      ? characters("aarch64 with OpenBLAS, model format 1") : characters("aarch64, model format 1")
  #elseif arch(arm)
    characters("armv7, model format 1")
  #else
    characters("model format 1")
  #endif
}

@implementation @_cdecl("coracle_status_name")
public func coracle_status_name(_ status: coracle_status) -> UnsafePointer<CChar>? {
  if status == CORACLE_OK { return characters("CORACLE_OK") }
  guard let status = Status(rawValue: status) else { return characters("CORACLE_UNKNOWN") }
  return switch status {
  case .invalidArgument: characters("CORACLE_INVALID_ARGUMENT")
  case .notFound: characters("CORACLE_NOT_FOUND")
  case .invalidShape: characters("CORACLE_INVALID_SHAPE")
  case .invalidType: characters("CORACLE_INVALID_TYPE")
  case .outOfRange: characters("CORACLE_OUT_OF_RANGE")
  case .outOfMemory: characters("CORACLE_OUT_OF_MEMORY")
  case .overBudget: characters("CORACLE_OVER_BUDGET")
  case .io: characters("CORACLE_IO")
  case .thread: characters("CORACLE_THREAD")
  case .notAModel: characters("CORACLE_NOT_A_MODEL")
  case .newerVersion: characters("CORACLE_NEWER_VERSION")
  case .corrupt: characters("CORACLE_CORRUPT")
  case .invalidModel: characters("CORACLE_INVALID_MODEL")
  case .unsupported: characters("CORACLE_UNSUPPORTED")
  case .cancelled: characters("CORACLE_CANCELLED")
  case .backendFailed: characters("CORACLE_BACKEND_FAILED")
  case .internal: characters("CORACLE_INTERNAL")
  }
}

@implementation @_cdecl("coracle_element_type_size")
public func coracle_element_type_size(_ type: coracle_element_type) -> Int {
  ElementType(rawValue: UInt8(clamping: type))?.size ?? 0
}

@implementation @_cdecl("coracle_element_type_name")
public func coracle_element_type_name(_ type: coracle_element_type) -> UnsafePointer<CChar>? {
  guard let type = ElementType(rawValue: UInt8(clamping: type)), type != .none else { return characters("unknown") }
  return characters(type.name)
}
