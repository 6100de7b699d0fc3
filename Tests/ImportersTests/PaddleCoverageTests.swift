// Which real programs convert. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import XCTest

@testable import Importers

final class PaddleCoverageTests: XCTestCase {
  /// Programs that need what the operator set does not have, with the operators that the report must name.
  private let refused: [String: [String]] = [
    "det_faster_rcnn_r50": ["generate_proposals", "distribute_fpn_proposals", "create_array"],
    "det_ppyoloe_r": ["multiclass_nms3"],
  ]

  func testExportedPrograms() throws {
    let folder = try PaddleFixtures.file("paddle-fixtures/graphs")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
    XCTAssertEqual(names.count, 44)
    var converted = 0
    for name in names {
      let stem = String(name.dropLast(5))
      do {
        let graph = try PaddleFixtures.load("paddle-fixtures/graphs/\(name)", zeroWeights: true)
        let count = assertConnected(graph, stem)
        XCTAssertGreaterThan(count, 20, stem)
        XCTAssertNil(refused[stem], "\(stem) converts now: take it off the list")
        converted += 1
      } catch {
        guard let expected = refused[stem] else {
          XCTFail("\(stem): \(error)")
          continue
        }
        for operatorName in expected { XCTAssertTrue("\(error)".contains(operatorName), "\(stem) names \(operatorName): \(error)") }
      }
    }
    XCTAssertGreaterThanOrEqual(converted, 42)
  }

  func testFixturesConvert() throws {
    let models = [
      "paddle-fixtures/pir.json", "paddle-fixtures/cf.json", "paddle-fixtures/legacy.pdmodel", "paddle-fixtures/ptq_legacy.pdmodel",
      "ppocr/rec/inference.pdmodel", "ppocr/det/inference.pdmodel", "ppocr/cls/inference.pdmodel",
    ]
    for model in models {
      let graph = try PaddleFixtures.load(model)
      assertConnected(graph, model)
      XCTAssertFalse(graph.inputs.isEmpty, model)
      XCTAssertFalse(graph.outputs.isEmpty, model)
    }
  }
}
