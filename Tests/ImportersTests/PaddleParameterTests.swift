// Parameter files: records, pairing with the program, and files that do not fit. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import XCTest

@testable import Importers

final class PaddleParameterTests: XCTestCase {
  private func bytes<T>(_ values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }

  /// A record by hand: an independent writer of what the reader reads.
  private func record(type: UInt8, dims: [[UInt8]], data: Data, levels: [Data] = []) -> Data {
    var description = Data([0x08, type])
    for dim in dims { description += [0x10] + dim }
    var record = bytes([UInt32(0)]) + bytes([UInt64(levels.count)])
    for level in levels { record += bytes([UInt64(level.count)]) + level }
    return record + bytes([UInt32(0)]) + bytes([Int32(description.count)]) + description + data
  }

  private func parameter(_ name: String, _ element: PaddleElement, _ shape: [Int]) -> PaddleParameter {
    PaddleParameter(name: name, value: 1, type: PaddleTensorType(element: element, shape: shape), isStored: true)
  }

  private func read(_ data: Data, _ parameters: [PaddleParameter]) throws -> [String: PaddleTensor] {
    try ParameterFile.readCombined(data, parameters: parameters, label: "test.pdiparams")
  }

  func testNamesAreInByteOrder() throws {
    // "Z" stands before "_", that before "a", and "a_10" before "a_2".
    let names = ["a_2", "Z", "a_10", "_"]
    let file = (0..<4).map { record(type: 5, dims: [[2]], data: bytes([Float($0), Float($0) + 0.5])) }.reduce(Data(), +)
    let tensors = try read(file, names.map { parameter($0, .float32, [2]) })
    for (index, name) in ["Z", "_", "a_10", "a_2"].enumerated() {
      XCTAssertEqual(tensors[name]?.constant()?.floats, [Float(index), Float(index) + 0.5], name)
    }
  }

  func testScalarsLevelsAndTypes() throws {
    let file = record(type: 5, dims: [], data: bytes([Float(7)])) + record(type: 3, dims: [[3]], data: bytes([Int64(-1), 0, .max]))
      + record(type: 0, dims: [[1], [2]], data: Data([0, 1]), levels: [Data([1, 2, 3])])
    let tensors = try read(file, [parameter("a", .float32, []), parameter("b", .int64, [3]), parameter("c", .boolean, [1, 2])])
    XCTAssertEqual(tensors["a"]?.constant()?.shape, [])
    XCTAssertEqual(tensors["a"]?.constant()?.floats, [7])
    XCTAssertEqual(tensors["b"]?.constant()?.integers, [-1, 0, .max])
    XCTAssertEqual(tensors["c"]?.constant()?.integers, [0, 1])
  }

  func testNarrowAndWideFloatsBecomeFloat32() throws {
    // binary16: 1.5, -2, the smallest subnormal, infinity; bfloat16: 1.5, -2.
    let file = record(type: 4, dims: [[4]], data: bytes([UInt16(0x3e00), 0xc000, 0x0001, 0x7c00])) + record(type: 22, dims: [[2]], data: bytes([UInt16(0x3fc0), 0xc000]))
      + record(type: 6, dims: [[2]], data: bytes([0.1, -3.0]))
    let tensors = try read(file, [parameter("a", .float16, [4]), parameter("b", .bfloat16, [2]), parameter("c", .float64, [2])])
    XCTAssertEqual(tensors["a"]?.constant()?.floats, [1.5, -2, 5.9604645e-8, .infinity])
    XCTAssertEqual(tensors["b"]?.constant()?.floats, [1.5, -2])
    XCTAssertEqual(tensors["c"]?.constant()?.floats, [0.1, -3])
  }

  func testEveryTruncationAndTrailingBytesAreErrors() throws {
    let parameters = [parameter("a", .float32, [3]), parameter("b", .int64, [2])]
    let file = record(type: 5, dims: [[3]], data: bytes([Float(1), 2, 3])) + record(type: 3, dims: [[2]], data: bytes([Int64(4), 5]))
    XCTAssertEqual(try read(file, parameters).count, 2)
    for length in 0..<file.count {
      XCTAssertTrue(importFault { _ = try read(file.prefix(length), parameters) }.contains("truncated, swapped or wrong"), "\(length) bytes")
    }
    XCTAssertTrue(importFault { _ = try read(file + [0], parameters) }.contains("swapped or wrong parameters file"))
  }

