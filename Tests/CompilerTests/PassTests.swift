// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile
import XCTest

@testable import Compiler

/// Each pass: the graph before and after, and the same numbers from both.
final class PassTests: XCTestCase {
  private func check(_ make: () -> Graph, _ inputs: [[Int]], _ before: String, _ after: String, tolerance: Float = 1e-5, _ passes: [Pass.Type],
    file: StaticString = #filePath, line: UInt = #line) throws {
    try checkPasses(make, inputs, before, after, passes, tolerance: tolerance, file: file, line: line)
  }

  private func run(_ passes: Pass.Type...) -> [Pass.Type] { passes }

  // MARK: Clean-up

  func testDeadCode() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      _ = sketch.unary("exp", sketch.unary("sin", x))
      return sketch.finish(sketch.unary("cos", x))
    }, [[2, 3]], "sin exp cos", "cos", run(DeadCode.self))
  }

  func testIdentities() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let a = sketch.node(.cast, [sketch.unary("identity", x)], [2, 3], ["to": .member("float32")])
      let b = sketch.node(.reshape, [sketch.binary("add", a, sketch.scalar(0))], [2, 3], ["shape": .integers([2, -1])])
      let c = sketch.binary("multiply", sketch.constant([1, 1], [1]), b)
      return sketch.finish(sketch.transpose(sketch.unary("exp", c), [0, 1]))
    }, [[2, 3]], "identity cast add reshape multiply exp transpose", "exp", run(Identities.self))
  }

  /// A constant that stretches the other operand is no identity.
  func testStretchingConstantStays() throws {
    try check({
      let sketch = GraphSketch()
      return sketch.finish(sketch.binary("add", sketch.input("x", [1, 3]), sketch.constant([2, 1], [0, 0])))
    }, [[1, 3]], "add", "add", run(Identities.self))
  }

  func testIdentityBetweenInputAndResultStays() throws {
    try check({
      let sketch = GraphSketch()
      return sketch.finish(sketch.unary("identity", sketch.input("x", [2])))
    }, [[2]], "identity", "identity", run(Identities.self))
  }

  func testConstantFolding() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let c = sketch.unary("exp", sketch.binary("multiply", sketch.counting([3], step: 0.1), sketch.scalar(2)))
      return sketch.finish(sketch.binary("add", x, c))
    }, [[2, 3]], "multiply exp add", "add", run(ConstantFolding.self))
  }

  func testCommonSubexpressions() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let a = sketch.binary("add", sketch.unary("exp", x), sketch.scalar(1))
      let b = sketch.binary("add", sketch.unary("exp", x), sketch.scalar(1))
      return sketch.finish(sketch.binary("multiply", a, b))
    }, [[2, 3]], "exp add exp add multiply", "exp add multiply", run(CommonSubexpressions.self))
  }

  func testShapeArithmetic() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3, 4])
      let shape = sketch.node(.shape, [x], [1], ["start": .integer(0), "end": .integer(1), "to": .member("int64")], type: .int64)
      let target = sketch.node(.concat, [shape, sketch.integers([12])], [2], ["axis": .integer(0)], type: .int64)
      return sketch.finish(sketch.node(.reshape, [x, target], [2, 12]))
    }, [[2, 3, 4]], "shape concat reshape", "reshape", run(ConstantShapes.self, DeadCode.self))
  }

  // MARK: Patterns

  func testHardSwish() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.binary("add", sketch.input("x", [2, 3]), sketch.scalar(0.5))  // scaled or shifted before: that is not the pattern's
      let gate = sketch.unary("clip", sketch.binary("add", x, sketch.scalar(3)), beta: 6)
      return sketch.finish(sketch.binary("divide", sketch.binary("multiply", x, gate), sketch.scalar(6)))
    }, [[2, 3]], "add add clip multiply divide", "add hard_swish", run(ActivationPatterns.self))
  }

  /// A scaling and a shift by numbers, one or both of them; the second time the result is also read before them.
  func testScaledHardSwish() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let y = sketch.binary("add", sketch.binary("multiply", sketch.constant([1], [-1.75]), sketch.unary("hard_swish", x)), sketch.scalar(0.5))
      let z = sketch.binary("subtract", sketch.unary("hard_swish", y), sketch.scalar(2))
      let shared = sketch.unary("hard_swish", z)
      return sketch.finish(sketch.binary("multiply", shared, sketch.scalar(3)), shared)
    }, [[2, 3]], "hard_swish multiply add hard_swish subtract hard_swish multiply", "scaled_hard_swish scaled_hard_swish hard_swish multiply",
      run(AffineChains.self, ScaledHardSwish.self))
  }

  /// A number of more dimensions enlarges the result; one a channel is no number.
  func testScaledHardSwishKeepsShapes() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let enlarged = sketch.binary("multiply", sketch.unary("hard_swish", x), sketch.constant([1, 1, 1], [2]))
      return sketch.finish(enlarged, sketch.binary("multiply", sketch.unary("hard_swish", x), sketch.counting([3])))
    }, [[2, 3]], "hard_swish multiply hard_swish multiply", "hard_swish multiply hard_swish multiply", run(ScaledHardSwish.self))
  }

  func testSwishAndMish() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let y = sketch.binary("multiply", sketch.unary("sigmoid", x), x)
      return sketch.finish(sketch.binary("multiply", y, sketch.unary("tanh", sketch.unary("softplus", y, alpha: 1, beta: 20))))
    }, [[2, 3]], "sigmoid multiply softplus tanh multiply", "swish mish", run(ActivationPatterns.self))
  }

  func testGeluByErf() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let erf = sketch.unary("erf", sketch.binary("divide", x, sketch.scalar(1.414_213_5)))
      let gate = sketch.binary("add", erf, sketch.scalar(1))
      return sketch.finish(sketch.binary("multiply", sketch.binary("multiply", x, gate), sketch.scalar(0.5)))
    }, [[2, 3]], "divide erf add multiply multiply", "gelu", run(ActivationPatterns.self))
  }

  func testGeluByTanh() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let cube = sketch.binary("multiply", sketch.unary("power", x, alpha: 3), sketch.scalar(0.044_715))
      let tanh = sketch.unary("tanh", sketch.binary("multiply", sketch.binary("add", x, cube), sketch.scalar(0.797_884_56)))
      return sketch.finish(sketch.binary("multiply", sketch.binary("multiply", sketch.scalar(0.5), x), sketch.binary("add", tanh, sketch.scalar(1))))
    }, [[2, 3]], "power multiply add multiply tanh multiply add multiply", "gelu_tanh", run(ActivationPatterns.self))
  }

  func testAffineChain() throws {
    try check({
      let sketch = GraphSketch()
      let x = sketch.input("x", [2, 3])
      let shifted = sketch.binary("subtract", sketch.binary("multiply", sketch.constant([1], [3]), x), sketch.scalar(2))
      let shared = sketch.binary("divide", shifted, sketch.scalar(4))
      return sketch.finish(sketch.binary("multiply", shared, shared), sketch.binary("add", sketch.binary("multiply", x, sketch.counting([3])), sketch.scalar(1)))
    }, [[2, 3]], "multiply subtract divide multiply multiply add", "linear multiply multiply add", run(AffineChains.self))
  }

  func testLayerNormalization() throws {
    try check({
      let sketch = GraphSketch()
      let a = sketch.input("a", [2, 3, 5])
      let x = sketch.binary("add", a, sketch.input("b", [2, 3, 5]))
      let centered = sketch.binary("subtract", x, sketch.reduceMean(x, [2]))
      let variance = sketch.reduceMean(sketch.unary("square", centered), [-1])
      let deviation = sketch.unary("sqrt", sketch.binary("add", variance, sketch.scalar(1e-5)))
      let scaled = sketch.binary("multiply", sketch.binary("divide", centered, deviation), sketch.counting([5]))
      return sketch.finish(sketch.binary("add", scaled, sketch.counting([5], step: -1)))
    }, [[2, 3, 5], [2, 3, 5]], "add reduce subtract square reduce add sqrt divide multiply add", "layer_normalization", tolerance: 1e-4,
      run(LayerNormalizationPattern.self))
  }
}
