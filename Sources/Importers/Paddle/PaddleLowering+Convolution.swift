// Paddle convolutions and pools.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerConvolution(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "conv2d", "depthwise_conv2d", "conv3d", "conv2d_bias", "depthwise_conv2d_bias", "conv3d_bias", "depthwise_conv3d_bias":
      return [.tensor(try convolution(operation))]
    case "conv2d_transpose", "depthwise_conv2d_transpose", "conv3d_transpose", "conv2d_transpose_bias":
      return [.tensor(try convolutionTranspose(operation))]
    case "pool2d", "pool3d": return [.tensor(try pool(operation))]
    case "max_pool2d_with_index", "max_pool3d_with_index": return try maximumPoolWithIndex(operation)
    default: return nil
    }
  }

  /// Strides, dilations and paddings of an operation over `spatial` dimensions.
  ///
  /// Paddings: one a dimension, or begin and end of each in turn. SAME also resets the dilations to 1, as Paddle does.
  private func window(_ operation: PaddleOperation, spatial: Int, hasDilations: Bool = true) throws -> Window {
    var window = Window(strides: operation.integers("strides"), dilations: hasDilations ? operation.integers("dilations") : [])
    switch operation.string("padding_algorithm", default: "EXPLICIT") {
    case "SAME":
      window.mode = .sameUpper
      window.dilations = []
    case "VALID": window.mode = .valid
    case "EXPLICIT":
      let paddings = operation.integers("paddings")
      switch paddings.count {
      case 0: break
      case spatial:
        window.paddingBegin = paddings
        window.paddingEnd = paddings
      case 2 * spatial:
        window.paddingBegin = (0..<spatial).map { paddings[2 * $0] }
        window.paddingEnd = (0..<spatial).map { paddings[2 * $0 + 1] }
      default: throw ImportError.unsupported("\(paddings.count) paddings for \(spatial) spatial dimensions")
      }
    default: throw ImportError.unsupported("padding algorithm \(operation.string("padding_algorithm"))")
    }
    return window
  }

  private func convolution(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0), weights = try tensor(operation, 1)
    let bias = operation.name.hasSuffix("_bias") ? try optional(operation, 2) : nil
    let window = try window(operation, spatial: max(builder.rank(x) - 2, 0))
    return try imageLayout(operation, x) {
      try builder.convolution($0, weights: weights, bias: bias, window: window, groups: operation.integer("groups", default: 1))
    }
  }

  private func convolutionTranspose(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0), weights = try tensor(operation, 1)
    let hasBias = operation.name.hasSuffix("_bias")
    let spatial = max(try builder.rank(x) - 2, 0)
    var window = try window(operation, spatial: spatial)
    let sizeIndex = hasBias ? 3 : 2
    let size = operation.operand(sizeIndex) == nil ? operation.integers("output_size") : try knownNumbers(operation, sizeIndex, "output_size")
    if window.mode == .sameUpper { try resolveSame(&window, operation, x, weights, spatial: spatial) }
    let bias = hasBias ? try optional(operation, 2) : nil
    return try imageLayout(operation, x) {
      try builder.convolutionTranspose($0, weights: weights, bias: bias, window: window, outputPadding: operation.integers("output_padding"),
        outputExtents: size, groups: operation.integer("groups", default: 1))
    }
  }

  /// Paddle takes the paddings of the forward convolution over the input's extents, which is not what "same" means elsewhere.
  private func resolveSame(_ window: inout Window, _ operation: PaddleOperation, _ x: Value, _ weights: Value, spatial: Int) throws {
    let first = operation.isChannelsLast ? 1 : 2
    guard let shape = x.shape, let kernel = weights.shape, kernel.count == spatial + 2, shape.count == spatial + 2,
      shape[first..<first + spatial].allSatisfy({ $0 > 0 && $0 < 1 << 32 }), kernel[2...].allSatisfy({ $0 > 0 && $0 < 1 << 32 }),
      window.strides.isEmpty || (window.strides.count == spatial && window.strides.allSatisfy { $0 > 0 && $0 < 1 << 16 })
    else { throw ImportError.unsupported("a transposed convolution with padding SAME and open extents") }
    var begins: [Int] = [], ends: [Int] = []
    for index in 0..<spatial {
      let stride = window.strides.isEmpty ? 1 : window.strides[index]
      let extent = shape[first + index]
      let total = max(((extent + stride - 1) / stride - 1) * stride + kernel[2 + index] - extent, 0)
      begins.append(total / 2)
      ends.append(total - total / 2)
    }
    window.mode = .explicit
    window.paddingBegin = begins
    window.paddingEnd = ends
  }

  private func pool(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0)
    let function: PoolFunction
    switch operation.string("pooling_type") {
    case "max": function = .maximum
    case "avg": function = .average
    default: throw ImportError.unsupported("pooling type \(operation.string("pooling_type"))")
    }
    let spatial = max(try builder.rank(x) - 2, 0)
    if operation.boolean("global_pooling") { return try imageLayout(operation, x) { try builder.globalPool(function, $0) } }
    var kernel = operation.operand(1) == nil ? operation.integers("kernel_size") : try knownNumbers(operation, 1, "kernel_size")
    if kernel.count == 1 { kernel = Array(repeating: kernel[0], count: spatial) }
    if operation.boolean("adaptive") { return try imageLayout(operation, x) { try builder.adaptivePool(function, $0, extents: kernel) } }
    let window = try window(operation, spatial: spatial, hasDilations: false)
    return try imageLayout(operation, x) {
      try builder.pool(function, $0, kernel: kernel, window: window, ceilMode: operation.boolean("ceil_mode"),
        countPadding: function == .average && !operation.boolean("exclusive", default: true))
    }
  }

  private func maximumPoolWithIndex(_ operation: PaddleOperation) throws -> [Lowered?] {
    let x = try tensor(operation, 0)
    let spatial = max(try builder.rank(x) - 2, 0)
    var kernel = operation.integers("kernel_size")
    var window = try window(operation, spatial: spatial, hasDilations: false)
    if operation.boolean("global_pooling") {
      guard let shape = x.shape, shape.dropFirst(2).allSatisfy({ $0 > 0 }) else { throw ImportError.unsupported("a global pool with indices over open extents") }
      kernel = Array(shape.dropFirst(2))
      window = Window()
    }
    let pooled = try builder.maximumPoolWithIndices(x, kernel: kernel, window: window, ceilMode: operation.boolean("ceil_mode"),
      adaptive: operation.boolean("adaptive"))
    return [.tensor(pooled.values), .tensor(pooled.indices)]
  }
}
