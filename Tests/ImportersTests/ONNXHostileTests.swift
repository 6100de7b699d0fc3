// Files that are broken or mean harm give a sentence, never a trap. SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

@testable import Graph
@testable import Importers

final class ONNXHostileTests: XCTestCase {
  private func assertMalformed(_ model: ONNXModel, mentions word: String, folder: URL? = nil, line: UInt = #line) {
    XCTAssertThrowsError(try model.imported(folder: folder), line: line) { error in
      XCTAssertTrue("\(error)".contains(word), "\(error)", line: line)
    }
  }

  func testEveryTruncationOfEveryCaseThrowsOrImports() throws {
    for name in ONNXCases.names {
      let data = try ONNXCases.data(name)
      for length in stride(from: 0, to: data.count, by: max(1, data.count / 60)) { _ = try? importONNX(data.prefix(length), name: name, folder: nil) }
    }
  }

  func testFlippedBitsNeverTrap() throws {
    var state: UInt64 = 42
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33)
    }
    for name in ONNXCases.names {
      let data = try ONNXCases.data(name)
      for _ in 0..<100 {
        var flipped = data
        for _ in 0...(next() % 3) { flipped[next() % data.count] ^= UInt8(1 << (next() % 8)) }
        _ = try? importONNX(flipped, name: name, folder: nil)
      }
    }
  }

  /// Every integer of every attribute and every small tensor replaced by values that overflow.
  func testAbsurdIntegersNeverTrap() throws {
    let absurd: [Int64] = [.min, .max, -1, 0, 1 << 32, -(1 << 62), 1 << 62, 7]
    for name in ONNXCases.names {
      let model = try ONNXModel(serializedBytes: ONNXCases.data(name))
      for (index, node) in model.graph.node.enumerated() {
        for (place, attribute) in node.attribute.enumerated() where !attribute.hasG && !attribute.hasT {
          for value in absurd {
            var changed = model
            changed.graph.node[index].attribute[place].i = value
            changed.graph.node[index].attribute[place].f = Float(value)
            for entry in attribute.ints.indices { changed.graph.node[index].attribute[place].ints[entry] = value }
            _ = try? changed.imported()
            changed.graph.node[index].attribute[place].ints.append(value)
            _ = try? changed.imported()
          }
        }
      }
      for (index, tensor) in model.graph.initializer.enumerated() where tensor.dataType == 7 && !tensor.name.contains(":") {
        for value in absurd {
          var changed = model
          let count = tensor.rawData.count / 8
          changed.graph.initializer[index].rawData = (0..<count).reduce(into: Data()) { data, _ in withUnsafeBytes(of: value) { data.append(contentsOf: $0) } }
          _ = try? changed.imported()
          changed.graph.initializer[index].dims = [Int64(count), 1]
          _ = try? changed.imported()
        }
      }
      for input in model.graph.input.indices {
        var changed = model
        for value in [3, Int64(Int32.max), 5] {
          for dimension in changed.graph.input[input].type.tensorType.shape.dim.indices {
            changed.graph.input[input].type.tensorType.shape.dim[dimension].dimValue = value
          }
          _ = try? changed.imported()
        }
        changed.graph.input[input].type.tensorType.shape.dim = []
        _ = try? changed.imported()
        changed.graph.input[input].type.tensorType.clearShape()
        _ = try? changed.imported()
      }
    }
  }

  /// Inputs left out, exchanged or of another kind.
  func testMissingInputsNeverTrap() throws {
    for name in ONNXCases.names {
      let model = try ONNXModel(serializedBytes: ONNXCases.data(name))
      for (index, node) in model.graph.node.enumerated() {
        for place in node.input.indices {
          for other in [""] + model.graph.input.map(\.name) + model.graph.initializer.map(\.name) {
            var changed = model
            changed.graph.node[index].input[place] = other
            _ = try? changed.imported()
          }
        }
        var changed = model
        changed.graph.node[index].input = []
        _ = try? changed.imported()
        changed.graph.node[index].attribute = []
        _ = try? changed.imported()
        changed = model
        changed.graph.node[index].output = Array(repeating: "", count: 3)
        _ = try? changed.imported()
        for (place, attribute) in node.attribute.enumerated() where attribute.hasG {
          var changed = model
          changed.graph.node[index].attribute[place].g.output = []
          _ = try? changed.imported()
          changed.graph.node[index].attribute[place].g.input = []
          _ = try? changed.imported()
        }
      }
    }
  }

  func testFlawsOfTensorsAreNamed() {
    assertMalformed(.with { $0.addTensor("w", dims: [2, -3]) }, mentions: "negative")
    assertMalformed(.with { $0.addTensor("w", dims: [.max, .max, 4]) }, mentions: "too large")
    assertMalformed(.with { $0.addTensor("w", dims: [1 << 40, 1 << 40]) }, mentions: "too large")
    assertMalformed(.with { $0.addTensor("w", dims: [3], raw: Data(count: 8)) }, mentions: "8 bytes, expected 12")
    assertMalformed(.with { $0.addTensor("w", dims: [3]) }, mentions: "0 elements, expected 3")
    assertMalformed(.with { $0.addTensor("w", dims: [3], type: 99) }, mentions: "element type 99")
    assertMalformed(.with { $0.addTensor("w", dims: [3], type: 8) }, mentions: "strings")
    assertMalformed(.with { $0.addInput("x", [-7]) }, mentions: "-7")
  }

  func testFlawsOfGraphsAreNamed() {
    assertMalformed(.with { $0.addNode("Relu", ["nowhere"], ["y"]) }, mentions: "nowhere")
    assertMalformed(.with { $0.addOutput("y") }, mentions: "'y'")
    assertMalformed(.with { graph in
      graph.addNode("Relu", ["b"], ["a"])
      graph.addNode("Relu", ["a"], ["b"])
    }, mentions: "cycle")
    assertMalformed(.with { graph in
      graph.addInput("x", [1])
      graph.addNode("Relu", ["x"], ["a"])
      graph.addNode("Relu", ["x"], ["a"])
    }, mentions: "two nodes")
    assertMalformed(.with(version: 5) { $0.addInput("x", [1]) }, mentions: "operator set 5")
    XCTAssertThrowsError(try importONNX(Data([0x08, 0x07]), name: "", folder: nil)) { XCTAssertTrue("\($0)".contains("no graph"), "\($0)") }
  }

  func testExternalDataStaysInsideTheFolder() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coracle-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("model/sub"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let inside = folder.appendingPathComponent("model")
    try Data((0..<32).map { UInt8($0) }).write(to: inside.appendingPathComponent("sub/w.bin"))
    try Data(count: 64).write(to: folder.appendingPathComponent("secret.bin"))
    try FileManager.default.createSymbolicLink(at: inside.appendingPathComponent("link.bin"), withDestinationURL: folder.appendingPathComponent("secret.bin"))
    func model(_ external: [(String, String)]) -> ONNXModel {
      .with { graph in
        graph.addTensor("w", dims: [2], external: external)
        graph.addNode("Relu", ["w"], ["y"])
        graph.addOutput("y")
      }
    }
    let graph = try model([("location", "sub/w.bin"), ("offset", "8"), ("length", "8")]).imported(folder: inside)
    XCTAssertEqual(graph.nodes[0].inputs[0]?.constant.map { Array($0.bytes) }, (8..<16).map { UInt8($0) })
    assertMalformed(model([("location", "../secret.bin"), ("length", "8")]), mentions: "not inside", folder: inside)
    assertMalformed(model([("location", folder.path + "/secret.bin"), ("length", "8")]), mentions: "not inside", folder: inside)
    assertMalformed(model([("location", "link.bin"), ("length", "8")]), mentions: "out of the model's folder", folder: inside)
    assertMalformed(model([("location", "absent.bin"), ("length", "8")]), mentions: "absent.bin", folder: inside)
    assertMalformed(model([("location", "sub/w.bin"), ("offset", "30"), ("length", "8")]), mentions: "is out of", folder: inside)
    assertMalformed(model([("location", "sub/w.bin"), ("offset", "9223372036854775807"), ("length", "9223372036854775807")]), mentions: "is out of", folder: inside)
    assertMalformed(model([("location", "sub/w.bin"), ("offset", "-8")]), mentions: "no size", folder: inside)
    assertMalformed(model([("location", "sub/w.bin"), ("length", "12")]), mentions: "12 bytes, expected 8", folder: inside)
    assertMalformed(model([("location", "sub/w.bin")]), mentions: "not read from a folder")
  }

  func testFormatsAreRecognisedByContent() throws {
    func message(_ bytes: [UInt8]) -> String {
      do { return try modelFormat(of: Data(bytes)).name } catch { return "\(error)" }
    }
    XCTAssertEqual(try modelFormat(of: ONNXCases.data("conv")), .onnx)
    XCTAssertEqual(message(Array("  {\"base_code\":{}}".utf8)), "Paddle PIR (json)")
    // A block of 123 bytes: the length is the code of an opening brace.
    XCTAssertEqual(message([0x0A, 0x7B] + Array(repeating: 0, count: 123)), "Paddle program (pdmodel)")
    XCTAssertTrue(message([]).contains("empty"))
    XCTAssertTrue(message([0x80, 0x04, 0x95, 0, 0]).contains("pickle"))
    XCTAssertTrue(message(Array(repeating: 0, count: 20)).contains("parameters file"))
    XCTAssertTrue(message([0x50, 0x4B, 3, 4, 0, 0]).contains("zip"))
    XCTAssertTrue(message([0, 0, 0, 0] + Array("CRCL".utf8)).contains("already"))
    XCTAssertTrue(message([0xFF, 0xFF, 0xFF]).contains("none of the formats"))
    XCTAssertThrowsError(try importModel(at: "/nowhere/model.onnx")) { XCTAssertTrue("\($0)".contains("no file")) }
  }

  func testPaddleProgramsAreRecognised() throws {
    for path in ["paddle-fixtures/legacy.pdmodel", "ppocr/rec/inference.pdmodel"] {
      // Outside the assertion, which would take a skipped test for a failure.
      let bytes = try Data(contentsOf: PaddleFixtures.file(path))
      XCTAssertEqual(try modelFormat(of: bytes), .paddleLegacy)
    }
  }
}
