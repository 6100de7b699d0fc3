// A profile from JSON: the fields of coracle_profile, as edge-profiles/schema.json describes them. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
import Tensors

/// A field of a profile or of a cluster, in JSON and in sentences.
private enum Field: UInt8 {
  case name = 0, coreCount, threadCount, level1, level2, level3, budget, backends
  // Those above must be there.
  case memory, bandwidth, instructions, tileDepth, tileRows, clusters
  // For people, and for the tools.
  case description, sources, anchors, calibration, xpu
  // Of a cluster only; `coreCount`, `level1` and `level2` are its too.
  case type, firstCore, clock, multiplyAdds, level2Cores

  var key: StaticString {
    switch self {
    case .name: "name"
    case .coreCount: "core_count"
    case .threadCount: "thread_count"
    case .level1: "level1_bytes"
    case .level2: "level2_bytes"
    case .level3: "level3_bytes"
    case .budget: "memory_budget"
    case .backends: "backends"
    case .memory: "memory_bytes"
    case .bandwidth: "memory_bandwidth"
    case .instructions: "instructions"
    case .tileDepth: "tile_depth"
    case .tileRows: "tile_rows"
    case .clusters: "clusters"
    case .description: "description"
    case .sources: "sources"
    case .anchors: "anchors"
    case .calibration: "calibration"
    case .xpu: "xpu"
    case .type: "type"
    case .firstCore: "first_core"
    case .clock: "clock_megahertz"
    case .multiplyAdds: "multiply_adds"
    case .level2Cores: "level2_cores"
    }
  }

  var isOfClusters: Bool {
    switch self {
    case .type, .coreCount, .firstCore, .clock, .multiplyAdds, .level1, .level2, .level2Cores: true
    default: false
    }
  }

  var isOfProfiles: Bool { rawValue < Field.type.rawValue }

  static func named(_ key: JSONText) -> Field? {
    var index: UInt8 = 0
    while let field = Field(rawValue: index) {
      if key.equals(field.key) { return field }
      index += 1
    }
    return nil
  }
}

/// Names of instruction bits, in their order.
private func instructionBit(_ name: JSONText) -> UInt32? {
  let known: InlineArray<8, (StaticString, Int)> = [("neon", CORACLE_INSTRUCTIONS_NEON), ("dotprod", CORACLE_INSTRUCTIONS_DOTPROD), ("fp16", CORACLE_INSTRUCTIONS_FP16),
    ("i8mm", CORACLE_INSTRUCTIONS_I8MM), ("sve", CORACLE_INSTRUCTIONS_SVE), ("avx2", CORACLE_INSTRUCTIONS_AVX2), ("avx512", CORACLE_INSTRUCTIONS_AVX512),
    ("vnni", CORACLE_INSTRUCTIONS_VNNI)]
  for index in known.indices where name.equals(known[index].0) { return UInt32(known[index].1) }
  return nil
}

