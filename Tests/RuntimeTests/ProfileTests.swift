// Hardware profiles: their files, and what follows from them. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import KernelCases
import ModelFile
import XCTest

final class ProfileTests: XCTestCase {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../edge-profiles")

  /// The stock profiles' texts by name.
  private static func texts() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where file.pathExtension == "json" && file.lastPathComponent != "schema.json" {
      result[file.deletingPathExtension().lastPathComponent] = try Data(contentsOf: file)
    }
    return result
  }

  /// Collects what the library warns of.
  private final class Warnings {
    var lines: [String] = []
  }

  private static func parse(_ text: Data, warnings: Warnings? = nil) throws -> coracle_profile {
    var profile = coracle_profile()
    profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    // A heap copy of exactly this size, so that a read behind it is found where memory is watched.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(text.count, 1), alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: text)
    let log: coracle_log_function? = warnings == nil ? nil : { data, _, line in
      if let data, let line { Unmanaged<Warnings>.fromOpaque(data).takeUnretainedValue().lines.append(String(cString: line)) }
    }
    let data = warnings.map { Unmanaged.passUnretained($0).toOpaque() }
    try call { coracle_profile_parse(copy.baseAddress?.assumingMemoryBound(to: CChar.self), text.count, log, data, &profile, $0) }
    return profile
  }

  private static func bytes(_ profile: coracle_profile) -> Data { withUnsafeBytes(of: profile) { Data($0) } }

  func testFilesAreTheStockProfiles() throws {
    let texts = try Self.texts()
    XCTAssertEqual(coracle_profile_count(), texts.count)
    XCTAssertGreaterThanOrEqual(texts.count, 14)
    for (name, text) in texts {
      let warnings = Warnings()
      let read = try Self.parse(text, warnings: warnings)
      XCTAssertEqual(warnings.lines, [], name)
      var stock = coracle_profile()
      stock.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
      try call { coracle_profile_find(name, &stock, $0) }
      XCTAssertEqual(Self.bytes(read), Self.bytes(stock), name)
      var loaded = coracle_profile()
      loaded.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
      try call { coracle_profile_load(Self.folder.appendingPathComponent("\(name).json").path, nil, nil, &loaded, $0) }
      XCTAssertEqual(Self.bytes(loaded), Self.bytes(stock), name)
    }
  }

  private static let sound = """
    {
      "name": "board",
      "core_count": 4,
      "thread_count": 2,
      "level1_bytes": 32768, "level2_bytes": 262144, "level3_bytes": 0,
      "memory_budget": 1000000,
      "backends": ["tuned", "generic"],
      "clusters": [{"type": "cortex-a53", "core_count": 4}]
    }
    """

  /// What is replaced in a sound profile, by what, and what the sentence must say.
  private static let mistakes: [(String, String, String)] = [
    ("\"level1_bytes\": 32768, ", "", "\"level1_bytes\" is missing"),
    ("32768", "-32768", "line 5: \"level1_bytes\" is no whole number"),
    ("32768", "32768.5", "line 5: \"level1_bytes\" is no whole number"),
    ("32768", "\"32768\"", "line 5: \"level1_bytes\" is no number"),
    ("32768", "032768", "line 5: a number without digits, or with a leading zero"),
    ("32768", "99999999999999999999999999", "line 5: \"level1_bytes\" is outside"),
    ("32768", "1e", "line 5: a number without digits"),
    ("\"core_count\": 4,", "\"core_count\": 1000000,", "line 3: \"core_count\" is outside 0 to 4096"),
    ("\"core_count\": 4}", "\"core_count\": 0}", "line 8: \"clusters[0].core_count\" is outside 1 to 4096"),
    ("\"core_count\": 4}", "\"clock_megahertz\": 4}", "line 8: \"clusters[0].core_count\" is missing"),
    ("[{\"type\"", "[{\"core_count\": 1}, {\"type\": 7, \"type\"", "line 8: \"clusters[1].type\" is no text"),
    ("\"thread_count\": 2", "\"core_count\": 2", "line 4: \"core_count\" stands there twice"),
    ("\"thread_count\": 2", "\"thread_count\": 257", "line 4: \"thread_count\" is outside 0 to 256"),
    ("\"board\"", "\"\"", "line 2: \"name\" has 0 bytes"),
    ("\"board\"", "\"\(String(repeating: "n", count: 60))\"", "line 2: \"name\" has 60 bytes, not 1 to 59"),
    ("\"board\"", "\"Board\"", "line 2: \"name\" is no name"),
    ("\"board\"", "\"b\u{1}\"", "line 2: a control character"),
    ("\"board\"", "\"b\\x\"", "line 2: an unknown escape"),
    ("\"board\"", "\"b\\u12g4\"", "line 2: an escape without four digits"),
    ("\"board\"", "null", "line 2: \"name\" is no text"),
    ("[\"tuned\", \"generic\"]", "\"tuned\"", "line 7: \"backends\" is no list"),
    ("[\"tuned\", \"generic\"]", "[]", "line 7: \"backends\" is empty"),
    ("[\"tuned\", \"generic\"]", "[\"tuned\" \"generic\"]", "line 7: expected ',' or ']'"),
    ("[\"tuned\", \"generic\"]", "[\"tuned,generic\"]", "line 7: \"backends\" is no name"),
    ("[\"tuned\", \"generic\"]", "[\"\(String(repeating: "t", count: 40))\", \"\(String(repeating: "g", count: 40))\"]", "line 7: \"backends\" takes more than 63 bytes"),
    ("[{\"type\"", "[\((4..<8).map { "{\"core_count\": 1, \"first_core\": \($0)}, " }.joined()){\"type\"", "line 8: \"clusters\" has more than 4"),
    ("4}]", "4},\n {\"core_count\": 1, \"first_core\": 3}]", "line 9: \"clusters[1].first_core\" gives the cluster cores that clusters[0] has too"),
    ("4}]", "2, \"clock_megahertz\": 1000, \"multiply_adds\": 4},\n {\"core_count\": 2, \"first_core\": 2, \"clock_megahertz\": 1001, \"multiply_adds\": 4}]",
      "line 9: \"clusters[1]\" is faster than clusters[0]: the fastest comes first"),
    ("4}]", "5}]", "\"core_count\" is 4, the clusters have 5"),
    ("\n}", "\n} x", "line 9: something follows"),
    ("\n}", "", "line 8: expected ',' or '}'"),
    ("{\n", "\n", "line 2: expected '{'"),
    ("\"memory_budget\": 1000000", "\"memory_budget\": 1000000, \"sources\": \(String(repeating: "[", count: 100_000))", "line 6: values are nested deeper than 32"),
  ]

  func testMistakesAreToldWithTheirPlace() throws {
    _ = try Self.parse(Data(Self.sound.utf8))
    for (old, new, sentence) in Self.mistakes {
      XCTAssertTrue(Self.sound.contains(old), old)
      let range = try XCTUnwrap(Self.sound.range(of: old, options: old == "\n}" ? .backwards : []))
      let text = Self.sound.replacingCharacters(in: range, with: new)
      XCTAssertThrowsError(try Self.parse(Data(text.utf8)), "\(new)") {
        XCTAssertEqual(($0 as? CallFailure)?.status, coracle_status(CORACLE_INVALID_ARGUMENT), "\($0)")
        XCTAssertTrue("\($0)".contains(sentence), "\($0), expected \(sentence)")
      }
    }
    for broken in [Data([0xC0, 0x80]), Data([0xED, 0xA0, 0x80]), Data([0xF4, 0x90, 0x80, 0x80]), Data([0x22, 0xE2, 0x82])] {
      XCTAssertThrowsError(try Self.parse(broken)) { XCTAssertTrue("\($0)".contains("line 1: no UTF-8"), "\($0)") }
    }
    XCTAssertThrowsError(try Self.parse(Data(count: (1 << 20) + 1))) { XCTAssertTrue("\($0)".contains("more than 1048576"), "\($0)") }
  }

  func testUnknownFieldsAreWarnedOf() throws {
    let warnings = Warnings()
    let text = Self.sound.replacingOccurrences(of: "\"core_count\": 4}", with: "\"core_count\": 4, \"npu\": {\"tops\": [6, -0.5e3, true, \"\\u00e9\"]}}")
      .replacingOccurrences(of: "\"thread_count\": 2", with: "\"thread_count\": 2, \"fan\": null, \"instructions\": [\"neon\", \"sme\"]")
    let profile = try Self.parse(Data(text.utf8), warnings: warnings)
    XCTAssertEqual(warnings.lines, ["fan", "sme", "npu"].enumerated().map { "line \($0.offset < 2 ? 4 : 8): \"\($0.element)\" is not known and was skipped" })
    XCTAssertEqual(profile.instructions, UInt32(CORACLE_INSTRUCTIONS_NEON))
    XCTAssertEqual(profile.cluster_count, 1)
  }

  /// Every beginning of a file, and files with one byte changed: never anything but a profile or a sentence.
  func testDamagedFiles() throws {
    var random = Sequence64(state: 7)
    for (name, text) in try Self.texts() {
      let end = text.lastIndex(of: 125) ?? 0
      for length in 0...end { XCTAssertThrowsError(try Self.parse(text.prefix(length)), "\(name), \(length) bytes") }
      for _ in 0..<2000 {
        var changed = text
        changed[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        do {
          let profile = try Self.parse(changed)
          XCTAssertLessThanOrEqual(profile.cluster_count, UInt32(CORACLE_MAX_CLUSTERS))
          XCTAssertLessThanOrEqual(profile.core_count, 4096)
        } catch {
          XCTAssertTrue("\(error)".contains("line ") || "\(error)".contains("is missing"), "\(error)")
        }
      }
    }
  }

  /// The working space of a product's plan, which its blocks decide, and its result.
  private func run(_ change: (inout coracle_profile) -> Void, threads: UInt32 = 1) throws -> (scratch: UInt64, result: [Float], log: [String]) {
    var profile = try Self.parse(Data(Self.sound.utf8))
    profile.memory_budget = 0
    change(&profile)
    let warnings = Warnings()
    let session = try withUnsafePointer(to: profile) { profile in
      try TestSession(Layer.product([300, 2048], [2048, 200]).graph, threads: threads, profile: profile,
        log: { data, _, line in
          if let data, let line { Unmanaged<Warnings>.fromOpaque(data).takeUnretainedValue().lines.append(String(cString: line)) }
        }, logData: Unmanaged.passUnretained(warnings).toOpaque())
    }
    try session.write(0, testFloats(300 * 2048, seed: 2))
    try session.run()
    return (try session.memoryNeeds().scratch_bytes, try session.read(0, Float.self).values, warnings.lines)
  }

  func testCachesAndTilesSizeThePlan() throws {
    let plain = try run { _ in }
    let changes: [(String, (inout coracle_profile) -> Void)] = [("a first-level cache of 64 KB", { $0.level1_bytes = 65536 }),
      ("a second-level cache of 1 MB", { $0.level2_bytes = 1 << 20 }), ("parts of 100", { $0.tile_depth = 100 }), ("tasks of 24 rows", { $0.tile_rows = 24 })]
    for (what, change) in changes {
      let other = try run(change)
      XCTAssertNotEqual(other.scratch, plain.scratch, what)
      let largest = plain.result.map { abs($0) }.max() ?? 0
      XCTAssertLessThanOrEqual(zip(plain.result, other.result).map { abs($0 - $1) }.max() ?? .infinity, 1e-5 * largest, what)
    }
    for wild in [UInt64(1), 1 << 40, .max] {
      let other = try run {
        $0.level1_bytes = wild
        $0.level2_bytes = wild
        $0.tile_depth = UInt32(truncatingIfNeeded: wild)
        $0.tile_rows = UInt32(truncatingIfNeeded: wild)
      }
      XCTAssertEqual(other.result.count, plain.result.count)
    }
  }

  /// One product on stock profiles, and on one that prefers the portable kernels: other blocks, other threads (each has working space), another kernel.
  func testTwoProfilesGiveTwoPlans() throws {
    func plan(_ name: String, threads: UInt32 = 1, backends: String? = nil) throws -> (scratch: UInt64, kernel: String) {
      var profile = coracle_profile()
      profile.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
      try call { coracle_profile_find(name, &profile, $0) }
      if let backends { withUnsafeMutableBytes(of: &profile.backends) { $0.copyBytes(from: Array("\(backends)\0".utf8)) } }
      let session = try withUnsafePointer(to: profile) { try TestSession(Layer.product([300, 2048], [2048, 200]).graph, threads: threads, profile: $0) }
      let memory = try session.memoryNeeds()
      var node = coracle_node_plan()
      node.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
      try call { coracle_session_node(session.session, 0, &node, $0) }
      return (memory.scratch_bytes, String(cString: node.kernel_name))
    }
    let (small, large) = (try plan("raspberry-pi-zero-2w"), try plan("desktop-avx512"))
    XCTAssertNotEqual(small.scratch, large.scratch)
    XCTAssertEqual(try plan("raspberry-pi-zero-2w", threads: 0).scratch, 4 * small.scratch, "the profile has four threads")
    XCTAssertEqual(small.kernel, large.kernel)
    XCTAssertNotEqual(try plan("desktop-avx512", backends: "generic").kernel, large.kernel)
  }

  /// Workers stay on the cores of the fastest clusters that are enough; where there are no such cores they run anywhere.
  func testClustersNameTheCores() throws {
    let plain = try run({ _ in }, threads: 3)
    for first in [UInt32(0), 1, 200, 4000, .max] {
      let other = try run({ profile in
        profile.cluster_count = 2
        profile.clusters.0.first_core = first
        profile.clusters.0.core_count = 2
        profile.clusters.1.first_core = 0
        profile.clusters.1.core_count = .max
      }, threads: 3)
      XCTAssertEqual(other.result, plain.result)
    }
  }

  func testBackendsThatThereAreNotAreLeftOut() throws {
    let plain = try run { _ in }
    let other = try run { profile in withUnsafeMutableBytes(of: &profile.backends) { $0.copyBytes(from: Array("kunlun,tuned,generic\0".utf8)) } }
    XCTAssertEqual(other.result, plain.result)
    XCTAssertTrue(other.log.contains { $0.contains("kunlun") }, "\(other.log)")
    XCTAssertThrowsError(try run { profile in withUnsafeMutableBytes(of: &profile.backends) { $0.copyBytes(from: Array("kunlun\0".utf8)) } })
  }
}
