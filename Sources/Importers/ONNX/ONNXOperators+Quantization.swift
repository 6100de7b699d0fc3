// ONNX quantised operators: computed as dequantise, operate, quantise. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func quantization() throws -> [Value?]? {
    switch node.opType {
    case "QuantizeLinear":
      try require("block_size", 0)
      let type = try optional(2)?.type ?? (self.type("output_dtype") ?? .uint8)
      let axis = int("axis", default: 1)
      _ = attribute("output_dtype")
      return [try quantized(try input(0), step: try input(1), zeroPoint: optional(2), axis: axis, type: type)]
    case "DequantizeLinear":
      try require("block_size", 0)
      return [builder.dequantizeLinear(try input(0), step: try input(1), zeroPoint: optional(2), axis: int("axis", default: 1))]
    case "DynamicQuantizeLinear": return try dynamicallyQuantized(try input(0))
    case "QLinearConv":
      // x, step, zero point, weights, step, zero point, y step, y zero point, bias (int32 in steps of x's times the weights').
      let x = builder.dequantizeLinear(try input(0), step: try input(1), zeroPoint: try input(2), axis: 1)
      let weights = builder.dequantizeLinear(try input(3), step: try input(4), zeroPoint: try input(5), axis: 0)
      let bias = try optional(8).map { bias in
        builder.binary(.multiply, builder.cast(bias, to: .float32), builder.binary(.multiply, try input(1), try input(4)))
      }
      let y = try convolution(x, weights: weights, bias: bias)
      return [try quantized(y, step: try input(6), zeroPoint: try input(7), axis: 1, type: try input(7).type)]
    case "QLinearMatMul":
      let a = builder.dequantizeLinear(try input(0), step: try input(1), zeroPoint: try input(2), axis: -2)
      let b = builder.dequantizeLinear(try input(3), step: try input(4), zeroPoint: try input(5), axis: -1)
      return [try quantized(try builder.matmul(a, b), step: try input(6), zeroPoint: try input(7), axis: -1, type: try input(7).type)]
    case "MatMulInteger":
      return [builder.cast(try builder.matmul(try centered(0, 2, axis: -2), try centered(1, 3, axis: -1)), to: .int32)]
    case "ConvInteger":
      return [builder.cast(try convolution(try centered(0, 2, axis: 1), weights: try centered(1, 3, axis: 0), bias: nil), to: .int32)]
    default: return nil
    }
  }

  func quantized(_ x: Value, step: Value, zeroPoint: Value?, axis: Int, type: ElementType) throws -> Value {
    let (minimum, maximum): (Int, Int)
    switch type {
    case .int8: (minimum, maximum) = (-128, 127)
    case .uint8: (minimum, maximum) = (0, 255)
    case .int16: (minimum, maximum) = (-32768, 32767)
    case .int32: (minimum, maximum) = (0, 65535)
    default: throw ImportError.unsupported("quantisation to \(type.name)")
    }
    return builder.quantizeLinear(x, step: step, zeroPoint: zeroPoint, axis: axis, minimum: minimum, maximum: maximum, to: type)
  }

  /// An integer operand less its zero point (one, or one along `axis`), as float32: exact below 2^24.
  private func centered(_ index: Int, _ zeroIndex: Int, axis: Int) throws -> Value {
    let x = try input(index)
    return builder.dequantizeLinear(x, step: builder.scalar(1), zeroPoint: optional(zeroIndex), axis: axis)
  }

  /// uint8 over the range of x that includes 0: step = (max - min) / 255, zero point = round(-min / step).
  func dynamicallyQuantized(_ x: Value) throws -> [Value] {
    let zero = builder.scalar(0)
    let high = builder.binary(.maximum, try builder.reduce(.maximum, x, axes: [], keepDimensions: false), zero)
    let low = builder.binary(.minimum, try builder.reduce(.minimum, x, axes: [], keepDimensions: false), zero)
    let step = builder.binary(.divide, builder.binary(.subtract, high, low), 255)
    let ideal = builder.binary(.divide, builder.unary(.negate, low), step)
    let zeroPoint = builder.cast(builder.clip(builder.unary(.round, ideal), low: 0, high: 255), to: .uint8)
    return [try quantized(x, step: step, zeroPoint: zeroPoint, axis: 0, type: .uint8), step, zeroPoint]
  }
}
