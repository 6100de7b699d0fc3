// coracle inspect, bench and compare: what they tell. SPDX-License-Identifier: Apache-2.0
import Foundation
import FoundationXML
import XCTest

final class ReportTests: CommandLineTestCase {
  private let x: [Float] = [1, 2, 3, -4, 0.5, 8]

  override func setUpWithError() throws {
    try super.setUpWithError()
    try SampleModels.save(SampleModels.product(), to: folder.appendingPathComponent("m.coracle"))
  }

  func testInspectText() throws {
    let result = try coracle("inspect", "m.coracle")
    assertSucceeds(result)
    for text in ["format 1.0", "x     float32  [?, 3]", "matmul", "relu", "transpose", "permutation [1, 0]", "segment 0", "ok", "source.format", "by hand",
      "eins\\u{a}zwei\\u{1b}"] {
      XCTAssertTrue(result.output.contains(text), "'\(text)' in: \(result.output)")
    }
  }

  func testInspectJSON() throws {
    let result = try coracle("inspect", "m.coracle", "--json", "--plan", "--shape", "x=4,3")
    assertSucceeds(result)
    let report = result.json
    XCTAssertEqual(Set(report.keys), ["file", "format_version", "file_bytes", "program_bytes", "producer", "profile", "arena_bytes", "inputs", "outputs",
      "operator_counts", "subgraphs", "operators", "tensors", "weights", "segments", "metadata", "test_vectors", "plan"])
    let operators = try XCTUnwrap(report["operators"] as? [[String: Any]])
    XCTAssertEqual(operators.map { $0["operator"] as? String }, ["matmul", "transpose"])
    XCTAssertEqual(operators.first?["name"] as? String, "layer <1> & \"more\"")
    let weights = try XCTUnwrap(report["weights"] as? [[String: Any]])
    XCTAssertEqual(weights.map { $0["type"] as? String }, ["float32"])
    XCTAssertEqual(weights.first?["bytes"] as? Int, 24)
    XCTAssertEqual((report["segments"] as? [[String: Any]])?.first?["state"] as? String, "ok")
    XCTAssertEqual(report["metadata"] as? [String: String], ["source.format": "by hand", "labels": "eins\nzwei\u{1B}"])
    XCTAssertEqual((report["file_bytes"] as? Int), try bytes("m.coracle").count)
    let plan = try XCTUnwrap(report["plan"] as? [String: Any])
    XCTAssertEqual(plan["input_shapes"] as? [[Int]], [[4, 3]])
    let planned = try XCTUnwrap(plan["operators"] as? [[String: Any]])
    XCTAssertEqual(planned.count, 2)
    let backends = ["generic", "vectors", "avx2", "avx512", "neon"]
    XCTAssertTrue(planned.allSatisfy { backends.contains($0["backend"] as? String ?? "") })
    XCTAssertTrue(planned.allSatisfy { ($0["kernel"] as? String)?.isEmpty == false && ($0["reason"] as? String)?.isEmpty == false })
    // Tensors that are held at the same time must not share bytes.
    let tensors = try XCTUnwrap(plan["tensors"] as? [[String: Any]]).filter { $0["place"] as? String == "arena" }
    XCTAssertEqual(tensors.count, 3)
    let arena = try XCTUnwrap((plan["memory"] as? [String: Any])?["arena_bytes"] as? Int)
    let spans = tensors.map { (start: $0["offset"] as? Int ?? -1, count: $0["byte_count"] as? Int ?? 0) }.sorted { $0.start < $1.start }
    XCTAssertEqual(spans.map(\.count).sorted(), [32, 48, 48])
    for (lower, upper) in zip(spans, spans.dropFirst()) { XCTAssertLessThanOrEqual(lower.start + lower.count, upper.start) }
    XCTAssertLessThanOrEqual((spans.last?.start ?? 0) + (spans.last?.count ?? 0), arena)
  }

  func testPlanText() throws {
    let result = try coracle("inspect", "m.coracle", "--plan", "--shape", "4,3")
    assertSucceeds(result)
    for text in ["Plan for x [4, 3]", "backend", "Arena:", "#", "Memory: weights"] { XCTAssertTrue(result.output.contains(text), "'\(text)' in: \(result.output)") }
    assertFails(try coracle("inspect", "m.coracle", "--plan", "--shape", "4,5"), "CORACLE_INVALID_SHAPE")
    assertFails(try coracle("inspect", "m.coracle", "--plan", "--shape", "4,-1"), "leaves an extent of input 'x' open")
  }

  func testDrawing() throws {
    assertSucceeds(try coracle("inspect", "m.coracle", "--svg", "m.svg"))
    let reader = ElementCounter()
    let parser = XMLParser(data: try bytes("m.svg"))
    parser.delegate = reader
    XCTAssertTrue(parser.parse(), String(describing: parser.parserError))
    // Boxes: background, legend (matrix product, shape), one input, two operators, two outputs. Curves: one an edge, and the arrow's tip.
    XCTAssertEqual(reader.counts["rect"], 1 + 2 + 5)
    XCTAssertEqual(reader.counts["path"], 4 + 1)
    XCTAssertTrue(reader.text.contains("layer <1> & \"more\""), reader.text)
    for text in ["matmul", "+ relu", "1×2", "float32 1×3", "turned"] { XCTAssertTrue(reader.text.contains(text), "'\(text)' in: \(reader.text)") }
  }

