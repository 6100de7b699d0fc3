// coracle convert --weights. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class HalfWeightsTests: CommandLineTestCase {
  private let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples/digits/model/inference.json").path

  func testLargeWeightsAreStoredInHalfTheBytes() throws {
    let whole = try coracle("convert", digits, "-o", "whole.coracle", "--weights", "float32")
    let half = try coracle("convert", digits, "-o", "half.coracle", "--weights", "float16")
    assertSucceeds(whole)
    assertSucceeds(half)
    XCTAssertTrue(half.output.contains("as float16") && !whole.output.contains("as float16"), half.output)
    let (report, wholeReport) = (try coracle("inspect", "half.coracle", "--json"), try coracle("inspect", "whole.coracle", "--json"))
    assertSucceeds(report)
    let stored = (report.json["tensors"] as? [[String: Any]] ?? []).filter { $0["stored_type"] as? String == "float16" }
    XCTAssertFalse(stored.isEmpty)
    for tensor in stored {
      XCTAssertEqual(tensor["type"] as? String, "float32")
      XCTAssertEqual(tensor["byte_count"] as? Int, (tensor["shape"] as? [Int] ?? []).reduce(2, *))
    }
    func bytes(_ report: CommandResult, _ type: String) -> Int? {
      (report.json["weights"] as? [[String: Any]] ?? []).first { $0["type"] as? String == type }?["bytes"] as? Int
    }
    let halves = try XCTUnwrap(bytes(report, "float16"))
    XCTAssertEqual(bytes(report, "float32"), try XCTUnwrap(bytes(wholeReport, "float32")) - 2 * halves)
    XCTAssertTrue(try coracle("inspect", "half.coracle").output.contains("float32 as float16"))
  }

  /// 2^-11 of the largest output for each of the network's 6 layers with weights.
  func testOutputsAreNearThoseOfFloat32() throws {
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("reference"), withIntermediateDirectories: true)
    try write(numpy("<f4", "(3, 1, 8, 8)", (0..<192).map { Float($0 * 37 % 17) / 16 }), "reference/input.npy")
    for (name, weights) in [("whole.coracle", "float32"), ("half.coracle", "float16")] {
      assertSucceeds(try coracle("convert", digits, "-o", name, "--weights", weights, "--profile", "native", "--input-shape", "3,1,8,8"))
    }
    assertSucceeds(try coracle("run", "whole.coracle", "--input", "reference/input.npy", "--output-dir", "reference"))
    for backend in ["generic", "tuned,generic"] {
      assertSucceeds(try coracle("compare", "half.coracle", "reference", "--relative-tolerance", "0.0029", "--backend", backend))
    }
  }

  func testOtherTypesAreRefused() throws {
    let result = try coracle("convert", digits, "-o", "out.coracle", "--weights", "int3")
    XCTAssertEqual(result.code, 64)
    XCTAssertTrue(result.errors.contains("float16"), result.errors)
  }
}
