// Written by scripts/generate_profiles.py from edge-profiles/*.json. Do not edit.
// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The number of profiles that the library carries.
package func stockProfileCount() -> Int { 3 }

/// Stock profile `index`, in the order of their names; nil outside 0 ..< `stockProfileCount()`.
package func stockProfile(_ index: Int) -> coracle_profile? {
  switch index {
  case 0:
    makeProfile(name: "generic-aarch64", backends: "tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 131072, level3Bytes: 0, memoryBudget: 0)
  case 1:
    makeProfile(name: "generic-x86-64", backends: "tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 2:
    makeProfile(name: "raspberry-pi-4", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  default: nil
  }
}
