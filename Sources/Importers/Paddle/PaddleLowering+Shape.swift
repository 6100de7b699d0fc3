// Paddle operators that arrange elements anew.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerShape(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "stack":
      let parts = try tensors(operation, 0)
      guard let first = parts.first else { throw ImportError.malformed("a stack of nothing") }
      let axis = operation.integer("axis", default: 0)
      let place = axis < 0 ? axis + (try builder.rank(first)) + 1 : axis
      return [.tensor(builder.concat(parts.map { builder.unsqueeze($0, axes: [place]) }, axis: place))]
    case "unbind", "unstack": return [.list(try unbind(operation))]
    case "split", "split_with_num": return [.list(try split(operation))]
    case "meshgrid": return [.list(try meshgrid(operation))]
    case "broadcast_tensors": return [.list(try broadcast(tensors(operation, 0)))]
    default: return try shape(operation).map { [.tensor($0)] }
    }
  }

  private func shape(_ operation: PaddleOperation) throws -> Value? {
    func x() throws -> Value { try tensor(operation, 0) }
    switch operation.name {
    case "reshape", "view_shape": return try reshape(operation)
    case "transpose":
      let permutation = try axes(operation.integers("perm"), of: x())
      return try builder.transpose(x(), permutation)
    case "squeeze": return try squeeze(operation)
    case "unsqueeze": return try unsqueeze(operation)
    case "flatten": return try flatten(operation)
    case "concat":
      let parts = try tensors(operation, 0)
      guard !parts.isEmpty else { throw ImportError.malformed("a concatenation of nothing") }
      let axis = try knownNumber(operation, 1, "axis", default: 0)
      return builder.concat(parts, axis: axis)
    case "expand":
      switch try numbers(operation, 1) {
      case .known(let shape): return builder.expand(try x(), shape)
      case .computed(let shape): return builder.expand(try x(), to: shape)
      case .none: return builder.expand(try x(), operation.integers("shape"))
      }
    case "expand_as":
      if let like = try optional(operation, 1) { return builder.expand(try x(), to: builder.shape(like)) }
      return builder.expand(try x(), operation.integers("target_shape"))
    case "tile": return try tile(operation)
    case "repeat_interleave":
      let axis = try builder.axis(operation.integer("axis", default: 0), rank: builder.rank(x()))
      var repeats = Array(repeating: 1, count: try builder.rank(x()) + 1)
      repeats[axis + 1] = operation.integer("repeats", default: 1)
      return builder.flatten(builder.tile(builder.unsqueeze(try x(), axes: [axis + 1]), repeats), first: axis, last: axis + 1)
    case "shape": return builder.shape(try x(), to: .int32)
    case "shape64": return builder.shape(try x())
    case "numel": return try builder.reduce(.product, builder.shape(x()), axes: [0], keepDimensions: false)
    case "tril": return builder.triangle(try x(), upper: false, diagonal: operation.integer("diagonal", default: 0))
    case "triu": return builder.triangle(try x(), upper: true, diagonal: operation.integer("diagonal", default: 0))
    case "pixel_shuffle":
      return try imageLayout(operation, x()) {
        try builder.depthToSpace($0, block: operation.integer("upscale_factor", default: 1), offsetFirst: false)
      }
    case "pixel_unshuffle":
      return try imageLayout(operation, x()) {
        try builder.spaceToDepth($0, block: operation.integer("downscale_factor", default: 1), offsetFirst: false)
      }
    case "channel_shuffle": return try imageLayout(operation, x()) { try channelShuffle($0, groups: operation.integer("groups", default: 1)) }
    case "shuffle_channel": return try channelShuffle(x(), groups: operation.integer("group", default: 1))
    default: return nil
    }
  }

  private func reshape(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    switch try numbers(operation, 1) {
    case .known(let shape): return builder.reshape(x, shape)
    case .computed(let shape):
      // Where all but one element are known, the runtime infers that one.
      if let elements = builder.elements(shape), elements.filter({ $0 == nil }).count == 1, !elements.contains(-1) {
        return builder.reshape(x, elements.map { $0 ?? -1 })
      }
      return builder.reshape(x, to: shape)
    case .none: return builder.reshape(x, operation.integers(operation.name == "view_shape" ? "dims" : "shape"))
    }
  }

  /// Axes whose extent is not 1 stay as they are.
  private func squeeze(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let wanted = operation.operand(1) == nil ? operation.integers("axis") : try knownNumbers(operation, 1, "axes")
    guard !wanted.isEmpty else { return builder.squeeze(x, axes: []) }
    let axes = try axes(wanted, of: x).filter { axis in
      guard let shape = x.shape, shape.indices.contains(axis) else { return true }
      return shape[axis] == 1 || shape[axis] == -1
    }
    return axes.isEmpty ? x : builder.squeeze(x, axes: axes)
  }

  /// Paddle inserts one axis after the other, so that a later one moves those before it; the graph's axes count in the result.
  private func unsqueeze(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let axes = operation.operand(1) == nil ? operation.integers("axis") : try knownNumbers(operation, 1, "axes")
    var isNew = Array(repeating: false, count: try builder.rank(x))
    for axis in axes { isNew.insert(true, at: try builder.axis(axis, rank: isNew.count + 1)) }
    let places = isNew.indices.filter { isNew[$0] }
    if x.constant != nil, let shape = x.shape {
      var rest = shape[...]
      return reshaped(x, isNew.map { $0 ? 1 : rest.popFirst() ?? 1 })
    }
    return builder.unsqueeze(x, axes: places)
  }

  private func flatten(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let rank = try builder.rank(x)
    if rank == 0 { return builder.reshape(x, [1]) }
    let first = try builder.axis(operation.integer("start_axis", default: 1), rank: rank)
    let last = try builder.axis(operation.integer("stop_axis", default: 1), rank: rank)
    guard first <= last else { throw ImportError.unsupported("flattening dimensions \(first) to \(last)") }
    return first == last ? x : builder.flatten(x, first: first, last: last)
  }

  /// Fewer repeats than dimensions count from the last; more of them put dimensions in front.
  private func tile(_ operation: PaddleOperation) throws -> Value {
    var x = try tensor(operation, 0)
    let repeats = try numbers(operation, 1)
    if let computed = repeats.computed { return try builder.tile(x, repeats: computed) }
    let known = repeats.known ?? operation.integers("repeat_times")
    let rank = try builder.rank(x)
    if known.count > rank { x = builder.unsqueeze(x, axes: Array(0..<known.count - rank)) }
    return builder.tile(x, Array(repeating: 1, count: max(rank - known.count, 0)) + known)
  }

  private func split(_ operation: PaddleOperation) throws -> [Value?] {
    let x = try tensor(operation, 0)
    if operation.name == "split_with_num" {
      let axis = try knownNumber(operation, 1, "axis", default: 0)
      let count = operation.integer("num", default: 1)
      guard count > 0, count <= 1 << 16 else { throw ImportError.malformed("a split into \(count) parts") }
      // Even parts; with a known extent they are written out, so that the runtime need not guess.
      if let shape = x.shape, let place = try? builder.axis(axis, rank: shape.count), shape[place] > 0, shape[place] % count == 0 {
        return builder.split(x, axis: axis, sizes: Array(repeating: shape[place] / count, count: count), count: count)
      }
      return builder.split(x, axis: axis, sizes: [], count: count)
    }
    let axis = try knownNumber(operation, 2, "axis", default: 0)
    switch try numbers(operation, 1) {
    case .known(let sizes):
      guard sizes.count <= 1 << 16, !sizes.isEmpty else { throw ImportError.malformed("a split into \(sizes.count) parts") }
      return builder.split(x, axis: axis, sizes: sizes, count: sizes.count)
    case .computed(let sizes):
      guard let count = sizes.shape?.first, count > 0, count <= 1 << 16 else { throw ImportError.unsupported("a split into a number of parts that is not known") }
      return builder.split(x, axis: axis, sizes: [], count: count, computedSizes: sizes)
    case .none: throw ImportError.malformed("a split without sizes")
    }
  }

  private func unbind(_ operation: PaddleOperation) throws -> [Value?] {
    let x = try tensor(operation, 0)
    let axis = try builder.axis(operation.integer("axis", default: 0), rank: builder.rank(x))
    guard let extent = x.shape?[axis], extent > 0, extent <= 1 << 16 else { throw ImportError.unsupported("unbinding an axis of open extent") }
    return builder.split(x, axis: axis, sizes: Array(repeating: 1, count: extent), count: extent).map { builder.squeeze($0, axes: [axis]) }
  }

  /// Vector i runs along dimension i of every result.
  private func meshgrid(_ operation: PaddleOperation) throws -> [Value?] {
    let vectors = try tensors(operation, 0).map { $0.shape == [] ? builder.reshape($0, [1]) : $0 }
    guard vectors.count <= 64 else { throw ImportError.malformed("a grid of \(vectors.count) dimensions") }
    let extents = vectors.map { builder.extent($0, 0) }
    let target = builder.shapeVector(extents)
    return vectors.enumerated().map { index, vector in
      var shape = Array(repeating: 1, count: vectors.count)
      shape[index] = -1
      let known = extents.compactMap { if case .known(let extent) = $0 { extent } else { nil } }
      let column = builder.reshape(vector, shape)
      return known.count == extents.count ? builder.expand(column, known) : builder.expand(column, to: target)
    }
  }

  private func broadcast(_ values: [Value]) throws -> [Value?] {
    guard let first = values.first else { return [] }
    let sum = values.dropFirst().reduce(first) { builder.binary(.add, $0, $1) }
    return values.map { builder.expand($0, to: builder.shape(sum)) }
  }

  /// [N, g c, H, W]: channel (group, place) moves to (place, group).
  private func channelShuffle(_ x: Value, groups: Int) throws -> Value {
    guard let shape = x.shape, shape.count == 4, groups > 0, shape[1] > 0, shape[1] % groups == 0 else {
      throw ImportError.unsupported("shuffling the channels of \(x.shape ?? []) in \(groups) groups")
    }
    let parted = builder.reshape(x, [0, groups, shape[1] / groups, -1])
    let swapped = try builder.transpose(parted, [0, 2, 1, 3])
    return try builder.reshape(swapped, extents: (0..<4).map { builder.extent(x, $0) })
  }
}
