// coracle convert --tune. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class TuneTests: CommandLineTestCase {
  private let model = ConvolutionModel()

  override func setUpWithError() throws {
    try super.setUpWithError()
    try write(model.bytes(), "m.onnx")
    try write(model.bytes(isOpen: true), "open.onnx")
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("r"), withIntermediateDirectories: true)
    let shape = "(1, \(model.channels), \(model.side), \(model.side))"
    try write(numpy("<f4", shape, model.input), "r/input.npy")
    try write(numpy("<f4", shape, model.output), "r/output0.npy")
  }

  func testTunedFile() throws {
    let plain = try coracle("convert", "m.onnx", "-o", "plain.coracle", "--profile", "native", "--test-vectors", "r")
    assertSucceeds(plain)
    XCTAssertFalse(plain.output.contains("tuned"), plain.output)
    let result = try coracle("convert", "m.onnx", "-o", "m.coracle", "--profile", "native", "--tune", "--test-vectors", "r")
    assertSucceeds(result)
    XCTAssertTrue(result.output.contains("tuned") && result.output.contains("1 "), result.output)
    assertSucceeds(try coracle("run", "m.coracle", "--verify"))
    assertSucceeds(try coracle("run", "m.coracle", "--verify", "--backend", "generic"))

    // What the file says is what the plan does, and the weights lie ready for it.
    let inspected = try coracle("inspect", "m.coracle", "--plan", "--json")
    assertSucceeds(inspected)
    let stored = (inspected.json["operators"] as? [[String: Any]])?.first { $0["operator"] as? String == "convolution" }
    let algorithm = try XCTUnwrap((stored?["attributes"] as? [String: Any])?["algorithm"] as? String)
    let plan = try XCTUnwrap(inspected.json["plan"] as? [String: Any])
    let planned = try XCTUnwrap((plan["operators"] as? [[String: Any]])?.first { $0["operator"] as? String == "convolution" })
    XCTAssertEqual(planned["reason"] as? String, "measured when converted")
    let kernel = try XCTUnwrap(planned["kernel"] as? String)
    let names = ["panels": "panels", "winograd2": "Winograd F(2, 3)", "winograd4": "Winograd F(4, 3)", "winograd6": "Winograd F(6, 3)"]
    XCTAssertTrue(kernel.hasPrefix(try XCTUnwrap(names[algorithm])), "\(algorithm): \(kernel)")
    XCTAssertEqual((plan["memory"] as? [String: Any])?["packed_bytes"] as? Int, 0)
    XCTAssertTrue(try coracle("inspect", "m.coracle", "--plan").output.contains("measured when converted"))
    XCTAssertFalse(try coracle("inspect", "plain.coracle", "--plan").output.contains("measured when converted"))
  }

  func testOpenShapes() throws {
    let result = try coracle("convert", "open.onnx", "-o", "m.coracle", "--profile", "native", "--tune")
    XCTAssertEqual(result.code, 0, result.errors)
    let warnings = result.errors.split(separator: "\n")
    XCTAssertTrue(warnings.contains { $0.hasPrefix("warning: ") && $0.contains("not measured") && $0.contains("x:float32[1,16,-1,13]") }, result.errors)
    XCTAssertFalse(result.output.contains("tuned"), result.output)
    let fixed = try coracle("convert", "open.onnx", "-o", "m.coracle", "--profile", "native", "--tune", "--input-shape", "1,16,9,13")
    assertSucceeds(fixed)
    XCTAssertTrue(fixed.output.contains("tuned"), fixed.output)
  }

  func testOtherMachines() throws {
    for options in [[], ["--profile", "raspberry-pi-4"]] {
      let result = try coracle("convert", ["m.onnx", "-o", "out.coracle", "--tune"] + options)
      XCTAssertEqual(result.code, 64)
      XCTAssertTrue(result.errors.hasPrefix("coracle: ") && result.errors.contains("--profile native"), result.errors)
      XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("out.coracle").path))
    }
  }
}
