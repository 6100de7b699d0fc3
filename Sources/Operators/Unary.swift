// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// y = function(x), element by element; formulas stand in model.fbs at `UnaryFunction`.
///
/// float32 for every numeric function. Integers for those that make integers of integers (identity, relu, clip, linear, absolute,
/// negate, sign, square, roundings, bitwise_not): they wrap around; `linear` truncates its result toward zero, and bounds that are no
/// integers too. logical_not takes booleans; is_nan, is_infinite and is_finite give booleans. identity copies any type.
package enum UnaryOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let function = UnaryAttributes(node.attributes).function
    guard accepts(function, x.type) else {
      throw node.fail(.invalidType).text("no function of number ").integer(Int(function.rawValue)).text(" for elements of type ").type(x.type).status
    }
    try node.setOutput(0, function.givesBooleans ? .boolean : x.type, x.shape)
    return .known
  }

  private static func accepts(_ function: UnaryFunction, _ type: ElementType) -> Bool {
    switch type {
    case .none: return false
    case .float32: return function.isFloatFunction || (function.givesBooleans && function != .logicalNot)
    case .boolean: return function == .logicalNot || function == .identity || function == .bitwiseNot
    case .float16, .int16: return function == .identity
    case .int8, .uint8, .int32, .int64:
      switch function {
      case .identity, .relu, .clip, .linear, .absolute, .negate, .sign, .square, .floor, .ceil, .round, .truncate, .bitwiseNot: return true
      default: return false
      }
    }
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let large = (node.optionalInput(0)?.count ?? 0) > worthDividing
    return Kernel(node.optionalInput(0)?.type == .float32 ? "in lanes" : "by element", reason: large ? "large" : "small", allThreads: large)
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let x = try node.input(0)
    let y = try node.output(0)
    let attributes = UnaryAttributes(node.attributes)
    let function = attributes.function
    try run.share(of: x.count, grain: 64) { begin, end in
      if function == .identity {
        let size = x.type.size
        let (from, to) = (x.elements(UInt8.self) + begin &* size, y.elements(UInt8.self) + begin &* size)
        if from != UnsafePointer(to) { platform_copy(to, from, (end &- begin) &* size) }
      } else if function == .isNan || function == .isInfinite || function == .isFinite {
        classify(function, x.elements(Float.self), y.elements(UInt8.self), begin, end)
      } else if x.type == .float32 {
        let activation = Activation(function: function, alpha: attributes.alpha, beta: attributes.beta)
        mapFloats(activation, from: x.elements() + begin, to: y.elements() + begin, count: end &- begin)
      } else if x.type == .boolean {
        let (from, to) = (x.elements(UInt8.self), y.elements(UInt8.self))
        for index in begin..<end { to[index] = from[index] == 0 ? 1 : 0 }
      } else {
        withIntegers(x.type, IntegerUnary(function: function, alpha: attributes.alpha, beta: attributes.beta,
            from: x.elements(UInt8.self), to: y.elements(UInt8.self), begin: begin, end: end))
      }
    }
  }

  private static func classify(_ function: UnaryFunction, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<UInt8>, _ begin: Int, _ end: Int) {
    for index in begin..<end {
      let value = x[index]
      switch function {
      case .isNan: y[index] = value != value ? 1 : 0
      case .isInfinite: y[index] = value.magnitude == .infinity ? 1 : 0
      default: y[index] = value.magnitude < .infinity ? 1 : 0
      }
    }
  }
}

extension UnaryFunction {
  fileprivate var givesBooleans: Bool {
    switch self {
    case .logicalNot, .isNan, .isInfinite, .isFinite: true
    default: false
    }
  }
}

private struct IntegerUnary: IntegerVisitor {
  let function: UnaryFunction
  let alpha, beta: Float
  let from: UnsafePointer<UInt8>
  let to: UnsafeMutablePointer<UInt8>
  let begin, end: Int

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let x = UnsafeRawPointer(from).assumingMemoryBound(to: Element.self)
    let y = UnsafeMutableRawPointer(to).assumingMemoryBound(to: Element.self)
    let low: Element = saturated(alpha)
    let high: Element = saturated(beta)
    let whole = alpha == alpha.rounded(.towardZero) && beta == beta.rounded(.towardZero)
    for index in begin..<end {
      let value = x[index]
      switch function {
      case .relu: y[index] = max(value, 0)
      case .clip: y[index] = min(max(value, low), high)
      case .linear: y[index] = whole ? value &* low &+ high : saturated(Float(Int64(truncatingIfNeeded: value)) * alpha + beta)
      case .absolute: y[index] = value < 0 ? 0 &- value : value
      case .negate: y[index] = 0 &- value
      case .sign: y[index] = value < 0 ? 0 &- 1 : value > 0 ? 1 : 0
      case .square: y[index] = value &* value
      case .bitwiseNot: y[index] = ~value
      default: y[index] = value
      }
    }
  }
}
