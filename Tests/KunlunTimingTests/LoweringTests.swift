// From graphs to calls of the card's library, and what passes make of them. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
@testable import KunlunTiming
import ModelFile
import XCTest

final class LoweringTests: XCTestCase {
  private func program(_ graph: Graph, passes: [CardPass] = [], precision: Precision = .int16, batch: Double = 1) throws -> CardProgram {
    var program = try GraphLowering.lower(graph, precision: precision, needsMaxima: true).scaled(by: batch)
    for pass in passes { pass.apply(to: &program) }
    return program
  }

  private func kinds(_ program: CardProgram) -> [String] { program.operators.map { $0.kind == .other ? $0.title : $0.kind.rawValue } }

  /// Reads come after writes, and every tensor that is read is an input, a weight or written.
  private func assertOrdered(_ program: CardProgram, line: UInt = #line) {
    var known = Set(program.inputs)
    for index in program.buffers.indices where program.buffers[index].role == .weight { known.insert(index) }
    for item in program.operators {
      for kernel in item.kernels {
        for access in kernel.inputs + kernel.operands { XCTAssertTrue(known.contains(access.buffer), "\(item.name) reads \(program.buffers[access.buffer].name)", line: line) }
        for access in kernel.outputs { known.insert(access.buffer) }
      }
    }
    for output in program.outputs { XCTAssertTrue(known.contains(output), line: line) }
  }

  private func residualBlock() -> Graph {
    let b = NetworkBuilder("block")
    let x = b.input([1, 8, 8, 16])
    let y = b.conv(x, 16, 3)
    return b.finish(b.conv(y, 16, 3, residual: x))
  }

  func testConvolutionAndItsEpilogue() throws {
    let graph = residualBlock()
    let apart = try program(graph)
    XCTAssertEqual(kinds(apart), ["conv2d", "bias", "activation", "conv2d", "bias", "branch", "activation"])
    assertOrdered(apart)
    let joined = try program(graph, passes: [.convolution])
    XCTAssertEqual(kinds(joined), ["conv2d", "conv2d"])
    assertOrdered(joined)
    guard case .product(let product) = joined.operators[1].kernels[0].work else { return XCTFail("no product") }
    XCTAssertEqual(product, MatrixProduct(lines: 8, lineLength: 8, columns: 16, depth: 144))
    // int16 weights of 144 x 16, float32 bias of 16 and branch of 8 x 8 x 16.
    let bytes: [Double] = [4608, 64, 4096]
    XCTAssertEqual(joined.operators[1].kernels[0].operands.map(\.bytes), bytes)
    // Only the first finds its input's maximum once maxima are linked.
    let linked = try program(graph, passes: [.convolution, .linkMaximum])
    XCTAssertEqual(linked.operators.map { $0.kernels[0].unknownMaxima.count }, [1, 0])
    XCTAssertEqual(joined.operators.map { $0.kernels[0].unknownMaxima.count }, [1, 1])
  }

  /// An activation that the library's convolution does not do stays a call of its own.
  func testActivationThatStaysApart() throws {
    let b = NetworkBuilder("mish")
    let graph = b.finish(b.conv(b.input([1, 8, 8, 4]), 4, 1, activation: "mish"))
    XCTAssertEqual(kinds(try program(graph, passes: CardPass.allCases)), ["conv2d", "mish"])
  }

  func testSeparableConvolutionIsThreeCalls() throws {
    let b = NetworkBuilder("separable")
    let x = b.input([1, 8, 8, 16])
    let y = b.add(.separableConvolution, [x, b.weights([1, 1, 16, 64]), b.weights([64]), b.weights([3, 3, 1, 64]), b.weights([64]), b.weights([1, 1, 64, 16]),
      b.weights([16]), x], shape: [1, 8, 8, 16], attributes: ["expansion_activation": .activation(function: "clip", alpha: 0, beta: 6),
        "depthwise_activation": .activation(function: "clip", alpha: 0, beta: 6)])
    let joined = try program(b.finish(y), passes: CardPass.allCases)
    assertOrdered(joined)
    XCTAssertEqual(kinds(joined), ["conv2d", "depthwise_conv2d", "conv2d"])
    XCTAssertEqual(joined.operators[2].kernels[0].operands.last?.bytes, 8 * 8 * 16 * 4, "the branch")
  }

