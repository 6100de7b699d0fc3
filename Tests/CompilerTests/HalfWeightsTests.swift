// Which constants are stored as float16. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

final class HalfWeightsTests: XCTestCase {
  /// x w for each of `weights` [64, 16], added up.
  private func graph(_ weights: [[Float]]) -> Graph {
    let sketch = GraphSketch()
    let x = sketch.input("x", [2, 64])
    let products = weights.enumerated().map { index, floats in
      sketch.node(.matmul, [x, Value(name: "w\(index)", constant: Constant(shape: [64, 16], floats: floats))], [2, 16])
    }
    return sketch.finish(products.dropFirst().reduce(products[0]) { sketch.binary("add", $0, $1) })
  }

  private func scaled(_ factor: Float) -> [Float] { (0..<1024).map { factor * (Float($0 * 37 % 1009) / 1009 - 0.5) } }

  func testEachIsTheNearest() throws {
    let floats = scaled(2)
    let graph = graph([floats])
    let value = try XCTUnwrap(graph.nodes[0].input(1))
    let half = try XCTUnwrap(HalfWeights(of: graph).constants[ObjectIdentifier(value)])
    XCTAssertEqual(half.type, .float16)
    XCTAssertEqual(half.shape, [64, 16])
    let stored = half.bytes.withUnsafeBytes { raw in (0..<1024).map { raw.loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self) } }
    XCTAssertEqual(stored, floats.map { Float16($0) })
  }

  func testWhatIsOutsideTheRangeStaysFloat32() {
    var large = scaled(2), infinite = scaled(2)
    (large[700], infinite[3]) = (-65505, .infinity)
    let graph = graph([scaled(2), large, infinite, scaled(0x1p-14), [Float](repeating: 0, count: 1024), scaled(130_000)])
    let halves = HalfWeights(of: graph)
    XCTAssertEqual(halves.constants.count, 3)
    for (name, magnitude) in [("w1", "65505.0"), ("w2", "inf"), ("w3", "3.0")] {
      XCTAssertEqual(halves.warnings.filter { $0.contains("\"\(name)\"") && $0.contains("float32") && $0.contains(magnitude) }.count, 1, "\(halves.warnings)")
    }
    XCTAssertEqual(halves.warnings.count, 3)
  }

  func testSmallConstantsAndOtherTypesStay() {
    let sketch = GraphSketch()
    let x = sketch.input("x", [1023])
    let sum = sketch.binary("add", x, sketch.constant([1023], [Float](repeating: 1, count: 1023)))
    let indices = Value(name: "i", constant: Constant(shape: [2048], integers: [Int](repeating: 3, count: 2048)))
    let halves = HalfWeights(of: sketch.finish(sketch.node(.gather, [sum, indices], [2048], ["axis": .integer(0)])))
    XCTAssertTrue(halves.constants.isEmpty && halves.warnings.isEmpty)
  }

  /// Half the file; outputs within what the rounding of weights does: 2^-11 of each product, as large as |x| |w| at most.
  func testCompiledFile() throws {
    let many = (0..<8).map { scaled(Float($0 + 1) / 4) }
    let (single, half) = (graph(many), graph(many))
    let whole = try compile(single), halved = try compile(half, options: CompileOptions(halvesWeights: true))
    XCTAssertGreaterThan(halved.statistics.halves, 0)
    XCTAssertEqual(halved.statistics.weightBytes, whole.statistics.weightBytes / 2)
    let path = NSTemporaryDirectory() + "halves-\(ProcessInfo.processInfo.processIdentifier).coracle"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try halved.write(to: path)
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)).count, halved.byteCount)
    var description = ModelDescription()
    description.halves = HalfWeights(of: half).constants
    let input = Constant(shape: [2, 64], floats: (0..<128).map { Float($0 % 13) / 6 - 1 })
    let expected = try single.evaluate([input])[0]
    let found = try XCTUnwrap(RuntimeModel(MemoryModel.whole(half, description)).run([input], outputCount: 1)[0].floats)
    let bound = 64 * many.reduce(0) { $0 + ($1.map(abs).max() ?? 0) } * 0x1p-11
    for (one, other) in zip(expected, found) { XCTAssertEqual(one, other, accuracy: bound) }
    XCTAssertNotEqual(expected, found, "they have been rounded")
  }

  func testMemoryFitCountsWhatIsExpanded() throws {
    let graph = graph([scaled(1)])
    let halves = HalfWeights(of: graph).constants
    var hardware = coracle_profile()
    hardware.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    XCTAssertEqual(coracle_profile_detect(&hardware, nil), coracle_status(CORACLE_OK))
    let plain = try MemoryFit(graph, hardware, budget: 1 << 20, packsWeights: false).bytes()
    let stored = try MemoryFit(graph, hardware, budget: 1 << 20, packsWeights: false, halves: halves).bytes()
    // Beside the packed weights, which both have, there is room for the expanded ones while they are packed.
    XCTAssertGreaterThan(stored, plain)
    XCTAssertLessThanOrEqual(stored, plain + 4096)
  }
}
