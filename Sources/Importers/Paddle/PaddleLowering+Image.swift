// Paddle operators on images: resampling and what runs by channel.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerImage(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try image(operation).map { [.tensor($0)] }
  }

  private func image(_ operation: PaddleOperation) throws -> Value? {
    switch operation.name {
    case "nearest_interp", "bilinear_interp", "bicubic_interp", "linear_interp", "trilinear_interp": return try interpolate(operation)
    case "grid_sample":
      let mode: ResizeMode = operation.string("mode", default: "bilinear") == "nearest" ? .nearest : .linear
      let padding: GridPaddingMode
      switch operation.string("padding_mode", default: "zeros") {
      case "zeros": padding = .zeros
      case "border": padding = .border
      case "reflection": padding = .reflection
      default: throw ImportError.unsupported("grid padding \(operation.string("padding_mode"))")
      }
      return try builder.gridSample(tensor(operation, 0), grid: tensor(operation, 1), mode: mode, padding: padding,
        alignCorners: operation.boolean("align_corners", default: true))
    case "roi_align": return try roiAlign(operation)
    case "affine_grid": return try affineGrid(operation)
    case "unfold": return try unfold(operation)
    case "temporal_shift": return try imageLayout(operation, tensor(operation, 0)) { try temporalShift(operation, $0) }
    case "prelu": return try prelu(operation)
    case "affine_channel":
      let x = try tensor(operation, 0)
      let shape = try channelShape(operation, x, tensor(operation, 1))
      let scaled = builder.binary(.multiply, x, reshaped(try tensor(operation, 1), shape))
      return builder.binary(.add, scaled, reshaped(try tensor(operation, 2), shape))
    case "maxout":
      let x = try tensor(operation, 0)
      let groups = operation.integer("groups", default: 1)
      let axis = try builder.axis(operation.integer("axis", default: 1), rank: builder.rank(x))
      guard let extent = x.shape?[axis], groups > 0, extent > 0, extent % groups == 0 else { throw ImportError.unsupported("maxout over \(groups) groups") }
      var extents = try (0..<builder.rank(x)).map { builder.extent(x, $0) }
      extents.replaceSubrange(axis...axis, with: [.known(extent / groups), .known(groups)])
      return try builder.reduce(.maximum, builder.reshape(x, extents: extents), axes: [axis + 1], keepDimensions: false)
    default: return nil
    }
  }

  /// Extents [C, 1...] (or [C] for channels last) under which a vector of channels broadcasts over x.
  private func channelShape(_ operation: PaddleOperation, _ x: Value, _ vector: Value) throws -> [Int] {
    guard let count = vector.shape.flatMap({ checkedProduct($0) }) else { throw ImportError.unsupported("a vector of channels of open extent") }
    let rank = try builder.rank(x)
    return operation.isChannelsLast ? [count] : [count] + Array(repeating: 1, count: max(rank - 2, 0))
  }

  private func prelu(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0), alpha = try tensor(operation, 1)
    switch operation.string("mode", default: "all") {
    case "all": return builder.binary(.prelu, x, reshaped(alpha, [1]))
    case "channel": return builder.binary(.prelu, x, reshaped(alpha, try channelShape(operation, x, alpha)))
    case "element": return builder.binary(.prelu, x, alpha)
    default: throw ImportError.unsupported("prelu mode \(operation.string("mode"))")
    }
  }

  /// A size from operands wins over a scale, which wins over the size in attributes.
  private func interpolate(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let spatial = try builder.rank(x) - 2
    guard (1...3).contains(spatial) else { throw ImportError.unsupported("resampling \(spatial + 2) dimensions") }
    let isAligned = operation.boolean("align_corners", default: true)
    let isAsymmetric = operation.integer("align_mode", default: 1) == 1
    let mode: ResizeMode
    var coordinates: CoordinateMode = isAligned ? .alignCorners : .halfPixel
    var nearest = NearestMode.floor
    switch operation.name {
    case "nearest_interp":
      mode = .nearest
      if isAligned { nearest = .roundPreferCeil } else { coordinates = .asymmetric }
    case "bicubic_interp": mode = .cubic
    default:
      mode = .linear
      if !isAligned && isAsymmetric { coordinates = .asymmetric }
    }
    let target = try resizeTarget(operation, spatial: spatial)
    return try imageLayout(operation, x) { try builder.resize($0, to: target, mode: mode, coordinates: coordinates, nearest: nearest) }
  }

  private func resizeTarget(_ operation: PaddleOperation, spatial: Int) throws -> ResizeTarget {
    for index in [2, 1] where operation.operand(index) != nil {
      switch try numbers(operation, index) {
      case .known(let sizes): return .sizes(sizes)
      case .computed(let sizes): return .computedSizes(sizes)
      case .none: break
      }
    }
    if let scale = try optional(operation, 3) {
      if let number = knownFloat(scale) { return .scales(Array(repeating: number, count: spatial)) }
      if let floats = builder.floats(scale) { return .scales(floats.map { Double($0) }) }
      return .computedScales(scale.shape == [spatial] ? scale : builder.expand(scale, [spatial]))
    }
    let scales = operation.floats("scale")
    if !scales.isEmpty, scales.allSatisfy({ $0 > 0 }) {
      return .scales(scales.count == 1 ? Array(repeating: scales[0], count: spatial) : scales)
    }
    let sizes = ["out_d", "out_h", "out_w"].suffix(spatial).map { operation.integer($0, default: -1) }
    guard sizes.allSatisfy({ $0 > 0 }) else { throw ImportError.unsupported("resampling without a size or scale") }
    return .sizes(sizes)
  }

  /// `boxes_num` holds how many of the boxes belong to each image; the graph wants the image of each box.
  private func roiAlign(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0), boxes = try tensor(operation, 1)
    let count = builder.shape(boxes, start: 0, end: 1)
    let images: Value
    if let perImage = try optional(operation, 2), x.shape?.first != 1 {
      // A box's image is the number of images whose boxes all lie before it.
      let ends = builder.cumulativeSum(builder.cast(perImage, to: .int64), axis: 0)
      let index = builder.range(start: builder.scalar(0, type: .int64), limit: builder.reshape(count, []), step: builder.scalar(1, type: .int64))
      let isAfter = builder.binary(.greaterOrEqual, builder.unsqueeze(index, axes: [1]), builder.unsqueeze(ends, axes: [0]))
      images = builder.cast(try builder.reduce(.sum, builder.cast(isAfter, to: .int64), axes: [1], keepDimensions: false), to: .int32)
    } else {
      images = builder.fill(to: count, value: 0, type: .int32)
    }
    return try builder.roiAlign(x, boxes: boxes, batchIndices: images, height: operation.integer("pooled_height", default: 1),
      width: operation.integer("pooled_width", default: 1), spatialScale: operation.float("spatial_scale", default: 1),
      samplingRatio: max(operation.integer("sampling_ratio", default: -1), 0), halfPixel: operation.boolean("aligned"), maximum: false)
  }

  /// Positions (x, y, 1) of the output's pixels in -1..1, by the matrix of each image.
  private func affineGrid(_ operation: PaddleOperation) throws -> Value {
    let size = operation.operand(1) == nil ? operation.integers("output_shape") : try knownNumbers(operation, 1, "output_shape")
    guard size.count == 4, let count = checkedProduct(Array(size[2...])), count > 0, count <= 1 << 22 else {
      throw ImportError.unsupported("affine_grid for the extents \(size)")
    }
    let isAligned = operation.boolean("align_corners", default: true)
    func places(_ extent: Int) -> [Float] {
      (0..<extent).map { index in
        if isAligned { return extent == 1 ? -1 : -1 + 2 * Float(index) / Float(extent - 1) }
        return (2 * Float(index) + 1) / Float(extent) - 1
      }
    }
    let columns = places(size[3])
    var pixels: [Float] = []
    for y in places(size[2]) { for x in columns { pixels += [x, y, 1] } }
    let grid = try builder.matmul(builder.constant(floats: pixels, shape: [count, 3]), tensor(operation, 0), transposeB: true)
    return builder.reshape(grid, [-1, size[2], size[3], 2])
  }

  /// Columns of an image: a depthwise convolution whose kernels each pick one place of the window.
  private func unfold(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let kernel = operation.integers("kernel_sizes")
    guard let channels = x.shape.flatMap({ $0.count == 4 ? $0[1] : nil }), channels > 0, kernel.count == 2,
      let places = checkedProduct(kernel), places > 0, let count = checkedProduct([channels, places, places]), count <= 1 << 24
    else { throw ImportError.unsupported("unfold over \(x.shape ?? []) with the window \(kernel)") }
    var weights = Array(repeating: Float(0), count: count)
    for row in 0..<channels * places { weights[row * places + row % places] = 1 }
    // Paddings stand as top, left, bottom, right, or one a dimension.
    let paddings = operation.integers("paddings")
    var window = Window(strides: operation.integers("strides"), dilations: operation.integers("dilations"))
    window.paddingBegin = Array(paddings.prefix(2))
    window.paddingEnd = Array(paddings.suffix(2))
    let y = try builder.convolution(x, weights: builder.constant(floats: weights, shape: [channels * places, 1, kernel[0], kernel[1]]),
      window: window, groups: channels)
    return builder.flatten(y, first: 2, last: 3)
  }

  /// The first channels come from the frame before, the next ones from the frame after, the others stay.
  private func temporalShift(_ operation: PaddleOperation, _ x: Value) throws -> Value {
    let frames = operation.integer("seg_num", default: 1)
    let ratio = operation.float("shift_ratio", default: 0.25)
    guard let shape = x.shape, shape.count == 4, shape[1...].allSatisfy({ $0 > 0 && $0 < 1 << 24 }), frames > 0, frames < 1 << 16, ratio > 0, ratio <= 0.5 else {
      throw ImportError.unsupported("temporal_shift of \(x.shape ?? []) over \(frames) frames")
    }
    let first = Int(Double(shape[1]) * ratio), second = Int(Double(shape[1]) * 2 * ratio)
    let video = builder.reshape(x, [-1, frames, shape[1], shape[2], shape[3]])
    let padded = try builder.pad(video, pads: [0, 1, 0, 0, 0, 0, 1, 0, 0, 0])
    func part(_ from: Int, _ channels: Range<Int>) -> Value {
      builder.slice(padded, axes: [1, 2], starts: [from, channels.lowerBound], ends: [from + frames, channels.upperBound])
    }
    let shifted = builder.concat([part(0, 0..<first), part(2, first..<second), part(1, second..<shape[1])], axis: 2)
    return builder.reshape(shifted, [-1, shape[1], shape[2], shape[3]])
  }
}
