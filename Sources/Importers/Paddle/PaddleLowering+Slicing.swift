// Paddle operators that cut, replace, pad and shift.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension PaddleLowering {
  func lowerSlicing(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try slicing(operation).map { [.tensor($0)] }
  }

  private func slicing(_ operation: PaddleOperation) throws -> Value? {
    switch operation.name {
    case "slice", "strided_slice": return try slice(operation)
    case "set_value", "set_value_with_tensor": return try setValue(operation)
    case "crop":
      let x = try tensor(operation, 0)
      let shape = try knownNumbers(operation, 1, "shape"), offsets = try knownNumbers(operation, 2, "offsets")
      guard shape.count == offsets.count else { throw ImportError.malformed("\(shape.count) extents and \(offsets.count) offsets of a crop") }
      let ends = zip(shape, offsets).map { $0 == -1 ? Int(Int32.max) : $0 &+ $1 }
      return builder.slice(x, axes: Array(shape.indices), starts: offsets, ends: ends)
    case "pad": return try pad(operation)
    case "pad3d": return try pad3d(operation)
    case "roll": return try roll(operation)
    case "flip":
      let x = try tensor(operation, 0)
      let axes = try axes(operation.operand(1) == nil ? operation.integers("axis") : knownNumbers(operation, 1, "axes"), of: x)
      return builder.slice(x, axes: axes, starts: axes.map { _ in -1 }, ends: axes.map { _ in Int(Int32.min) }, steps: axes.map { _ in -1 })
    default: return nil
    }
  }

  /// Bounds of a slice: known ones as attributes, computed ones as inputs.
  private struct Bounds {
    var starts: Numbers, ends: Numbers, steps: Numbers
  }

  private func bounds(_ operation: PaddleOperation, from index: Int, hasSteps: Bool) throws -> Bounds {
    Bounds(starts: try numbers(operation, index), ends: try numbers(operation, index + 1),
      steps: hasSteps ? try numbers(operation, index + 2) : .none)
  }

  private func slice(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let dropped = operation.integers("decrease_axis")
    let axes = try axes(operation.integers("axes"), of: x)
    var bounds = try bounds(operation, from: 1, hasSteps: operation.name == "strided_slice")
    if case .known(let starts) = bounds.starts, case .known(var ends) = bounds.ends, starts.count == ends.count, axes.count == ends.count {
      // x[-1] is written as -1 to 0 by some exporters.
      for index in ends.indices where starts[index] == -1 && ends[index] == 0 && dropped.contains(axes[index]) { ends[index] = Int(Int32.max) }
      bounds.ends = .known(ends)
    }
    let y = builder.slice(x, axes: axes, starts: bounds.starts.known ?? [], ends: bounds.ends.known ?? [], steps: bounds.steps.known ?? [],
      computedStarts: bounds.starts.computed, computedEnds: bounds.ends.computed, computedSteps: bounds.steps.computed)
    return dropped.isEmpty ? y : builder.squeeze(y, axes: try self.axes(dropped, of: x))
  }

  private func setValue(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    guard operation.integers("none_axes").isEmpty else { throw ImportError.unsupported("an assignment with new axes") }
    let isTensor = operation.name == "set_value_with_tensor"
    var value = isTensor ? builder.cast(try tensor(operation, 1), to: x.type) : try valueAttribute(operation, type: x.type)
    let axes = try axes(operation.integers("axes"), of: x)
    let dropped = try self.axes(operation.integers("decrease_axes"), of: x).sorted()
    if !dropped.isEmpty, let shape = value.shape, !shape.isEmpty {
      // The value has no place for the dropped axes; broadcasting needs one.
      let rank = try builder.rank(x)
      let missing = rank - dropped.count - shape.count
      if missing > 0 { value = builder.unsqueeze(value, axes: Array(0..<missing)) }
      if missing >= 0 { value = builder.unsqueeze(value, axes: dropped) }
    }
    let bounds = try bounds(operation, from: isTensor ? 2 : 1, hasSteps: true)
    return builder.sliceUpdate(x, value: value, axes: axes, starts: bounds.starts.known ?? [], ends: bounds.ends.known ?? [],
      steps: bounds.steps.known ?? [], computedStarts: bounds.starts.computed, computedEnds: bounds.ends.computed,
      computedSteps: bounds.steps.computed)
  }

  /// The attributes `values` and `shape` as a constant.
  func valueAttribute(_ operation: PaddleOperation, type: ElementType) throws -> Value {
    let values = operation.floats("values")
    let shape = operation.integers("shape")
    guard checkedProduct(shape) == values.count else { throw ImportError.malformed("\(values.count) values for the extents \(shape)") }
    if type == .float32 { return builder.constant(floats: values.map { Float($0) }, shape: shape) }
    return builder.constant(integers: operation.attributes["values"]?.list?.map { $0.integer ?? 0 } ?? [], shape: shape, type: type)
  }

  /// Paddings begin and end of every dimension in turn.
  private func pad(_ operation: PaddleOperation) throws -> Value {
    let paddings = operation.integers("paddings")
    let begins = stride(from: 0, to: paddings.count, by: 2).map { paddings[$0] }
    let ends = stride(from: 1, to: paddings.count, by: 2).map { paddings[$0] }
    let value = try optional(operation, 1).flatMap { knownFloat($0) } ?? operation.float("pad_value", default: 0)
    return try builder.pad(tensor(operation, 0), pads: begins + ends, value: value)
  }

  /// Paddings begin and end of the last spatial dimension, then of the one before it.
  private func pad3d(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let rank = try builder.rank(x)
    let paddings = operation.operand(1) == nil ? operation.integers("paddings") : try knownNumbers(operation, 1, "paddings")
    let firstSpatial = operation.isChannelsLast ? 1 : 2
    guard rank >= 3, paddings.count == 2 * (rank - 2) else { throw ImportError.unsupported("\(paddings.count) paddings for \(rank) dimensions") }
    var pads = Array(repeating: 0, count: 2 * rank)
    for index in 0..<rank - 2 {
      let dimension = firstSpatial + rank - 3 - index
      pads[dimension] = paddings[2 * index]
      pads[rank + dimension] = paddings[2 * index + 1]
    }
    let mode: PadMode
    switch operation.string("mode", default: "constant") {
    case "constant": mode = .constant
    case "reflect": mode = .reflect
    case "replicate": mode = .edge
    case "circular": mode = .wrap
    default: throw ImportError.unsupported("padding mode \(operation.string("mode"))")
    }
    return try builder.pad(x, mode: mode, pads: pads, value: operation.float("pad_value", default: 0))
  }

  /// Elements move by `shifts` along the axes and come back at the other end.
  private func roll(_ operation: PaddleOperation) throws -> Value {
    let original = try tensor(operation, 0)
    let shifts = operation.operand(1) == nil ? operation.integers("shifts") : try knownNumbers(operation, 1, "shifts")
    var axes = try axes(operation.integers("axis"), of: original)
    var x = original
    if axes.isEmpty {
      x = builder.reshape(x, [-1])
      axes = [0]
    }
    guard axes.count == shifts.count else { throw ImportError.malformed("\(shifts.count) shifts for \(axes.count) axes") }
    for (axis, shift) in zip(axes, shifts) {
      let extent = x.shape.flatMap { $0.indices.contains(axis) ? $0[axis] : nil } ?? -1
      let cut = extent > 0 ? shift % extent : shift
      if cut == 0 { continue }
      guard extent > 0 || abs(cut) < 1 << 20 else { throw ImportError.unsupported("a shift by \(cut) along an axis of open extent") }
      let tail = builder.slice(x, axes: [axis], starts: [0 &- cut], ends: [Int(Int32.max)])
      let head = builder.slice(x, axes: [axis], starts: [0], ends: [0 &- cut])
      x = builder.concat([tail, head], axis: axis)
    }
    return operation.integers("axis").isEmpty ? builder.reshape(x, to: builder.shape(original)) : x
  }
}
