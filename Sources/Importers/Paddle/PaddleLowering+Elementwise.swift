// Paddle operators of one tensor, element by element.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Operators that are one function without parameters.
private let functions: [String: UnaryFunction] = [
  "relu": .relu, "sigmoid": .sigmoid, "tanh": .tanh, "exp": .exp, "log": .log, "sqrt": .sqrt, "rsqrt": .reciprocalSqrt, "abs": .absolute,
  "ceil": .ceil, "floor": .floor, "rint": .round, "sin": .sin, "cos": .cos, "tan": .tan, "asin": .asin, "acos": .acos, "atan": .atan,
  "sinh": .sinh, "cosh": .cosh, "asinh": .asinh, "acosh": .acosh, "atanh": .atanh, "square": .square, "reciprocal": .reciprocal,
  "erf": .erf, "sign": .sign, "log1p": .log1p, "expm1": .expm1, "softsign": .softsign, "trunc": .truncate, "hardswish": .hardSwish,
  "mish": .mish, "logical_not": .logicalNot, "bitwise_not": .bitwiseNot, "isnan": .isNan, "isinf": .isInfinite, "isfinite": .isFinite,
]

extension PaddleLowering {
  func lowerElementwise(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try elementwise(operation).map { [.tensor($0)] }
  }

  private func elementwise(_ operation: PaddleOperation) throws -> Value? {
    let name = operation.name
    if let function = functions[name] {
      if name == "hardswish" { try checkHardSwish(operation) }
      return builder.unary(function, try tensor(operation, 0))
    }
    func x() throws -> Value { try tensor(operation, 0) }
    func unary(_ function: UnaryFunction, _ alpha: Double = 0, _ beta: Double = 0) throws -> Value {
      builder.unary(function, try x(), alpha: alpha, beta: beta)
    }
    switch name {
    case "relu6": return try unary(.clip, 0, operation.float("threshold", default: 6))
    case "hardtanh": return try unary(.clip, operation.float("t_min", default: 0), operation.float("t_max", default: 24))
    case "leaky_relu": return try unary(.leakyRelu, operation.float("negative_slope", default: 0.02))
    case "elu": return try unary(.elu, operation.float("alpha", default: 1))
    case "celu": return try unary(.celu, operation.float("alpha", default: 1))
    case "selu": return try unary(.selu, operation.float("alpha", default: 1.6732632423543772), operation.float("scale", default: 1.0507009873554805))
    case "hardsigmoid": return try unary(.hardSigmoid, operation.float("slope", default: 0.2), operation.float("offset", default: 0.5))
    case "swish", "silu": return try unary(.swish, operation.float("beta", default: 1))
    case "gelu": return try unary(operation.boolean("approximate") ? .geluTanh : .gelu)
    case "softplus": return try unary(.softplus, operation.float("beta", default: 1), operation.float("threshold", default: 20))
    case "hardshrink": return try unary(.hardShrink, operation.float("threshold", default: 0.5))
    case "softshrink":
      let threshold = operation.float("threshold", default: 0.5)
      return try unary(.softShrink, threshold, threshold)
    case "thresholded_relu":
      guard operation.float("value", default: 0) == 0 else { throw ImportError.unsupported("thresholded_relu with another value than 0") }
      return try unary(.thresholdedRelu, operation.float("threshold", default: 1))
    case "stanh":
      let inner = try unary(.linear, operation.float("scale_a", default: 0.67))
      return builder.unary(.linear, builder.unary(.tanh, inner), alpha: operation.float("scale_b", default: 1.7159))
    case "tanh_shrink": return builder.binary(.subtract, try x(), try unary(.tanh))
    case "logsigmoid": return builder.unary(.negate, builder.unary(.softplus, try unary(.negate), alpha: 1))
    case "log2": return builder.unary(.linear, try unary(.log), alpha: 1 / log(2))
    case "log10": return builder.unary(.linear, try unary(.log), alpha: 1 / log(10))
    case "round":
      guard operation.integer("decimals", default: 0) == 0 else { throw ImportError.unsupported("round to decimals") }
      return try unary(.round)
    case "scale": return try scale(operation)
    case "increment": return builder.binary(.add, try x(), operation.float("value", default: operation.float("step", default: 1)))
    case "clip": return try clip(operation)
    case "pow": return try power(operation)
    case "cast":
      guard let target = operation.attributes["dtype"]?.element else { throw ImportError.unsupported("a cast to an unknown element type") }
      return builder.cast(try x(), to: try elementType(target))
    case "dropout":
      // Inference: the older mode scales by the share that training kept.
      let share = try optional(operation, 2).flatMap { knownFloat($0) } ?? operation.float("p", default: 0.5)
      return operation.string("mode", default: "downgrade_in_infer") == "upscale_in_train" ? try x() : builder.binary(.multiply, try x(), 1 - share)
    default: return nil
    }
  }