  func testEncoderIsOneCall() throws {
    let graph = Networks.encoders([(2, 1, 128, 64, 4)])
    let apart = try program(graph, passes: [.fullyConnected])
    XCTAssertEqual(kinds(apart), Array(repeating: ["fc", "matmul", "softmax", "matmul", "fc", "layer_norm", "fc", "fc", "layer_norm"], count: 2).flatMap { $0 })
    let joined = try program(graph, passes: CardPass.allCases)
    assertOrdered(joined)
    XCTAssertEqual(kinds(joined), ["encoder", "encoder"])
    XCTAssertEqual(joined.operators[0].kernels.count, 9)
    // Scores: 4 heads of 128 x 128, one head's at a time for each engine.
    let bytes: [Double] = [262_144, 262_144, 262_144, 262_144]
    XCTAssertEqual(joined.buffers.filter { $0.parts == 4 && $0.role == .scratch }.map(\.bytes), bytes)
    XCTAssertTrue(joined.operators[1].kernels.allSatisfy(\.unknownMaxima.isEmpty), "the second takes its maximum from the first")
  }

  func testSqueezeExcitation() throws {
    let b = NetworkBuilder("se")
    let x = b.conv(b.input([1, 8, 8, 32]), 32, 1)
    let pooled = b.add(.reduce, [x], shape: [1, 1, 1, 32], attributes: ["function": .member("mean")])
    let gate = b.conv(b.conv(pooled, 8, 1), 32, 1, activation: "sigmoid")
    let y = b.add(.binary, [x, gate], shape: [1, 8, 8, 32], attributes: ["function": .member("multiply")])
    let graph = b.finish(b.conv(y, 16, 1, activation: nil))
    XCTAssertEqual(kinds(try program(graph, passes: CardPass.allCases)), ["conv2d", "squeeze_excitation", "conv2d"])
    XCTAssertEqual(kinds(try program(graph, passes: CardPass.allCases.filter { $0 != .squeezeExcitation })),
      ["conv2d", "global_pool2d", "conv2d", "conv2d", "multiply", "conv2d"])
    // Where something else reads the gate, it stays apart.
    graph.outputs.append(gate)
    XCTAssertFalse(kinds(try program(graph, passes: CardPass.allCases)).contains("squeeze_excitation"))
  }

  func testEmbeddings() throws {
    let b = NetworkBuilder("embedding")
    let tokens = Value(name: "tokens", type: .int64, shape: [1, 16])
    b.graph.inputs = [tokens]
    func table(_ rows: Int) -> Value { b.add(.gather, [b.weights([rows, 32]), tokens], shape: [1, 16, 32], attributes: ["axis": .integer(0)]) }
    // Two tables, and positions, which the converter has made a constant of.
    let rows = b.add(.binary, [table(1000), table(2)], shape: [1, 16, 32], attributes: ["function": .member("add")])
    let sum = b.add(.binary, [rows, b.weights([1, 16, 32])], shape: [1, 16, 32], attributes: ["function": .member("add")])
    let joined = try program(b.finish(b.layerNorm(sum)), passes: CardPass.allCases)
    XCTAssertEqual(kinds(joined), ["embedding"])
    XCTAssertEqual(joined.operators[0].kernels.count, 1)
    // Two rows of 32 for each of 16 tokens are read, not the tables.
    XCTAssertEqual(joined.operators[0].reads.filter { joined.buffers[$0.buffer].bytes > 1000 * 32 }.map(\.bytes), [16 * 32 * 4])
  }

  /// A batch of 3 moves three times the activations and the weights once.
  func testBatch() throws {
    for graph in [residualBlock(), Networks.encoders([(1, 1, 16, 32, 2)])] {
      let (one, three) = (try program(graph, passes: CardPass.allCases), try program(graph, passes: CardPass.allCases, batch: 3))
      XCTAssertEqual(kinds(one), kinds(three))
      XCTAssertEqual(one.weightBytes, three.weightBytes)
      for (small, large) in zip(one.operators, three.operators) {
        for (a, b) in zip(small.kernels, large.kernels) {
          XCTAssertEqual(a.outputs.map { 3 * $0.bytes }, b.outputs.map(\.bytes))
          guard case .product(let p) = a.work, case .product(let q) = b.work else { continue }
          XCTAssertEqual(3 * p.multiplyAdds, q.multiplyAdds)
        }
      }
    }
  }

  func testViewsAndLayoutsAreFree() throws {
    let b = NetworkBuilder("views")
    let x = b.input([1, 3, 8, 8])
    let image = b.add(.transpose, [x], shape: [1, 8, 8, 3], attributes: ["permutation": .integers([0, 2, 3, 1])])
    let y = b.conv(image, 4, 1)
    let z = b.add(.reshape, [b.add(.flatten, [y], shape: [1, 256])], shape: [256])
    XCTAssertEqual(kinds(try program(b.finish(z), passes: CardPass.allCases)), ["conv2d"])
  }

  func testWhatCannotBeLowered() throws {
    let b = NetworkBuilder("open")
    let graph = b.finish(b.softmax(b.input([-1, 10])))
    XCTAssertThrowsError(try program(graph)) { XCTAssertEqual("\($0)", "The shape of 'x' is not fixed; give the inputs' shapes.") }
  }
}
