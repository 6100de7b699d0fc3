// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Maximum or average under a window, channels last: see PoolAttributes in model.fbs.
package enum PoolOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    try node.require(x, .float32, "the input")
    let attributes = PoolAttributes(node.attributes)
    guard attributes.hasKnownEnumValues else { throw node.fail(.unsupported).text("unknown function or padding mode").status }
    let pool = try Pool(node)
    let shape = pool.window.outputShape(spatialRank: x.shape.rank &- 2, channels: pool.window.channels)
    try node.setOutput(0, .float32, shape)
    if node.optionalOutput(1) != nil {
      guard attributes.function == .maximum else { throw node.fail(.unsupported).text("an average has no indices").status }
      try node.setOutput(1, .int64, shape)
    }
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let pool = try? Pool(node) else { return Kernel("none") }
    let taps = pool.depth.adaptive ? pool.window.inputPositions : pool.window.outputPositions &* pool.window.taps
    let work = ProductExtents(rows: max(taps, 0), columns: max(pool.window.channels, 0), depth: 1).work
    var kernel = Kernel("pooling, along channels", allThreads: work > 20_000)
    kernel.pitches = Kernel.pitchedOutput
    return kernel
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let pool = try Pool(node)
    let input = try node.input(0)
    let values = node.optionalOutput(0)?.elements(Float.self)
    let valueStride = node.optionalOutput(0)?.pointee.pitch ?? 0
    let indices = node.optionalOutput(1)?.elements(Int64.self)
    // Without channels, or a reader, there may be more positions than can be counted through.
    if pool.window.channels == 0 || pool.window.batch == 0 || (values == nil && indices == nil) { return }
    if indices != nil && pool.window.inputPositions / pool.window.batch > Int(Int32.max) {
      throw node.fail(.unsupported).text("indices of more than 2^31 positions").status
    }
    let maximum = PoolAttributes(node.attributes).function == .maximum
    if maximum, indices == nil, let values, let sliding = pool.sliding {
      let (window, rows) = (pool.window, pool.window.height.output)
      return try run.share(of: window.batch &* rows, grain: 4) { begin, end throws(Status) in
        var row = begin
        while row < end {
          let (image, first) = (row / max(rows, 1), row % max(rows, 1))
          let last = min(rows, first &+ end &- row)
          sliding.rows(first, last, input.elements() + image &* window.height.input &* window.width.input &* window.channels,
            into: values + image &* rows &* window.width.output &* valueStride, pitch: valueStride)
          row = row &+ last &- first
        }
      }
    }
    try run.share(of: pool.window.outputPositions) { begin, end throws(Status) in
      pool.compute(input.elements(), maximum, values, stride: valueStride, indices, begin, end)
    }
  }
}

/// What a pooling's shapes and attributes decide.
private struct Pool {
  var window = Window()
  var depth = PoolAxis(WindowAxis())
  var height = PoolAxis(WindowAxis())
  var width = PoolAxis(WindowAxis())

  /// Fails where the windows cannot lie over the input.
  @_optimize(size)
  init(_ node: NodeView) throws(Status) {
    let x = try node.input(0).shape
    let attributes = PoolAttributes(node.attributes)
    let spatialRank = x.rank &- 2
    guard spatialRank >= 1 && spatialRank <= 3 else {
      throw node.fail(.invalidShape).text("the input has the shape ").shape(x).text(", expected [N, spatial..., C] with 1 to 3 spatial dimensions").status
    }
    guard attributes.kernel.count == spatialRank else {
      throw node.fail(.invalidModel).text("kernel has ").integer(attributes.kernel.count).text(" values for ").integer(spatialRank)
        .text(" spatial dimensions").status
    }
    let common = WindowAttributes(strides: attributes.strides, dilations: attributes.dilations, paddingBegin: attributes.paddingBegin,
      paddingEnd: attributes.paddingEnd, mode: attributes.paddingMode)
    try common.validate(node, spatialRank: spatialRank)
    window.batch = x[0]
    window.channels = x[spatialRank &+ 1]
    for index in 0..<spatialRank {
      let axis = try Pool.axis(node, attributes, common, index, x[index &+ 1])
      window.set(axis, index, of: spatialRank)
    }
    // An outer dimension that the input does not have is 1 wide and covers itself in both ways.
    depth = PoolAxis(window.depth, adaptive: attributes.adaptive, countsPadding: attributes.countPadding)
    height = PoolAxis(window.height, adaptive: attributes.adaptive, countsPadding: attributes.countPadding)
    width = PoolAxis(window.width, adaptive: attributes.adaptive, countsPadding: attributes.countPadding)
  }

  /// How windows that slide by one position find their maxima; nil for others.
  var sliding: SlidingMaximum? { width.adaptive ? nil : SlidingMaximum(window) }

  private static func axis(_ node: NodeView, _ attributes: PoolAttributes, _ common: WindowAttributes, _ index: Int, _ input: Int) throws(Status)
    -> WindowAxis {
    let kernel = Int(attributes.kernel[index])
    if !attributes.adaptive { return try common.axis(node, index, input: input, kernel: kernel, ceil: attributes.ceilMode) }
    var axis = WindowAxis()
    axis.input = input
    axis.output = kernel
    // The bounds of adaptive windows are quotients of this product.
    guard kernel > 0, input >= 0, !(kernel &+ 1).multipliedReportingOverflow(by: input).overflow else {
      throw node.fail(.invalidShape).text("an adaptive extent of ").integer(kernel).text(" for an input extent of ").integer(input).status
    }
    return axis
  }

  /// Output positions `first` ..< `end`; values of neighbouring ones lie `stride` floats apart.
  func compute(_ input: UnsafePointer<Float>, _ maximum: Bool, _ values: UnsafeMutablePointer<Float>?, stride: Int,
    _ indices: UnsafeMutablePointer<Int64>?, _ first: Int, _ end: Int) {
    let channels = window.channels
    let rowStride = window.width.input &* channels
    let planeStride = window.height.input &* rowStride
    let imageStride = window.depth.input &* planeStride
    let columns = max(window.width.output, 1)
    var row = WindowRow(first / columns, of: window)
    var column = first % columns
    var (depths, heights) = (depth.range(row.depth), height.range(row.height))
    for position in first..<end {
      let patch = PoolPatch(depth: depths, height: heights, width: width.range(column), rowStride: rowStride, planeStride: planeStride,
        channels: channels)
      let image = input + row.image &* imageStride
      let offset = position &* stride
      if let indices {
        poolMaximumIndices(image, patch, into: values.map { $0 + offset }, indices: indices + position &* channels)
      } else if let values {
        if maximum { poolMaximum(image, patch, into: values + offset) } else { poolAverage(image, patch, into: values + offset) }
      }
      column &+= 1
      if column == columns {
        column = 0
        row.advance(in: window)
        (depths, heights) = (depth.range(row.depth), height.range(row.height))
      }
    }
  }
}
