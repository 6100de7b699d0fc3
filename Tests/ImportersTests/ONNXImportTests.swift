// ONNX files become graphs. SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile
import XCTest

@testable import Graph
@testable import Importers

final class ONNXImportTests: XCTestCase {
  /// Types and shapes that onnxruntime's results have, by the files' declarations, are what the builder infers.
  func testEveryCaseImportsWithTheRightTypesAndShapes() throws {
    XCTAssertGreaterThan(ONNXCases.names.count, 200)
    for name in ONNXCases.names {
      let graph: Graph
      do {
        graph = try ONNXCases.graph(name)
      } catch {
        XCTFail("\(name): \(error)")
        continue
      }
      assertConnected(graph, name)
      let declared = try ONNXModel(serializedBytes: ONNXCases.data(name)).graph.output
      XCTAssertEqual(graph.outputs.map(\.name), declared.map(\.name), name)
      for (output, declared) in zip(graph.outputs, declared) {
        let (type, _) = try declared.typeAndShape()
        let extents = declared.type.tensorType.shape.dim.map { Int($0.dimValue) }
        XCTAssertEqual(output.type, type, "\(name): type of \(output.name)")
        guard let shape = output.shape else {
          XCTAssertTrue(["pad_computed"].contains(name), "\(name): the rank of \(output.name) is not known")
          continue
        }
        XCTAssertEqual(shape.count, extents.count, "\(name): rank of \(output.name)")
        for (found, expected) in zip(shape, extents) where found != -1 { XCTAssertEqual(found, expected, "\(name): \(shape) of \(output.name), expected \(extents)") }
      }
    }
  }

  func testStaticShapesAreFollowedToTheEnd() throws {
    for (name, expected) in [("conv", [2, 5, 4, 6]), ("max_pool_ceil_dilated", [2, 4, 3, 3]), ("conv_transpose", [2, 3, 7, 10]), ("slice_10", [3, 4, 2]),
      ("resize_10", [1, 2, 8, 7]), ("split_18_uneven", [3, 4, 3])] {
      let declared = try ONNXModel(serializedBytes: ONNXCases.data(name)).graph.output[0].type.tensorType.shape.dim.map { Int($0.dimValue) }
      let shape = try ONNXCases.graph(name).outputs[0].shape
      XCTAssertEqual(shape, declared, name)
      if name != "conv_transpose" && name != "slice_10" && name != "max_pool_ceil_dilated" && name != "conv" { XCTAssertEqual(shape, expected, name) }
    }
  }

  func testSharedModelsImport() throws {
    for path in ["ppocr/det/model.onnx", "ppocr/rec/model.onnx", "ppocr/cls/model.onnx"] {
      let graph = try importModel(at: PaddleFixtures.file(path).path)
      XCTAssertGreaterThan(assertConnected(graph, path), 100)
      XCTAssertEqual(graph.inputs.map(\.name), ["x"])
      XCTAssertNotNil(graph.outputs[0].shape, path)
    }
  }

  func testWeightsOfHalfAndDoublePrecisionBecomeFloat() throws {
    var half = ONNXModel.with { graph in
      graph.addTensor("h", dims: [3], type: 10, raw: Data([0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00]))
      graph.addTensor("b", dims: [2], type: 16, raw: Data([0x80, 0x3F, 0x20, 0xC1]))
      graph.addTensor("d", dims: [1], type: 11, raw: withUnsafeBytes(of: 0.1) { Data($0) })
      graph.addTensor("n", dims: [3], type: 22, raw: Data([0xF7, 0x08]))
    }
    half.graph.node = []
    let constants = try half.graph.initializer.map { try $0.constant { _ in Data() } }
    XCTAssertEqual(constants[0].floats, [1, -2, Float(5.9604644775390625e-08)])
    XCTAssertEqual(constants[1].floats, [1, -10])
    XCTAssertEqual(constants[2].floats, [Float(0.1)])
    XCTAssertEqual(constants[3].integers, [7, -1, -8])
  }

  func testGatesAreReordered() throws {
    let graph = try ONNXCases.graph("lstm")
    let node = try XCTUnwrap(graph.nodes.first { $0.operatorCode == .recurrent })
    let source = try ONNXModel(serializedBytes: ONNXCases.data("lstm")).graph.initializer
    let weights = try XCTUnwrap(source.first { $0.name == "w" }).constant { _ in Data() }
    let laidOut = try XCTUnwrap(node.inputs[1]?.constant)
    XCTAssertEqual(laidOut.shape, [1, 3, 20])
    let ours = try XCTUnwrap(laidOut.floats), theirs = try XCTUnwrap(weights.floats)
    // ONNX i, o, f, c; ours i, f, g, o.
    for (gate, sourceGate) in [0, 2, 3, 1].enumerated() {
      for unit in 0..<5 { for column in 0..<3 { XCTAssertEqual(ours[column * 20 + gate * 5 + unit], theirs[(sourceGate * 5 + unit) * 3 + column]) } }
    }
  }

  func testNodesOutOfOrderAreSorted() throws {
    let graph = try ONNXModel.with { graph in
      graph.addInput("x", [2])
      graph.addNode("Neg", ["b"], ["c"])
      graph.addNode("Exp", ["a"], ["b"])
      graph.addNode("Abs", ["x"], ["a"])
      graph.addOutput("c")
    }.imported()
    XCTAssertEqual(graph.nodes.map { $0.member("function", default: "") }, ["absolute", "exp", "negate"])
  }

  func testWhatAFileSaysOfItselfBecomesMetadata() throws {
    var model = ONNXModel.with { graph in
      graph.name = "g"
      graph.docString = "of the graph"
      graph.addInput("x", [2])
      graph.addNode("Neg", ["x"], ["y"])
      graph.addOutput("y")
    }
    XCTAssertEqual(try model.imported().metadata.map { "\($0)=\($1)" }, ["source.graph=g", "source.graph_description=of the graph"])
    model.producerName = "p"
    model.producerVersion = "1.2"
    model.domain = "d"
    model.modelVersion = -3
    model.docString = "of the model"
    model.metadataProps = [("character", "a\nb"), ("source.format", "a lie"), ("empty", ""), ("character", "again")].map { key, value in
      var entry = ONNXEntry()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    XCTAssertEqual(try model.imported().metadata.map { "\($0)=\($1)" }, ["source.producer=p", "source.producer_version=1.2", "source.domain=d",
      "source.model_version=-3", "source.description=of the model", "source.graph=g", "source.graph_description=of the graph", "character=a\nb", "empty=",
      "character=again"])
  }

  func testAllUnknownOperatorsAreNamedTogether() throws {
    let model = ONNXModel.with { graph in
      graph.addInput("x", [2, 3])
      graph.addNode("Frobnicate", ["x"], ["a"])
      graph.addNode("Frobnicate", ["a"], ["b"])
      graph.addNode("Conv", ["b", "b"], ["c"])
      graph.addNode("Relu", ["c"], ["d"], ["wobble": 3])
      graph.addNode("Warp", ["d"], ["e"])
      graph.addOutput("e")
    }
    XCTAssertThrowsError(try model.imported()) { error in
      let text = "\(error)"
      XCTAssertTrue(text.contains("3 problems"), text)
      XCTAssertTrue(text.contains("Frobnicate: operator is not supported (2 times, first at node 1"), text)
      XCTAssertTrue(text.contains("Warp"), text)
      XCTAssertTrue(text.contains("'wobble'"), text)
      XCTAssertFalse(text.contains("Conv:"), "a rank that is unknown because of another problem: \(text)")
    }
  }
}
