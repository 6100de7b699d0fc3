// Paddle operators along axes: reductions, softmax, sorting.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

private let functions: [String: ReduceFunction] = [
  "mean": .mean, "mean_all": .mean, "sum": .sum, "max": .maximum, "amax": .maximum, "min": .minimum, "amin": .minimum, "prod": .product,
  "any": .any, "all": .all, "logsumexp": .logSumExp, "frobenius_norm": .norm2, "squared_l2_norm": .sumSquare, "l1_norm": .sumAbsolute,
]

extension PaddleLowering {
  func lowerReduction(_ operation: PaddleOperation) throws -> [Lowered?]? {
    if let function = functions[operation.name] { return [.tensor(try reduce(operation, function))] }
    switch operation.name {
    case "softmax": return [.tensor(try softmax(operation, logarithm: false))]
    case "log_softmax": return [.tensor(try softmax(operation, logarithm: true))]
    case "p_norm": return [.tensor(try norm(operation))]
    case "norm": return try normalize(operation)
    case "argmax", "argmin":
      let axis = operation.boolean("flatten") ? nil : try knownNumber(operation, 1, "axis", default: -1)
      let type = try operation.attributes["dtype"]?.element.map { try elementType($0) } ?? .int64
      return [.tensor(builder.argReduce(try tensor(operation, 0), minimum: operation.name == "argmin", axis: axis,
        keepDimensions: operation.boolean("keepdims"), to: type == .int32 ? .int32 : .int64))]
    case "cumsum":
      var x = try tensor(operation, 0)
      if operation.boolean("flatten") { x = builder.reshape(x, [-1]) }
      let axis = operation.boolean("flatten") ? 0 : try knownNumber(operation, 1, "axis", default: -1)
      return [.tensor(builder.cumulativeSum(x, axis: axis, exclusive: operation.boolean("exclusive"), reverse: operation.boolean("reverse")))]
    case "topk":
      let isSmallest = !operation.boolean("largest", default: true)
      let axis = operation.integer("axis", default: -1), isUnsorted = !operation.boolean("sorted", default: true)
      let k = try numbers(operation, 1)
      let sorted = builder.topK(try tensor(operation, 0), k: k.known?.first ?? operation.integer("k", default: 1), computedK: k.computed,
        axis: axis, smallest: isSmallest, unsorted: isUnsorted)
      return [.tensor(sorted.values), .tensor(sorted.indices)]
    case "argsort":
      let sorted = builder.topK(try tensor(operation, 0), k: -1, axis: operation.integer("axis", default: -1),
        smallest: !operation.boolean("descending"))
      return [.tensor(sorted.values), .tensor(sorted.indices)]
    default: return nil
    }
  }

  /// The axes stand in an operand, or in an attribute for the operators that kept it; none means all.
  private func reduce(_ operation: PaddleOperation, _ function: ReduceFunction) throws -> Value {
    var x = try tensor(operation, 0)
    var axes: [Int] = []
    if operation.name != "mean_all", !operation.boolean("reduce_all") {
      axes = operation.operand(1) == nil ? operation.integers("axis") : try knownNumbers(operation, 1, "axes")
    }
    if [.any, .all].contains(function) { x = builder.cast(x, to: .boolean) }
    // Sums of booleans and of narrow integers are int64.
    if [.sum, .product].contains(function), x.type != .float32, x.type != .none { x = builder.cast(x, to: .int64) }
    return try builder.reduce(function, x, axes: axes, keepDimensions: operation.boolean("keepdim"))
  }

  private func softmax(_ operation: PaddleOperation, logarithm: Bool) throws -> Value {
    let x = try tensor(operation, 0)
    // The softmax of a single number is 1.
    if x.shape == [] { return builder.reshape(builder.softmax(builder.reshape(x, [1]), axis: 0, logarithm: logarithm), []) }
    return builder.softmax(x, axis: operation.integer("axis", default: -1), logarithm: logarithm)
  }

  /// (sum |x|^p)^(1 / p) along an axis.
  private func norm(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let order = operation.float("porder", default: 2)
    let axes = operation.boolean("asvector") ? [] : [operation.integer("axis", default: -1)]
    func reduce(_ function: ReduceFunction, _ x: Value) throws -> Value {
      try builder.reduce(function, x, axes: axes, keepDimensions: operation.boolean("keepdim"))
    }
    switch order {
    case 1: return try reduce(.sumAbsolute, x)
    case 2: return try reduce(.norm2, x)
    case .infinity: return try reduce(.maximum, builder.unary(.absolute, x))
    case -.infinity: return try reduce(.minimum, builder.unary(.absolute, x))
    default:
      guard order.isFinite, order != 0 else { throw ImportError.unsupported("a norm of order \(order)") }
      let powers = builder.unary(.power, builder.unary(.absolute, x), alpha: order)
      return builder.unary(.power, try reduce(.sum, powers), alpha: 1 / order)
    }
  }

  /// x / sqrt(sum x^2 + epsilon), and that root.
  private func normalize(_ operation: PaddleOperation) throws -> [Lowered?] {
    let x = try tensor(operation, 0)
    let squares = try builder.reduce(.sumSquare, x, axes: [operation.integer("axis", default: -1)], keepDimensions: true)
    let root = builder.unary(.sqrt, builder.unary(.linear, squares, alpha: 1, beta: operation.float("epsilon", default: 1e-10)))
    return [.tensor(builder.binary(.divide, x, root)), .tensor(root)]
  }
}