  func testBench() throws {
    let result = try coracle("bench", "m.coracle", "--shape", "x=5,3", "--runs", "7", "--threads", "1", "--json", "--ops")
    assertSucceeds(result)
    let report = result.json
    XCTAssertEqual(report["runs"] as? Int, 7)
    XCTAssertEqual(report["threads"] as? Int, 1)
    XCTAssertEqual(report["input_shapes"] as? [String: [Int]], ["x": [5, 3]])
    let times = ["load_ms", "prepare_ms", "first_ms", "median_ms", "p90_ms", "minimum_ms", "mean_ms"].map { report[$0] as? Double ?? -1 }
    XCTAssertTrue(times.allSatisfy { $0 >= 0 && $0 < 60_000 }, "\(times)")
    XCTAssertLessThanOrEqual(report["minimum_ms"] as? Double ?? 1, report["median_ms"] as? Double ?? 0)
    XCTAssertLessThanOrEqual(report["median_ms"] as? Double ?? 1, report["p90_ms"] as? Double ?? 0)
    let memory = try XCTUnwrap(report["memory"] as? [String: Any])
    XCTAssertGreaterThan(memory["peak_bytes"] as? Int ?? 0, 1_000_000)
    XCTAssertGreaterThanOrEqual(memory["peak_bytes"] as? Int ?? 0, memory["baseline_bytes"] as? Int ?? .max)
    let operators = try XCTUnwrap(report["operators"] as? [[String: Any]])
    XCTAssertEqual(Set(operators.compactMap { $0["operator"] as? String }), ["matmul", "transpose"])
    XCTAssertEqual(operators.map { $0["calls"] as? Int }, [7, 7])
    XCTAssertEqual(operators.reduce(0) { $0 + ($1["share"] as? Double ?? 0) }, 1, accuracy: 1e-9)

    let text = try coracle("bench", "m.coracle", "--runs", "2", "--ops")
    assertSucceeds(text)
    for word in ["median", "90th percentile", "peak memory", "Time by operator", "x [1, 3]"] {
      XCTAssertTrue(text.output.contains(word), "'\(word)' in: \(text.output)")
    }
  }

  func testCompare() throws {
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("r"), withIntermediateDirectories: true)
    let y = SampleModels.expectedProduct(x)
    try write(numpy("<f4", "(2, 3)", x), "r/input.npy")
    try write(numpy("<f4", "(2, 2)", y), "r/output0.npy")
    try write(numpy("<f4", "(3, 2)", [1, -4, 2, 0.5, 3, 8] as [Float]), "r/turned.npy")
    let equal = try coracle("compare", "m.coracle", "r", "--tolerance", "0", "--json")
    assertSucceeds(equal)
    let rows = try XCTUnwrap(equal.json["outputs"] as? [[String: Any]])
    XCTAssertEqual(rows.map { $0["max_abs"] as? Double }, [0, 0])
    XCTAssertEqual(rows.map { $0["cosine"] as? Double ?? 0 }.min() ?? 0, 1, accuracy: 1e-12)

    var far = y
    far[3] += 0.25
    try write(numpy("<f8", "(2, 2)", far.map(Double.init)), "r/output0.npy")
    let differing = try coracle("compare", "m.coracle", "r", "--json")
    assertSucceeds(differing)
    let row = try XCTUnwrap((differing.json["outputs"] as? [[String: Any]])?.first)
    let largest = Double(far.map(abs).max() ?? 0)
    XCTAssertEqual(row["max_abs"] as? Double ?? 0, 0.25, accuracy: 1e-9)
    XCTAssertEqual(row["max_relative"] as? Double ?? 0, 0.25 / largest, accuracy: 1e-9)
    let dot = zip(y, far).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let lengths = [y, far].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    XCTAssertEqual(row["cosine"] as? Double ?? 0, dot / lengths[0] / lengths[1], accuracy: 1e-9)
    assertFails(try coracle("compare", "m.coracle", "r", "--tolerance", "0.2"), "y")
    assertSucceeds(try coracle("compare", "m.coracle", "r", "--tolerance", "0.3"))
    assertFails(try coracle("compare", "m.coracle", "r", "--relative-tolerance", "1e-3"), "y")

    try write(numpy("<f4", "(4,)", y), "r/output0.npy")
    assertFails(try coracle("compare", "m.coracle", "r"), "y")
    try write(numpy("<f4", "(2, 2)", [.nan, y[1], y[2], y[3]] as [Float]), "r/output0.npy")
    assertFails(try coracle("compare", "m.coracle", "r", "--tolerance", "1000"), "y")
    assertFails(try coracle("compare", "m.coracle", "empty"), "has no input.npy")
  }
}

private final class ElementCounter: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]
  var text = ""

  func parser(_ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]) {
    counts[name, default: 0] += 1
  }
  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
