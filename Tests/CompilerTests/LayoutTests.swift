// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// Images laid out channels-last: which transposes are left, and the same numbers.
final class LayoutTests: XCTestCase {
  private let passes: [Pass.Type] = [Layout.self, DeadCode.self, Identities.self, Transposes.self, Identities.self, FlattenedWeights.self, DeadCode.self]

  private func check(_ make: () -> Graph, _ inputs: [[Int]], _ after: String, file: StaticString = #filePath, line: UInt = #line) throws {
    try checkPasses(make, inputs, make().operators, after, passes, file: file, line: line)
  }

  private func weights(_ sketch: GraphSketch, _ inputs: Int, _ outputs: Int) -> Value { sketch.counting([1, 1, inputs, outputs], step: 0.01) }

  func testChainKeepsTransposesAtItsEnds() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 4, 5])
      let a = sketch.convolution(x, self.weights(sketch, 2, 3), [1, 3, 4, 5])
      let b = sketch.unary("relu", sketch.binary("add", sketch.binary("multiply", a, sketch.counting([3, 1, 1])), sketch.counting([1, 3, 1, 1])))
      let c = sketch.convolution(b, self.weights(sketch, 3, 3), [1, 3, 4, 5])
      return sketch.finish(sketch.binary("add", c, b))
    }, [[1, 2, 4, 5]], "transpose convolution multiply add relu convolution add transpose")
  }

  func testConcatSplitPadReduceSoftmaxFollow() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 4, 5])
      let a = sketch.convolution(x, self.weights(sketch, 2, 3), [1, 3, 4, 5])
      let b = sketch.convolution(x, self.weights(sketch, 2, 3), [1, 3, 4, 5])
      let joined = sketch.node(.concat, [a, b], [1, 6, 4, 5], ["axis": .integer(1)])
      let cut = sketch.node(.slice, [joined], [1, 4, 4, 5], ["axes": .integers([1]), "starts": .integers([1]), "ends": .integers([5]), "steps": .integers([1])])
      let padded = sketch.node(.pad, [cut], [1, 4, 7, 5], ["pads": .integers([0, 0, 1, 0, 0, 0, 2, 0]), "value": .float(0.5)])
      let soft = sketch.node(.softmax, [padded], [1, 4, 7, 5], ["axis": .integer(1)])
      let gate = sketch.unary("sigmoid", sketch.reduceMean(soft, [2, 3]))
      let out = sketch.convolution(sketch.binary("multiply", soft, gate), self.weights(sketch, 4, 2), [1, 2, 7, 5])
      return sketch.finish(sketch.node(.reduce, [out], [1, 2], ["function": .member("mean"), "axes": .integers([2, 3])]))
    }, [[1, 2, 4, 5]], "transpose convolution convolution concat slice pad softmax reduce sigmoid multiply convolution reduce")
  }

  func testFlattenGoesIntoWeights() throws {
    for isTransposed in [false, true] {
      try check({
        let sketch = GraphSketch()
        let x = sketch.input("x", [2, 2, 3, 4])
        let a = sketch.convolution(x, self.weights(sketch, 2, 3), [2, 3, 3, 4])
        let flat = sketch.node(.flatten, [sketch.unary("relu", a)], [2, 36], ["first": .integer(1), "last": .integer(3)])
        let weights = sketch.counting(isTransposed ? [5, 36] : [36, 5], step: 0.01)
        return sketch.finish(sketch.node(.matmul, [flat, weights], [2, 5], ["transpose_b": .boolean(isTransposed)]))
      }, [[2, 2, 3, 4]], "transpose convolution relu reshape matmul")
    }
  }

  /// [N, C, H, W] to tokens [N, H W, C] and back, as vision transformers have it.
  func testTokens() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 3, 4])
      let a = sketch.convolution(x, self.weights(sketch, 2, 5), [1, 5, 3, 4])
      let tokens = sketch.transpose(sketch.node(.reshape, [a], [1, 5, 12], ["shape": .integers([0, 0, -1])]), [0, 2, 1])
      let normalized = sketch.node(.layerNormalization, [tokens, sketch.counting([5])], [1, 12, 5], ["axis": .integer(-1), "epsilon": .float(1e-5)])
      let image = sketch.node(.reshape, [sketch.transpose(normalized, [0, 2, 1])], [1, 5, 3, 4], ["shape": .integers([0, 5, 3, 4])])
      return sketch.finish(sketch.unary("relu", sketch.convolution(image, self.weights(sketch, 5, 2), [1, 2, 3, 4])))
    }, [[1, 2, 3, 4]], "transpose convolution reshape layer_normalization reshape convolution relu transpose")
  }

  /// Something in the middle that works on rows only: the cheaper side keeps its transposes.
  func testUnknownOperatorGetsItsLayout() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 3, 4])
      let a = sketch.unary("relu", sketch.convolution(x, self.weights(sketch, 2, 2), [1, 2, 3, 4]))
      let product = sketch.node(.matmul, [a, sketch.counting([4, 4], step: 0.1)], [1, 2, 3, 4])
      return sketch.finish(sketch.convolution(sketch.binary("add", product, a), self.weights(sketch, 2, 2), [1, 2, 3, 4]))
    }, [[1, 2, 3, 4]], "transpose convolution relu transpose matmul transpose add convolution transpose")
  }

  func testShapeOfAnImage() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 3, 4])
      let a = sketch.unary("relu", sketch.convolution(x, self.weights(sketch, 2, 5), [1, 5, 3, 4]))
      let shape = sketch.node(.shape, [a], [3], ["start": .integer(1), "to": .member("int64")], type: .int64)
      let out = sketch.convolution(a, self.weights(sketch, 5, 2), [1, 2, 3, 4])
      return sketch.finish(sketch.node(.reduce, [out], [1, 2], ["function": .member("sum"), "axes": .integers([-1, 2])]), shape)
    }, [[1, 2, 3, 4]], "transpose convolution relu shape gather convolution reduce")
  }

  func testChannelShuffle() throws {
    try checkPasses({
      let sketch = GraphSketch()
      let x = sketch.input("x", [1, 2, 3, 4])
      let a = sketch.convolution(x, self.weights(sketch, 2, 6), [1, 6, 3, 4])
      let apart = sketch.node(.reshape, [a], [1, 2, 3, 3, 4], ["shape": .integers([1, 2, 3, 3, 4])])
      let shuffled = sketch.node(.reshape, [sketch.transpose(apart, [0, 2, 1, 3, 4])], [1, 6, 3, 4], ["shape": .integers([1, 6, 3, 4])])
      return sketch.finish(sketch.convolution(shuffled, self.weights(sketch, 6, 2), [1, 2, 3, 4]))
    }, [[1, 2, 3, 4]], "transpose convolution transpose reshape transpose reshape transpose convolution transpose",
      "transpose convolution gather convolution transpose", [ChannelShuffle.self] + passes)
  }

  func testMinimumCut() {
    // source -5- a -1- b -5- sink, and a net of all three that costs 2 once.
    var cut = MinimumCut()
    let (a, b, c) = (cut.addVertex(), cut.addVertex(), cut.addVertex())
    cut.addNet([cut.source, a], 5)
    cut.addNet([a, b], 1)
    cut.addNet([b, cut.sink], 5)
    cut.addNet([a, b, c], 2)
    cut.addNet([c, cut.source], 1)
    let sides = cut.solve()
    XCTAssertEqual([sides[a], sides[b], sides[c]], [true, false, true])
  }
}
