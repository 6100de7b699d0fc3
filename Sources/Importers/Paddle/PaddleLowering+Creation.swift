// Paddle operators that make tensors from numbers.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Constants up to this many elements are written out; larger ones are filled when the graph runs.
private let largestWrittenConstant = 1 << 16

extension PaddleLowering {
  func lowerCreation(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try creation(operation).map { [.tensor($0)] }
  }

  private func creation(_ operation: PaddleOperation) throws -> Value? {
    switch operation.name {
    case "full", "full_", "zeros", "ones":
      let number = operation.name == "zeros" ? .integer(0) : operation.name == "ones" ? .integer(1) : operation.attributes["value"] ?? .float(0)
      return try filled(operation.integers("shape"), number, type: type(operation, default: .float32))
    case "full_int_array": return builder.constant(integers: operation.integers("value"), type: try type(operation, default: .int64) == .int32 ? .int32 : .int64)
    case "assign_value": return try valueAttribute(operation, type: type(operation, default: .float32))
    case "full_like", "zeros_like", "ones_like":
      let x = try tensor(operation, 0)
      let type = try type(operation, default: x.type)
      let value = try optional(operation, 1)
      let fallback: Double = operation.name == "ones_like" ? 1 : operation.float("value", default: 0)
      guard let number = value == nil ? fallback : value.flatMap({ knownFloat($0) }) else {
        return builder.expand(builder.cast(scalar(value ?? x), to: type), to: builder.shape(x))
      }
      if let shape = x.shape, !shape.contains(-1) { return try filled(shape, .float(number), type: type) }
      return builder.fill(to: builder.shape(x), value: number, type: type)
    case "full_with_tensor": return try fullWithTensor(operation)
    case "full_batch_size_like":
      let x = try tensor(operation, 0)
      let shape = operation.integers("shape")
      let source = operation.integer("input_dim_idx", default: 0), target = operation.integer("output_dim_idx", default: 0)
      guard shape.indices.contains(target) else { throw ImportError.malformed("dimension \(target) of \(shape)") }
      var extents = shape.map { Extent.known($0) }
      extents[target] = builder.extent(x, source)
      return builder.fill(to: builder.shapeVector(extents), value: operation.float("value", default: 0), type: try type(operation, default: .float32))
    case "arange": return try arange(operation)
    case "linspace": return try linspace(operation)
    case "eye":
      let rows = try knownNumber(operation, 0, "num_rows", default: 0)
      let columns = try knownNumber(operation, 1, "num_columns", default: rows)
      guard rows >= 0, let count = checkedProduct([rows, max(columns, 0)]), count <= largestWrittenConstant else {
        throw ImportError.unsupported("an identity matrix of \(rows) by \(columns)")
      }
      let width = columns < 0 ? rows : columns
      let integers = (0..<rows).flatMap { row in (0..<width).map { $0 == row ? 1 : 0 } }
      return builder.cast(builder.constant(integers: integers, shape: [rows, width]), to: try type(operation, default: .float32))
    case "one_hot":
      let depth = try numbers(operation, 1)
      let indices = builder.cast(try tensor(operation, 0), to: .int64)
      if let computed = depth.computed { return builder.oneHot(indices, depth: .computed(computed), values: nil, axis: -1) }
      return builder.oneHot(indices, depth: .known(depth.known?.first ?? operation.integer("depth", default: 0)), values: nil, axis: -1)
    default: return nil
    }
  }

  private func type(_ operation: PaddleOperation, default fallback: ElementType) throws -> ElementType {
    try operation.attributes["dtype"]?.element.map { try elementType($0) } ?? fallback
  }

  /// A constant of one number where it is small, else a fill.
  private func filled(_ shape: [Int], _ number: PaddleAttribute, type: ElementType) throws -> Value {
    guard let count = checkedProduct(shape) else { throw ImportError.unsupported("a tensor of extents \(shape)") }
    if count > largestWrittenConstant { return builder.fill(shape, value: number.float ?? 0, type: type) }
    if type == .float32 { return builder.constant(floats: Array(repeating: Float(number.float ?? 0), count: count), shape: shape) }
    let whole = number.integer ?? number.float.flatMap { Int(exactly: $0.rounded(.towardZero)) } ?? 0
    return builder.constant(integers: Array(repeating: whole, count: count), shape: shape, type: type)
  }

  private func fullWithTensor(_ operation: PaddleOperation) throws -> Value {
    let value = try tensor(operation, 0)
    let type = try type(operation, default: .float32)
    let shape = try numbers(operation, 1)
    if let number = knownFloat(value) {
      if let known = shape.known { return try filled(known, .float(number), type: type) }
      if let computed = shape.computed { return builder.fill(to: computed, value: number, type: type) }
    }
    let single = builder.cast(scalar(value), to: type)
    guard let computed = shape.computed else { return builder.expand(single, shape.known ?? []) }
    return builder.expand(single, to: computed)
  }

  /// start, start + step, ... before end; written out where all three are known.
  private func arange(_ operation: PaddleOperation) throws -> Value {
    let parts = try (0..<3).map { try tensor(operation, $0) }
    let type = try type(operation, default: parts[0].type)
    let known = parts.compactMap { knownFloat($0) }
    if known.count == 3, known[2] != 0 {
      let count = ((known[1] - known[0]) / known[2]).rounded(.up)
      guard count < Double(1 << 24) else { throw ImportError.unsupported("a range of \(count) numbers") }
      let numbers = (0..<max(Int(exactly: count) ?? 0, 0)).map { known[0] + Double($0) * known[2] }
      if type == .float32 { return builder.constant(floats: numbers.map { Float($0) }) }
      return builder.constant(integers: numbers.compactMap { Int(exactly: $0.rounded(.towardZero)) }, type: type)
    }
    let scalars = parts.map { builder.cast(scalar($0), to: type) }
    return builder.range(start: scalars[0], limit: scalars[1], step: scalars[2])
  }

  /// `number` numbers from start to stop, both included.
  private func linspace(_ operation: PaddleOperation) throws -> Value {
    let start = try tensor(operation, 0), stop = try tensor(operation, 1), number = try tensor(operation, 2)
    let type = try type(operation, default: .float32)
    if let first = knownFloat(start), let last = knownFloat(stop), let count = knownFloat(number).flatMap({ Int(exactly: $0) }) {
      guard count >= 1, count <= 1 << 20 else { throw ImportError.unsupported("a range of \(count) numbers") }
      let step = count == 1 ? 0 : (last - first) / Double(count - 1)
      // From the nearer end, as Paddle does, so that both ends are exact.
      let numbers = (0..<count).map { 2 * $0 < count ? first + step * Double($0) : last - step * Double(count - 1 - $0) }
      if type == .float32 { return builder.constant(floats: numbers.map { Float($0) }) }
      return builder.constant(integers: numbers.compactMap { Int(exactly: $0.rounded(.towardZero)) }, type: type)
    }
    let first = builder.cast(scalar(start), to: .float32), last = builder.cast(scalar(stop), to: .float32)
    let count = builder.cast(scalar(number), to: .float32)
    let indices = builder.range(start: builder.scalar(0), limit: count, step: builder.scalar(1))
    let intervals = builder.binary(.maximum, builder.binary(.subtract, count, 1), 1)
    let step = builder.binary(.divide, builder.binary(.subtract, last, first), intervals)
    return builder.cast(builder.binary(.add, builder.binary(.multiply, indices, step), first), to: type)
  }
}
