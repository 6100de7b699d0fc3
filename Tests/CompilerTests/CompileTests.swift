// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

final class CompileTests: XCTestCase {
  /// An image network with an open batch and size: convolution with batch normalisation, global mean, linear layer, shape arithmetic.
  private func network(_ shape: [Int]) -> Graph {
    let sketch = GraphSketch()
    let x = sketch.input("x", shape)
    let a = sketch.convolution(x, sketch.counting([3, 3, 2, 4], step: 0.01), [-1, 4, -1, -1],
      ["padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])])
    let b = sketch.node(.binary, [a, sketch.counting([4, 1, 1])], [-1, 4, -1, -1], ["function": .member("multiply")])
    let c = sketch.node(.binary, [b, sketch.counting([4, 1, 1], step: -1)], [-1, 4, -1, -1], ["function": .member("add")])
    let d = sketch.node(.unary, [c], [-1, 4, -1, -1], ["function": .member("relu")])
    let e = sketch.node(.reduce, [d], nil, ["function": .member("mean"), "axes": .integers([2, 3]), "keep_dimensions": .boolean(true)])
    let batch = sketch.node(.shape, [e], nil, ["start": .integer(0), "end": .integer(1), "to": .member("int64")], type: .none)
    let target = sketch.node(.concat, [batch, sketch.integers([-1])], nil, ["axis": .integer(0)], type: .none)
    let flat = sketch.node(.reshape, [e, target], nil)
    return sketch.finish(sketch.node(.matmul, [flat, sketch.counting([4, 3], step: 0.1)], nil))
  }

  func testOpenShapes() throws {
    let graph = network([-1, 2, -1, -1])
    let model = try compile(graph)
    XCTAssertEqual(graph.operators, "transpose convolution reduce reshape matmul", "\(graph)")
    XCTAssertEqual(graph.outputs[0].shape, [-1, 3])
    XCTAssertEqual(model.warnings, [])
    XCTAssertEqual(model.statistics.nodesBefore, 11)
    XCTAssertEqual(model.statistics.nodesAfter, 5)
    XCTAssertEqual(model.statistics.arenaBytes, 0)
    let input = Constant(shape: [3, 2, 5, 7], floats: (0..<210).map { Float($0 % 13) - 6 })
    let expected = try network([-1, 2, -1, -1]).evaluate([input])[0]
    for (a, b) in zip(try graph.evaluate([input])[0], expected) { XCTAssertEqual(a, b, accuracy: 1e-4 * abs(b) + 1e-4) }
  }

  func testFixedShapesAreStoredWithTheirPlan() throws {
    let graph = network([-1, 2, -1, -1])
    let model = try compile(graph, options: CompileOptions(inputShapes: ["x": [1, 2, 8, 8]], metadata: [("source.format", "test")]))
    XCTAssertGreaterThanOrEqual(model.statistics.arenaBytes, 4 * 2 * 64)
    XCTAssertEqual(graph.inputs[0].shape, [1, 2, 8, 8])
    XCTAssertEqual(graph.outputs[0].shape, [1, 3])
  }

  func testOptionsThatDoNotFit() {
    for (shapes, part) in [(["y": [1]], "no input \"y\""), (["x": [1, 3, 8, 8]], "contradicts"), (["x": [1, 2, 8]], "contradicts"),
      (["x": [1, 2, -5, 8]], "impossible"), (["x": [Int.max, 2, 4, 8]], "impossible")] {
      XCTAssertThrowsError(try compile(network([-1, 2, -1, -1]), options: CompileOptions(inputShapes: shapes))) {
        XCTAssertTrue("\($0)".contains(part), "\($0)")
      }
    }
  }

  func testModelThatCannotRunIsRefused() {
    let sketch = GraphSketch()
    let x = sketch.input("x", [2, 3])
    let graph = sketch.finish(sketch.node(.matmul, [x, sketch.counting([4, 5])], nil))
    XCTAssertThrowsError(try compile(graph)) { XCTAssertTrue("\($0)".contains("cannot be run"), "\($0)") }
  }

  func testVectorsTravelInTheFile() throws {
    let sketch = GraphSketch()
    let graph = sketch.finish(sketch.unary("relu", sketch.input("x", [2])))
    let vector = TestVector(inputs: [Constant(shape: [2], floats: [-1, 2])], outputs: [Constant(shape: [2], floats: [0, 2])])
    XCTAssertNoThrow(try compile(graph, options: CompileOptions(testVectors: [vector])))
    let wrong = TestVector(inputs: [], outputs: [])
    XCTAssertThrowsError(try compile(graph, options: CompileOptions(testVectors: [wrong])))
  }

  func testWeightsAreNotCopiedForPlans() throws {
    let sketch = GraphSketch()
    let x = sketch.input("x", [1, 1024])
    let weights = Value(name: "w", constant: Constant(type: .float32, shape: [1024, 4096], bytes: Data(count: 16 << 20)))
    let other = Value(name: "w2", constant: Constant(type: .float32, shape: [4096, 1024], bytes: Data(repeating: 1, count: 16 << 20)))
    let y = sketch.node(.matmul, [sketch.node(.matmul, [x, weights], nil), other], nil)
    let graph = sketch.finish(y)
    let trial = try ShapeProbe(graph).trial([[1, 1024]])
    XCTAssertEqual(trial.shapes[ObjectIdentifier(y)], [1, 1024])
    XCTAssertLessThan(try MemoryModel.withoutWeights(graph).bytes.count, 17 << 20, "both constants lie in one place")
  }
}
