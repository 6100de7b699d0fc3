// Operators that move elements without computing. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// An extent of a dimension: a number, or an int64 vector of one element that is computed when the graph runs.
package enum Extent {
  case known(Int)
  case computed(Value)
}

extension GraphBuilder {
  /// Target extents: 0 copies the input's (unless `allowZero`), -1 is inferred.
  package func reshape(_ x: Value, _ shape: [Int], allowZero: Bool = false) -> Value {
    append(.reshape, [x], ["shape": .integers(shape), "allow_zero": .boolean(allowZero)])
  }

  /// Target extents from an integer vector; becomes an attribute where all of it is known.
  package func reshape(_ x: Value, to shape: Value, allowZero: Bool = false) -> Value {
    if let known = integers(shape) { return reshape(x, known, allowZero: allowZero) }
    return append(.reshape, [x, shape], ["allow_zero": .boolean(allowZero)])
  }

  /// Target extents known or computed; one that is computed is inferred instead, so that most reshapes need no shape arithmetic.
  package func reshape(_ x: Value, extents: [Extent]) throws -> Value {
    let computed = extents.filter { if case .computed = $0 { true } else { false } }
    if computed.count <= 1 {
      return reshape(x, extents.map { if case .known(let extent) = $0 { extent } else { -1 } }, allowZero: true)
    }
    return reshape(x, to: shapeVector(extents), allowZero: true)
  }

  /// An int64 vector of the extents.
  package func shapeVector(_ extents: [Extent]) -> Value {
    concat(extents.map { extent in
      switch extent {
      case .known(let extent): constant(integers: [extent])
      case .computed(let value): value
      }
    }, axis: 0)
  }

  /// The extent of dimension `axis` (counted from the front).
  package func extent(_ x: Value, _ axis: Int) -> Extent {
    if let shape = x.shape, axis >= 0, axis < shape.count, shape[axis] >= 0 { return .known(shape[axis]) }
    return .computed(shape(x, start: axis, end: axis &+ 1))
  }

  /// Removes the axes of extent 1; empty: all of them.
  package func squeeze(_ x: Value, axes: [Int]) -> Value { append(.squeeze, [x], ["axes": .integers(axes)]) }

  /// Inserts dimensions of 1; axes count in the output.
  package func unsqueeze(_ x: Value, axes: [Int]) -> Value {
    axes.isEmpty ? x : append(.unsqueeze, [x], ["axes": .integers(axes)])
  }

  /// Merges dimensions first...last into one.
  package func flatten(_ x: Value, first: Int, last: Int) -> Value {
    append(.flatten, [x], ["first": .integer(first), "last": .integer(last)])
  }

  /// Output dimension i is input dimension permutation[i]. A constant is laid out at import; the identity gives x itself.
  package func transpose(_ x: Value, _ permutation: [Int]) throws -> Value {
    guard permutation.sorted() == Array(0..<permutation.count), x.shape == nil || x.shape?.count == permutation.count else {
      throw ImportError.unsupported("\(permutation) is no permutation of the dimensions of '\(x.name)'")
    }
    if permutation == Array(0..<permutation.count) { return x }
    if let constant = x.constant, let laidOut = permutedConstant(x, constant, by: permutation) { return laidOut }
    return append(.transpose, [x], ["permutation": .integers(permutation)])
  }

  /// [N, C, spatial...] to [N, spatial..., C].
  package func channelsLast(_ x: Value) throws -> Value {
    let rank = try rank(x)
    guard rank >= 3 else { throw ImportError.unsupported("an image operator on \(rank) dimensions") }
    return try transpose(x, [0] + Array(2..<rank) + [1])
  }

  /// [N, spatial..., C] to [N, C, spatial...].
  package func channelsFirst(_ x: Value, rank: Int) throws -> Value {
    try transpose(x, [0, rank - 1] + Array(1..<(rank - 1)))
  }

  package func concat(_ parts: [Value], axis: Int) -> Value {
    parts.count == 1 ? parts[0] : append(.concat, parts, ["axis": .integer(axis)])
  }

  /// `sizes` as in the schema: empty divides evenly, one -1 takes the rest; a vector value where they are computed.
  package func split(_ x: Value, axis: Int, sizes: [Int], count: Int, computedSizes: Value? = nil) -> [Value] {
    append(.split, [x, computedSizes], ["axis": .integer(axis), "sizes": .integers(sizes)], outputs: count)
  }

  /// Each of `starts`, `ends`, `steps` is a list or, where computed, a vector value; bounds clamp, negative ones count from the end.
  package func slice(_ x: Value, axes: [Int], starts: [Int], ends: [Int], steps: [Int] = [], computedStarts: Value? = nil,
    computedEnds: Value? = nil, computedSteps: Value? = nil) -> Value {
    append(.slice, [x, computedStarts, computedEnds, computedSteps],
      ["axes": .integers(axes), "starts": .integers(starts), "ends": .integers(ends), "steps": .integers(steps)])
  }

