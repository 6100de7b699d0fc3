// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Samples x [N, H, W, C] at the places (x, y) of `grid` [N, Ho, Wo, 2], where -1 and 1 are the borders (or the outermost centres,
/// with align_corners); float32. A place that is no finite number counts as far outside, or as 0 where padding moves it inside.
package enum GridSampleOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let grid = try node.input(1)
    try node.requireRank(input, 4, "the input")
    try node.requireRank(grid, 4, "the grid")
    try node.require(input, .float32, "the input")
    try node.require(grid, .float32, "the grid")
    let (shape, places) = (input.shape, grid.shape)
    guard places[0] == shape[0] && places[3] == 2 && shape[1] > 0 && shape[2] > 0 else {
      throw node.fail(.invalidShape).text("a grid of the shape ").shape(places).text(" over ").shape(shape).status
    }
    try node.setOutput(0, .float32, Shape(shape[0], places[1], places[2], shape[3]))
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "along channels") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = GridSampleAttributes(node.attributes)
    let input = try node.input(0)
    let grid = try node.input(1).elements(Float.self)
    guard let output = node.optionalOutput(0), output.count > 0 else { return }
    let shape = output.shape
    let (height, width, channels) = (input.shape[1], input.shape[2], shape[3])
    let vertical = GridAxis(extent: height, attributes)
    let horizontal = GridAxis(extent: width, attributes)
    let pixels = shape[1] &* shape[2]
    try run.share(of: shape[0] &* pixels) { (begin, end) throws(Status) in
      var offsets = InlineArray<16, Int>(repeating: 0)
      var weights = InlineArray<16, Float>(repeating: 0)
      for pixel in begin..<end {
        let columns = horizontal.taps(grid[2 &* pixel])
        let rows = vertical.taps(grid[2 &* pixel &+ 1])
        var count = 0
        for row in 0..<rows.count where rows.inside(row) {
          for column in 0..<columns.count where columns.inside(column) {
            offsets[count] = (rows.position(row) &* width &+ columns.position(column)) &* channels
            weights[count] = rows.weight(row) * columns.weight(column)
            count += 1
          }
        }
        let source = input.elements(Float.self) + pixel / max(pixels, 1) &* height &* width &* channels
        let to = output.elements(Float.self) + pixel &* channels
        withUnsafePointer(to: &offsets) { offsets in
          withUnsafePointer(to: &weights) { weights in
            weightedSum(to, source, channels: channels, count: count, offsets: UnsafeRawPointer(offsets).assumingMemoryBound(to: Int.self),
              weights: UnsafeRawPointer(weights).assumingMemoryBound(to: Float.self))
          }
        }
      }
    }
  }
}

/// The input positions and weights that a place on one axis is mixed from; a position of -1 reads as zero.
private struct GridTaps {
  var positions = SIMD4<Int32>(repeating: -1)
  var weights = SIMD4<Float>(repeating: 0)
  var count = 0

  func inside(_ tap: Int) -> Bool { positions[tap] >= 0 }
  func position(_ tap: Int) -> Int { Int(positions[tap]) }
  func weight(_ tap: Int) -> Float { weights[tap] }
}

private struct GridAxis {
  let extent: Int
  let mode: ResizeMode
  let padding: GridPaddingMode
  let alignCorners: Bool

  init(extent: Int, _ attributes: GridSampleAttributes) {
    self.extent = extent
    mode = attributes.mode
    padding = attributes.padding
    alignCorners = attributes.alignCorners
  }

  /// The taps of a place in -1 ... 1.
  func taps(_ place: Float) -> GridTaps {
    let size = Float(extent)
    var x = alignCorners ? (place + 1) / 2 * (size - 1) : ((place + 1) * size - 1) / 2
    // What is no number, or too far out to be an integer.
    if !(x > -1e9 && x < 1e9) { x = padding == .zeros ? -10 : padding == .border && x > 0 ? size : 0 }
    if mode != .cubic { x = padded(x) }
    var taps = GridTaps()
    switch mode {
    case .nearest:
      taps.count = 1
      taps.positions[0] = index(Int(platform_round_even(x)))
      taps.weights[0] = 1
    case .linear:
      let floor = platform_floor(x)
      taps.count = 2
      taps.positions[0] = index(Int(floor))
      taps.positions[1] = index(Int(floor) + 1)
      taps.weights[1] = x - floor
      taps.weights[0] = 1 - taps.weights[1]
    case .cubic:
      let floor = platform_floor(x)
      let t = x - floor
      let a: Float = -0.75
      taps.count = 4
      for tap in 0..<4 { taps.positions[tap] = index(Int(padded(floor + Float(tap - 1)))) }
      taps.weights[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a
      taps.weights[1] = ((a + 2) * t - (a + 3)) * t * t + 1
      taps.weights[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1
      taps.weights[3] = ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a
    }
    return taps
  }

  /// A coordinate moved inside as the padding says.
  private func padded(_ x: Float) -> Float {
    let last = Float(extent - 1)
    switch padding {
    case .zeros: return x
    case .border: return min(max(x, 0), last)
    case .reflection:
      let low: Float = alignCorners ? 0 : -0.5
      let span: Float = alignCorners ? last : Float(extent)
      guard span > 0 else { return 0 }
      let distance = abs(x - low)
      let rest = platform_fmod(distance, span)
      let isFlipped = platform_fmod(platform_floor(distance / span), 2) != 0
      return min(max((isFlipped ? span - rest : rest) + low, 0), last)
    }
  }

  private func index(_ position: Int) -> Int32 { position >= 0 && position < extent ? Int32(truncatingIfNeeded: position) : -1 }
}