/// Reads one profile.
package struct ProfileReader {
  private var cursor: JSONCursor
  private let log: coracle_log_function?
  private let logData: UnsafeMutableRawPointer?
  private var profile = coracle_profile()
  /// The cluster being read, or -1.
  private var cluster = -1

  private static var mostBytes: Int { 1 << 20 }
  private static var mostCores: UInt64 { 4096 }
  private static var mostMemory: UInt64 { 1 << 50 }

  package static func read(_ text: UnsafeRawPointer, _ count: Int, _ log: coracle_log_function?, _ logData: UnsafeMutableRawPointer?,
    _ error: ErrorWriter) throws(Status) -> coracle_profile
  {
    guard count <= mostBytes else {
      throw error.fail(.invalidArgument).text("the profile has ").integer(count).text(" bytes, more than ").integer(mostBytes).status
    }
    var reader = ProfileReader(cursor: try JSONCursor(text.assumingMemoryBound(to: UInt8.self), count, error), log: log, logData: logData)
    reader.profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    let seen = try reader.object()
    for index in 0...Field.backends.rawValue where seen & 1 << UInt32(index) == 0 {
      if let field = Field(rawValue: index) { throw reader.fail(field).text("is missing").status }
    }
    try reader.cursor.expectEnd()
    var cores: UInt32 = 0
    for index in 0..<Int(reader.profile.cluster_count) { cores += reader.profile[cluster: index].core_count }
    guard reader.profile.core_count == 0 || cores <= reader.profile.core_count else {
      throw reader.fail(.coreCount).text("is ").integer(Int(reader.profile.core_count)).text(", the clusters have ").integer(Int(cores)).status
    }
    return reader.profile
  }

  private init(cursor: JSONCursor, log: coracle_log_function?, logData: UnsafeMutableRawPointer?) {
    self.cursor = cursor
    self.log = log
    self.logData = logData
  }

  /// Starts a sentence about a field.
  private func fail(_ field: Field) -> Sentence {
    var sentence = cursor.fail().text("\"")
    if cluster >= 0 { sentence = sentence.text("clusters[").integer(cluster).text("].") }
    return sentence.text(field.key).text("\" ")
  }

  /// The fields of a profile, or of a cluster where one is being read. Gives those that were there, a bit each.
  private mutating func object() throws(Status) -> UInt32 {
    var seen: UInt32 = 0
    try cursor.expect(123, "'{'")
    if cursor.take(125) { return 0 }
    repeat {
      let key = try cursor.string()
      try cursor.expect(58, "':'")
      guard let field = Field.named(key), cluster >= 0 ? field.isOfClusters : field.isOfProfiles else {
        warn(key)
        try cursor.skipValue()
        continue
      }
      guard seen & 1 << UInt32(field.rawValue) == 0 else { throw fail(field).text("stands there twice").status }
      seen |= 1 << UInt32(field.rawValue)
      if cluster >= 0 { try clusterValue(field) } else { try value(field) }
    } while cursor.take(44)
    try cursor.expect(125, "',' or '}'")
    return seen
  }

  private mutating func value(_ field: Field) throws(Status) {
    switch field {
    case .name:
      let name = try string(field, room: MemoryLayout.size(ofValue: profile.name))
      withUnsafeMutableBytes(of: &profile.name) { platform_copy($0.baseAddress, name.start, name.count) }
    case .coreCount: profile.core_count = UInt32(try natural(field, most: ProfileReader.mostCores))
    case .threadCount: profile.thread_count = UInt32(try natural(field, most: 256))
    case .level1: profile.level1_bytes = try natural(field, most: 1 << 30)
    case .level2: profile.level2_bytes = try natural(field, most: 1 << 36)
    case .level3: profile.level3_bytes = try natural(field, most: 1 << 40)
    case .budget: profile.memory_budget = try natural(field, most: ProfileReader.mostMemory)
    case .memory: profile.memory_bytes = try natural(field, most: ProfileReader.mostMemory)
    case .bandwidth: profile.memory_bandwidth = try natural(field, most: ProfileReader.mostMemory)
    case .tileDepth: profile.tile_depth = UInt32(try natural(field, most: 1 << 16))
    case .tileRows: profile.tile_rows = UInt32(try natural(field, most: 1 << 20))
    case .backends: try backends()
    case .instructions:
      try list(field) { (reader) throws(Status) in
        let name = try reader.cursor.string()
        guard let bit = instructionBit(name) else { return reader.warn(name) }
        reader.profile.instructions |= bit
      }
    case .clusters: try clusters()
    default: try cursor.skipValue()
    }
  }

  private mutating func clusterValue(_ field: Field) throws(Status) {
    var found = profile[cluster: cluster]
    switch field {
    case .type:
      let name = try string(field, room: MemoryLayout.size(ofValue: found.type))
      withUnsafeMutableBytes(of: &found.type) { platform_copy($0.baseAddress, name.start, name.count) }
    case .coreCount: found.core_count = UInt32(try natural(field, least: 1, most: ProfileReader.mostCores))
    case .firstCore: found.first_core = UInt32(try natural(field, most: ProfileReader.mostCores))
    case .clock: found.clock_megahertz = UInt32(try natural(field, most: 100_000))
    case .multiplyAdds: found.multiply_adds = UInt32(try natural(field, most: 4096))
    case .level1: found.level1_bytes = try natural(field, most: 1 << 30)
    case .level2: found.level2_bytes = try natural(field, most: 1 << 36)
    case .level2Cores: found.level2_cores = UInt32(try natural(field, most: ProfileReader.mostCores))
    default: break
    }
    profile[cluster: cluster] = found
  }

  private mutating func clusters() throws(Status) {
    try list(.clusters) { (reader) throws(Status) in
      guard reader.profile.cluster_count < UInt32(CORACLE_MAX_CLUSTERS) else {
        throw reader.fail(.clusters).text("has more than ").integer(Int(CORACLE_MAX_CLUSTERS)).status
      }
      reader.cluster = Int(reader.profile.cluster_count)
      let seen = try reader.object()
      guard seen & 1 << UInt32(Field.coreCount.rawValue) != 0 else { throw reader.fail(.coreCount).text("is missing").status }
      try reader.checkCluster()
      reader.cluster = -1
      reader.profile.cluster_count += 1
    }
  }

  /// Sessions keep their threads on the first clusters: those must be the fastest, and a core is in one of them.
  private func checkCluster() throws(Status) {
    let last = profile[cluster: cluster]
    for index in 0..<cluster {
      let other = profile[cluster: index]
      guard last.first_core >= other.first_core + other.core_count || other.first_core >= last.first_core + last.core_count else {
        throw fail(.firstCore).text("gives the cluster cores that clusters[").integer(index).text("] has too").status
      }
      let areKnown = last.clock_megahertz > 0 && last.multiply_adds > 0 && other.clock_megahertz > 0 && other.multiply_adds > 0
      guard !areKnown || last.speed <= other.speed else {
        throw cursor.fail().text("\"clusters[").integer(cluster).text("]\" is faster than clusters[").integer(index).text("]: the fastest comes first").status
      }
    }
  }

  private mutating func backends() throws(Status) {
    let room = MemoryLayout.size(ofValue: profile.backends)
    var length = 0
    try list(.backends) { (reader) throws(Status) in
      let name = try reader.string(.backends, room: room)
      let start = length == 0 ? 0 : length + 1
      guard start + name.count < room else { throw reader.fail(.backends).text("takes more than ").integer(room - 1).text(" bytes").status }
      withUnsafeMutableBytes(of: &reader.profile.backends) { bytes in
        if start > 0 { bytes[length] = 44 }
        for index in 0..<name.count { bytes[start + index] = name.start[index] }
      }
      length = start + name.count
    }
    guard length > 0 else { throw fail(.backends).text("is empty").status }
  }

  /// The elements of an array, which `element` reads.
  private mutating func list(_ field: Field, _ element: (inout ProfileReader) throws(Status) -> Void) throws(Status) {
    guard cursor.take(91) else { throw fail(field).text("is no list").status }
    if cursor.take(93) { return }
    repeat { try element(&self) } while cursor.take(44)
    try cursor.expect(93, "',' or ']'")
  }

  /// A whole number from `least` to `most`.
  private mutating func natural(_ field: Field, least: UInt64 = 0, most: UInt64) throws(Status) -> UInt64 {
    guard let first = cursor.peek(), first == 45 || (48...57).contains(first) else { throw fail(field).text("is no number").status }
    let (isNatural, value) = try cursor.number()
    guard isNatural else { throw fail(field).text("is no whole number of 0 or more").status }
    guard value >= least, value <= most else {
      throw fail(field).text("is outside ").integer(Int(clamping: least)).text(" to ").integer(Int(clamping: most)).status
    }
    return value
  }

  /// A name of lower-case letters, digits, '-' and '+', with room for a NUL behind it.
  private mutating func string(_ field: Field, room: Int) throws(Status) -> JSONText {
    guard cursor.peek() == 34 else { throw fail(field).text("is no text").status }
    let text = try cursor.string()
    guard text.count > 0, text.count < room else { throw fail(field).text("has ").integer(text.count).text(" bytes, not 1 to ").integer(room - 1).status }
    for index in 0..<text.count {
      let byte = text.start[index]
      let isName = (97...122).contains(byte) || (48...57).contains(byte) || byte == 43 || byte == 45
      guard isName else { throw fail(field).text("is no name of lower-case letters, digits, '-' and '+'").status }
    }
    return text
  }

  /// Tells the host's log of something that is not known.
  private func warn(_ key: JSONText) {
    tell(log, logData, CORACLE_LOG_WARNING) {
      $0.text("line ").integer(cursor.line).text(": \"").bytes(key.start, min(key.count, 60)).text("\" is not known and was skipped")
    }
  }
}
