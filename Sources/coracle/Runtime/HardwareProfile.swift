// Hardware profiles by name, from files, and as JSON. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation

/// The profile called `name`: "native" is this machine, a path or a name with .json is a file, everything else a stock one. What a file says that
/// the library does not know is told on the error stream.
func hardwareProfile(_ name: String) throws -> coracle_profile {
  var profile = coracle_profile()
  profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
  if name == "native" {
    try calling { coracle_profile_detect(&profile, $0) }
  } else if name.contains("/") || name.hasSuffix(".json") {
    try calling { coracle_profile_load(name, { _, _, line in if let line { writeError("warning: \(String(cString: line))") } }, nil, &profile, $0) }
  } else {
    try calling { coracle_profile_find(name, &profile, $0) }
  }
  return profile
}

/// The names of the stock profiles.
func stockProfileNames() -> [String] {
  (0..<coracle_profile_count()).compactMap { index in
    var profile = coracle_profile()
    profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    guard coracle_profile_at(index, &profile, nil) == CORACLE_OK else { return nil }
    return text(profile.name)
  }
}

private func text<Characters>(_ characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// A profile as edge-profiles/schema.json describes it; what is not known is left out.
struct ProfileDocument: Encodable {
  struct Cluster: Encodable {
    let type: String?
    let coreCount, firstCore, clockMegahertz, multiplyAdds: UInt32
    let level1Bytes, level2Bytes: UInt64
    let level2Cores: UInt32
  }

  let name: String
  let coreCount, threadCount: UInt32
  let level1Bytes, level2Bytes, level3Bytes, memoryBudget: UInt64
  let backends: [String]
  let memoryBytes, memoryBandwidth: UInt64?
  let instructions: [String]?
  let tileDepth, tileRows: UInt32?
  let clusters: [Cluster]?

  init(_ profile: coracle_profile, name: String? = nil) {
    func known<Number: BinaryInteger>(_ number: Number) -> Number? { number == 0 ? nil : number }
    self.name = name ?? text(profile.name)
    (coreCount, threadCount) = (profile.core_count, profile.thread_count)
    (level1Bytes, level2Bytes, level3Bytes) = (profile.level1_bytes, profile.level2_bytes, profile.level3_bytes)
    memoryBudget = profile.memory_budget
    let names = text(profile.backends)
    backends = (names.isEmpty ? "tuned,generic" : names).split(separator: ",").map(String.init)
    (memoryBytes, memoryBandwidth) = (known(profile.memory_bytes), known(profile.memory_bandwidth))
    let bits: [(Int, String)] = [(CORACLE_INSTRUCTIONS_NEON, "neon"), (CORACLE_INSTRUCTIONS_DOTPROD, "dotprod"), (CORACLE_INSTRUCTIONS_FP16, "fp16"),
      (CORACLE_INSTRUCTIONS_I8MM, "i8mm"), (CORACLE_INSTRUCTIONS_SVE, "sve"), (CORACLE_INSTRUCTIONS_AVX2, "avx2"),
      (CORACLE_INSTRUCTIONS_AVX512, "avx512"), (CORACLE_INSTRUCTIONS_VNNI, "vnni")]
    let found = bits.filter { profile.instructions & UInt32($0.0) != 0 }.map(\.1)
    instructions = found.isEmpty ? nil : found
    (tileDepth, tileRows) = (known(profile.tile_depth), known(profile.tile_rows))
    let list = withUnsafeBytes(of: profile.clusters) { raw in raw.bindMemory(to: coracle_core_cluster.self).prefix(Int(profile.cluster_count)).map { $0 } }
    clusters = list.isEmpty ? nil : list.map { cluster in
      let type = text(cluster.type)
      return Cluster(type: type.isEmpty ? nil : type, coreCount: cluster.core_count, firstCore: cluster.first_core, clockMegahertz: cluster.clock_megahertz,
        multiplyAdds: cluster.multiply_adds, level1Bytes: cluster.level1_bytes, level2Bytes: cluster.level2_bytes, level2Cores: cluster.level2_cores)
    }
  }
}
