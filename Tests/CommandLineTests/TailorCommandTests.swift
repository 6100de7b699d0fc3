// coracle tailor. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class TailorCommandTests: CommandLineTestCase {
  private var examples: URL { URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples") }

  override func setUpWithError() throws {
    try super.setUpWithError()
    let source = examples.appendingPathComponent("digits/model/inference.json").path
    assertSucceeds(try coracle("convert", source, "-o", "fixed.coracle", "--input-shape", "1,1,8,8"))
    assertSucceeds(try coracle("convert", source, "-o", "open.coracle"))
  }

  private func names(_ json: [String: Any], _ option: String) throws -> [String] {
    let options = try XCTUnwrap(json["cmake_options"] as? [String])
    let found = try XCTUnwrap(options.first { $0.hasPrefix("-D\(option)=") })
    return found.dropFirst(option.count + 3).split(separator: ";").map(String.init)
  }

  /// The operators are those of the file, each once, and counts add up over models.
  func testOperatorsAreTheModels() throws {
    let inspected = try coracle("inspect", "fixed.coracle", "--json")
    let counts = try XCTUnwrap(inspected.json["operator_counts"] as? [[String: Any]])
    let expected = Dictionary(uniqueKeysWithValues: counts.map { ($0["operator"] as? String ?? "", $0["count"] as? Int ?? 0) })
    let one = try coracle("tailor", "fixed.coracle", "--target", "x86-64", "--json")
    assertSucceeds(one)
    XCTAssertEqual(try names(one.json, "CORACLE_OPERATORS"), expected.keys.sorted())
    XCTAssertEqual(try names(one.json, "CORACLE_GENERIC_OPERATORS"), expected.keys.sorted(), "an x86-64 machine may be without the tuned sets")
    let two = try coracle("tailor", "fixed.coracle", "fixed.coracle", "--json")
    for entry in try XCTUnwrap(two.json["operators"] as? [[String: Any]]) {
      XCTAssertEqual(entry["count"] as? Int, 2 * (expected[entry["operator"] as? String ?? ""] ?? -1))
    }
  }

  /// Where vectors are sure, the generic backend keeps what the tuned one leaves to it; open shapes keep everything.
  func testAArch64LeavesOutWhatIsTuned() throws {
    let fixed = try coracle("tailor", "fixed.coracle", "--target", "aarch64", "--json")
    assertSucceeds(fixed)
    let all = try names(fixed.json, "CORACLE_OPERATORS")
    let generic = try names(fixed.json, "CORACLE_GENERIC_OPERATORS")
    XCTAssertTrue(Set(generic).isSubset(of: all))
    let operators = try XCTUnwrap(fixed.json["operators"] as? [[String: Any]])
    for entry in operators {
      let kernels = entry["kernels"] as? [[String: Any]] ?? []
      if kernels.contains(where: { $0["backend"] as? String == "generic" }) { XCTAssertTrue(generic.contains(entry["operator"] as? String ?? "")) }
    }
    XCTAssertLessThan(generic.count, all.count)
    // On AArch64 no tuned backend has it, whatever this machine's plan says.
    XCTAssertTrue(all.contains("reduce") && generic.contains("reduce"))
    let open = try coracle("tailor", "open.coracle", "--target", "aarch64", "--json")
    XCTAssertEqual(try names(open.json, "CORACLE_GENERIC_OPERATORS"), try names(open.json, "CORACLE_OPERATORS"))
    XCTAssertEqual(try names(open.json, "CORACLE_WINOGRAD"), ["ON"])
  }

  /// The functions are those that the file's attributes name; what no node computes is left out.
  func testFunctionsAreTheModels() throws {
    let inspected = try coracle("inspect", "fixed.coracle", "--json")
    var expected: Set = ["identity"]
    for node in try XCTUnwrap(inspected.json["operators"] as? [[String: Any]]) {
      let attributes = node["attributes"] as? [String: Any] ?? [:]
      if let activation = attributes["activation"] as? [String: Any], let function = activation["function"] as? String { expected.insert(function) }
      if node["operator"] as? String == "unary" { expected.insert(attributes["function"] as? String ?? "identity") }
    }
    XCTAssertTrue(expected.isSuperset(of: ["relu", "hard_swish"]))
    let tailored = try coracle("tailor", "fixed.coracle", "--json")
    XCTAssertEqual(Set(try names(tailored.json, "CORACLE_FUNCTIONS")), expected)
    XCTAssertEqual(try names(tailored.json, "CORACLE_REDUCTIONS"), ["mean"])
    XCTAssertEqual(try names(tailored.json, "CORACLE_DEPTHWISE"), ["3/1"])
    XCTAssertEqual(try names(tailored.json, "CORACLE_COMPUTED_FACTORS"), ["OFF"])
    XCTAssertEqual(try names(tailored.json, "CORACLE_PROFILES"), ["OFF"])
    XCTAssertEqual(try names(try coracle("tailor", "fixed.coracle", "--profiles", "--json").json, "CORACLE_PROFILES"), ["ON"])
  }

  /// Windows with code of their own are named; dilated, wide and far ones need the kernel for any.
  func testWindowsOfDepthwiseConvolutions() throws {
    let models = [(SampleModels.depthwise(5), "5/1"), (SampleModels.depthwise(3, stride: 2), "3/2"), (SampleModels.depthwise(3, dilation: 2), "any"),
      (SampleModels.depthwise(4), "any"), (SampleModels.depthwise(3, stride: 3), "any")]
    for (graph, expected) in models {
      try SampleModels.save(graph, to: folder.appendingPathComponent("depthwise.coracle"))
      let tailored = try coracle("tailor", "depthwise.coracle", "--json")
      assertSucceeds(tailored)
      XCTAssertEqual(try names(tailored.json, "CORACLE_DEPTHWISE"), [expected])
    }
  }

  func testRefusals() throws {
    assertFails(try coracle("tailor", "absent.coracle"), "absent.coracle")
    assertFails(try coracle("tailor", "fixed.coracle", "--build", "library", "--sources", "nowhere"), "--sources")
    XCTAssertEqual(try coracle("tailor").code, 64)
    XCTAssertEqual(try coracle("tailor", "fixed.coracle", "--target", "abacus").code, 64)
  }
}
