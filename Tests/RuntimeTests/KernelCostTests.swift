// Choices between kernels follow the profile. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Graph
import KernelCases
import Kernels
import XCTest

@testable import TunedCPU

final class KernelCostTests: XCTestCase {
  private func profile(level2: UInt64) -> coracle_profile {
    var profile = coracle_profile()
    profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    profile.core_count = 1
    profile.level1_bytes = 32 << 10
    profile.level2_bytes = level2
    return profile
  }

  /// 3x3 on 112 x 112 x 192 to 16: no tile's block fits 128 KB, where F(6, 3) has the fewest multiplications; in 1 MB, F(4, 3)'s 36 products of a block
  /// stay and F(6, 3)'s 64 do not. The same on any number of threads, and for every set of instructions.
  func testCachesDecide() throws {
    let layer = Layer.convolution([1, 112, 112, 192], [3, 3, 192, 16], padding: 1)
    for (level2, expected) in [(128 << 10, "Winograd F(6, 3)"), (1 << 20, "Winograd F(4, 3)")] as [(UInt64, String)] {
      for threads in [1, 3] as [UInt32] {
        var profile = profile(level2: level2)
        let session = try TestSession(KernelCase(layer).graph, threads: threads, backends: "tuned,generic", profile: &profile)
        var plan = coracle_node_plan()
        plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
        try call { coracle_session_node(session.session, 0, &plan, $0) }
        XCTAssertEqual(String(cString: plan.kernel_name), expected, "\(level2) bytes, \(threads) threads")
      }
    }
  }

  /// By hand: 4 multiply-adds a cycle, 2 bytes a cycle from memory as a core's share, 12 from the second-level cache.
  func testCycles() {
    var profile = profile(level2: 1000)
    profile.core_count = 2
    profile.memory_bandwidth = 4_000_000_000
    profile.cluster_count = 1
    profile.clusters.0.clock_megahertz = 1000
    profile.clusters.0.multiply_adds = 4
    let cost = KernelCost(profile, caches: CacheSizes(level1: 100, level2: 1000))
    var work = KernelWork(multiplyAdds: 400, weights: 480, passes: 3, exchanged: 600, held: 1000)
    XCTAssertEqual(cost.cycles(work), 100 + 240 + 2 * 40 + 50, accuracy: 1e-9)
    work.weights = 504
    XCTAssertEqual(cost.cycles(work), 100 + 3 * 252 + 50, accuracy: 1e-9, "weights of more than half the cache come from memory in each pass")
    work.held = 1001
    XCTAssertEqual(cost.cycles(work), 100 + 3 * 252 + 300, accuracy: 1e-9, "what does not fit in the cache comes from memory")
  }
}
