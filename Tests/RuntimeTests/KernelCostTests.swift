// Choices between kernels follow the profile. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Graph
import KernelCases
import Kernels
import XCTest

@testable import TunedCPU

final class KernelCostTests: XCTestCase {
  /// One core of 1 GHz with 4 multiply-adds a cycle.
  private func profile(level2: UInt64, bandwidth: UInt64) -> coracle_profile {
    var profile = coracle_profile()
    profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    profile.core_count = 1
    profile.level1_bytes = 32 << 10
    profile.level2_bytes = level2
    profile.memory_bandwidth = bandwidth
    profile.cluster_count = 1
    profile.clusters.0.core_count = 1
    profile.clusters.0.clock_megahertz = 1000
    profile.clusters.0.multiply_adds = 4
    return profile
  }

  /// 3x3 on 40 x 40 x 32 to 32, at half a byte a cycle from memory: the fewest tiles of F(4, 3), 36 products of each, are more than 128 KB and F(2, 3)'s
  /// are not; in 1 MB both stay, and F(4, 3) has fewer multiplications. By a third each time, for every set of instructions; on any number of threads.
  func testCachesDecide() throws {
    let layer = Layer.convolution([1, 40, 40, 32], [3, 3, 32, 32], padding: 1)
    for (level2, expected) in [(128 << 10, "Winograd F(2, 3)"), (1 << 20, "Winograd F(4, 3)")] as [(UInt64, String)] {
      try check(layer, level2: level2, expected: expected, inputs: 40 * 40 * 32)
    }
  }

  /// The same by groups: two of 64 channels on 28 x 28 take 2 x 49 tiles of F(4, 3), a quarter of the direct products, and 1.2 MB of weights; that is
  /// three quarters of what F(2, 3) costs and less than half of the direct sums.
  func testGroupsAddUp() throws {
    try check(.convolution([1, 28, 28, 128], [3, 3, 64, 128], padding: 1, groups: 2), level2: 1 << 20, expected: "Winograd F(4, 3)", inputs: 28 * 28 * 128)
  }

  private func check(_ layer: Layer, level2: UInt64, expected: String, inputs: Int) throws {
    for threads in [1, 3] as [UInt32] {
      var profile = profile(level2: level2, bandwidth: 500_000_000)
      let session = try TestSession(KernelCase(layer).graph, threads: threads, backends: "tuned,generic", profile: &profile)
      var plan = coracle_node_plan()
      plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
      try call { coracle_session_node(session.session, 0, &plan, $0) }
      XCTAssertEqual(String(cString: plan.kernel_name), expected, "\(level2) bytes, \(threads) threads")
      try session.write(0, testFloats(inputs, seed: 1))
      try session.run()
    }
  }

  /// By hand: 4 multiply-adds a cycle, 2 bytes a cycle from memory as a core's share, 12 from the second-level cache.
  func testCycles() {
    var profile = profile(level2: 1000, bandwidth: 4_000_000_000)
    profile.core_count = 2
    let cost = KernelCost(&profile, caches: CacheSizes(level1: 100, level2: 1000))
    var work = KernelWork(multiplyAdds: 400, weights: 480, passes: 3, exchanged: 600, held: 1000)
    XCTAssertEqual(cost.cycles(work), 100 + 240 + 2 * 40 + 50, accuracy: 1e-9)
    work.weights = 504
    XCTAssertEqual(cost.cycles(work), 100 + 3 * 252 + 50, accuracy: 1e-9, "weights of more than half the cache come from memory in each pass")
    work.held = 1001
    XCTAssertEqual(cost.cycles(work), 100 + 3 * 252 + 300, accuracy: 1e-9, "what does not fit in the cache comes from memory")
  }
}
