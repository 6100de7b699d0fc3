// What the two sides of the Kunlun simulator say of the same model. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

final class KunlunCopiesTests: CommandLineTestCase {
  private static let keys = ["copies_to_device", "bytes_to_device", "copies_to_host", "bytes_to_host"]

  /// The four counts of a run and of the simulated time.
  private func counts(_ model: String, _ inputs: [String]) throws -> (computed: [Int], simulated: [Int]) {
    let compared = try coracle("compare", [model, "--backend", "kunlun", "--reference", "generic", "--json"] + inputs.flatMap { ["--input", $0] })
    assertSucceeds(compared)
    let card = try XCTUnwrap(compared.json["card"] as? [String: Any])
    let simulated = try coracle("simulate", model, "--json")
    assertSucceeds(simulated)
    return (Self.keys.map { card[$0] as? Int ?? -1 }, Self.keys.map { simulated.json[$0] as? Int ?? -2 })
  }

  /// Two inputs go to the device; boxes and scores to the host, the 12 choices back, and out again as the result.
  func testCopiesAroundAnOperatorOnTheHost() throws {
    try SampleModels.save(SampleModels.boxes(), to: folder.appendingPathComponent("boxes.coracle"))
    try write(numpy("<f4", "(1, 6, 4)", (0..<24).map { Float($0 % 7) }), "x.npy")
    try write(numpy("<f4", "(1, 2, 6)", (0..<12).map { Float($0 * 5 % 12) }), "scores.npy")
    let found = try counts("boxes.coracle", ["x=x.npy", "scores=scores.npy"])
    XCTAssertEqual(found.computed, [3, 96 + 48 + 288, 3, 96 + 48 + 288])
    XCTAssertEqual(found.simulated, found.computed)
    let run = try coracle("run", "boxes.coracle", "--backend", "kunlun", "--input", "x=x.npy", "--input", "scores=scores.npy")
    assertSucceeds(run)
    XCTAssertTrue(run.output.contains("copies to the card: 3, 432 B; to the host: 3, 432 B"), run.output)
  }

  /// A network without such operators: the input there and the result back.
  func testCopiesOfANetworkThatTheCardRunsAlone() throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples/digits/model/inference.json").path
    assertSucceeds(try coracle("convert", source, "-o", "digits.coracle", "--input-shape", "1,1,8,8"))
    try write(numpy("<f4", "(1, 1, 8, 8)", (0..<64).map { Float($0 * 37 % 17) / 16 }), "x.npy")
    let found = try counts("digits.coracle", ["x.npy"])
    XCTAssertEqual(found.computed, [1, 256, 1, 40])
    XCTAssertEqual(found.simulated, found.computed)
  }
}
