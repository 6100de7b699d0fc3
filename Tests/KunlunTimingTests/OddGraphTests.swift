// Operators beside convolutions, and graphs that no importer would make. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
@testable import KunlunTiming
import ModelFile
import XCTest

final class OddGraphTests: XCTestCase {
  private func simulate(_ graph: Graph, batch: Int = 1) throws -> Simulation {
    var options = SimulationOptions()
    options.batch = batch
    return try Simulation(graph, card: .named("kunlun-k200"), host: .named("x86"), options: options)
  }

  /// Two directions of 20 steps: one product of all steps with the input's weights, 40 small ones with the recurrent weights.
  func testRecurrent() throws {
    let b = NetworkBuilder("lstm")
    let x = b.input([20, 3, 48])
    let y = b.add(.recurrent, [x, b.weights([2, 48, 256]), b.weights([2, 64, 256]), b.weights([2, 512])], shape: [20, 3, 128])
    let result = try simulate(b.finish(y))
    XCTAssertEqual(result.operators.map(\.title), ["recurrent"])
    let (input, recurrent): (Double, Double) = (2 * 60 * 48 * 256, 40 * 3 * 64 * 256)
    XCTAssertEqual(result.multiplyAdds, input + recurrent)
  }

  /// 4 x 5 input positions times 2 x 2 taps of 16 channels; two groups halve the depth.
  func testTransposedConvolution() throws {
    for groups in [1, 2] {
      let b = NetworkBuilder("deconvolution")
      let x = b.input([1, 4, 5, 8])
      let y = b.add(.convolutionTranspose, [x, b.weights([2, 2, 8, 16 / groups]), b.weights([16])], shape: [1, 8, 10, 16], attributes: ["groups": .integer(groups)],
        activation: "relu")
      let result = try simulate(b.finish(y))
      XCTAssertEqual(result.operators.map(\.title), ["conv2d_transpose"])
      XCTAssertEqual(result.multiplyAdds, Double(20 * 4 * 16 * 8 / groups))
    }
  }

  /// Queries, keys and values apart, with a mask and another number of keys: S D T + S T E for each head.
  func testAttentionWithMask() throws {
    let b = NetworkBuilder("attention")
    let (q, k, v) = (b.input([2, 7, 24], name: "q"), b.input([2, 11, 24], name: "k"), b.input([2, 11, 36], name: "v"))
    let y = b.add(.attention, [q, k, v, b.input([2, 1, 1, 11], name: "mask")], shape: [2, 7, 36], attributes: ["heads": .integer(3)])
    let result = try simulate(b.finish(y))
    XCTAssertEqual(result.multiplyAdds, Double(2 * 7 * 11 * (24 + 36)))
    XCTAssertEqual(try simulate(b.graph, batch: 5).multiplyAdds, 5 * result.multiplyAdds)
  }

  /// Operands of a product that both are computed: a batch of products, each operand's maximum unknown.
  func testProductOfActivations() throws {
    let b = NetworkBuilder("matmul")
    let (x, y) = (b.input([4, 6, 10], name: "x"), b.input([4, 9, 10], name: "y"))
    let result = try simulate(b.finish(b.add(.matmul, [x, y], shape: [4, 6, 9], attributes: ["transpose_b": .boolean(true)])))
    XCTAssertEqual(result.multiplyAdds, Double(4 * 6 * 9 * 10))
    XCTAssertEqual(result.program.operators[0].kernels[0].unknownMaxima.count, 2)
  }

  /// No operator with any number of operands of any shape ends the host: each gives a time or a sentence.
  func testEveryOperatorWithOddShapes() throws {
    let shapes: [[Int]] = [[], [0], [1], [3, 0, 2], [2, 3], [1, 4, 5, 6], [1, 1, 1, 1], [2, 2, 2, 2, 2], [1 << 40, 1 << 20, 1 << 20], [-1, 3]]
    var random = SystemRandomNumberGenerator()
    var times = 0
    for code in (0...UInt16(200)).compactMap(OperatorCode.init) {
      for _ in 0..<40 {
        let b = NetworkBuilder("odd")
        func shape() -> [Int] { shapes.randomElement(using: &random) ?? [] }
        let inputs = (0..<Int.random(in: 0...8, using: &random)).map { index -> Value? in
          switch Int.random(in: 0...3, using: &random) {
          case 0: nil
          case 1: b.weights(shape().map { max($0, 0) })
          default: b.input(shape(), name: "x\(index)")
          }
        }
        let attributes: [String: Attribute] = ["heads": .integer(Int.random(in: -1...3, using: &random)), "groups": .integer(Int.random(in: -1...4, using: &random)),
          "transpose_a": .boolean(Bool.random(using: &random)), "transpose_b": .boolean(Bool.random(using: &random))]
        let result = b.add(code, inputs, shape: shape(), attributes: attributes, activation: ["relu", "mish", "identity"].randomElement(using: &random))
        do {
          let simulation = try simulate(b.finish(b.softmax(result)), batch: Int.random(in: 1...3, using: &random))
          XCTAssertTrue(simulation.seconds.isFinite && simulation.seconds > 0, "\(b.graph)")
          times += 1
        } catch let error as SimulationError { XCTAssertTrue(error.message.hasSuffix("."), error.message) }
      }
    }
    XCTAssertGreaterThan(times, 500)
  }
}
