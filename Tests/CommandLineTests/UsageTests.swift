// Help, wrong usage, and converting. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class UsageTests: CommandLineTestCase {
  func testHelp() throws {
    for command in ["convert", "inspect", "run", "bench", "compare", "profile"] {
      let result = try coracle(command, "--help")
      assertSucceeds(result)
      XCTAssertTrue(result.output.contains("  coracle \(command) "), "an example of \(command): \(result.output)")
      XCTAssertFalse(result.output.contains("zero-weights"))
    }
    let result = try coracle("--help")
    assertSucceeds(result)
    for command in ["convert", "inspect", "run", "bench", "compare", "profile"] { XCTAssertTrue(result.output.contains("  \(command) ")) }
    XCTAssertTrue(try coracle("--version").output.hasPrefix("0."))
  }

  func testWrongUsage() throws {
    for arguments in [["convert"], ["convert", "a", "--output"], ["run", "m", "--speed"], ["bench", "m", "--runs", "0"], ["bench", "m", "--shape", "x=1,two"],
      ["run", "m", "--threads", "0"], ["dance"], ["run", "m", "--verify", "--input", "x.npy"], ["compare", "m"]] {
      let result = try coracle(arguments[0], Array(arguments.dropFirst()))
      XCTAssertEqual(result.code, 64, "\(arguments): \(result.errors)")
      XCTAssertTrue(result.errors.hasPrefix("coracle: "), "\(arguments): \(result.errors)")
      XCTAssertEqual(result.output, "")
    }
  }

  func testFilesThatAreNoModels() throws {
    try write(Data(), "empty")
    try write(Data("hello, world, this is no model".utf8), "text.json")
    try write(Data("{\"base_code\": 7}".utf8), "other.json")
    try write(Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }), "noise.onnx")
    for (name, text) in [("empty", "empty"), ("text.json", "none of the formats"), ("other.json", "Paddle"), ("noise.onnx", "file"), ("missing.onnx", "missing.onnx")] {
      assertFails(try coracle("convert", name, "-o", "out.coracle"), text)
      XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("out.coracle").path), name)
    }
    try SampleModels.save(SampleModels.product(), to: folder.appendingPathComponent("m.coracle"))
    assertFails(try coracle("convert", "m.coracle", "-o", "out.coracle"), "already")
    assertFails(try coracle("run", "m.coracle", "--params", "x", "--input", "x.npy"), "--params")
    // A source model that cannot be converted: what the conversion says, once, after the notice.
    let converting = try coracle("inspect", "text.json")
    XCTAssertEqual(converting.code, 1)
    XCTAssertEqual(converting.errors.split(separator: "\n").map { $0.hasPrefix("coracle: ") }, [false, true], converting.errors)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("coracle-") && $0.hasSuffix(".coracle") }, [])
  }

  /// The toy networks that lie beside the repository; without them this test says so and passes.
  func testConvertsPaddleModels() throws {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared/models/paddle-fixtures").standardizedFileURL
    guard FileManager.default.fileExists(atPath: fixtures.path) else { throw XCTSkip("no fixtures at ../shared/models/paddle-fixtures") }
    for name in ["pir.json", "legacy.pdmodel"] {
      let result = try coracle("convert", fixtures.appendingPathComponent(name).path, "-o", "out.coracle")
      assertSucceeds(result)
      XCTAssertTrue(result.output.contains("Paddle"), result.output)
      let inspected = try coracle("inspect", "out.coracle", "--json")
      assertSucceeds(inspected)
      XCTAssertFalse((inspected.json["operators"] as? [Any] ?? []).isEmpty)
    }
    let direct = try coracle("inspect", fixtures.appendingPathComponent("pir.json").path)
    XCTAssertEqual(direct.code, 0, direct.errors)
    XCTAssertTrue(direct.errors.contains("converting"), direct.errors)
    let source = fixtures.appendingPathComponent("pir.json").path
    assertFails(try coracle("convert", source, "-o", "out.coracle", "--input-shape", "nothing=1,2"), "nothing")
    assertFails(try coracle("convert", source, "-o", "out.coracle", "--profile", "steam-engine"), "steam-engine")
    assertFails(try coracle("convert", source, "-o", source), "is the source model itself")
    assertFails(try coracle("convert", source, "-o", "missing/out.coracle"), "missing")
  }
}
