// Models and profiles from Swift. SPDX-License-Identifier: Apache-2.0
import Coracle
import Foundation
import XCTest

final class ModelTests: DigitsTestCase {
  func testWhatAModelSays() throws {
    let model = try Model(path: path)
    XCTAssertEqual([model.inputCount, model.outputCount, model.testVectorCount], [1, 1, 1])
    let input = try model.input(0), output = try model.output(0)
    XCTAssertEqual(input.type, .float32)
    XCTAssertEqual(input.shape, [-1, 1, 8, 8])
    XCTAssertEqual(input.byteCount, 0)
    XCTAssertEqual(try input.elements(of: Float.self), [])
    XCTAssertEqual(output.shape.last, 10)
    XCTAssertEqual(try model.findInput(input.name), 0)
    XCTAssertEqual(try model.findOutput(output.name), 0)
    XCTAssertEqual(try model.metadata("source.format"), "paddle")
    XCTAssertEqual(model.metadataCount, 1)
    let entry = try model.metadata(at: 0)
    XCTAssertEqual([entry.key, entry.value], ["source.format", "paddle"])
    XCTAssertEqual(try model.testVector(0, output: 0).elements(of: Float.self), try Digits.scores(3))
  }

  func testRefusals() throws {
    let model = try Model(path: path)
    assertFails(.invalidArgument, "1") { try model.input(1) }
    assertFails(.invalidArgument, "-1") { try model.output(-1) }
    assertFails(.notFound, "nobody") { try model.findInput("nobody") }
    assertFails(.notFound, "nobody") { try model.findOutput("nobody") }
    assertFails(.notFound, "nobody") { try model.metadata("nobody") }
    assertFails(.invalidArgument, "metadata 1") { try model.metadata(at: 1) }
    assertFails(.invalidArgument, "test vector") { try model.testVector(7, input: 0) }
    assertFails(.io, "/nowhere") { try Model(path: "/nowhere/a.coracle") }
    // The file is mapped to be read only.
    let stored = try model.testVector(0, input: 0)
    assertFails(.invalidArgument, "cannot be written") {
      try stored.withMutableElements(of: Float.self) { $0.update(repeating: 0) }
    }
    assertFails(.invalidType, "float32, not int64") { try stored.elements(of: Int64.self) }
  }

  func testFromMemory() throws {
    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file.count, alignment: 64)
    defer { memory.deallocate() }
    file.copyBytes(to: memory)
    do {
      let session = try Session(Model(memory: UnsafeRawBufferPointer(memory)))
      try session.resizeInput(0, [3, 1, 8, 8])
      try session.input(0).write(Digits.pixels(3))
      try session.run()
    }
    assertFails(.notAModel, "model") { try Model(memory: UnsafeRawBufferPointer(rebasing: memory[64...])) }
    assertFails(.invalidArgument, "NULL") { try Model(memory: UnsafeRawBufferPointer(start: nil, count: 0)) }
    assertFails(.invalidArgument, "align") { try Model(memory: UnsafeRawBufferPointer(rebasing: memory[4...])) }
    // One weight is damaged: found by the first session, or by nobody where the caller said so.
    memory[memory.count - 1] ^= 1
    let damaged = try Model(memory: UnsafeRawBufferPointer(memory))
    assertFails(.corrupt, "checksum") {
      let session = try Session(damaged)
      try session.resizeInput(0, [1, 1, 8, 8])
      try session.prepare()
    }
    let trusted = try Session(Model(memory: UnsafeRawBufferPointer(memory), skipsWeightChecksums: true))
    try trusted.resizeInput(0, [1, 1, 8, 8])
    try trusted.prepare()
  }

  func testProfiles() throws {
    XCTAssertGreaterThan(Profile.count, 0)
    let first = try Profile.at(0)
    XCTAssertEqual(try Profile.find(first.name).name, first.name)
    XCTAssertGreaterThan(try Profile.detect().figures.core_count, 0)
    assertFails(.invalidArgument, "\(Profile.count)") { try Profile.at(Profile.count) }
    assertFails(.notFound, "a-raft") { try Profile.find("a-raft") }
    assertFails(.io, "/nowhere") { try Profile.load("/nowhere/p.json") }
    assertFails(.invalidArgument, "line") { try Profile.parse("{\"name\": 5") }
    assertFails(.invalidArgument, "line 1") { try Profile.parse("") }
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../edge-profiles/raspberry-pi-4.json")
    XCTAssertEqual(try Profile.load(file.path).figures.core_count, 4)
    var warnings: [String] = []
    let text = try String(contentsOf: file, encoding: .utf8)
    let parsed = try Profile.parse("{\"sails\": 2, " + text.drop { $0 != "{" }.dropFirst()) { level, line in
      XCTAssertEqual(level, .warning)
      warnings.append(line)
    }
    XCTAssertEqual(parsed.name, "raspberry-pi-4")
    XCTAssertTrue(warnings.count == 1 && warnings[0].contains("sails"), "\(warnings)")
  }
}
