// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform

/// The machine that this runs on, as far as the operating system tells. Its backends are left to the library's order.
package func detectedProfile() -> coracle_profile {
  let cores = platform_core_count()
  // More threads than these rarely help the models of a small computer; whoever wants them says so in the options.
  return makeProfile(name: "detected", backends: "", coreCount: cores, threadCount: min(cores, 8),
    level1Bytes: platform_cache_bytes(1), level2Bytes: platform_cache_bytes(2), level3Bytes: platform_cache_bytes(3), memoryBudget: 0)
}

/// A profile of these figures; texts that do not fit their arrays are cut off.
func makeProfile(name: StaticString, backends: StaticString, coreCount: UInt32, threadCount: UInt32, level1Bytes: UInt64,
  level2Bytes: UInt64, level3Bytes: UInt64, memoryBudget: UInt64) -> coracle_profile
{
  var profile = coracle_profile()
  profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
  withUnsafeMutableBytes(of: &profile.name) { copyText(name, to: $0) }
  withUnsafeMutableBytes(of: &profile.backends) { copyText(backends, to: $0) }
  profile.core_count = coreCount
  profile.thread_count = threadCount
  profile.level1_bytes = level1Bytes
  profile.level2_bytes = level2Bytes
  profile.level3_bytes = level3Bytes
  profile.memory_budget = memoryBudget
  return profile
}

/// Copies `text` and a NUL to `bytes`.
private func copyText(_ text: StaticString, to bytes: UnsafeMutableRawBufferPointer) {
  guard let target = bytes.baseAddress, bytes.count > 0 else { return }
  let length = min(text.utf8CodeUnitCount, bytes.count &- 1)
  platform_copy(target, text.utf8Start, length)
  target.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
}
