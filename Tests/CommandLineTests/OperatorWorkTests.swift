// coracle bench --ops: operations and bytes of operators, beside numbers worked out by hand. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import XCTest

final class OperatorWorkTests: CommandLineTestCase {
  /// The entries of `bench --ops --json`, in the order of running.
  private func operators(_ arguments: String...) throws -> [[String: Any]] {
    let result = try coracle("bench", arguments + ["--runs", "5", "--ops", "--json"])
    assertSucceeds(result)
    let entries = try XCTUnwrap(result.json["operators"] as? [[String: Any]])
    return entries.sorted { $0["node"] as? Int ?? -1 < $1["node"] as? Int ?? -1 }
  }

  /// Three pictures through the network of examples/digits/train.py, whose layers stand there.
  func testDigits() throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../examples/digits/model/inference.json")
    assertSucceeds(try coracle("convert", source.path, "-o", "digits.coracle"))
    let entries = try operators("digits.coracle", "--shape", "3,1,8,8")
    let convolutions = entries.filter { $0["operator"] as? String == "convolution" }
    // Positions of all pictures, taps, input channels of an output channel, input and output channels. Batch normalisation leaves a bias.
    let layers = [(3 * 64, 9, 1, 1, 24), (3 * 64, 9, 1, 24, 24), (3 * 64, 1, 24, 24, 48), (3 * 16, 9, 1, 48, 48), (3 * 16, 1, 48, 48, 96)]
    XCTAssertEqual(convolutions.map { $0["operations"] as? Int }, layers.map { 2 * $0.0 * $0.1 * $0.2 * $0.4 })
    XCTAssertEqual(convolutions.map { $0["bytes"] as? Int }, layers.map { 4 * ($0.0 * $0.3 + $0.1 * $0.2 * $0.4 + $0.4 + $0.0 * $0.4) })
    XCTAssertEqual(convolutions.first?["input_shapes"] as? [[Int]], [[3, 8, 8, 1], [3, 3, 1, 24], [24]])
    XCTAssertEqual(convolutions.first?["output_shapes"] as? [[Int]], [[3, 8, 8, 24]])
    let classifier = try XCTUnwrap(entries.first { $0["operator"] as? String == "matmul" })
    XCTAssertEqual(classifier["operations"] as? Int, 2 * 3 * 96 * 10)
    // The largest of 2 x 2: no sums of products.
    let pool = try XCTUnwrap(entries.first { $0["operator"] as? String == "pool" })
    XCTAssertNil(pool["operations"])
    XCTAssertEqual(pool["bytes"] as? Int, 4 * 3 * 48 * (64 + 16))
    for entry in entries {
      let fastest = entry["minimum_ms"] as? Double ?? .infinity
      XCTAssertGreaterThan(fastest, 0)
      XCTAssertLessThanOrEqual(fastest, entry["milliseconds"] as? Double ?? 0)
    }
    let text = try coracle("bench", "digits.coracle", "--runs", "2", "--ops")
    assertSucceeds(text)
    for title in ["fastest", "GFLOP/s", "GB/s"] { XCTAssertTrue(text.output.contains(title), text.output) }
  }

  /// Every operator whose operations are counted, each multiply-add counted by loops over what the schema says.
  func testEveryFormula() throws {
    let graph = Graph(name: "products")
    func value(_ name: String, _ shape: [Int]? = nil) -> Value { Value(name: name, type: .float32, shape: shape) }
    func weights(_ name: String, _ shape: [Int]) -> Value {
      Value(name: name, constant: Constant(shape: shape, floats: [Float](repeating: 0.5, count: shape.reduce(1, *))))
    }
    let picture = value("picture", [2, 5, 7, 4]), rows = value("rows", [2, 3, 6, 5]), queries = value("queries", [2, 3, 8]),
      keys = value("keys", [2, 5, 8])
    let values = value("values", [2, 5, 12]), joined = value("joined", [2, 3, 28]), mask = value("mask", [3, 3])
    graph.inputs = [picture, rows, queries, keys, values, joined, mask]
    graph.outputs = [value("a"), value("b"), value("c"), value("d"), value("e"), value("f")]
    graph.nodes = [
      Node(
        .convolution, name: "a", inputs: [picture, weights("u", [3, 2, 2, 6])], outputs: [graph.outputs[0]],
        attributes: [
          "groups": .integer(2), "strides": .integers([2, 1]), "padding_begin": .integers([1, 0]), "padding_end": .integers([1, 0]),
        ]),
      Node(
        .convolutionTranspose, name: "b", inputs: [picture, weights("v", [3, 2, 4, 3])], outputs: [graph.outputs[1]],
        attributes: ["groups": .integer(2), "strides": .integers([2, 2])]),
      Node(
        .matmul, name: "c", inputs: [rows, weights("w", [6, 4]), nil, weights("r", [2, 3, 5, 4])], outputs: [graph.outputs[2]],
        attributes: ["transpose_a": .boolean(true)]),
      Node(
        .attention, name: "d", inputs: [queries, keys, values], outputs: [graph.outputs[3]],
        attributes: ["heads": .integer(2), "scale": .float(0.5)]),
      Node(
        .attention, name: "f", inputs: [joined, nil, nil, mask], outputs: [graph.outputs[5]],
        attributes: ["heads": .integer(2), "scale": .float(0.5), "value_features": .integer(6)]),
      Node(.binary, name: "e", inputs: [rows, rows], outputs: [graph.outputs[4]], attributes: ["function": .member("multiply")]),
    ]
    try SampleModels.save(graph, to: folder.appendingPathComponent("m.coracle"))
    let entries = Dictionary(try operators("m.coracle").map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }

    var sums: [String: Int] = [:]
    // A window a position of the output [2, 3, 6, 6]: from 5 x 7, stride 2 x 1, padding 1 x 0.
    for _ in 0..<2 * 3 * 6 { for _ in 0..<3 * 2 { for _ in 0..<2 { for _ in 0..<2 * 3 { sums["a", default: 0] += 1 } } } }
    // Each value of the picture goes to all taps of the 3 outputs of its group.
    for _ in 0..<2 * 5 * 7 * 4 { for _ in 0..<3 * 2 { for _ in 0..<3 { sums["b", default: 0] += 1 } } }
    for _ in 0..<2 * 3 { for _ in 0..<5 * 4 { for _ in 0..<6 { sums["c", default: 0] += 1 } } }
    // By head: 3 queries times 5 keys of 4 values, then 3 sums of 5 rows of 6 values.
    for _ in 0..<2 * 2 { for _ in 0..<3 * 5 { for _ in 0..<4 + 6 { sums["d", default: 0] += 1 } } }
    // By head: 3 rows of 4 + 4 + 6 values; 3 queries times 3 keys, then 3 sums of 3 rows.
    for _ in 0..<2 * 2 { for _ in 0..<3 * 3 { for _ in 0..<4 + 6 { sums["f", default: 0] += 1 } } }
    for (name, sum) in sums { XCTAssertEqual(entries[name]?["operations"] as? Int, 2 * sum, name) }
    XCTAssertNil(entries["e"]?["operations"])
    XCTAssertEqual(entries["a"]?["output_shapes"] as? [[Int]], [[2, 3, 6, 6]])
    XCTAssertEqual((entries["c"]?["input_shapes"] as? [Any])?.map { $0 as? [Int] }, [[2, 3, 6, 5], [6, 4], nil, [2, 3, 5, 4]])
    let bytes = ["a": 280 + 72 + 216, "b": 280 + 72 + 2 * 11 * 14 * 6, "c": 180 + 24 + 2 * 120, "d": 48 + 80 + 120 + 72, "e": 2 * 180, "f": 168 + 9 + 72]
    for (name, floats) in bytes { XCTAssertEqual(entries[name]?["bytes"] as? Int, 4 * floats, name) }
  }
}
