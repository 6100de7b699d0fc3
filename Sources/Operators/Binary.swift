// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// z = activation(function(x, y)) with x and y of one type, broadcast together; meanings stand in model.fbs at `BinaryFunction`.
///
/// float32 for the arithmetic functions and comparisons; int8, uint8, int32 and int64 for the same but atan2, and for bitwise functions
/// and shifts; booleans for logical and bitwise functions, comparisons, minimum, maximum, and add and multiply (as or and and).
/// Comparisons give booleans. Integers wrap around; a division by 0 gives 0; a shift by the width or more gives 0 (or the sign, to the
/// right), a negative amount shifts the other way; a negative power of an integer is 0 but for 1 and -1. Only float32 results take an activation.
package enum BinaryOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let (x, y) = (try node.input(0), try node.input(1))
    let attributes = BinaryAttributes(node.attributes)
    let function = attributes.function
    try node.require(y, x.type, "input 1")
    guard function.accepts(x.type) else {
      throw node.fail(.invalidType).text("no function of number ").integer(Int(function.rawValue)).text(" for elements of type ").type(x.type).status
    }
    let type = function.compares ? ElementType.boolean : x.type
    let activation = attributes.activation.function
    guard activation == .identity || (type == .float32 && activation.isFloatFunction) else {
      throw node.fail(.invalidModel).text("an activation of number ").integer(Int(activation.rawValue)).text(" on ").type(type).status
    }
    guard let shape = Shape.broadcast(x.shape, y.shape) else {
      throw node.fail(.invalidShape).text("the shapes ").shape(x.shape).text(" and ").shape(y.shape).text(" do not broadcast together").status
    }
    try node.setOutput(0, type, shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let x = node.optionalInput(0), let y = node.optionalInput(1), let z = node.optionalOutput(0) else { return Kernel("nothing") }
    let large = z.count > worthDividing
    if x.shape == y.shape { return Kernel("element by element", reason: "same shapes", allThreads: large) }
    if x.count == 1 || y.count == 1 { return Kernel("with a scalar", reason: "one element", allThreads: large) }
    let loop = Broadcast(z.shape, x.shape, y.shape)
    return Kernel("broadcast", reason: loop.firstStep == 1 && loop.secondStep == 1 ? "runs of both" : "runs of one", allThreads: large)
  }

  /// Elements between the function and its activation: they stay in the first-level cache.
  private static var longestRun: Int { 2048 }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y, z) = (try node.input(0), try node.input(1), try node.output(0))
    let attributes = BinaryAttributes(node.attributes)
    let (function, activation) = (attributes.function, attributes.activation)
    let loop = Broadcast(z.shape, x.shape, y.shape)
    try run.share(of: z.count, grain: 64) { begin, end in
      if x.type == .float32 && !function.compares {
        let (from, other, to) = (x.elements(Float.self), y.elements(Float.self), z.elements(Float.self))
        let longest = activation.function == .identity ? Int.max : longestRun
        loop.blocks(begin, end, longest: longest) { output, first, second, count, rows in
          combineFloats(function, BroadcastRows(from + first, step: loop.firstStep, rowStep: loop.firstRowStep),
            BroadcastRows(other + second, step: loop.secondStep, rowStep: loop.secondRowStep), to: to + output, count: count, rows: rows)
          applyActivation(activation, to + output, count &* rows)
        }
      } else if x.type == .float32 {
        CompareElements<Float>(function: function, x: x.elements(), y: y.elements(), z: z.elements(), loop: loop).run(begin, end)
      } else {
        withIntegers(x.type, IntegerBinary(function: function, x: x.elements(), y: y.elements(), z: z.elements(), loop: loop,
            begin: begin, end: end, areBooleans: x.type == .boolean))
      }
    }
  }
}

extension BinaryFunction {
  var compares: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }

  fileprivate func accepts(_ type: ElementType) -> Bool {
    switch self {
    case .add, .multiply, .minimum, .maximum, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      type == .float32 || type == .boolean || type.isComputedInteger
    case .subtract, .divide, .power, .floorDivide, .modulo, .remainder, .prelu, .squaredDifference: type == .float32 || type.isComputedInteger
    case .atan2: type == .float32
    case .logicalAnd, .logicalOr, .logicalXor: type == .boolean
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor: type == .boolean || type.isComputedInteger
    case .shiftLeft, .shiftRight: type.isComputedInteger
    }
  }
}
