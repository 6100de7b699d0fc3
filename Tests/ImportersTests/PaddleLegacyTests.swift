// Legacy programs as single assignment: writes in place, order of feeds, control flow, the table of names. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import SwiftProtobuf
import XCTest

@testable import Importers

final class PaddleLegacyTests: XCTestCase {
  private let nowhere = URL(fileURLWithPath: "/nonexistent/model")

  private func variable(_ name: String, _ dims: [Int64] = [2, 3], element: Int32 = 5) -> LegacyVarDesc {
    .with {
      $0.name = name
      $0.type.type = 7
      $0.type.denseTensor.tensor.dataType = element
      $0.type.denseTensor.tensor.dims = dims
    }
  }

  private func slots(_ slots: [(String, [String])]) -> [LegacyOpDesc.Var] {
    slots.map { slot in .with { $0.parameter = slot.0; $0.arguments = slot.1 } }
  }

  private func op(_ type: String, _ inputs: [(String, [String])], _ outputs: [(String, [String])], _ attributes: [LegacyOpDesc.Attr] = []) -> LegacyOpDesc {
    .with { $0.type = type; $0.inputs = slots(inputs); $0.outputs = slots(outputs); $0.attrs = attributes }
  }

  private func integer(_ name: String, _ value: Int32) -> LegacyOpDesc.Attr { .with { $0.name = name; $0.type = 0; $0.i = value } }
  private func float(_ name: String, _ value: Float) -> LegacyOpDesc.Attr { .with { $0.name = name; $0.type = 1; $0.f = value } }
  private func block(_ name: String, _ value: Int32) -> LegacyOpDesc.Attr { .with { $0.name = name; $0.type = 8; $0.blockIdx = value } }
  private func feed(_ name: String, _ column: Int32) -> LegacyOpDesc { op("feed", [("X", ["feed"])], [("Out", [name])], [integer("col", column)]) }
  private func fetch(_ name: String, _ column: Int32) -> LegacyOpDesc { op("fetch", [("X", [name])], [("Out", ["fetch"])], [integer("col", column)]) }

  private func graph(_ blocks: [(vars: [LegacyVarDesc], ops: [LegacyOpDesc])]) throws -> Graph {
    let program = LegacyProgramDesc.with { program in
      program.blocks = blocks.map { block in .with { $0.vars = block.vars; $0.ops = block.ops } }
    }
    return try importPaddle(program.serializedData(), at: nowhere, format: .legacy)
  }

  func testEveryRowOfTheTableParses() {
    for row in LegacyRule.table.split(separator: "\n") {
      XCTAssertNotNil(LegacyRule(row), "\(row)")
      XCTAssertNotNil(LegacyRule.all[String(row.prefix { $0 != " " })], "\(row)")
    }
    XCTAssertEqual(LegacyRule("a b X i:axis/AxisTensor n:shape/L*/T _ > Out Y* _ | p=q")?.operands, [
      .variable("X"), .attribute(kind: "i", name: "axis", overrides: [.variable("AxisTensor")]),
      .attribute(kind: "n", name: "shape", overrides: [.list("L"), .variable("T")]), .none,
    ])
    XCTAssertNil(LegacyRule("a b X Out"))
  }

  func testFeedsAndFetchesAreInColumnOrder() throws {
    let graph = try graph([([variable("a"), variable("b")], [
      feed("b", 1), feed("a", 0), op("elementwise_sub", [("X", ["a"]), ("Y", ["b"])], [("Out", ["d"])]),
      op("relu", [("X", ["b"])], [("Out", ["r"])]), fetch("r", 1), fetch("d", 0),
    ])])
    XCTAssertEqual(graph.inputs.map(\.name), ["a", "b"])
    XCTAssertEqual(graph.outputs.map(\.name), ["d", "r"])
    XCTAssertEqual(graph.nodes[0].inputs.map { $0?.name }, ["a", "b"])
  }

  func testAWriteInPlaceIsANewValue() throws {
    let graph = try graph([([variable("x")], [
      feed("x", 0), op("relu", [("X", ["x"])], [("Out", ["x"])]), op("tanh", [("X", ["x"])], [("Out", ["x"])]), fetch("x", 0),
    ])])
    assertConnected(graph, "in place")
    XCTAssertTrue(graph.nodes[1].inputs[0] === graph.nodes[0].outputs[0])
    XCTAssertTrue(graph.outputs[0] === graph.nodes[1].outputs[0])
  }

  func testElementwiseAxisBecomesUnitExtents() throws {
    let graph = try graph([([variable("x", [2, 3, 4, 5]), variable("y", [3, 4])], [
      feed("x", 0), feed("y", 1), op("elementwise_add", [("X", ["x"]), ("Y", ["y"])], [("Out", ["z"])], [integer("axis", 1)]), fetch("z", 0),
    ])])
    XCTAssertEqual(graph.nodes.map(\.operatorCode), [.unsqueeze, .binary])
    XCTAssertEqual(graph.nodes[0].integers("axes"), [2])
    XCTAssertEqual(graph.outputs[0].shape, [2, 3, 4, 5])
  }

