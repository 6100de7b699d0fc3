// Paddle operators of two or three tensors, element by element.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

private let functions: [String: BinaryFunction] = [
  "add": .add, "subtract": .subtract, "multiply": .multiply, "divide": .divide, "minimum": .minimum, "maximum": .maximum, "fmin": .minimum,
  "fmax": .maximum, "floor_divide": .floorDivide, "remainder": .modulo, "elementwise_pow": .power, "atan2": .atan2, "equal": .equal,
  "not_equal": .notEqual, "less_than": .less, "less_equal": .lessOrEqual, "greater_than": .greater, "greater_equal": .greaterOrEqual,
  "logical_and": .logicalAnd, "logical_or": .logicalOr, "logical_xor": .logicalXor, "bitwise_and": .bitwiseAnd, "bitwise_or": .bitwiseOr,
  "bitwise_xor": .bitwiseXor, "bitwise_left_shift": .shiftLeft, "bitwise_right_shift": .shiftRight,
]

extension PaddleLowering {
  func lowerBinary(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try binary(operation).map { [.tensor($0)] }
  }

  private func binary(_ operation: PaddleOperation) throws -> Value? {
    if let function = functions[operation.name] {
      var (a, b) = promoted(try tensor(operation, 0), try tensor(operation, 1))
      // Whole numbers divide to float.
      if function == .divide, a.type != .float32 { (a, b) = (builder.cast(a, to: .float32), builder.cast(b, to: .float32)) }
      if [.logicalAnd, .logicalOr, .logicalXor].contains(function) { (a, b) = (builder.cast(a, to: .boolean), builder.cast(b, to: .boolean)) }
      return builder.binary(function, a, b)
    }
    switch operation.name {
    case "add_n":
      var parts = try tensors(operation, 0)[...]
      guard var sum = parts.popFirst() else { throw ImportError.malformed("a sum of nothing") }
      for part in parts { sum = builder.binary(.add, sum, part) }
      return sum
    case "where":
      let (a, b) = promoted(try tensor(operation, 1), try tensor(operation, 2))
      return builder.select(builder.cast(try tensor(operation, 0), to: .boolean), a, b)
    case "masked_fill":
      let x = try tensor(operation, 0)
      return builder.select(builder.cast(try tensor(operation, 1), to: .boolean), builder.cast(try tensor(operation, 2), to: x.type), x)
    case "lerp":
      let x = try tensor(operation, 0)
      let step = builder.binary(.multiply, builder.binary(.subtract, try tensor(operation, 1), x), try tensor(operation, 2))
      return builder.binary(.add, x, step)
    case "swiglu":
      let x = try tensor(operation, 0)
      if let gate = try optional(operation, 1) { return builder.binary(.multiply, builder.unary(.swish, x, alpha: 1), gate) }
      let halves = builder.split(x, axis: -1, sizes: [], count: 2)
      return builder.binary(.multiply, builder.unary(.swish, halves[0], alpha: 1), halves[1])
    case "equal_all":
      return try builder.reduce(.all, builder.binary(.equal, try tensor(operation, 0), try tensor(operation, 1)), axes: [], keepDimensions: false)
    case "channel_bias":
      // A bias [C] shaped to be added to the result of a legacy convolution in its layout.
      let rank = try builder.rank(try tensor(operation, 0))
      let bias = try tensor(operation, 1)
      guard rank >= 3, let count = bias.shape?.first, count > 0 else { throw ImportError.unsupported("a convolution's bias without a known size") }
      return reshaped(bias, [1, count] + Array(repeating: 1, count: rank - 2))
    default: return nil
    }
  }

  /// Both in one type: of the wider kind (boolean, integer, float), of the wider integer.
  func promoted(_ a: Value, _ b: Value) -> (Value, Value) {
    guard a.type != b.type, a.type != .none, b.type != .none else { return (a, b) }
    let order: [ElementType] = [.boolean, .uint8, .int8, .int16, .int32, .int64, .float32]
    guard let left = order.firstIndex(of: a.type), let right = order.firstIndex(of: b.type) else { return (a, b) }
    let target = order[max(left, right)]
    return (builder.cast(a, to: target), builder.cast(b, to: target))
  }
}
