// Choosing how convolutions are computed by measuring. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

final class TuningTests: XCTestCase {
  /// Three 3x3 convolutions, of which the second and the third differ by their epilogues only, one of stride 2, and an activation.
  private func network(_ shape: [Int] = [1, 14, 13, 16]) -> Graph {
    let sketch = GraphSketch()
    let padding: [String: Attribute] = ["padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])]
    func weights(_ channels: Int, _ outputs: Int) -> Value {
      sketch.constant([3, 3, channels, outputs], (0..<9 * channels * outputs).map { Float($0 * 31 % 17) / 100 - 0.08 })
    }
    let relu = Attribute.activation(function: "relu", alpha: 0, beta: 0)
    let x = sketch.input("x", shape)
    let a = sketch.node(.convolution, [x, weights(16, 24)], [1, 14, 13, 24], padding)
    let b = sketch.node(.convolution, [a, weights(24, 24)], [1, 14, 13, 24], padding)
    let c = sketch.node(.convolution, [b, weights(24, 24), nil, a], [1, 14, 13, 24], padding.merging(["activation": relu]) { $1 })
    let d = sketch.node(.convolution, [c, weights(24, 20)], [1, 7, 7, 20], padding.merging(["strides": .integers([2, 2])]) { $1 })
    return sketch.finish(sketch.unary("relu", d))
  }

  private func algorithms(_ graph: Graph) -> [String?] {
    graph.nodes.map { node in node.attributes["algorithm"].map { if case .member(let name) = $0 { name } else { "?" } } }
  }

  /// Times in the order panels, F(2, 3), F(4, 3), by layer; what the cost model would have; what must come out.
  func testChoice() {
    let names = ["panels", "two", "four"]
    func choose(_ layers: [[UInt64]], expected: Int) -> ([String?], TuningReport) {
      let graph = network()
      var tuning = ConvolutionTuning(graph)
      let rest = ["strided", "relu"]
      tuning.kernels = [(.automatic, [String](repeating: names[expected], count: 3) + rest)]
      for (algorithm, name) in zip([ConvolutionAlgorithm.panels, .winograd2, .winograd4], names) {
        tuning.kernels.append((algorithm, [String](repeating: name, count: 3) + rest))
      }
      tuning.times = layers.map { Dictionary(uniqueKeysWithValues: zip(names, $0)) } + [["strided": 500], ["relu": 5]]
      let report = tuning.choose()
      return (algorithms(graph), report)
    }
    // 2 % faster is noise, 4 % is not.
    var (chosen, report) = choose([[1000, 980, 990], [1000, 960, 970], [1000, 960, 940]], expected: 0)
    XCTAssertEqual(chosen, ["panels", "winograd4", "winograd4", nil, nil], "layers of one configuration are judged by their sum: 1920 and 1910")
    XCTAssertEqual(report, TuningReport(measured: 3, changed: 2, runTime: 3505, saved: 90))
    (chosen, report) = choose([[100, 200, 300], [300, 290, 295], [300, 299, 300]], expected: 1)
    XCTAssertEqual(chosen, ["panels", "winograd2", "winograd2", nil, nil])
    XCTAssertEqual(report, TuningReport(measured: 3, changed: 1, runTime: 200 + 290 + 299 + 505, saved: 100))
    // A layer that one algorithm never ran keeps what was expected.
    (chosen, report) = choose([[5, 5, 5], [5, 5, 5], [5, 5, 5]], expected: 2)
    XCTAssertEqual(chosen, ["winograd4", "winograd4", "winograd4", nil, nil])
    XCTAssertEqual(report, TuningReport(measured: 3, changed: 0, runTime: 15 + 505, saved: 0))
  }

  func testMeasuringKeepsTheResults() throws {
    let graph = network()
    let model = try compile(graph, options: CompileOptions(profile: "native", packsWeights: true, measuresConvolutions: true))
    XCTAssertEqual(model.warnings, [])
    let report = try XCTUnwrap(model.statistics.tuning)
    XCTAssertEqual(report.measured, 3)
    XCTAssertGreaterThan(report.runTime, 0)
    XCTAssertLessThan(report.saved, report.runTime)
    let chosen = algorithms(graph)
    XCTAssertTrue(chosen[0..<3].allSatisfy { ["panels", "winograd2", "winograd4", "winograd6"].contains($0) }, "\(chosen)")
    XCTAssertEqual(chosen[1], chosen[2])
    XCTAssertEqual(chosen[3...], [nil], "stride 2 has no choice")
    let input = Constant(shape: [1, 14, 13, 16], floats: (0..<14 * 13 * 16).map { Float($0 * 7 % 29) / 29 - 0.5 })
    let expected = try network().evaluate([input])[0]
    let largest = expected.map(abs).max() ?? 0
    XCTAssertGreaterThan(largest, 0)
    for (one, other) in zip(expected, try graph.evaluate([input])[0]) { XCTAssertEqual(one, other, accuracy: 2e-5 * max(largest, 1)) }
  }

  func testOpenShapesAreNotMeasured() throws {
    let graph = network([-1, 14, 13, 16])
    let model = try compile(graph, options: CompileOptions(packsWeights: true, measuresConvolutions: true))
    XCTAssertNil(model.statistics.tuning)
    XCTAssertTrue(model.warnings.contains { $0.contains("not measured") && $0.contains("x:float32[-1,14,13,16]") }, "\(model.warnings)")
    XCTAssertEqual(algorithms(graph), [nil, nil, nil, nil])
  }

  /// A model whose runs fail on the elements that it is measured with, and only there, is written unmeasured.
  func testRefusedRuns() throws {
    let sketch = GraphSketch()
    let x = sketch.input("x", [1, 6, 6, 16])
    let index = sketch.input("index", [1], type: .int64)
    let weights = sketch.constant([3, 3, 16, 16], [Float](repeating: 0.1, count: 9 * 256))
    let y = sketch.node(.convolution, [x, weights], nil, ["padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])])
    // Only row 0 is there; integers are measured with 1.
    let graph = sketch.finish(sketch.node(.gather, [y, index], nil, ["axis": .integer(0)]))
    let model = try compile(graph, options: CompileOptions(packsWeights: true, measuresConvolutions: true))
    XCTAssertNil(model.statistics.tuning)
    XCTAssertTrue(model.warnings.contains { $0.hasPrefix("Convolutions are not measured: ") }, "\(model.warnings)")
    XCTAssertNil(graph.nodes[0].attributes["algorithm"])
  }

  func testNothingToChoose() throws {
    let sketch = GraphSketch()
    let graph = sketch.finish(sketch.unary("relu", sketch.input("x", [2])))
    let model = try compile(graph, options: CompileOptions(measuresConvolutions: true))
    XCTAssertEqual(model.statistics.tuning, TuningReport())
  }
}