  func testMissingVariablesAndOperators() throws {
    XCTAssertTrue(importFault { _ = try graph([([], [op("relu", [("X", ["x"])], [("Out", ["y"])]), fetch("y", 0)])]) }.contains("x is read before"))
    let fault = importFault {
      _ = try graph([([variable("x")], [
        feed("x", 0), op("sequence_pool", [("X", ["x"])], [("Out", ["y"])]), op("lod_reset", [("X", ["y"])], [("Out", ["z"])]), fetch("z", 0),
      ])])
    }
    XCTAssertTrue(fault.contains("sequence_pool") && fault.contains("lod_reset"), fault)
    XCTAssertTrue(importFault { _ = try graph([]) }.contains("no blocks"))
    // A block that contains itself.
    XCTAssertTrue(importFault {
      _ = try graph([([variable("x"), variable("c", [1], element: 0)], [
        feed("x", 0), feed("c", 1), op("while", [("X", ["x"]), ("Condition", ["c"])], [("Out", ["x"])], [block("sub_block", 0)]), fetch("x", 0),
      ])])
    }.contains("inside itself"))
  }

  func testWhileCarriesWhatItsBlockWrites() throws {
    let condition = variable("c", [1], element: 0)
    let graph = try graph([
      ([variable("x"), variable("n", [1]), condition], [
        feed("x", 0), feed("n", 1), op("less_than", [("X", ["n"]), ("Y", ["n"])], [("Out", ["c"])]),
        op("while", [("X", ["x", "n"]), ("Condition", ["c"])], [("Out", ["x", "c"])], [block("sub_block", 1)]), fetch("x", 0),
      ]),
      ([variable("t")], [
        op("tanh", [("X", ["x"])], [("Out", ["t"])]), op("elementwise_add", [("X", ["t"]), ("Y", ["x"])], [("Out", ["x"])]),
        op("less_than", [("X", ["n"]), ("Y", ["n"])], [("Out", ["c"])]),
      ]),
    ])
    assertConnected(graph, "while")
    let loop = try XCTUnwrap(graph.nodes.first { $0.operatorCode == .loop })
    // Trip count, condition, and the two variables written: x and c.
    XCTAssertEqual(loop.inputs.count, 4)
    XCTAssertNil(loop.inputs[0])
    let body = try XCTUnwrap(loop.graph("body"))
    XCTAssertEqual(body.inputs.count, 4)
    XCTAssertEqual(body.outputs.count, 3)
    XCTAssertTrue(graph.outputs[0] === loop.outputs[0])
  }

  func testConditionalBlocksJoinedBySelect() throws {
    let condition = variable("c", [1], element: 0)
    let graph = try graph([
      ([variable("x"), condition, variable("n", [1], element: 0), variable("m", [1], element: 2), variable("a"), variable("b"), variable("y")], [
        feed("x", 0), feed("c", 1),
        op("conditional_block", [("Cond", ["c"]), ("Input", ["x"])], [("Out", ["a"])], [block("sub_block", 1)]),
        op("logical_not", [("X", ["c"])], [("Out", ["n"])]),
        op("conditional_block", [("Cond", ["n"]), ("Input", ["x"])], [("Out", ["b"])], [block("sub_block", 2)]),
        op("cast", [("X", ["c"])], [("Out", ["m"])], [integer("out_dtype", 2)]),
        op("select_input", [("X", ["b", "a"]), ("Mask", ["m"])], [("Out", ["y"])]), fetch("y", 0),
      ]),
      ([], [op("relu", [("X", ["x"])], [("Out", ["a"])])]),
      ([], [op("tanh", [("X", ["x"])], [("Out", ["b"])])]),
    ])
    assertConnected(graph, "select")
    let choice = try XCTUnwrap(graph.nodes.first { $0.operatorCode == .conditional })
    XCTAssertEqual(choice.graph("then_subgraph")?.nodes.first?.member("function", default: ""), "relu")
    XCTAssertEqual(choice.graph("else_subgraph")?.nodes.first?.member("function", default: ""), "tanh")
  }

  func testAScaleIsTheLargestMagnitude() throws {
    // One weight [2]; scale 127 makes the step 1.
    let graph = try graph([([variable("x"), variable("s", [1])], [
      feed("x", 0),
      op("fill_constant", [], [("Out", ["s"])], [float("value", 254), integer("dtype", 5), .with { $0.name = "shape"; $0.type = 11; $0.longs = [1] }]),
      op("quantize_linear", [("X", ["x"]), ("Scale", ["s"])], [("Y", ["q"])], [integer("bit_length", 8), integer("quant_axis", -1)]),
      op("dequantize_linear", [("X", ["q"]), ("Scale", ["s"])], [("Y", ["y"])], [integer("bit_length", 8), integer("quant_axis", -1)]), fetch("y", 0),
    ])])
    XCTAssertEqual(graph.nodes.map(\.operatorCode), [.quantizeLinear, .dequantizeLinear])
    XCTAssertEqual(graph.nodes[0].inputs[1]?.constant?.floats, [2])
    XCTAssertEqual(graph.nodes[0].outputs[0]?.type, .int8)
    XCTAssertEqual(graph.nodes[0].integer("minimum"), -128)
  }
}
