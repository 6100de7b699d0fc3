// ONNX operators that work element by element, and reductions. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func elementwise() throws -> [Value?]? {
    if let function = Self.plainUnary(node.opType) { return [builder.unary(function, try input(0))] }
    if node.opType == "Pow" { return [try power()] }
    if let function = Self.plainBinary(node.opType) { return [builder.binary(function, try input(0), try secondOperand())] }
    if let result = try activation() { return [result] }
    if let function = Self.reduction(node.opType) { return [try reduce(function)] }
    switch node.opType {
    case "Identity": return [try input(0)]
    case "Dropout": return try dropout()
    case "Sum": return [try variadic(.add)]
    case "Min": return [try variadic(.minimum)]
    case "Max": return [try variadic(.maximum)]
    case "Mean": return [builder.binary(.divide, try variadic(.add), Double(inputs.count))]
    case "Mod": return [builder.binary(flag("fmod") ? .remainder : .modulo, try input(0), try input(1))]
    case "BitShift": return [builder.binary(string("direction") == "LEFT" ? .shiftLeft : .shiftRight, try input(0), try input(1))]
    case "Where": return [builder.select(try input(0), try input(1), try input(2))]
    case "Cast":
      guard let type = try type("to") else { throw ImportError.malformed("attribute 'to' is missing") }
      return [builder.cast(try input(0), to: type)]
    case "CastLike":
      let type = try input(1).type
      guard type != .none else { throw ImportError(kind: .rankUnknown, message: "the type to cast to is not known") }
      return [builder.cast(try input(0), to: type)]
    case "IsInf": return [try isInfinite()]
    case "ArgMax", "ArgMin":
      return [builder.argReduce(try input(0), minimum: node.opType == "ArgMin", axis: int("axis"), keepDimensions: flag("keepdims", default: true),
        selectLast: flag("select_last_index"))]
    case "CumSum":
      guard let axis = try integers(input: 1).first else { throw ImportError.malformed("the axis is empty") }
      return [builder.cumulativeSum(try input(0), axis: axis, exclusive: flag("exclusive"), reverse: flag("reverse"))]
    case "Softmax", "LogSoftmax", "Hardmax": return [try softmax()]
    default: return nil
    }
  }

  private static func plainUnary(_ name: String) -> UnaryFunction? {
    switch name {
    case "Abs": .absolute
    case "Neg": .negate
    case "Sign": .sign
    case "Floor": .floor
    case "Ceil": .ceil
    case "Round": .round
    case "Exp": .exp
    case "Log": .log
    case "Sqrt": .sqrt
    case "Reciprocal": .reciprocal
    case "Erf": .erf
    case "Sin": .sin
    case "Cos": .cos
    case "Tan": .tan
    case "Asin": .asin
    case "Acos": .acos
    case "Atan": .atan
    case "Sinh": .sinh
    case "Cosh": .cosh
    case "Asinh": .asinh
    case "Acosh": .acosh
    case "Atanh": .atanh
    case "Relu": .relu
    case "Sigmoid": .sigmoid
    case "Tanh": .tanh
    case "HardSwish": .hardSwish
    case "Mish": .mish
    case "Softsign": .softsign
    case "Not": .logicalNot
    case "IsNaN": .isNan
    case "BitwiseNot": .bitwiseNot
    default: nil
    }
  }

  private static func plainBinary(_ name: String) -> BinaryFunction? {
    switch name {
    case "Add": .add
    case "Sub": .subtract
    case "Mul": .multiply
    case "Div": .divide
    case "PRelu": .prelu
    case "Equal": .equal
    case "Less": .less
    case "LessOrEqual": .lessOrEqual
    case "Greater": .greater
    case "GreaterOrEqual": .greaterOrEqual
    case "And": .logicalAnd
    case "Or": .logicalOr
    case "Xor": .logicalXor
    case "BitwiseAnd": .bitwiseAnd
    case "BitwiseOr": .bitwiseOr
    case "BitwiseXor": .bitwiseXor
    default: nil
    }
  }

  /// The second operand of a binary operator. Before version 7 its first dimension is the first one's dimension `axis`; the slopes of PRelu are
  /// those of the channels.
  private func secondOperand() throws -> Value {
    let b = try input(1)
    guard version < 7 else { return b }
    let axis = node.opType == "PRelu" ? 1 : has("axis") ? int("axis") : nil
    guard let axis, let a = try input(0).shape, let shape = b.shape, !shape.isEmpty, shape != [1] else { return b }
    let first = try builder.axis(axis, rank: a.count), behind = a.count - first - shape.count
    guard behind >= 0 else { throw ImportError.malformed("\(shape.count) dimensions from axis \(first) on, of \(a.count)") }
    return builder.unsqueeze(b, axes: (0..<behind).map { shape.count + $0 })
  }

  /// The result has the base's type, whatever the exponent's.
  private func power() throws -> Value {
    let base = try input(0), exponent = try secondOperand()
    if base.type == exponent.type || base.type == .none || exponent.type == .none { return builder.binary(.power, base, exponent) }
    if base.type == .float32 || exponent.type != .float32 { return builder.binary(.power, base, builder.cast(exponent, to: base.type)) }
    return builder.cast(builder.binary(.power, builder.cast(base, to: .float32), exponent), to: base.type)
  }

  private static func reduction(_ name: String) -> ReduceFunction? {
    switch name {
    case "ReduceSum": .sum
    case "ReduceMean": .mean
    case "ReduceMax": .maximum
    case "ReduceMin": .minimum
    case "ReduceProd": .product
    case "ReduceL1": .sumAbsolute
    case "ReduceL2": .norm2
    case "ReduceSumSquare": .sumSquare
    case "ReduceLogSum": .logSum
    case "ReduceLogSumExp": .logSumExp
    default: nil
    }
  }

  /// Activations with attributes.
  private func activation() throws -> Value? {
    func unary(_ function: UnaryFunction, _ alpha: Double = 0, _ beta: Double = 0) throws -> Value {
      builder.unary(function, try input(0), alpha: alpha, beta: beta)
    }
    switch node.opType {
    case "LeakyRelu": return try unary(.leakyRelu, float("alpha", default: 0.01))
    case "Elu": return try unary(.elu, float("alpha", default: 1))
    case "Selu": return try unary(.selu, float("alpha", default: 1.67326319217681884765625), float("gamma", default: 1.05070102214813232421875))
    case "Celu": return try unary(.celu, float("alpha", default: 1))
    case "ThresholdedRelu": return try unary(.thresholdedRelu, float("alpha", default: 1))
    case "HardSigmoid": return try unary(.hardSigmoid, float("alpha", default: 0.2), float("beta", default: 0.5))
    case "Softplus": return try unary(.softplus, 1)
    case "Shrink": return try unary(.softShrink, float("lambd", default: 0.5), float("bias", default: 0))
    case "Gelu": return try unary(string("approximate", default: "none") == "tanh" ? .geluTanh : .gelu)
    case "Swish": return try unary(.swish, float("alpha", default: 1))
    case "Clip": return try clip()
    default: return nil
    }
  }

  /// Bounds are attributes before version 11, inputs after; computed ones become a maximum and a minimum.
  private func clip() throws -> Value {
    let x = try input(0)
    if version < 11 {
      return builder.clip(x, low: has("min") ? float("min", default: 0) : nil, high: has("max") ? float("max", default: 0) : nil)
    }
    let low = optional(1), high = optional(2)
    let lowNumber = low.flatMap(constantNumber), highNumber = high.flatMap(constantNumber)
    if (low == nil || lowNumber != nil) && (high == nil || highNumber != nil) { return builder.clip(x, low: lowNumber, high: highNumber) }
    let raised = low.map { builder.binary(.maximum, x, $0) } ?? x
    return high.map { builder.binary(.minimum, raised, $0) } ?? raised
  }

  private func variadic(_ function: BinaryFunction) throws -> Value {
    var result = try input(0)
    for index in inputs.indices.dropFirst() { result = builder.binary(function, result, try input(index)) }
    return result
  }

  private func dropout() throws -> [Value?] {
    _ = attribute("ratio")
    if let training = optional(2), constantNumber(training) != 0 { throw ImportError.unsupported("dropout in training") }
    let x = try input(0)
    return [x, hasOutput(1) ? builder.fill(to: builder.shape(x), value: 1, type: .boolean) : nil]
  }

  private func isInfinite() throws -> Value {
    let x = try input(0)
    let positive = flag("detect_positive", default: true), negative = flag("detect_negative", default: true)
    let all = builder.unary(.isInfinite, x)
    if positive && negative { return all }
    guard positive || negative else { return builder.fill(to: builder.shape(x), value: 0, type: .boolean) }
    return builder.binary(.logicalAnd, all, builder.binary(positive ? .greater : .less, x, 0))
  }

  /// Axes are an attribute before version 18 (13 for sums), an input after.
  private func reduce(_ function: ReduceFunction) throws -> Value {
    let axes = try ints("axes", orInput: 1) ?? []
    let keep = flag("keepdims", default: true)
    if flag("noop_with_empty_axes") && axes.isEmpty { return try input(0) }
    return try builder.reduce(function, try input(0), axes: axes, keepDimensions: keep)
  }

  /// Before version 13 everything from `axis` on is one dimension (and `axis` is 1 unless given).
  private func softmax() throws -> Value {
    let x = try input(0)
    func apply(_ x: Value, _ axis: Int) throws -> Value {
      node.opType == "Hardmax" ? try builder.hardmax(x, axis: axis) : builder.softmax(x, axis: axis, logarithm: node.opType == "LogSoftmax")
    }
    if version >= 13 {
      let axis = int("axis", default: -1)
      return try apply(x, x.shape == nil ? axis : builder.axis(axis, rank: builder.rank(x)))
    }
    let rank = try builder.rank(x)
    guard rank > 0 else { return try apply(builder.reshape(x, [1]), 0) }
    let axis = try axis(default: min(1, rank - 1), of: x)
    if axis == rank - 1 || (x.shape?[(axis + 1)...].allSatisfy { $0 == 1 } ?? false) { return try apply(x, axis) }
    let flat = try apply(builder.flatten(x, first: axis, last: rank - 1), axis)
    return try builder.reshape(flat, extents: (0..<rank).map { builder.extent(x, $0) })
  }
}
