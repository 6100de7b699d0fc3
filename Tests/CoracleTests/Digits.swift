// The digits network, with Paddle's own results. SPDX-License-Identifier: Apache-2.0
import Compiler
import Coracle
import Foundation
import Graph
import Importers
import XCTest

/// A test with the digits network in a file of its own: input float32 [-1, 1, 8, 8], output [-1, 10], and a test vector of the first three
/// held-out pictures.
class DigitsTestCase: XCTestCase {
  private(set) var path = ""

  override func setUpWithError() throws {
    let graph = try importModel(at: Digits.folder.appendingPathComponent("model/inference.json").path)
    let inputs = [Constant(shape: [3, 1, 8, 8], floats: try Digits.pixels(3))],
      outputs = [Constant(shape: [3, 10], floats: try Digits.scores(3))]
    let options = CompileOptions(metadata: [("source.format", "paddle")], testVectors: [TestVector(inputs: inputs, outputs: outputs)])
    path = FileManager.default.temporaryDirectory.appendingPathComponent("digits-\(UUID().uuidString).coracle").path
    try compile(graph, options: options).write(to: path)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(atPath: path) }
}

enum Digits {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../examples/digits")

  /// The first `count` held-out pictures, from 0 to 1.
  static func pixels(_ count: Int) throws -> [Float] {
    try content("held-out.npy").prefix(64 * count).map { Float($0) / 16 }
  }

  /// What Paddle computed for them: ten probabilities each.
  static func scores(_ count: Int) throws -> [Float] {
    try content("held-out-scores.npy").prefix(40 * count).withUnsafeBytes { raw in
      (0..<10 * count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// The elements of a .npy file of format 1.0.
  private static func content(_ name: String) throws -> Data {
    let file = try Data(contentsOf: folder.appendingPathComponent(name))
    return Data(file.dropFirst(10 + Int(file[8]) + Int(file[9]) << 8))
  }
}

/// Expects a failure with `status` and a sentence that contains `words`.
func assertFails<Answer>(_ status: Status, _ words: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Answer)
{
  XCTAssertThrowsError(try body(), file: file, line: line) { error in
    guard let failure = error as? CoracleError else { return XCTFail("\(error)", file: file, line: line) }
    XCTAssertEqual(failure.status, status, failure.description, file: file, line: line)
    XCTAssertTrue(failure.message.contains(words), failure.description, file: file, line: line)
  }
}
