// Running the first layers stripe by stripe. SPDX-License-Identifier: Apache-2.0
import CCoracle
import CoracleABI
import Foundation
import Graph
import ModelFile
import XCTest

@testable import Compiler

final class StripingTests: XCTestCase {
  /// A network whose first layers are all kinds that can be striped, on a picture of odd extents, and whose last ones cannot.
  private func network(height: Int = 61, width: Int = 37) throws -> Graph {
    let sketch = GraphSketch()
    func weights(_ shape: [Int]) -> Value {
      sketch.constant(shape, (0..<shape.reduce(1, *)).map { Float($0 * 31 % 37) / 150 - 0.1 })
    }
    func pair(_ key: String, _ first: Int, _ second: Int) -> [String: Attribute] { [key: .integers([first, second])] }
    func half(_ extent: Int) -> Int { (extent + 1) / 2 }
    func with(_ parts: [String: Attribute]...) -> [String: Attribute] { parts.reduce(into: [:]) { $0.merge($1) { $1 } } }
    let relu: [String: Attribute] = ["activation": .activation(function: "relu", alpha: 0, beta: 0)]
    let same = with(pair("padding_begin", 1, 1), pair("padding_end", 1, 1))
    let (h, w) = (half(height), half(width))
    let x = sketch.transpose(sketch.input("x", [1, 3, height, width]), [0, 2, 3, 1])
    let a = sketch.node(.convolution, [x, weights([3, 3, 3, 8])], [1, h, w, 8], with(same, pair("strides", 2, 2), relu))
    let b = sketch.node(.convolution, [a, weights([3, 3, 1, 8])], [1, h, w, 8], with(["padding_mode": .member("same_upper"), "groups": .integer(8)], pair("dilations", 2, 1)))
    let c = sketch.node(.convolution, [b, weights([1, 1, 8, 8]), nil, a], [1, h, w, 8], relu)
    let d = sketch.node(.separableConvolution, [c, weights([1, 1, 8, 24]), nil, weights([5, 5, 1, 24]), nil, weights([1, 1, 24, 8]), nil, c], [1, h, w, 8],
      with(pair("padding_begin", 2, 2), pair("padding_end", 2, 2)))
    let e = sketch.node(.concat, [d, sketch.unary("hard_swish", b)], [1, h, w, 16], ["axis": .integer(3)])
    let f = sketch.node(.binary, [e, sketch.constant([16], (0..<16).map { Float($0) / 8 - 0.7 })], [1, h, w, 16], ["function": .member("multiply")])
    let g = sketch.node(.binary, [f, e], [1, h, w, 16], ["function": .member("add")])
    let p = sketch.node(.pool, [g], [1, half(h), half(w), 16],
      with(["function": .member("maximum"), "kernel": .integers([3, 3])], same, pair("strides", 2, 2)))
    let q = sketch.node(.pool, [p], [1, half(h) - 1, half(w) - 1, 16], ["function": .member("average"), "kernel": .integers([2, 2])])
    return sketch.finish(sketch.node(.reduce, [q], [1, 16], ["function": .member("mean"), "axes": .integers([1, 2])]))
  }

  private func input(_ graph: Graph) -> Constant {
    let shape = graph.inputs[0].shape ?? []
    return Constant(shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0 * 7919 % 1009) / 504.5 - 1 })
  }

  private func sections(_ graph: Graph) throws -> [StripedSection] {
    StripedSection.all(of: graph, shapes: try ShapeProbe(graph).trial(graph.inputs.map { $0.shape ?? [] }).shapes)
  }

  /// Tolerance: the same float sums, whose order may follow from a stripe's size.
  func testEverySectionGivesTheSame() throws {
    let original = try network()
    let expected = try original.evaluate([input(original)])[0]
    let largest = try XCTUnwrap(expected.map(abs).max())
    XCTAssertGreaterThan(largest, 0.01)
    let count = try sections(original).count
    // After c (d reads it alone), g (through e: the residual b ends there), p and q.
    XCTAssertGreaterThanOrEqual(count, 4)
    for section in 0..<count {
      for stripes in [2, 3, 5, 7] {
        let graph = try network()
        let chosen = try sections(graph)[section]
        guard stripes <= chosen.rows else { continue }
        XCTAssertGreaterThanOrEqual(try XCTUnwrap(chosen.repeated(stripes)), 0)
        chosen.apply(stripes, to: graph)
        XCTAssertEqual(graph.nodes.filter { $0.operatorCode == .concat && $0.integer("axis") == 1 }.count, 1)
        let result = try graph.evaluate([input(graph)])[0]
        for (one, other) in zip(expected, result) { XCTAssertEqual(one, other, accuracy: 1e-5 * largest, "section \(section), \(stripes) stripes") }
      }
    }
  }

  func testBudgetIsKept() throws {
    var hardware = coracle_profile()
    hardware.struct_size = UInt32(MemoryLayout<coracle_profile>.size)
    XCTAssertEqual(coracle_profile_detect(&hardware, nil), coracle_status(CORACLE_OK))
    let whole = try network(height: 240, width: 161)
    let expected = try whole.evaluate([input(whole)])[0]
    var fit = try MemoryFit(whole, hardware, budget: 1 << 30, packsWeights: true)
    XCTAssertNil(try fit.apply(), "fits as it is")
    // What the smallest session takes is in the refusal.
    fit = try MemoryFit(whole, hardware, budget: 1, packsWeights: true)
    XCTAssertThrowsError(try fit.apply()) { XCTAssertTrue("\($0)".contains("more than the memory budget of 1."), "\($0)") }
    let before = try fit.bytes()
    fit = try MemoryFit(whole, hardware, budget: before * 3 / 4, packsWeights: true)
    let report = try XCTUnwrap(try fit.apply())
    XCTAssertEqual(report.bytesBefore, before)
    XCTAssertLessThanOrEqual(report.bytesAfter, before * 3 / 4)
    XCTAssertEqual(try fit.bytes(), report.bytesAfter)
    XCTAssertGreaterThan(report.stripes, 1)
    let largest = expected.map(abs).max() ?? 1
    for (one, other) in zip(expected, try whole.evaluate([input(whole)])[0]) { XCTAssertEqual(one, other, accuracy: 1e-5 * largest) }
  }

  func testWhatCannotBeStriped() throws {
    // A result of the network inside the section, an operator over all rows, two pictures.
    for shape in [[2, 32, 32, 4], [1, 32, 32, 4]] {
      let sketch = GraphSketch()
      let x = sketch.input("x", shape)
      let y = sketch.node(.softmax, [x], shape, ["axis": .integer(1)])
      let graph = sketch.finish(sketch.unary("relu", y))
      XCTAssertEqual(try sections(graph).count, 0)
    }
  }
}
