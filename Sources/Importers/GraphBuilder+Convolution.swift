// Convolutions and pools, from channels-first. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// How a window moves over the spatial dimensions; empty lists mean 1 (strides, dilations) or 0 (paddings).
package struct Window {
  package var strides: [Int]
  package var dilations: [Int]
  package var paddingBegin: [Int]
  package var paddingEnd: [Int]
  /// Anything but explicit overrides the paddings.
  package var mode: PaddingMode

  package init(strides: [Int] = [], dilations: [Int] = [], paddingBegin: [Int] = [], paddingEnd: [Int] = [], mode: PaddingMode = .explicit) {
    self.strides = strides
    self.dilations = dilations
    self.paddingBegin = paddingBegin
    self.paddingEnd = paddingEnd
    self.mode = mode
  }

  fileprivate var attributes: [String: Attribute] {
    ["strides": .integers(strides), "dilations": .integers(dilations), "padding_begin": .integers(mode == .explicit ? paddingBegin : []),
      "padding_end": .integers(mode == .explicit ? paddingEnd : []), "padding_mode": .member(mode)]
  }

  fileprivate func check(spatial: Int) throws {
    for (name, list) in [("strides", strides), ("dilations", dilations), ("paddings", paddingBegin), ("paddings", paddingEnd)] {
      guard list.isEmpty || list.count == spatial else {
        throw ImportError.unsupported("\(list.count) \(name) for \(spatial) spatial dimensions")
      }
    }
    guard strides.allSatisfy({ $0 > 0 }), dilations.allSatisfy({ $0 > 0 }) else { throw ImportError.unsupported("a stride or dilation below 1") }
  }
}

extension GraphBuilder {
  /// x [N, C, spatial...], weights [M, C / groups, kernel...], bias [M]; gives [N, M, spatial...]. Ranks 3 to 5.
  package func convolution(_ x: Value, weights: Value, bias: Value? = nil, window: Window, groups: Int = 1) throws -> Value {
    let rank = try imageRank(x, as: weights.shape?.count)
    try window.check(spatial: rank - 2)
    guard try self.rank(weights) == rank else {
      throw ImportError.unsupported("convolution weights of \(try self.rank(weights)) dimensions for an input of \(rank)")
    }
    let kernelFirst = try transpose(weights, Array(2..<rank) + [1, 0])
    let y: Value = append(.convolution, [try channelsLast(x), kernelFirst, bias],
      window.attributes.merging(["groups": .integer(groups)]) { $1 })
    return try channelsFirst(y, rank: rank)
  }

  /// x [N, C, spatial...], weights [C, M / groups, kernel...], bias [M]; gives [N, M, spatial...].
  /// `outputExtents` fixes the spatial extents where given.
  package func convolutionTranspose(_ x: Value, weights: Value, bias: Value? = nil, window: Window, outputPadding: [Int] = [],
    outputExtents: [Int] = [], groups: Int = 1) throws -> Value {
    let rank = try imageRank(x, as: weights.shape?.count)
    try window.check(spatial: rank - 2)
    guard try self.rank(weights) == rank else {
      throw ImportError.unsupported("convolution weights of \(try self.rank(weights)) dimensions for an input of \(rank)")
    }
    let kernelFirst = try transpose(weights, Array(2..<rank) + [0, 1])
    let y: Value = append(.convolutionTranspose, [try channelsLast(x), kernelFirst, bias], window.attributes.merging([
      "groups": .integer(groups), "output_padding": .integers(outputPadding), "output_extents": .integers(outputExtents),
    ]) { $1 })
    return try channelsFirst(y, rank: rank)
  }

  /// Maximum or average over windows of x [N, C, spatial...].
  package func pool(_ function: PoolFunction, _ x: Value, kernel: [Int], window: Window, ceilMode: Bool = false, countPadding: Bool = false)
    throws -> Value {
    try poolNode(function, x, kernel: kernel, window: window, ceilMode: ceilMode, countPadding: countPadding, adaptive: false, outputs: 1)[0]
  }

  /// The maximum and its int64 index into the flattened spatial extents, both [N, C, spatial...].
  package func maximumPoolWithIndices(_ x: Value, kernel: [Int], window: Window, ceilMode: Bool = false, adaptive: Bool = false) throws
    -> (values: Value, indices: Value) {
    let results = try poolNode(.maximum, x, kernel: kernel, window: window, ceilMode: ceilMode, countPadding: false, adaptive: adaptive, outputs: 2)
    return (results[0], results[1])
  }

  /// Windows floor(i H / O)..<ceil((i + 1) H / O) so that the spatial extents become `extents`; 1 everywhere is a plain reduction.
  package func adaptivePool(_ function: PoolFunction, _ x: Value, extents: [Int]) throws -> Value {
    if extents.allSatisfy({ $0 == 1 }) { return try globalPool(function, x) }
    return try poolNode(function, x, kernel: extents, window: Window(), ceilMode: false, countPadding: false, adaptive: true, outputs: 1)[0]
  }

  /// One value a channel: [N, C, 1...].
  package func globalPool(_ function: PoolFunction, _ x: Value) throws -> Value {
    let axes = Array(2..<(try imageRank(x)))
    return try reduce(function == .average ? .mean : .maximum, x, axes: axes, keepDimensions: true)
  }

  private func poolNode(_ function: PoolFunction, _ x: Value, kernel: [Int], window: Window, ceilMode: Bool, countPadding: Bool, adaptive: Bool,
    outputs: Int) throws -> [Value] {
    let rank = try imageRank(x, as: kernel.count + 2)
    try window.check(spatial: rank - 2)
    guard kernel.count == rank - 2, kernel.allSatisfy({ $0 > 0 }) else {
      throw ImportError.unsupported("a pool window \(kernel) over \(rank - 2) spatial dimensions")
    }
    let results = append(.pool, [try channelsLast(x)], window.attributes.merging([
      "function": .member(function), "kernel": .integers(kernel), "ceil_mode": .boolean(ceilMode), "count_padding": .boolean(countPadding),
      "adaptive": .boolean(adaptive),
    ]) { $1 }, outputs: outputs)
    return try results.map { try channelsFirst($0, rank: rank) }
  }

  /// The rank of an image value, 3 to 5. Where it is not known, as behind a conditional whose branches squeeze or do not, the value gets the rank
  /// `expected` that its weights or its window ask for: no other can run.
  func imageRank(_ x: Value, as expected: Int? = nil) throws -> Int {
    if x.shape == nil, let expected, (3...5).contains(expected) { x.shape = Array(repeating: -1, count: expected) }
    let rank = try rank(x)
    guard (3...5).contains(rank) else { throw ImportError.unsupported("an image operator on \(rank) dimensions ('\(x.name)')") }
    return rank
  }
}
