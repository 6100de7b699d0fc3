// Written by scripts/generate_profiles.py from edge-profiles/*.json. Do not edit.
// SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The number of profiles that the library carries.
package func stockProfileCount() -> Int { 16 }

/// Stock profile `index`, in the order of their names; nil outside 0 ..< `stockProfileCount()`.
package func stockProfile(_ index: Int) -> coracle_profile? {
  switch index {
  case 0:
    makeProfile(name: "desktop-avx512", backends: "tuned,generic", coreCount: 8, threadCount: 8,
      level1Bytes: 32768, level2Bytes: 1048576, level3Bytes: 33554432, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 83200000000, instructions: 1792, tileDepth: 0, tileRows: 0)
      .adding("zen4", cores: 8, first: 0, megahertz: 5300, multiplyAdds: 16,
        level1Bytes: 32768, level2Bytes: 1048576, level2Cores: 1)
  case 1:
    makeProfile(name: "generic-aarch64", backends: "tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 131072, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 0, instructions: 1, tileDepth: 0, tileRows: 0)
  case 2:
    makeProfile(name: "generic-x86-64", backends: "tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 3:
    makeProfile(name: "jetson-nano", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 524288, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 4294967296, memoryBandwidth: 25600000000, instructions: 1, tileDepth: 0, tileRows: 0)
      .adding("cortex-a57", cores: 4, first: 0, megahertz: 1430, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 2097152, level2Cores: 4)
  case 4:
    makeProfile(name: "kunlun-k100", backends: "kunlun,tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 5:
    makeProfile(name: "kunlun-k200", backends: "kunlun,tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 6:
    makeProfile(name: "kunlun-r100", backends: "kunlun,tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 7:
    makeProfile(name: "kunlun-r200-3vf", backends: "kunlun,tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 8:
    makeProfile(name: "kunlun-r200", backends: "kunlun,tuned,generic", coreCount: 0, threadCount: 0,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
  case 9:
    makeProfile(name: "raspberry-pi-3b", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 131072, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 1073741824, memoryBandwidth: 3600000000, instructions: 1, tileDepth: 0, tileRows: 0)
      .adding("cortex-a53", cores: 4, first: 0, megahertz: 1200, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 524288, level2Cores: 4)
  case 10:
    makeProfile(name: "raspberry-pi-4", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 262144, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 12800000000, instructions: 1, tileDepth: 0, tileRows: 0)
      .adding("cortex-a72", cores: 4, first: 0, megahertz: 1800, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 1048576, level2Cores: 4)
  case 11:
    makeProfile(name: "raspberry-pi-5", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 65536, level2Bytes: 524288, level3Bytes: 2097152, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 17068000000, instructions: 7, tileDepth: 0, tileRows: 0)
      .adding("cortex-a76", cores: 4, first: 0, megahertz: 2400, multiplyAdds: 8,
        level1Bytes: 65536, level2Bytes: 524288, level2Cores: 1)
  case 12:
    makeProfile(name: "raspberry-pi-zero-2w", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 131072, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 536870912, memoryBandwidth: 3600000000, instructions: 1, tileDepth: 0, tileRows: 0)
      .adding("cortex-a53", cores: 4, first: 0, megahertz: 1000, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 524288, level2Cores: 4)
  case 13:
    makeProfile(name: "rk3399", backends: "tuned,generic", coreCount: 6, threadCount: 2,
      level1Bytes: 32768, level2Bytes: 524288, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 12800000000, instructions: 1, tileDepth: 0, tileRows: 0)
      .adding("cortex-a72", cores: 2, first: 4, megahertz: 1800, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 1048576, level2Cores: 2)
      .adding("cortex-a53", cores: 4, first: 0, megahertz: 1400, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 524288, level2Cores: 4)
  case 14:
    makeProfile(name: "rk3568", backends: "tuned,generic", coreCount: 4, threadCount: 4,
      level1Bytes: 32768, level2Bytes: 131072, level3Bytes: 0, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 12480000000, instructions: 7, tileDepth: 0, tileRows: 0)
      .adding("cortex-a55", cores: 4, first: 0, megahertz: 2000, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 524288, level2Cores: 4)
  case 15:
    makeProfile(name: "rk3588", backends: "tuned,generic", coreCount: 8, threadCount: 4,
      level1Bytes: 65536, level2Bytes: 524288, level3Bytes: 3145728, memoryBudget: 0)
      .with(memoryBytes: 0, memoryBandwidth: 33792000000, instructions: 7, tileDepth: 0, tileRows: 0)
      .adding("cortex-a76", cores: 4, first: 4, megahertz: 2400, multiplyAdds: 8,
        level1Bytes: 65536, level2Bytes: 524288, level2Cores: 1)
      .adding("cortex-a55", cores: 4, first: 0, megahertz: 1800, multiplyAdds: 4,
        level1Bytes: 32768, level2Bytes: 131072, level2Cores: 1)
  default: nil
  }
}
