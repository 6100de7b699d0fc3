// Resampling and channel blocks, from channels-first. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// What a resize aims at, over the resized dimensions.
package enum ResizeTarget {
  case sizes([Int])
  case scales([Double])
  /// Integer vector, one element a resized dimension.
  case computedSizes(Value)
  /// float32 vector, one element a resized dimension.
  case computedScales(Value)
}

extension GraphBuilder {
  /// Resizes dimensions `axes` of x (nil: the spatial ones of [N, C, spatial...]); any other two dimensions serve as batch and channels.
  package func resize(_ x: Value, to target: ResizeTarget, axes: [Int]? = nil, mode: ResizeMode, coordinates: CoordinateMode,
    nearest: NearestMode = .roundPreferFloor, cubicCoefficient: Double = -0.75, excludeOutside: Bool = false) throws -> Value {
    let rank = try rank(x)
    let axes = try (axes ?? Array(min(2, rank)..<rank)).map { try axis($0, rank: rank) }
    let others = (0..<rank).filter { !axes.contains($0) }
    guard Set(axes).count == axes.count, (1...3).contains(axes.count), others.count <= 2 else {
      throw ImportError.unsupported("a resize of dimensions \(axes) of \(rank)")
    }
    // Bring x to [batch, resized..., channels]; a missing batch or channel dimension is 1.
    let permutation = (others.count == 2 ? [others[0]] : []) + axes + Array(others.suffix(1))
    var moved = try transpose(x, permutation)
    if others.count < 2 { moved = unsqueeze(moved, axes: others.count == 1 ? [0] : [0, axes.count + 1]) }
    var attributes: [String: Attribute] = ["mode": .member(mode), "coordinates": .member(coordinates), "nearest": .member(nearest),
      "cubic_coefficient": .float(cubicCoefficient), "exclude_outside": .boolean(excludeOutside)]
    var inputs: [Value?] = [moved]
    var count = axes.count
    switch target {
    case .sizes(let sizes):
      attributes["sizes"] = .integers(sizes)
      count = sizes.count
    case .scales(let scales):
      attributes["scales"] = .floats(scales)
      count = scales.count
    case .computedSizes(let sizes):
      if let known = integers(sizes) { attributes["sizes"] = .integers(known) } else { inputs += [sizes] }
    case .computedScales(let scales):
      if let known = floats(scales) { attributes["scales"] = .floats(known.map { Double($0) }) } else { inputs += [nil, scales] }
    }
    guard count == axes.count else { throw ImportError.unsupported("\(count) target extents for \(axes.count) resized dimensions") }
    var y: Value = append(.resize, inputs, attributes)
    if others.count < 2 { y = squeeze(y, axes: others.count == 1 ? [0] : [0, axes.count + 1]) }
    var inverse = permutation
    for (index, source) in permutation.enumerated() { inverse[source] = index }
    return try transpose(y, inverse)
  }

  /// x [N, C, H, W], grid [N, Ho, Wo, 2] of (x, y) in -1...1; gives [N, C, Ho, Wo].
  package func gridSample(_ x: Value, grid: Value, mode: ResizeMode, padding: GridPaddingMode, alignCorners: Bool) throws -> Value {
    guard try rank(x) == 4 else { throw ImportError.unsupported("grid sampling of \(try rank(x)) dimensions") }
    let y: Value = append(.gridSample, [try channelsLast(x), grid],
      ["mode": .member(mode), "padding": .member(padding), "align_corners": .boolean(alignCorners)])
    return try channelsFirst(y, rank: 4)
  }

  /// x [N, C, H, W], boxes [R, 4] (x1, y1, x2, y2), batch indices [R]; gives [R, C, height, width].
  package func roiAlign(_ x: Value, boxes: Value, batchIndices: Value, height: Int, width: Int, spatialScale: Double, samplingRatio: Int,
    halfPixel: Bool, maximum: Bool = false) throws -> Value {
    guard try rank(x) == 4 else { throw ImportError.unsupported("region alignment of \(try rank(x)) dimensions") }
    let y: Value = append(.roiAlign, [try channelsLast(x), boxes, batchIndices], ["height": .integer(height), "width": .integer(width),
      "spatial_scale": .float(spatialScale), "sampling_ratio": .integer(samplingRatio), "half_pixel": .boolean(halfPixel),
      "maximum": .boolean(maximum)])
    return try channelsFirst(y, rank: 4)
  }

  /// [N, C b b, H, W] to [N, C, H b, W b]; `offsetFirst`: channel = (offset, depth) (ONNX DCR), else (depth, offset) (ONNX CRD, pixel shuffle).
  package func depthToSpace(_ x: Value, block: Int, offsetFirst: Bool) throws -> Value { try blocks(.depthToSpace, x, block, offsetFirst) }

  /// [N, C, H b, W b] to [N, C b b, H, W], the inverse of `depthToSpace`.
  package func spaceToDepth(_ x: Value, block: Int, offsetFirst: Bool) throws -> Value { try blocks(.spaceToDepth, x, block, offsetFirst) }

  private func blocks(_ code: OperatorCode, _ x: Value, _ block: Int, _ offsetFirst: Bool) throws -> Value {
    guard try rank(x) == 4, block > 0 else { throw ImportError.unsupported("blocks of \(block) in \(try rank(x)) dimensions") }
    let y: Value = append(code, [try channelsLast(x)], ["block": .integer(block), "column_row": .boolean(offsetFirst)])
    return try channelsFirst(y, rank: 4)
  }
}
