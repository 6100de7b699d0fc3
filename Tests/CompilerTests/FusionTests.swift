// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// Passes around convolutions and products: the graph before and after, and the same numbers from both.
final class FusionTests: XCTestCase {
  private func check(_ make: () -> Graph, _ inputs: [[Int]], _ before: String, _ after: String, _ passes: [Pass.Type],
    file: StaticString = #filePath, line: UInt = #line) throws {
    try checkPasses(make, inputs, before, after, passes, file: file, line: line)
  }

  private let batchNormalized: () -> Graph = {
    let sketch = GraphSketch()
    let x = sketch.input("x", [1, 5, 5, 4])
    let y = sketch.node(.convolution, [x, sketch.counting([3, 3, 2, 6], step: 0.01)], [1, 3, 3, 6], ["groups": .integer(2)])
    let scaled = sketch.binary("multiply", y, sketch.counting([6], step: 0.5))
    let shifted = sketch.binary("add", scaled, sketch.counting([1, 1, 1, 6], step: -1))
    return sketch.finish(sketch.unary("relu", sketch.binary("subtract", shifted, sketch.scalar(1))))
  }

  func testBatchNormalizationBehindConvolution() throws {
    try check(batchNormalized, [[1, 5, 5, 4]], "convolution multiply add subtract relu", "convolution", [ScaleFolding.self, EpilogueFusion.self])
  }