  /// The legacy operator has parameters, with which only one set of numbers was ever exported.
  private func checkHardSwish(_ operation: PaddleOperation) throws {
    for (name, expected) in [("threshold", 6.0), ("scale", 6), ("offset", 3)] where operation.float(name, default: expected) != expected {
      throw ImportError.unsupported("hard_swish with \(name) \(operation.float(name, default: expected)), \(expected) expected")
    }
  }

  /// scale x + bias, or scale (x + bias).
  private func scale(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let bias = operation.float("bias", default: 0)
    let isAfter = operation.boolean("bias_after_scale", default: true)
    let factor = try optional(operation, 1)
    guard let known = factor == nil ? operation.float("scale", default: 1) : factor.flatMap({ knownFloat($0) }) else {
      let computed = builder.cast(scalar(factor ?? x), to: x.type)
      if isAfter {
        let product = builder.binary(.multiply, x, computed)
        return bias == 0 ? product : builder.binary(.add, product, bias)
      }
      return builder.binary(.multiply, bias == 0 ? x : builder.binary(.add, x, bias), computed)
    }
    if known == 1 && bias == 0 { return x }
    let offset = isAfter ? bias : bias * known
    if x.type == .float32 { return builder.unary(.linear, x, alpha: known, beta: offset) }
    // Integers: Paddle rounds both numbers toward zero first.
    let product = known == 1 ? x : builder.binary(.multiply, x, known.rounded(.towardZero))
    return offset == 0 ? product : builder.binary(.add, product, isAfter ? offset.rounded(.towardZero) : bias.rounded(.towardZero) * known.rounded(.towardZero))
  }

  private func clip(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let low = try optional(operation, 1), high = try optional(operation, 2)
    let knownLow = low.map { knownFloat($0) } ?? operation.float("min", default: -.infinity)
    let knownHigh = high.map { knownFloat($0) } ?? operation.float("max", default: .infinity)
    if let knownLow, let knownHigh {
      return builder.clip(x, low: knownLow == -.infinity ? nil : knownLow, high: knownHigh == .infinity ? nil : knownHigh)
    }
    var result = x
    if let low { result = builder.binary(.maximum, result, builder.cast(scalar(low), to: x.type)) }
    if let high { result = builder.binary(.minimum, result, builder.cast(scalar(high), to: x.type)) }
    return result
  }

  private func power(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    if let exponent = try optional(operation, 1) { return builder.binary(.power, x, builder.cast(scalar(exponent), to: x.type)) }
    let exponent = operation.float("y", default: 1)
    if exponent == 1 { return x }
    guard x.type == .float32 else { return builder.binary(.power, x, exponent) }
    switch exponent {
    case 2: return builder.unary(.square, x)
    case 0.5: return builder.unary(.sqrt, x)
    case -0.5: return builder.unary(.reciprocalSqrt, x)
    case -1: return builder.unary(.reciprocal, x)
    default: return builder.unary(.power, x, alpha: exponent)
    }
  }
}
