// Quantised operators of the com.microsoft domain: computed as dequantise, operate, quantise. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func microsoftQuantization() throws -> [Value?]? {
    switch node.opType {
    case "QLinearAdd": return [try requantized(builder.binary(.add, try dequantized(0), try dequantized(3)), at: 6)]
    case "QLinearMul": return [try requantized(builder.binary(.multiply, try dequantized(0), try dequantized(3)), at: 6)]
    case "QLinearSigmoid": return [try requantized(builder.unary(.sigmoid, try dequantized(0)), at: 3)]
    case "QLinearLeakyRelu":
      return [try requantized(builder.unary(.leakyRelu, try dequantized(0), alpha: float("alpha", default: 0.01)), at: 3)]
    case "QLinearSoftmax": return [try requantized(try quantizedSoftmax(), at: 3)]
    case "QLinearAveragePool": return [try requantized(try averagePool(of: try channelsFirstImage()), at: 3)]
    case "QLinearGlobalAveragePool": return [try requantized(try builder.globalPool(.average, try channelsFirstImage()), at: 3)]
    case "QLinearReduceMean":
      let mean = try builder.reduce(.mean, try dequantized(0), axes: ints("axes") ?? [], keepDimensions: flag("keepdims", default: true))
      return [try requantized(mean, at: 3)]
    case "QLinearConcat":
      guard inputs.count > 2, inputs.count % 3 == 2 else { throw ImportError.malformed("\(inputs.count) inputs") }
      let parts = try stride(from: 2, to: inputs.count, by: 3).map { try dequantized($0) }
      return [try requantized(builder.concat(parts, axis: int("axis")), at: 0)]
    case "QLinearWhere": return [try requantized(builder.select(try input(0), try dequantized(1), try dequantized(4)), at: 7)]
    case "QGemm": return [try quantizedGemm()]
    case "MatMulIntegerToFloat":
      // a, b, their steps, their zero points, bias.
      let a = builder.dequantizeLinear(try input(0), step: try input(2), zeroPoint: optional(4), axis: -2)
      let b = builder.dequantizeLinear(try input(1), step: try input(3), zeroPoint: optional(5), axis: -1)
      return [try biased(builder.matmul(a, b), 6)]
    case "DynamicQuantizeMatMul":
      // a, b, b's step and zero point, bias.
      let quantised = try dynamicallyQuantized(try input(0))
      let a = builder.dequantizeLinear(quantised[0], step: quantised[1], zeroPoint: quantised[2], axis: 0)
      let b = builder.dequantizeLinear(try input(1), step: try input(2), zeroPoint: optional(3), axis: -1)
      return [try biased(builder.matmul(a, b), 4)]
    case "DynamicQuantizeLSTM":
      // Input and state stay float32, which is closer to the network before it was quantised.
      return try recurrent(.lstm, weights: try recurrentWeights(1, step: 8), recurrentWeights: try recurrentWeights(2, step: 10))
    default: return nil
    }
  }

  /// Input `index` as float32, by its step and its zero point, which stand behind it.
  private func dequantized(_ index: Int) throws -> Value {
    builder.dequantizeLinear(try input(index), step: try input(index + 1), zeroPoint: optional(index + 2), axis: 0)
  }

  /// By the step that is input `index` and the zero point behind it; without one, in the type of the first input.
  private func requantized(_ x: Value, at index: Int) throws -> Value {
    let zeroPoint = optional(index + 1)
    return try quantized(x, step: try input(index), zeroPoint: zeroPoint, axis: 0, type: zeroPoint?.type ?? input(0).type)
  }

  private func biased(_ x: Value, _ index: Int) -> Value { optional(index).map { builder.binary(.add, x, $0) } ?? x }

  private func channelsFirstImage() throws -> Value {
    try require("channels_last", 0)
    return try dequantized(0)
  }

  /// Before operator set 13, which attribute `opset` tells, everything from `axis` on is one dimension.
  private func quantizedSoftmax() throws -> Value {
    let x = try dequantized(0), rank = try builder.rank(x)
    let axis = try builder.axis(int("axis", default: -1), rank: rank)
    guard int("opset") >= 13 || axis == rank - 1 else { throw ImportError.unsupported("a softmax over several dimensions") }
    return builder.softmax(x, axis: axis)
  }

  /// a, b and c (int32, in steps of a's times b's) with a step and a zero point for a and b; float32 where no step for the result is given.
  private func quantizedGemm() throws -> Value {
    let transposeB = flag("transB"), alpha = float("alpha", default: 1)
    let b = builder.dequantizeLinear(try input(3), step: try input(4), zeroPoint: optional(5), axis: transposeB ? 0 : -1)
    var y = try builder.gemm(try dequantized(0), b, nil, alpha: alpha, beta: 1, transposeA: flag("transA"), transposeB: transposeB)
    if let c = optional(6) {
      let step = builder.binary(.multiply, builder.binary(.multiply, try input(1), try input(4)), alpha)
      y = builder.binary(.add, y, builder.binary(.multiply, builder.cast(c, to: .float32), step))
    }
    return optional(7) == nil ? y : try requantized(y, at: 7)
  }

  /// Weights [D, I, G H] with a step and a zero point for each direction, or for each of its columns, as float32 [D, G H, I].
  private func recurrentWeights(_ index: Int, step: Int) throws -> Value {
    func aligned(_ value: Value) throws -> Value { builder.unsqueeze(value, axes: try builder.rank(value) == 1 ? [1, 2] : [1]) }
    let zeroPoint = builder.cast(try aligned(try input(step + 1)), to: .float32)
    let centered = builder.binary(.subtract, builder.cast(try input(index), to: .float32), zeroPoint)
    return try builder.transpose(builder.binary(.multiply, centered, try aligned(try input(step))), [0, 2, 1])
  }
}
