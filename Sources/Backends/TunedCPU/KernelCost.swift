// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import Operators

/// What a kernel does for a layer, on one thread.
struct KernelWork {
  /// Multiplications with an addition each.
  var multiplyAdds: Double
  /// Bytes of the weights in the kernel's order, and how often they are read.
  var weights: Double
  var passes: Double
  /// Bytes that it writes and reads again beside the layer's input and output, and how many of them are held at once.
  var exchanged: Double
  var held: Double
}

/// The cycles that kernels take on a core of the machine that a profile describes: what choices between kernels go by.
///
/// Multiply-adds at the core's rate, plus bytes: weights come from memory once, and again in each pass unless they stay in half of the second-level
/// cache; what is exchanged, from that cache where all that is held at once fits in it, else from memory. Input and output are left out: the same for
/// every kernel. The sum is right for choices, not as a time: a part of the bytes comes while the core multiplies.
struct KernelCost {
  private let multiplyAdds: Double
  private let memoryBytes: Double
  private let level2: Double

  /// Bytes a cycle from the second-level cache, and at most from memory, as a kernel uses them: both fit the times of 24 layers with each of their
  /// kernels on an Intel server core, AVX2 and AVX-512 (docs/kernels.md).
  private static var level2Bytes: Double { 12 }
  private static var mostMemoryBytes: Double { 6 }

  /// Of the fastest cores of `profile`; what it does not know is two multiply-adds of a vector a cycle, and the rate above.
  init(_ profile: UnsafePointer<coracle_profile>?, caches: CacheSizes) {
    level2 = Double(caches.level2)
    let most = Double(2 &* Lanes.count)
    guard let profile, profile.pointee.cluster_count > 0 else {
      (multiplyAdds, memoryBytes) = (most, KernelCost.mostMemoryBytes)
      return
    }
    let known = Double(profile.pointee.clusters.0.multiply_adds)
    multiplyAdds = known > 0 ? min(known, most) : most
    // A core's share when all of them read.
    let cycles = Double(profile.pointee.clusters.0.clock_megahertz) * 1e6 * Double(max(profile.pointee.core_count, 1))
    let share = cycles > 0 ? Double(profile.pointee.memory_bandwidth) / cycles : 0
    memoryBytes = share > 0 ? min(share, KernelCost.mostMemoryBytes) : KernelCost.mostMemoryBytes
  }

  func cycles(_ work: KernelWork) -> Double {
    let again = (work.passes - 1) * work.weights
    return work.multiplyAdds / multiplyAdds + work.weights / memoryBytes + again / (work.weights <= level2 / 2 ? KernelCost.level2Bytes : memoryBytes)
      + work.exchanged / (work.held <= level2 ? KernelCost.level2Bytes : memoryBytes)
  }
}

extension NodeView {
  /// What kernels cost where this node runs.
  var kernelCost: KernelCost { KernelCost(profile, caches: caches) }
}
