// Operands and attributes of a Paddle operation, checked.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleOperation {
  func integer(_ name: String, default fallback: Int) -> Int { attributes[name]?.integer ?? fallback }
  func float(_ name: String, default fallback: Double) -> Double { attributes[name]?.float ?? fallback }
  func boolean(_ name: String, default fallback: Bool = false) -> Bool { attributes[name]?.boolean ?? fallback }
  func string(_ name: String, default fallback: String = "") -> String { attributes[name]?.string ?? fallback }
  func integers(_ name: String) -> [Int] { attributes[name]?.integers ?? [] }
  func floats(_ name: String) -> [Double] { attributes[name]?.floats ?? [] }

  /// The value that operand `index` names; nil where it is left out.
  func operand(_ index: Int) -> PaddleValue? { index < operands.count ? operands[index] : nil }

  /// How many values the next list result has, by its declaration.
  var isChannelsLast: Bool { ["NHWC", "NDHWC", "NWC", "NLC"].contains(string("data_format")) }
}

extension PaddleLowering {
  /// The tensor of an operand that must be there.
  func tensor(_ operation: PaddleOperation, _ index: Int) throws -> Value {
    guard let value = try optional(operation, index) else { throw ImportError.malformed("operand \(index) is missing") }
    return value
  }

  /// The tensor of an operand, nil where it is left out; the only tensor of a list of one.
  func optional(_ operation: PaddleOperation, _ index: Int) throws -> Value? {
    guard let operand = operation.operand(index) else { return nil }
    switch try lowered(operand) {
    case .tensor(let value):
      // A quantised value is held as integers; whoever reads it as Paddle declares it gets float32.
      if value.type == .int8, operation.name != "dequantize_linear", declared(operand)?.element == .float32 {
        return builder.cast(value, to: .float32)
      }
      return value
    case .list(let parts):
      guard parts.count == 1, let part = parts[0] else { throw ImportError.unsupported("a list of \(parts.count) where one tensor is expected") }
      return part
    }
  }

  /// The tensors of a list operand; one tensor counts as a list of one, an operand left out as none.
  func list(_ operation: PaddleOperation, _ index: Int) throws -> [Value?] {
    guard let operand = operation.operand(index) else { return [] }
    switch try lowered(operand) {
    case .tensor(let value): return [value]
    case .list(let parts): return parts
    }
  }

  func tensors(_ operation: PaddleOperation, _ index: Int) throws -> [Value] {
    try list(operation, index).map { part in
      guard let part else { throw ImportError.malformed("a list lacks one of its parts") }
      return part
    }
  }

  /// Whole numbers of an operand: a vector, a scalar, or a list of scalars.
  enum Numbers {
    case none
    case known([Int])
    /// An int64 vector that is computed when the graph runs.
    case computed(Value)

    var known: [Int]? { if case .known(let numbers) = self { numbers } else { nil } }
    var computed: Value? { if case .computed(let value) = self { value } else { nil } }
  }

  func numbers(_ operation: PaddleOperation, _ index: Int) throws -> Numbers {
    guard let operand = operation.operand(index) else { return .none }
    guard case .list(let parts) = try lowered(operand) else {
      let value = try tensor(operation, index)
      if let known = knownNumbers(value) { return .known(known) }
      let vector = value.shape == [] ? builder.reshape(value, [1]) : value
      return .computed(builder.cast(vector, to: .int64))
    }
    let values = try parts.map { part in
      guard let part else { throw ImportError.malformed("a list of numbers lacks one") }
      return part
    }
    let known = values.compactMap { knownNumbers($0) }
    if known.count == values.count { return .known(known.flatMap { $0 }) }
    return .computed(builder.concat(values.map { value in
      builder.cast(value.shape?.count == 1 ? value : builder.reshape(value, [1]), to: .int64)
    }, axis: 0))
  }

  /// The elements where they are known at import; whole floats count.
  private func knownNumbers(_ value: Value) -> [Int]? {
    if let floats = builder.floats(value), floats.count <= 1 << 16 {
      let whole = floats.compactMap { Int(exactly: $0.rounded(.towardZero)) }
      return whole.count == floats.count ? whole : nil
    }
    return builder.integers(value)
  }

  /// Whole numbers that the operators here take only as attributes.
  func knownNumbers(_ operation: PaddleOperation, _ index: Int, _ what: String) throws -> [Int] {
    switch try numbers(operation, index) {
    case .none: throw ImportError.malformed("the operand \(index) (\(what)) is missing")
    case .known(let numbers): return numbers
    case .computed: throw ImportError.unsupported("\(what) that is computed at run time")
    }
  }

  /// One whole number from an operand, or from the attribute of that name in forms that have it there.
  func knownNumber(_ operation: PaddleOperation, _ index: Int, _ name: String, default fallback: Int) throws -> Int {
    guard operation.operand(index) != nil else { return operation.integer(name, default: fallback) }
    guard let number = try knownNumbers(operation, index, name).first else { throw ImportError.malformed("\(name) is empty") }
    return number
  }

  /// The number of a constant of one element.
  func knownFloat(_ value: Value) -> Double? {
    guard let constant = value.constant, checkedProduct(constant.shape) == 1 else { return nil }
    return constant.floats?.first.map { Double($0) } ?? constant.integers?.first.map { Double($0) }
  }

  /// Axes counted from the front.
  func axes(_ axes: [Int], of x: Value) throws -> [Int] {
    guard axes.contains(where: { $0 < 0 }) else { return axes }
    let rank = try builder.rank(x)
    return try axes.map { try builder.axis($0, rank: rank) }
  }

  /// A constant in another shape of as many elements; a reshape where it is computed.
  func reshaped(_ value: Value, _ shape: [Int]) -> Value {
    guard let constant = value.constant, !shape.contains(where: { $0 < 0 }), checkedProduct(shape) == checkedProduct(constant.shape) else {
      return builder.reshape(value, shape, allowZero: true)
    }
    return Value(name: value.name, constant: Constant(type: constant.type, shape: shape, bytes: constant.bytes))
  }

  /// A scalar of rank 0.
  func scalar(_ value: Value) -> Value { value.shape == [] ? value : reshaped(value, []) }

  /// Runs an image operator that thinks channels-first on a tensor in the operation's own layout.
  func imageLayout(_ operation: PaddleOperation, _ x: Value, _ body: (Value) throws -> Value) throws -> Value {
    guard operation.isChannelsLast else { return try body(x) }
    let rank = try builder.rank(x)
    guard rank >= 3 else { return try body(x) }
    let first = try builder.channelsFirst(x, rank: rank)
    return try builder.channelsLast(body(first))
  }
}
