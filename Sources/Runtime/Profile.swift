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

/// The same with all that a profile holds: memory, instructions, and cores by type. Reads some files of the system a core. `root` is empty, or a
/// folder with a copy of another machine's /sys and /proc, of which all cores count.
package func describedProfile(root: UnsafePointer<CChar>) -> coracle_profile {
  var profile = detectedProfile()
  if root.pointee != 0 { (profile.core_count, profile.level1_bytes, profile.level2_bytes, profile.level3_bytes) = (0, 0, 0, 0) }
  withUnsafeMutableBytes(of: &profile.name) { name in
    let start = name.baseAddress?.assumingMemoryBound(to: CChar.self)
    platform_machine_name(root, start, name.count)
    if name[0] == 0 { copyText("detected", to: name) }
  }
  profile.memory_bytes = platform_memory_bytes()
  profile.instructions = platform_instructions()
  var count: UInt32 = 0
  var speeds = InlineArray<4, UInt64>(repeating: 0)
  var core = platform_core()
  var index = platform_next_core(root, -1)
  while index >= 0 {
    platform_read_core(root, UInt32(index), &core)
    if !profile.join(core, UInt32(index)) { profile.insert(core, UInt32(index), &speeds) }
    profile.level3_bytes = max(profile.level3_bytes, core.level3_bytes)
    count += 1
    index = platform_next_core(root, index)
  }
  profile.core_count = max(count, 1)
  profile.thread_count = min(profile.core_count, 8)
  // The first core is a small one on many boards; a run is sized by the fastest.
  let fastest = profile[cluster: 0]
  if fastest.level1_bytes != 0 { profile.level1_bytes = fastest.level1_bytes }
  if fastest.level2_bytes != 0 { profile.level2_bytes = fastest.level2_bytes / UInt64(max(fastest.level2_cores, 1)) }
  return profile
}

extension coracle_profile {
  /// Cluster `index`, below CORACLE_MAX_CLUSTERS.
  package subscript(cluster index: Int) -> coracle_core_cluster {
    get { withUnsafeBytes(of: clusters) { $0.load(fromByteOffset: index * MemoryLayout<coracle_core_cluster>.stride, as: coracle_core_cluster.self) } }
    set {
      withUnsafeMutableBytes(of: &clusters) {
        $0.storeBytes(of: newValue, toByteOffset: index * MemoryLayout<coracle_core_cluster>.stride, as: coracle_core_cluster.self)
      }
    }
  }

  /// Counts a core to the cluster of its type that ends right before it; whether there is one.
  fileprivate mutating func join(_ core: platform_core, _ index: UInt32) -> Bool {
    for position in 0..<Int(cluster_count) {
      let cluster = self[cluster: position]
      let isSame = same(cluster.type, core.type)
      if isSame, cluster.clock_megahertz == core.megahertz, cluster.first_core + cluster.core_count == index {
        self[cluster: position].core_count += 1
        return true
      }
    }
    return false
  }

  /// Makes a cluster of a core, before those that are slower. `speeds` are those of the clusters so far.
  fileprivate mutating func insert(_ core: platform_core, _ index: UInt32, _ speeds: inout InlineArray<4, UInt64>) {
    guard cluster_count < UInt32(CORACLE_MAX_CLUSTERS) else { return }
    var added = coracle_core_cluster()
    withUnsafeMutableBytes(of: &added.type) { to in withUnsafeBytes(of: core.type) { platform_copy(to.baseAddress, $0.baseAddress, to.count - 1) } }
    added.core_count = 1
    added.first_core = index
    added.clock_megahertz = core.megahertz
    added.multiply_adds = core.multiply_adds
    added.level1_bytes = core.level1_bytes
    added.level2_bytes = core.level2_bytes
    added.level2_cores = core.level2_cores
    // Linux' own measure, where it has one: it knows cores whose multiply-adds we do not.
    let speed = core.capacity != 0 ? UInt64(core.capacity) : added.speed
    var position = Int(cluster_count)
    while position > 0, speeds[position - 1] < speed {
      self[cluster: position] = self[cluster: position - 1]
      speeds[position] = speeds[position - 1]
      position -= 1
    }
    self[cluster: position] = added
    speeds[position] = speed
    cluster_count += 1
  }

  /// The same profile with what not every profile has.
  func with(memoryBytes: UInt64, memoryBandwidth: UInt64, instructions: UInt32, tileDepth: UInt32, tileRows: UInt32) -> coracle_profile {
    var profile = self
    profile.memory_bytes = memoryBytes
    profile.memory_bandwidth = memoryBandwidth
    profile.instructions = instructions
    profile.tile_depth = tileDepth
    profile.tile_rows = tileRows
    return profile
  }

  /// The same profile with one more cluster.
  func adding(_ type: StaticString, cores: UInt32, first: UInt32, megahertz: UInt32, multiplyAdds: UInt32, level1Bytes: UInt64, level2Bytes: UInt64,
    level2Cores: UInt32) -> coracle_profile
  {
    guard cluster_count < UInt32(CORACLE_MAX_CLUSTERS) else { return self }
    var profile = self
    var added = coracle_core_cluster()
    withUnsafeMutableBytes(of: &added.type) { copyText(type, to: $0) }
    added.core_count = cores
    added.first_core = first
    added.clock_megahertz = megahertz
    added.multiply_adds = multiplyAdds
    added.level1_bytes = level1Bytes
    added.level2_bytes = level2Bytes
    added.level2_cores = level2Cores
    profile[cluster: Int(cluster_count)] = added
    profile.cluster_count += 1
    return profile
  }
}

extension coracle_core_cluster {
  /// Multiply-adds a microsecond, or the clock where they are not known.
  var speed: UInt64 { UInt64(clock_megahertz) * UInt64(max(multiply_adds, 1)) }
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

/// Whether two arrays of characters of C hold the same.
private func same<Characters>(_ first: Characters, _ second: Characters) -> Bool {
  withUnsafeBytes(of: first) { first in
    withUnsafeBytes(of: second) { second in
      for index in 0..<min(first.count, second.count) where first[index] != second[index] { return false }
      return true
    }
  }
}

/// Copies `text` and a NUL to `bytes`.
private func copyText(_ text: StaticString, to bytes: UnsafeMutableRawBufferPointer) {
  guard let target = bytes.baseAddress, bytes.count > 0 else { return }
  let length = min(text.utf8CodeUnitCount, bytes.count &- 1)
  platform_copy(target, text.utf8Start, length)
  target.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
}
