// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform

package func stockProfileCount() -> Int { 0 }
package func stockProfile(_ index: Int) -> coracle_profile? { nil }

/// The machine that this runs on.
package func detectedProfile() -> coracle_profile {
  var profile = coracle_profile()
  profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
  profile.core_count = platform_core_count()
  profile.thread_count = min(platform_core_count(), 8)
  profile.level1_bytes = platform_cache_bytes(1)
  profile.level2_bytes = platform_cache_bytes(2)
  profile.level3_bytes = platform_cache_bytes(3)
  return profile
}