  func testScaleBehindTransposedConvolution() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 3, 3, 4])
      let y = sketch.node(.convolutionTranspose, [x, sketch.counting([2, 2, 4, 3], step: 0.01)], [1, 6, 6, 6],
        ["groups": .integer(2), "strides": .integers([2, 2])])
      return sketch.finish(sketch.binary("add", sketch.binary("multiply", y, sketch.counting([6])), sketch.counting([6], step: -1)))
    }, [[1, 3, 3, 4]], "convolution_transpose multiply add", "convolution_transpose", [ScaleFolding.self])
  }

  func testNormalizedInput() throws {
    for (padding, after) in [(0, "convolution"), (1, "subtract convolution")] {
      try check({
        let sketch = GraphSketch()
        let x = sketch.input("x", [1, 5, 5, 2])
        let y = sketch.binary("divide", sketch.binary("subtract", x, sketch.counting([2])), sketch.counting([1, 1, 2], step: 3))
        return sketch.finish(sketch.node(.convolution, [y, sketch.counting([3, 3, 2, 4], step: 0.01)], [1, 3 + 2 * padding, 3 + 2 * padding, 4],
          ["padding_begin": .integers([padding, padding]), "padding_end": .integers([padding, padding])]))
      }, [[1, 5, 5, 2]], "subtract divide convolution", after, [ScaleFolding.self])
    }
  }

  func testSharedResultIsNotScaled() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let y = sketch.node(.matmul, [x, sketch.counting([3, 4])], [2, 4])
      return sketch.finish(sketch.binary("multiply", y, sketch.counting([4])), y)
    }, [[2, 3]], "matmul multiply", "matmul multiply", [ScaleFolding.self, EpilogueFusion.self])
  }

  func testResidualAndActivation() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 4, 4, 2])
      let weights = sketch.counting([1, 1, 2, 2], step: 0.1)
      let a = sketch.node(.convolution, [x, weights], [1, 4, 4, 2])
      let b = sketch.node(.convolution, [sketch.unary("relu", a), weights], [1, 4, 4, 2])
      let sum = sketch.binary("add", b, sketch.node(.convolution, [x, weights], [1, 4, 4, 2]))
      return sketch.finish(sketch.unary("leaky_relu", sum, alpha: 0.1))
    }, [[1, 4, 4, 2]], "convolution relu convolution convolution add leaky_relu", "convolution convolution convolution", [EpilogueFusion.self])
  }

  /// A sum with something that is stretched is no residual.
  func testBroadcastSumStays() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 4, 4, 2])
      let y = sketch.node(.convolution, [x, sketch.counting([1, 1, 2, 2])], [1, 4, 4, 2])
      return sketch.finish(sketch.binary("add", y, sketch.reduceMean(x, [1, 2])))
    }, [[1, 4, 4, 2]], "convolution reduce add", "convolution reduce add", [EpilogueFusion.self])
  }

  /// A padded convolution behind it: its zeros are not shifted.
  func testScaledHardSwishBetweenConvolutions() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 4, 4, 2])
      let y = sketch.node(.convolution, [x, sketch.counting([1, 1, 2, 3], step: 0.1)], [1, 4, 4, 3])
      let z = sketch.binary("add", sketch.binary("multiply", sketch.unary("hard_swish", y), sketch.scalar(0.75)), sketch.scalar(-0.5))
      return sketch.finish(sketch.node(.convolution, [z, sketch.counting([3, 3, 3, 2], step: 0.01)], [1, 4, 4, 2],
        ["padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])]))
    }, [[1, 4, 4, 2]], "convolution hard_swish multiply add convolution", "convolution convolution",
      [ScaleFolding.self, AffineChains.self, ScaledHardSwish.self, EpilogueFusion.self])
  }

  /// Below the normal numbers: set to zero where a product reads them, and nowhere else.
  func testSubnormalWeights() throws {
    let sketch = GraphSketch()
    let (smallest, normal) = (Float.leastNonzeroMagnitude, Float.leastNormalMagnitude)
    let tiny = sketch.constant([2, 2], [smallest, -normal.nextDown, normal, -3])
    let x = sketch.input("x", [3, 2])
    let graph = sketch.finish(sketch.node(.matmul, [x, tiny, sketch.constant([2], [1, smallest])], [3, 2]), sketch.binary("add", x, tiny))
    XCTAssertTrue(try graph.apply(SubnormalWeights.self))
    XCTAssertEqual(graph.nodes[0].input(1)?.constant?.floats, [0, 0, normal, -3])
    XCTAssertEqual(graph.nodes[0].input(2)?.constant?.floats, [1, 0])
    XCTAssertEqual(graph.nodes[1].input(1)?.constant?.floats, tiny.constant?.floats)
    XCTAssertFalse(try graph.apply(SubnormalWeights.self))
  }

  func testLinearLayer() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3, 4])
      let weights = sketch.transpose(sketch.counting([5, 4], step: 0.1), [1, 0])
      let y = sketch.node(.matmul, [x, weights], [2, 3, 5])
      let scaled = sketch.binary("multiply", sketch.binary("add", y, sketch.counting([5])), sketch.scalar(0.5))
      return sketch.finish(sketch.unary("gelu", scaled))
    }, [[2, 3, 4]], "transpose matmul add multiply gelu", "matmul", [Transposes.self, MatmulForms.self, ScaleFolding.self, EpilogueFusion.self])
  }

  func testProductsOfComputedOperands() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3, 4])
      let y = sketch.node(.matmul, [x, sketch.transpose(sketch.unary("sin", x), [0, 2, 1])], [2, 3, 3])
      return sketch.finish(sketch.unary("tanh", sketch.binary("divide", y, sketch.scalar(3))))
    }, [[2, 3, 4]], "sin transpose matmul divide tanh", "sin matmul", [MatmulForms.self, EpilogueFusion.self])
  }

  // MARK: Attention

  private func attention(_ sketch: GraphSketch, q: Value, k: Value, v: Value, mask: Value?, scaleQueries: Bool) -> Value {
    func heads(_ x: Value) -> Value { sketch.transpose(sketch.node(.reshape, [x], [2, 3, 2, 4], ["shape": .integers([0, 0, 2, 4])]), [0, 2, 1, 3]) }
    let queries = scaleQueries ? sketch.binary("multiply", heads(q), sketch.scalar(0.5)) : heads(q)
    var scores = sketch.node(.matmul, [queries, sketch.transpose(heads(k), [0, 1, 3, 2])], [2, 2, 3, 3])
    if !scaleQueries { scores = sketch.binary("divide", scores, sketch.scalar(2)) }
    if let mask { scores = sketch.binary("add", scores, mask) }
    let weights = sketch.node(.softmax, [scores], [2, 2, 3, 3], ["axis": .integer(-1)])
    let mixed = sketch.node(.matmul, [weights, heads(v)], [2, 2, 3, 4])
    return sketch.node(.reshape, [sketch.transpose(mixed, [0, 2, 1, 3])], [2, 3, 8], ["shape": .integers([0, 0, 8])])
  }

  func testAttention() throws {
    for scaleQueries in [false, true] {
      try check({
        let sketch = GraphSketch()
        let (q, k, v) = (sketch.input("q", [2, 3, 8]), sketch.input("k", [2, 3, 8]), sketch.input("v", [2, 3, 8]))
        return sketch.finish(self.attention(sketch, q: q, k: k, v: v, mask: sketch.input("mask", [2, 1, 1, 3]), scaleQueries: scaleQueries))
      }, [[2, 3, 8], [2, 3, 8], [2, 3, 8], [2, 1, 1, 3]],
        scaleQueries ? "reshape transpose multiply reshape transpose transpose matmul add softmax reshape transpose matmul transpose reshape"
          : "reshape transpose reshape transpose transpose matmul divide add softmax reshape transpose matmul transpose reshape",
        "attention", [AttentionPattern.self])
    }
  }

  /// Nodes behind an attention stay behind it.
  func testAttentionAmongOtherNodes() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3, 8])
      let first = self.attention(sketch, q: x, k: x, v: x, mask: nil, scaleQueries: false)
      let y = sketch.binary("add", sketch.node(.matmul, [first, sketch.counting([8, 8], step: 0.01)], [2, 3, 8]), x)
      return sketch.finish(sketch.unary("tanh", self.attention(sketch, q: y, k: y, v: y, mask: nil, scaleQueries: true)))
    }, [[2, 3, 8]], "reshape transpose reshape transpose transpose matmul divide softmax reshape transpose matmul transpose reshape matmul add "
      + "reshape transpose multiply reshape transpose transpose matmul softmax reshape transpose matmul transpose reshape tanh",
      "attention matmul attention tanh", [AttentionPattern.self, EpilogueFusion.self])
  }

  /// Queries, keys and values as parts of one product, as vision transformers have them.
  func testAttentionOfOneProduct() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3, 24])
      let apart = sketch.transpose(sketch.node(.reshape, [x], [2, 3, 3, 2, 4], ["shape": .integers([0, 0, 3, 2, 4])]), [2, 0, 3, 1, 4])
      let parts = (0..<3).map { sketch.node(.gather, [apart, Value(name: "c", constant: Constant(shape: [], integers: [$0]))], [2, 2, 3, 4], ["axis": .integer(0)]) }
      let scores = sketch.node(.matmul, [parts[0], sketch.transpose(parts[1], [0, 1, 3, 2])], [2, 2, 3, 3])
      let weights = sketch.node(.softmax, [sketch.binary("multiply", scores, sketch.scalar(0.5))], [2, 2, 3, 3], ["axis": .integer(3)])
      let mixed = sketch.transpose(sketch.node(.matmul, [weights, parts[2]], [2, 2, 3, 4]), [0, 2, 1, 3])
      return sketch.finish(sketch.node(.reshape, [mixed], [2, 3, 8], ["shape": .integers([0, 0, 8])]))
    }, [[2, 3, 24]], "reshape transpose gather gather gather transpose matmul multiply softmax matmul transpose reshape",
      "slice slice slice attention", [AttentionPattern.self])
  }

  private func inverted(_ side: Int, lines: Int? = nil, shares: Bool = false) -> Graph {
    let sketch = GraphSketch()
    let lines = lines ?? side
    let x = sketch.input("x", [1, lines, side, 4])
    let wide = sketch.node(.convolution, [x, sketch.counting([1, 1, 4, 24], step: 0.01)], [1, lines, side, 24],
      ["activation": .activation(function: "relu", alpha: 0, beta: 0)])
    let filtered = sketch.node(.convolution, [wide, sketch.counting([3, 3, 1, 24], step: 0.01)], [1, lines, side, 24],
      ["groups": .integer(24), "padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])])
    let y = sketch.node(.convolution, [filtered, sketch.counting([1, 1, 24, 4], step: 0.01), nil, x], [1, lines, side, 4])
    return shares ? sketch.finish(y, wide, filtered) : sketch.finish(y)
  }

  /// Maps that fit a cache, and maps that others read, stay as they are.
  func testSeparableConvolutions() throws {
    let three = "convolution convolution convolution"
    try check({ self.inverted(80) }, [[1, 80, 80, 4]], three, "separable_convolution", [SeparableConvolutions.self])
    try check({ self.inverted(30) }, [[1, 30, 30, 4]], three, three, [SeparableConvolutions.self])
    try check({ self.inverted(80, shares: true) }, [[1, 80, 80, 4]], three, three, [SeparableConvolutions.self])
    // Neighbouring windows share two lines: of 16 threads may compute some twice, of 15 not.
    try check({ self.inverted(400, lines: 16) }, [[1, 16, 400, 4]], three, "separable_convolution", [SeparableConvolutions.self])
    try check({ self.inverted(400, lines: 15) }, [[1, 15, 400, 4]], three, "convolution separable_convolution", [SeparableConvolutions.self])
  }

  /// A pointwise convolution between two depthwise ones belongs to the first.
  func testSeparableChain() throws {
    try check({
      let sketch = GraphSketch()
      var value = sketch.input("x", [1, 80, 80, 24])
      for _ in 0..<2 {
        value = sketch.node(.convolution, [value, sketch.counting([3, 3, 1, 24], step: 0.001)], [1, 80, 80, 24],
          ["groups": .integer(24), "padding_begin": .integers([1, 1]), "padding_end": .integers([1, 1])])
        value = sketch.node(.convolution, [value, sketch.counting([1, 1, 24, 24], step: 0.001)], [1, 80, 80, 24])
      }
      return sketch.finish(value)
    }, [[1, 80, 80, 24]], "convolution convolution convolution convolution", "separable_convolution separable_convolution", [SeparableConvolutions.self])
  }
}