  func testDescriptionsThatDoNotFit() throws {
    let data = bytes([Float(1), 2])
    let plain = parameter("w", .float32, [2])
    XCTAssertTrue(importFault { _ = try read(record(type: 5, dims: [[3]], data: data), [plain]) }.contains("the model declares"))
    XCTAssertTrue(importFault { _ = try read(record(type: 2, dims: [[2]], data: data), [plain]) }.contains("the model declares"))
    XCTAssertTrue(importFault { _ = try read(record(type: 99, dims: [[2]], data: data), [plain]) }.contains("element type"))
    // -1 as a ten-byte varint, against a declaration that leaves the extent open.
    let minusOne = Array(repeating: UInt8(0xff), count: 9) + [1]
    XCTAssertTrue(importFault { _ = try read(record(type: 5, dims: [minusOne], data: data), [parameter("w", .float32, [-1])]) }.contains("negative"))
    // 2^62 by 4: the number of elements overflows.
    let huge: [UInt8] = Array(repeating: 0x80, count: 8) + [0x40]
    XCTAssertTrue(importFault { _ = try read(record(type: 5, dims: [huge, [4]], data: data), [parameter("w", .float32, [-1, -1])]) }.contains("too large"))
    var negative = record(type: 5, dims: [[2]], data: data)
    negative.replaceSubrange(16..<20, with: bytes([Int32(-4)]))
    XCTAssertTrue(importFault { _ = try read(negative, [plain]) }.contains("-4 bytes are wanted"))
    var version = record(type: 5, dims: [[2]], data: data)
    version[0] = 9
    XCTAssertTrue(importFault { _ = try read(version, [plain]) }.contains("version"))
  }

  func testFixtureHoldsWhatItsProgramDeclares() throws {
    let model = try PaddleFixtures.file("paddle-fixtures/pir.json")
    let program = try PIRReader.read(Data(contentsOf: model))
    let tensors = try ParameterSource.beside(model: model, named: nil).tensors(for: program.parameters)
    XCTAssertEqual(tensors.count, 25)
    let size = try Data(contentsOf: PaddleFixtures.file("paddle-fixtures/pir.pdiparams")).count
    XCTAssertLessThan(tensors.values.reduce(0) { $0 + $1.bytes.count }, size)
    let legacy = try PaddleFixtures.file("paddle-fixtures/legacy.pdmodel")
    XCTAssertFalse(try ParameterSource.beside(model: legacy, named: nil).tensors(for: LegacyReader.read(Data(contentsOf: legacy)).parameters).isEmpty)
  }

  func testSwappedFileIsAnError() throws {
    let other = try PaddleFixtures.file("paddle-fixtures/ptq_legacy.pdiparams")
    XCTAssertTrue(importFault { _ = try PaddleFixtures.load("paddle-fixtures/pir.json", parameters: other) }.contains("wrong parameters file"))
  }

  func testMissingFileSaysWhatWasLookedFor() throws {
    let model = try PaddleFixtures.file("paddle-fixtures/pir.json")
    let lonely = URL(fileURLWithPath: "/nonexistent/folder/pir.json")
    let fault = importFault { _ = try importPaddle(Data(contentsOf: model), at: lonely, format: .pir) }
    for part in ["25 weights", "pir.pdiparams", "__params__", "one file a weight"] { XCTAssertTrue(fault.contains(part), fault) }
    XCTAssertNoThrow(try importPaddle(Data(contentsOf: model), at: lonely, format: .pir, zeroWeights: true))
    let absent = URL(fileURLWithPath: "/nonexistent/w.pdiparams")
    XCTAssertTrue(importFault { _ = try importPaddle(Data(contentsOf: model), at: model, format: .pir, parameters: absent) }.contains("cannot be read"))
  }

  func testOneFileAWeight() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let parameters = [parameter("w.b", .float32, [2]), parameter("v", .float32, [1])]
    try record(type: 5, dims: [[2]], data: bytes([Float(1), 2])).write(to: folder.appendingPathComponent("w.b"))
    try record(type: 5, dims: [[1]], data: bytes([Float(3)])).write(to: folder.appendingPathComponent("v"))
    let model = folder.appendingPathComponent("__model__")
    for source in [ParameterSource.beside(model: model, named: nil), .beside(model: URL(fileURLWithPath: "/elsewhere/m"), named: folder)] {
      let tensors = try source.tensors(for: parameters)
      XCTAssertEqual(tensors["w.b"]?.constant()?.floats, [1, 2])
      XCTAssertEqual(tensors["v"]?.constant()?.floats, [3])
    }
    let escaping = [parameter("../\(folder.lastPathComponent)/v", .float32, [1])]
    XCTAssertTrue(importFault { _ = try ParameterSource.beside(model: model, named: folder).tensors(for: escaping) }.contains("outside"))
    XCTAssertTrue(importFault { _ = try ParameterSource.zeros.tensors(for: parameters + parameters) }.contains("twice"))
  }
}
