// coracle compare --reference: operator by operator. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class CompareLayersTests: CommandLineTestCase {
  private let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples/digits/model/inference.json").path

  private func convertDigits() throws {
    XCTAssertEqual(try coracle("convert", digits, "-o", "digits.coracle").code, 0)
    try write(numpy("<f4", "(3, 1, 8, 8)", (0..<192).map { Float($0 * 37 % 17) / 16 }), "x.npy")
  }

  private func layers(_ arguments: String...) throws -> (layers: [[String: Any]], outputs: [[String: Any]]) {
    let result = try coracle("compare", ["digits.coracle", "--input", "x.npy", "--json"] + arguments)
    assertSucceeds(result)
    return (result.json["layers"] as? [[String: Any]] ?? [], result.json["outputs"] as? [[String: Any]] ?? [])
  }

  private func number(_ row: [String: Any], _ part: String, _ key: String) -> Double { (row[part] as? [String: Double])?[key] ?? .nan }

  func testProductsLoseAccuracyAndOtherOperatorsPassItOn() throws {
    try convertDigits()
    let (rows, outputs) = try layers("--backend", "kunlun", "--precision", "int8", "--reference", "generic")
    let products = rows.filter { $0["backend"] as? String == "kunlun" }
    let others = rows.filter { $0["backend"] as? String != "kunlun" }
    XCTAssertGreaterThanOrEqual(products.count, 2)
    XCTAssertFalse(others.isEmpty)
    for row in products {
      XCTAssertGreaterThan(number(row, "alone", "max_abs"), 0)
      XCTAssertLessThan(number(row, "alone", "max_relative"), 0.05)
      XCTAssertGreaterThan(number(row, "alone", "cosine"), 0.999)
    }
    // The same float32 arithmetic in another instruction set: the last bits.
    for row in others { XCTAssertLessThan(number(row, "alone", "max_relative"), 1e-5) }
    XCTAssertTrue(others.contains { number($0, "so_far", "max_relative") > 1e-4 })
    XCTAssertEqual(number(products[0], "alone", "max_abs"), number(products[0], "so_far", "max_abs"), "nothing comes before the first product")

    // What the whole model is off by is what two runs differ by.
    var found: [[Float]] = []
    for (name, options) in [("a", ["--backend", "kunlun", "--precision", "int8"]), ("b", ["--backend", "generic"])] {
      assertSucceeds(try coracle("run", ["digits.coracle", "--input", "x.npy", "--output-dir", name] + options))
      found.append(parsed(try bytes("\(name)/0.npy"), as: Float.self).elements)
    }
    let largest = zip(found[0], found[1]).map { abs(Double($0) - Double($1)) }.max() ?? 0
    XCTAssertEqual(number(outputs[0], "so_far", "max_abs"), largest, accuracy: 1e-12)
  }

  func testMorePrecisionIsNearer() throws {
    try convertDigits()
    var worst: [Double] = []
    for precision in ["int8", "int16", "int31"] {
      // The card's own profile names the backend.
      let rows = try layers("--precision", precision, "--profile", "kunlun-k200", "--reference", "generic").layers
      XCTAssertTrue(rows.contains { $0["backend"] as? String == "kunlun" })
      worst.append(rows.map { number($0, "alone", "max_relative") }.max() ?? 0)
    }
    XCTAssertGreaterThan(worst[0], 20 * worst[1])
    XCTAssertGreaterThan(worst[1], 3 * worst[2])
  }

  func testABackendIsEqualToItself() throws {
    try convertDigits()
    let (rows, outputs) = try layers("--backend", "generic", "--reference", "generic")
    XCTAssertFalse(rows.isEmpty)
    for row in rows { XCTAssertEqual(number(row, "so_far", "max_abs"), 0) }
    XCTAssertEqual(number(outputs[0], "so_far", "cosine"), 1, accuracy: 1e-12)
    let text = try coracle("compare", "digits.coracle", "--backend", "kunlun", "--reference", "generic", "--input", "x.npy")
    assertSucceeds(text)
    XCTAssertTrue(text.output.contains("cosine alone") && text.output.contains("XPU int16"), text.output)
  }

  func testWhatCannotBe() throws {
    try convertDigits()
    let common = ["digits.coracle", "--input", "x.npy", "--reference", "generic", "--backend", "kunlun"]
    assertFails(try coracle("compare", common + ["--precision", "int4"]), "int8, int16")
    assertFails(try coracle("compare", common + ["--precision", "tfloat32", "--profile", "kunlun-k200"]), "first generation")
    assertFails(try coracle("compare", common + ["--profile", "kunlun-x1"]), "kunlun-x1")
    for arguments in [["digits.coracle", "--reference", "generic", "folder"], ["digits.coracle", "--reference", "generic", "--precision", "int8"],
      ["digits.coracle", "--reference", "generic", "--tolerance", "1"],
      ["digits.coracle", "folder", "--input", "x.npy"]] {
      XCTAssertEqual(try coracle("compare", arguments).code, 64, "\(arguments)")
    }
  }
}
