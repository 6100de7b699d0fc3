// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import ModelText
import XCTest

@testable import Compiler

final class WriterTests: XCTestCase {
  /// y = relu(x w + b) with a loop beside it, so that inner graphs and every kind of attribute occur.
  private func sample() -> Graph {
    let graph = Graph(name: "sample")
    let x = Value(name: "x", type: .float32, shape: [-1, 3])
    let weights = Value(name: "w", constant: Constant(shape: [3, 2], floats: [1, 2, 3, 4, 5, 6]))
    let same = Value(name: "w2", constant: Constant(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]))
    let product = Value(name: "\"p\"\n\u{1}é", type: .float32)
    let y = Value(name: "y", type: .float32)
    graph.inputs = [x]
    graph.nodes = [
      Node(.matmul, name: "m", inputs: [x, weights], outputs: [product],
        attributes: ["activation": .activation(function: "clip", alpha: -1.5, beta: .infinity), "scale": .float(0.1)]),
      Node(.pad, name: "p", inputs: [product, nil], outputs: [Value(name: "z")],
        attributes: ["mode": .member("edge"), "pads": .integers([0, 1, 0, 1]), "value": .float(.nan)]),
      Node(.matmul, name: "n", inputs: [product, same], outputs: [y], attributes: ["transpose_a": .boolean(false)]),
    ]
    graph.outputs = [y]
    return graph
  }

  private func bytes(_ graph: Graph, _ description: ModelDescription = ModelDescription()) throws -> Data {
    let memory = try MemoryModel.whole(graph, description)
    return Data(bytes: memory.bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 1)!, count: memory.bytes.count)
  }

  private func text(_ file: Data) throws -> String {
    try file.withUnsafeBytes { raw in
      let printed = try XCTUnwrap(model_text_print(raw.baseAddress))
      defer { model_text_free(printed) }
      return String(cString: printed)
    }
  }

  func testHeaderAndSegment() throws {
    let file = try bytes(sample())
    func number<T: FixedWidthInteger>(_ offset: Int, _: T.Type) -> T { file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) } }
    XCTAssertEqual(String(decoding: file[4..<8], as: UTF8.self), "CRCL")
    XCTAssertEqual(number(8, UInt32.self), 56)
    XCTAssertEqual(number(12, UInt16.self), 1)
    XCTAssertEqual(number(24, UInt64.self), UInt64(file.count))
    XCTAssertEqual(file.count, 8192, "one page of program, one of weights")
    XCTAssertEqual(number(32, UInt64.self), file.withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[64..<4096])) })
    XCTAssertEqual(number(40, UInt64.self), file.withUnsafeBytes { checksum64(UnsafeRawBufferPointer(rebasing: $0[..<40])) })
    XCTAssertEqual(number(48, UInt64.self), 0)
    XCTAssertEqual(number(56, UInt64.self), 0)
    let weights = (0..<6).map { number(4096 + 4 * $0, UInt32.self) }.map { Float(bitPattern: $0) }
    XCTAssertEqual(weights, [1, 2, 3, 4, 5, 6])
    XCTAssertTrue(file[(4096 + 24)...].allSatisfy { $0 == 0 }, "equal constants are stored once")
  }

  func testTextOfTheProgram() throws {
    let printed = try text(bytes(sample()))
    for expected in ["function: \"clip\"", "alpha: -1.5", "beta: inf", "mode: \"edge\"", "value: nan", "scale: 0.1"] {
      let plain = expected.replacingOccurrences(of: ": ", with: "\": ")
      XCTAssertTrue(printed.contains("\"" + plain), "\(expected) in \(printed)")
    }
    XCTAssertEqual(printed.components(separatedBy: "\"segment\": 0").count - 1, 2)
  }

  func testSameGraphSameBytes() throws { XCTAssertEqual(try bytes(sample()), try bytes(sample())) }

  func testFileIsReplacedWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("m.coracle").path
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
    let graph = sample()
    try ModelWriter(ModelProgram(graph, ModelDescription())).write(to: path)
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)), try bytes(graph))
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["m.coracle"], "nothing is left beside it")
    XCTAssertThrowsError(try ModelWriter(ModelProgram(graph, ModelDescription())).write(to: folder.path + "/missing/m.coracle"))
  }

  func testManySegments() throws {
    var layout = SegmentLayout(largestSegment: 128)
    let places = (0..<5).map { layout.place(Data(repeating: UInt8($0 + 1), count: 40 + $0)) }
    XCTAssertEqual(places.map(\.segment), [0, 0, 1, 1, 2])
    XCTAssertEqual(places.map(\.offset), [0, 64, 0, 64, 0])
    XCTAssertEqual(layout.sizes, [4096, 4096, 4096])
    var bytes: [UInt8] = []
    layout.stream(1) { bytes += Array($0) }
    XCTAssertEqual(bytes.count, 4096)
    XCTAssertEqual(bytes.withUnsafeBytes { segmentChecksum($0) }, layout.checksum(1))
    XCTAssertEqual(Array(bytes[64..<108]), [UInt8](repeating: 4, count: 43) + [0])
  }

  func testBadConstantsAreRefused() throws {
    let graph = Graph(name: "bad")
    graph.outputs = [Value(name: "c", constant: Constant(type: .float32, shape: [2], bytes: Data(count: 7)))]
    XCTAssertThrowsError(try bytes(graph)) { XCTAssertTrue("\($0)".contains("7 bytes"), "\($0)") }
    graph.outputs = [Value(name: "c", type: .float32, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1])]
    XCTAssertThrowsError(try bytes(graph)) { XCTAssertTrue("\($0)".contains("9 dimensions"), "\($0)") }
  }
}
