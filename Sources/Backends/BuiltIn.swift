// The backends that the library carries. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
#if !CORACLE_SHIPPED || (CORACLE_BUILT_NEON && arch(arm64)) // There NEON is in the baseline: no module is compiled once more for it.
import TunedCPU
#endif

/// Which of the tuned backends a name asks for.
package enum TunedChoice: UInt8 {
  /// All that the machine has.
  case best
  case avx2
  case avx512
  case neon
  /// Matrix products in half precision, and nothing else; never the best by itself, because it rounds.
  case float16
}

/// Writes the tuned backends of `choice` that this machine and this build have to `target`, the best first, and returns how many: at most
/// `mostTunedBackends`.
///
/// AVX-512's has only the operators that longer vectors make faster; AVX2's stands behind it with the others.
package func writeTunedBackends(_ choice: TunedChoice, to target: UnsafeMutablePointer<coracle_backend>) -> Int {
  #if CORACLE_SHIPPED
  let sets = Int32(bitPattern: platform_instruction_sets())
  var count = 0
  #if CORACLE_BUILT_AVX512
  if (choice == .best || choice == .avx512) && sets & Int32(PLATFORM_AVX512) != 0 {
    coracle_tuned_avx512(target + count)
    count += 1
  }
  #endif
  #if CORACLE_BUILT_AVX2
  if (choice == .best || choice == .avx2) && sets & Int32(PLATFORM_AVX2) != 0 {
    coracle_tuned_avx2(target + count)
    count += 1
  }
  #endif
  #if CORACLE_BUILT_NEON
  if (choice == .best || choice == .neon) && sets & Int32(PLATFORM_NEON) != 0 {
    #if arch(arm64)
    writeTunedBackend(target + count)
    #else
    coracle_tuned_neon(target + count)
    #endif
    count += 1
  }
  #endif
  #if CORACLE_BUILT_FLOAT16
  if choice == .float16 && sets & Int32(PLATFORM_FLOAT16) != 0 {
    coracle_tuned_float16(target + count)
    count += 1
  }
  #endif
  return count
  #else
  // Ordinary Swift has one: of whatever instructions the package is built for.
  guard choice == .best else { return 0 }
  writeTunedBackend(target)
  return 1
  #endif
}

/// As many as `writeTunedBackends` ever writes.
package var mostTunedBackends: Int { 2 }
