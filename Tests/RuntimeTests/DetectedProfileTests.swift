// Detection on copies of the files by which Linux describes some machines. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import XCTest

@testable import Runtime

final class DetectedProfileTests: XCTestCase {
  private var root = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-machine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(at: root) }

  private func write(_ path: String, _ text: String) throws {
    let file = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// A core with a level 1 data cache of 32 KB, an instruction cache, and a level 2 cache shared as `sharing` says.
  private func core(_ number: Int, midr: String? = nil, kilohertz: Int? = nil, capacity: Int? = nil, level2: String? = nil, sharing: String = "", siblings: String? = nil) throws {
    let folder = "sys/devices/system/cpu/cpu\(number)/"
    try write(folder + "topology/physical_package_id", "0\n")
    if let midr { try write(folder + "regs/identification/midr_el1", midr + "\n") }
    if let kilohertz { try write(folder + "cpufreq/cpuinfo_max_freq", "\(kilohertz)\n") }
    if let capacity { try write(folder + "cpu_capacity", "\(capacity)\n") }
    try write(folder + "topology/thread_siblings_list", (siblings ?? "\(number)") + "\n")
    guard let level2 else { return }
    for (index, (level, type, size)) in [(1, "Data", "32K"), (1, "Instruction", "48K"), (2, "Unified", level2)].enumerated() {
      try write(folder + "cache/index\(index)/level", "\(level)\n")
      try write(folder + "cache/index\(index)/type", type + "\n")
      try write(folder + "cache/index\(index)/size", size + "\n")
      try write(folder + "cache/index\(index)/shared_cpu_list", (level == 2 ? sharing : "\(number)") + "\n")
    }
  }

  func testBigAndLittleCores() throws {
    try write("proc/device-tree/model", "Pine64 RockPro64 v2.1\0")
    for number in 0..<4 { try core(number, midr: "0x00000000410fd034", kilohertz: 1_416_000, capacity: 485, level2: "512K", sharing: "0-3") }
    for number in 4..<6 { try core(number, midr: "0x00000000410fd082", kilohertz: 1_800_000, capacity: 1024, level2: "1024K", sharing: "4-5") }
    let profile = describedProfile(root: root.path)
    XCTAssertEqual(text(profile.name), "pine64-rockpro64-v2-1")
    XCTAssertEqual(profile.core_count, 6)
    XCTAssertEqual(profile.cluster_count, 2)
    XCTAssertEqual([text(profile.clusters.0.type), text(profile.clusters.1.type)], ["cortex-a72", "cortex-a53"])
    XCTAssertEqual([profile.clusters.0.first_core, profile.clusters.0.core_count, profile.clusters.1.first_core, profile.clusters.1.core_count], [4, 2, 0, 4])
    XCTAssertEqual([profile.clusters.0.clock_megahertz, profile.clusters.1.clock_megahertz], [1800, 1416])
    XCTAssertEqual([profile.clusters.0.multiply_adds, profile.clusters.0.level2_cores, profile.clusters.1.level2_cores], [4, 2, 4])
    XCTAssertEqual([profile.level1_bytes, profile.level2_bytes, profile.clusters.0.level2_bytes], [32768, 524288, 1_048_576])
    XCTAssertEqual(profile.memory_bandwidth, 0)
  }

  /// The cores behind one that is not plugged in are there all the same; a cluster's cores follow each other.
  func testCoresThatAreNotPluggedIn() throws {
    for number in [0, 2, 3] { try core(number, midr: "0x411fd070", kilohertz: 1_428_000, level2: "2048K", sharing: "0,2-3") }
    let profile = describedProfile(root: root.path)
    XCTAssertEqual(text(profile.clusters.0.type), "cortex-a57")
    XCTAssertEqual([profile.core_count, profile.cluster_count, profile.clusters.0.core_count, profile.clusters.1.first_core, profile.clusters.1.core_count], [3, 2, 1, 2, 2])
    XCTAssertEqual(profile.level2_bytes, 699_050)
  }

  /// Cores that nobody knows are ordered as Linux orders them.
  func testUnknownCores() throws {
    for number in 0..<2 { try core(number, midr: "0x510f8030", capacity: 400) }
    for number in 2..<4 { try core(number, midr: "0x510f8020", capacity: 1024) }
    let profile = describedProfile(root: root.path)
    XCTAssertEqual([text(profile.clusters.0.type), text(profile.clusters.1.type)], ["arm-51-802", "arm-51-803"])
    XCTAssertEqual([profile.cluster_count, profile.clusters.0.first_core], [2, 2])
  }

  func testThreadsOfACoreDoNotShareItsCache() throws {
    for number in 0..<4 { try core(number, level2: "1M", sharing: number % 2 == 0 ? "0,2" : "1,3", siblings: number % 2 == 0 ? "0,2" : "1,3") }
    let profile = describedProfile(root: root.path)
    XCTAssertEqual([profile.core_count, profile.cluster_count, profile.clusters.0.level2_cores], [4, 1, 1])
    XCTAssertEqual(profile.level2_bytes, 1_048_576)
  }

  func testFilesThatLackOrLie() throws {
    XCTAssertEqual(describedProfile(root: root.path).core_count, 1)
    try core(0, midr: "nonsense", kilohertz: -5, capacity: -1, level2: "x", sharing: "9-1,")
    try core(1, midr: "0x99999999999999999999", level2: "99999999999999999999K", sharing: "0-4294967295")
    try core(2, midr: "0x510f8000", level2: "64K", sharing: ",,,")
    try write("proc/device-tree/model", "board\u{1B}[31m\n")
    let profile = describedProfile(root: root.path)
    XCTAssertEqual(profile.core_count, 3)
    XCTAssertLessThanOrEqual(profile.level2_bytes, 1 << 40)
    XCTAssertEqual(text(profile.name), "board-31m")
  }

  /// What detection says must be readable as a profile's file; the tool writes it so.
  func testThisMachine() throws {
    let profile = describedProfile(root: "")
    XCTAssertGreaterThan(profile.core_count, 0)
    XCTAssertGreaterThan(profile.memory_bytes, 1 << 26)
    XCTAssertGreaterThan(profile.cluster_count, 0)
    #if arch(x86_64)
      XCTAssertEqual(profile.instructions & UInt32(CORACLE_INSTRUCTIONS_NEON), 0)
    #else
      XCTAssertNotEqual(profile.instructions & UInt32(CORACLE_INSTRUCTIONS_NEON), 0)
    #endif
    let cores = (0..<Int(profile.cluster_count)).reduce(0) { $0 + profile[cluster: $1].core_count }
    XCTAssertLessThanOrEqual(cores, profile.core_count)
  }
}

/// The text in a C array of characters.
private func text<Characters>(_ characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
