// coracle fit, and budgets of coracle convert. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class FitCommandTests: CommandLineTestCase {
  override func setUpWithError() throws {
    try super.setUpWithError()
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples/digits/model/inference.json")
    assertSucceeds(try coracle("convert", source.path, "-o", "digits.coracle", "--input-shape", "1,1,8,8"))
  }

  /// What is foretold is what a session then has.
  func testMemoryIsTheRuntimes() throws {
    for profile in ["raspberry-pi-4", "rk3588", "generic-x86-64"] {
      let fit = try coracle("fit", "digits.coracle", "--profile", profile, "--threads", "2", "--json")
      assertSucceeds(fit)
      let bench = try coracle("bench", "digits.coracle", "--profile", profile, "--threads", "2", "--runs", "1", "--json")
      assertSucceeds(bench)
      let memory = try XCTUnwrap(bench.json["memory"] as? [String: Any])
      for key in ["arena_bytes", "scratch_bytes", "packed_bytes", "state_bytes", "weight_bytes"] {
        XCTAssertEqual(fit.json[key] as? Int, memory[key] as? Int, "\(profile), \(key)")
      }
      XCTAssertEqual(fit.json["fits"] as? Bool, true)
    }
  }

  /// Two Cortex-A72 at 1.8 GHz with 4 multiply-adds a cycle; 116 % of them and 1.3 GB/s, as the profile says.
  func testTimeByHand() throws {
    let fit = try coracle("fit", "digits.coracle", "--profile", "rk3399", "--threads", "2", "--json")
    assertSucceeds(fit)
    let operators = try XCTUnwrap(fit.json["operators"] as? [[String: Any]])
    XCTAssertGreaterThan(operators.count, 5)
    var total = 0.0
    for entry in operators where !(entry["kernel"] as? String ?? "").contains("Winograd") {
      let (operations, bytes) = (entry["operations"] as? Double ?? -1, entry["bytes"] as? Double ?? -1)
      XCTAssertEqual(entry["compute_ms"] as? Double ?? -1, operations / 2 / (2 * 1.8e9 * 4 * 1.16) * 1e3, accuracy: 1e-9)
      XCTAssertEqual(entry["memory_ms"] as? Double ?? -1, bytes / 1.3e9 * 1e3, accuracy: 1e-9)
    }
    for entry in operators { total += (entry["compute_ms"] as? Double ?? 0) + (entry["memory_ms"] as? Double ?? 0) }
    XCTAssertEqual(fit.json["milliseconds"] as? Double ?? -1, total, accuracy: 1e-9)
    // Six threads: four slow cores help.
    let all = try coracle("fit", "digits.coracle", "--profile", "rk3399", "--threads", "6", "--json")
    XCTAssertLessThan(all.json["milliseconds"] as? Double ?? .infinity, total)
  }

  func testWhatDoesNotFit() throws {
    let shown = try coracle("profile", "show", "raspberry-pi-4").output
    try write(Data(shown.replacingOccurrences(of: "\"memory_budget\" : 0", with: "\"memory_budget\" : 1000").utf8), "small.json")
    let result = try coracle("fit", "digits.coracle", "--profile", "small.json")
    XCTAssertEqual(result.code, 2)
    XCTAssertTrue(result.output.contains("It does not fit: a session takes "), result.output)
    let converted = try coracle("convert", "digits.coracle", "-o", "other.coracle", "--memory-budget", "0")
    XCTAssertEqual(converted.code, 64)
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples/digits/model/inference.json")
    let refused = try coracle("convert", source.path, "-o", "other.coracle", "--input-shape", "1,1,8,8", "--memory-budget", "1K")
    assertFails(refused, "more than the memory budget of 1024")
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("other.coracle").path))
  }

  /// Each shape of an open input is judged by itself, and as a session judges it.
  func testOpenShapes() throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples/digits/model/inference.json")
    assertSucceeds(try coracle("convert", source.path, "-o", "open.coracle"))
    let shown = try coracle("profile", "show", "raspberry-pi-4").output
    try write(Data(shown.replacingOccurrences(of: "\"memory_budget\" : 0", with: "\"memory_budget\" : 200000").utf8), "budget.json")
    for (rows, fits) in [(1, true), (1000, false), (2, true)] {
      let options = ["open.coracle", "--profile", "budget.json", "--threads", "1", "--shape", "picture=\(rows),1,8,8"]
      XCTAssertEqual(try coracle("fit", options).code, fits ? 0 : 2, "\(rows)")
      let bench = try coracle("bench", ["--runs", "1"] + options)
      if fits { assertSucceeds(bench) } else { assertFails(bench, "more than its budget of 200000") }
    }
  }

  func testProfilesThatTellLess() throws {
    XCTAssertEqual(try coracle("fit", "digits.coracle").code, 64)
    assertFails(try coracle("fit", "digits.coracle", "--profile", "no-such-board"), "no-such-board")
    let result = try coracle("fit", "digits.coracle", "--profile", "generic-aarch64")
    assertSucceeds(result)
    XCTAssertTrue(result.output.contains("No estimate of time"), result.output)
    let usual = try coracle("fit", "digits.coracle", "--profile", "jetson-nano")
    assertSucceeds(usual)
    XCTAssertTrue(usual.output.contains("not calibrated"), usual.output)
  }
}