  /// x with the slice replaced by `value` (broadcast to it).
  package func sliceUpdate(_ x: Value, value: Value, axes: [Int], starts: [Int], ends: [Int], steps: [Int] = [],
    computedStarts: Value? = nil, computedEnds: Value? = nil, computedSteps: Value? = nil) -> Value {
    append(.sliceUpdate, [x, value, computedStarts, computedEnds, computedSteps],
      ["axes": .integers(axes), "starts": .integers(starts), "ends": .integers(ends), "steps": .integers(steps)])
  }

  /// `pads`: all begins, then all ends, over all dimensions; negative ones crop.
  package func pad(_ x: Value, mode: PadMode = .constant, pads: [Int], value: Double = 0, computedPads: Value? = nil,
    computedValue: Value? = nil) throws -> Value {
    var x = x
    if computedPads == nil, pads.contains(where: { $0 < 0 }) {
      let rank = pads.count / 2
      guard pads.count == rank * 2 else { throw ImportError.unsupported("an odd number of paddings") }
      let ends = pads[rank...].map { $0 < 0 ? $0 : .max }
      x = slice(x, axes: Array(0..<rank), starts: pads[..<rank].map { $0 < 0 ? (0 &- $0) : 0 }, ends: Array(ends))
    }
    let positive = pads.map { max($0, 0) }
    if computedPads == nil && positive.allSatisfy({ $0 == 0 }) { return x }
    return append(.pad, [x, computedPads, computedValue], ["mode": .member(mode), "pads": .integers(positive), "value": .float(value)])
  }

  /// Broadcast to `shape`; -1 or 1 keeps the input's extent.
  package func expand(_ x: Value, _ shape: [Int]) -> Value { append(.expand, [x], ["shape": .integers(shape)]) }

  package func expand(_ x: Value, to shape: Value) -> Value {
    if let known = integers(shape) { return expand(x, known) }
    return append(.expand, [x, shape])
  }

  package func tile(_ x: Value, _ repeats: [Int]) -> Value { append(.tile, [x], ["repeats": .integers(repeats)]) }

  /// Repeats computed at run time: every dimension d becomes [r, d] by broadcast, and the pairs are merged.
  package func tile(_ x: Value, repeats: Value) throws -> Value {
    if let known = integers(repeats) { return tile(x, known) }
    let rank = try rank(x)
    let counts = cast(repeats, to: .int64)
    var result = unsqueeze(x, axes: (0..<rank).map { 2 * $0 })
    let ones = constant(integers: [1])
    result = expand(result, to: concat((0..<rank).flatMap { [slice(counts, axes: [0], starts: [$0], ends: [$0 + 1]), ones] }, axis: 0))
    for dimension in 0..<rank { result = flatten(result, first: dimension, last: dimension + 1) }
    return result
  }

  /// The extents start..<end as a vector.
  package func shape(_ x: Value, start: Int = 0, end: Int = Int(Int32.max), to type: ElementType = .int64) -> Value {
    append(.shape, [x], ["start": .integer(start), "end": .integer(end), "to": .member(type)])
  }

  /// start, start + step, ... before limit; scalars of one type.
  package func range(start: Value, limit: Value, step: Value) -> Value { append(.range, [start, limit, step]) }

  package func fill(_ shape: [Int], value: Double, type: ElementType) -> Value {
    append(.fill, [], ["shape": .integers(shape), "value": .float(value), "to": .member(type)])
  }

  package func fill(to shape: Value, value: Double, type: ElementType) -> Value {
    if let known = integers(shape) { return fill(known, value: value, type: type) }
    return append(.fill, [shape], ["value": .float(value), "to": .member(type)])
  }

  /// A new last-but-`axis` dimension of `depth`: on where the index is, off elsewhere (0 and 1 unless `values` gives [off, on]).
  package func oneHot(_ indices: Value, depth: Extent, values: Value?, axis: Int, to type: ElementType = .float32) -> Value {
    var attributes: [String: Attribute] = ["axis": .integer(axis), "to": .member(type)]
    switch depth {
    case .known(let depth):
      attributes["depth"] = .integer(depth)
      return append(.oneHot, [indices, nil, values], attributes)
    case .computed(let depth): return append(.oneHot, [indices, depth, values], attributes)
    }
  }

  /// The upper or lower triangle of the last two dimensions, zeros elsewhere.
  package func triangle(_ x: Value, upper: Bool, diagonal: Int) -> Value {
    append(.triangle, [x], ["upper": .boolean(upper), "diagonal": .integer(diagonal)])
  }
}
