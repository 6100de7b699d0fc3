// Operators of the com.microsoft domain that optimised files carry. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func microsoft() throws -> [Value?]? {
    switch node.opType {
    case "Gelu": return [builder.unary(.gelu, try input(0))]
    case "QuickGelu": return [builder.unary(.swish, try input(0), alpha: float("alpha", default: 1.702))]
    case "FastGelu", "BiasGelu":
      let x = try optional(1).map { builder.binary(.add, try input(0), $0) } ?? input(0)
      return [builder.unary(node.opType == "FastGelu" ? .geluTanh : .gelu, x)]
    case "FusedMatMul":
      try require("transBatchA", 0)
      try require("transBatchB", 0)
      return [try builder.matmul(try input(0), try input(1), transposeA: flag("transA"), transposeB: flag("transB"), scale: float("alpha", default: 1))]
    case "FusedConv":
      return [try fusedActivation(try convolution(try input(0), weights: try input(1), bias: optional(2)))]
    case "SkipLayerNormalization", "SkipSimplifiedLayerNormalization": return try skipNormalization()
    case "QuantizeLinear", "DequantizeLinear": return try quantization()
    default: return try microsoftQuantization() ?? microsoftAttention()
    }
  }

  private func fusedActivation(_ x: Value) throws -> Value {
    // The residual comes before the activation.
    let sum = optional(3).map { builder.binary(.add, x, $0) } ?? x
    let parameters = floats("activation_params") ?? []
    func parameter(_ index: Int, _ fallback: Double) -> Double { index < parameters.count ? parameters[index] : fallback }
    switch string("activation") {
    case "": return sum
    case "Relu": return builder.unary(.relu, sum)
    case "Tanh": return builder.unary(.tanh, sum)
    case "Sigmoid": return builder.unary(.sigmoid, sum)
    case "LeakyRelu": return builder.unary(.leakyRelu, sum, alpha: parameter(0, 0.01))
    case "Clip": return builder.clip(sum, low: parameter(0, -.greatestFiniteMagnitude), high: parameter(1, .greatestFiniteMagnitude))
    case "HardSigmoid": return builder.unary(.hardSigmoid, sum, alpha: parameter(0, 0.2), beta: parameter(1, 0.5))
    case let other: throw ImportError.unsupported("activation '\(other)'")
    }
  }

  /// x + skip (+ bias), normalised; the fourth output is that sum.
  private func skipNormalization() throws -> [Value?] {
    let isSimplified = node.opType == "SkipSimplifiedLayerNormalization"
    guard !hasOutput(1), !hasOutput(2) else { throw ImportError.unsupported("statistics as outputs") }
    var sum = builder.binary(.add, try input(0), try input(1))
    if let bias = optional(isSimplified ? 3 : 4) { sum = builder.binary(.add, sum, bias) }
    let y = builder.layerNormalization(sum, scale: try input(2), bias: isSimplified ? nil : optional(3), axis: -1,
      epsilon: float("epsilon", default: 1e-12), rootMeanSquare: isSimplified)
    return [y, nil, nil, sum]
  }
}
