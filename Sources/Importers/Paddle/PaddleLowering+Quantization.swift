// Paddle's quantisation. A scale is the absolute maximum, so that the step is scale / 127.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension PaddleLowering {
  func lowerQuantization(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "quantize_linear": return [.tensor(try quantize(operation, scaleIndex: 1, zeroPointIndex: 2, isHeldAsFloat: false))]
    case "dequantize_linear": return [.tensor(try dequantizeLinear(operation))]
    case "fake_quantize_range_abs_max", "fake_quantize_moving_average_abs_max":
      return [.tensor(try quantize(operation, scaleIndex: 1, zeroPointIndex: nil, isHeldAsFloat: true)), .tensor(try tensor(operation, 1))]
    case "fake_quantize_dequantize_moving_average_abs_max":
      let quantized = try quantize(operation, scaleIndex: 1, zeroPointIndex: nil, isHeldAsFloat: false)
      let step = step(try tensor(operation, 1), maximum: try largest(operation))
      return [.tensor(builder.dequantizeLinear(quantized, step: step, zeroPoint: nil, axis: 0)), .tensor(try tensor(operation, 1))]
    case "fake_dequantize_max_abs":
      let factor = builder.unary(.linear, try tensor(operation, 1), alpha: 1 / operation.float("max_range", default: 127))
      return [.tensor(builder.binary(.multiply, try tensor(operation, 0), scalar(factor)))]
    case "fake_channel_wise_dequantize_max_abs": return [.tensor(try channelwiseDequantize(operation))]
    default: return nil
    }
  }

  /// 127 for 8 bits.
  private func largest(_ operation: PaddleOperation) throws -> Int {
    let bits = operation.integer("bit_length", default: 8)
    guard (2...16).contains(bits) else { throw ImportError.unsupported("quantisation to \(bits) bits") }
    return (1 << (bits - 1)) - 1
  }

  /// scale / maximum, as a constant where the scale is one; a scalar for one element.
  private func step(_ scale: Value, maximum: Int) -> Value {
    let isSingle = scale.shape.flatMap { checkedProduct($0) } == 1
    guard let floats = scale.constant?.floats, let shape = scale.constant?.shape else {
      let step = builder.unary(.linear, scale, alpha: 1 / Double(maximum))
      return isSingle ? scalar(step) : step
    }
    return builder.constant(floats: floats.map { $0 / Float(maximum) }, shape: isSingle ? [] : [checkedProduct(shape) ?? floats.count])
  }

  /// Whole numbers held as float become int8 where they fit; nil where all of them are zero or there are none.
  private func zeroPoint(_ operation: PaddleOperation, _ index: Int?) throws -> Value? {
    guard let index, let value = try optional(operation, index) else { return nil }
    guard let constant = value.constant, let numbers = constant.integers ?? constant.floats.map({ $0.map { Int(exactly: $0) ?? 1 << 20 } }) else {
      throw ImportError.unsupported("a zero point that is computed")
    }
    if numbers.allSatisfy({ $0 == 0 }) { return nil }
    guard numbers.allSatisfy({ (-128...127).contains($0) }) else { throw ImportError.unsupported("a zero point beyond 8 bits") }
    return builder.constant(integers: numbers, shape: numbers.count == 1 ? [] : [numbers.count], type: .int8)
  }

  /// Rounding half to even reaches one number lower than half away from zero, which clips to ± the scale first.
  private func quantize(_ operation: PaddleOperation, scaleIndex: Int, zeroPointIndex: Int?, isHeldAsFloat: Bool) throws -> Value {
    let maximum = try largest(operation)
    let isHalfAway = operation.integer("round_type", default: operation.name == "quantize_linear" ? 0 : 1) == 1
    let lowest = operation.attributes["qmin"]?.integer ?? (isHalfAway ? -maximum : -maximum - 1)
    return builder.quantizeLinear(try tensor(operation, 0), step: step(try tensor(operation, scaleIndex), maximum: maximum),
      zeroPoint: try zeroPoint(operation, zeroPointIndex), axis: max(operation.integer("quant_axis", default: 0), 0), minimum: lowest,
      maximum: operation.attributes["qmax"]?.integer ?? maximum, roundHalfAway: isHalfAway, to: isHeldAsFloat || maximum > 127 ? .float32 : .int8)
  }

  private func dequantizeLinear(_ operation: PaddleOperation) throws -> Value {
    let maximum = try largest(operation)
    return builder.dequantizeLinear(integers(try tensor(operation, 0)), step: step(try tensor(operation, 1), maximum: maximum),
      zeroPoint: try zeroPoint(operation, 2), axis: max(operation.integer("quant_axis", default: 0), 0))
  }

  /// A weight that is stored as whole floats becomes int8.
  private func integers(_ value: Value) -> Value {
    guard let floats = value.constant?.floats, let shape = value.constant?.shape else { return value }
    let numbers = floats.compactMap { Int8(exactly: $0) }
    guard numbers.count == floats.count else { return value }
    return Value(name: value.name, constant: Constant(type: .int8, shape: shape, bytes: numbers.withUnsafeBytes { Data($0) }))
  }

  /// The first scale belongs to the channels of the weight, the second (if there) to the whole activation.
  private func channelwiseDequantize(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let scales = try tensors(operation, 1)
    let bits = operation.integers("quant_bits")
    let maxima = scales.indices.map { index in (1 << (min(max(bits.indices.contains(index) ? bits[index] : 8, 2), 16) - 1)) - 1 }
    guard let channels = scales.first, let count = channels.shape.flatMap({ checkedProduct($0) }) else { throw ImportError.malformed("no scale") }
    // With two scales x is a result whose channels are dimension 1 (or the last of a matrix product).
    let rank = try builder.rank(x)
    let axis = scales.count > 1 ? (operation.integer("x_num_col_dims", default: 1)) : operation.integer("quant_axis", default: 0)
    var shape = Array(repeating: 1, count: rank)
    guard shape.indices.contains(axis) else { throw ImportError.unsupported("dequantisation along axis \(axis) of \(rank)") }
    shape[axis] = count
    var result = builder.binary(.multiply, x, reshaped(step(channels, maximum: maxima[0]), shape))
    if scales.count > 1 { result = builder.binary(.multiply, result, scalar(step(scales[1], maximum: maxima[1]))) }
    return result
  }
}
