// The backends that the library carries. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
#if !CORACLE_SHIPPED
import TunedCPU
#endif

/// Which of the tuned backends a name asks for.
package enum TunedChoice: UInt8 {
  /// The best that the machine has.
  case best
  case avx2
  case avx512
  case neon
  /// Matrix products in half precision, and nothing else; never the best by itself, because it rounds.
  case float16
}

/// The tuned backend of `choice`, or nil where this machine or this build has none.
package func tunedBackend(_ choice: TunedChoice) -> coracle_backend? {
  var backend = coracle_backend()
  #if CORACLE_SHIPPED
  let sets = Int32(bitPattern: platform_instruction_sets())
  #if CORACLE_BUILT_AVX512
  if (choice == .best || choice == .avx512) && sets & Int32(PLATFORM_AVX512) != 0 {
    coracle_tuned_avx512(&backend)
    return backend
  }
  #endif
  #if CORACLE_BUILT_AVX2
  if (choice == .best || choice == .avx2) && sets & Int32(PLATFORM_AVX2) != 0 {
    coracle_tuned_avx2(&backend)
    return backend
  }
  #endif
  #if CORACLE_BUILT_NEON
  if (choice == .best || choice == .neon) && sets & Int32(PLATFORM_NEON) != 0 {
    coracle_tuned_neon(&backend)
    return backend
  }
  #endif
  #if CORACLE_BUILT_FLOAT16
  if choice == .float16 && sets & Int32(PLATFORM_FLOAT16) != 0 {
    coracle_tuned_float16(&backend)
    return backend
  }
  #endif
  return nil
  #else
  // Ordinary Swift has one: of whatever instructions the package is built for.
  guard choice == .best else { return nil }
  writeTunedBackend(&backend)
  return backend
  #endif
}
