// SPDX-License-Identifier: Apache-2.0

extension DepthwiseProduct {
  /// Floats of input and output that a second-level cache holds beside each other. A sweep takes a vector of each position, and comes back for the next:
  /// where that is from memory, tiles, which read wider pieces, are faster.
  private static var cachedFloats: Int { 320_000 }

  /// Whether `sweep` computes such windows: 3 x 3 and 5 x 5 of stride 1, with any dilation and padding, and no residual.
  package var canSweep: Bool {
    let (height, width) = (window.height, window.width)
    return (width.kernel == 3 || width.kernel == 5) && height.kernel == width.kernel && height.stride == 1 && width.stride == 1
      && window.depth.isIdentity && window.channels >= Lanes.count && epilogue.residual == nil
  }

  /// Rows at once at least.
  private var fewestRows: Int { window.width.kernel == 3 ? 3 : 2 }

  /// Whether `count` rows are faster by `sweep`: with the 32 registers of AVX-512, which hold the weights beside the sums of several rows.
  func sweeps(_ count: Int) -> Bool {
    if Lanes.count < 16 || !canSweep { return false }
    let (height, width) = (window.height, window.width)
    let alike = count / max(height.dilation, 1)
    if alike < fewestRows { return false }
    // Tiles of dilated windows are not unrolled.
    if width.dilation > 1 { return true }
    // Tiles of 5 x 5 lose at their edges alone.
    if width.kernel == 5 && width.output > 16 { return false }
    // Positions that lie multiples of 2 KB apart share few sets of the first-level cache, which then lose lines before the next vector needs them.
    if window.channels % 512 == 0 && width.input > 8 { return false }
    // Where a sixth of the rows or more would be computed twice, nothing is gained.
    if alike == 5 || alike == 3 && width.kernel == 5 { return false }
    let floats = (count &+ (height.kernel &- 1) &* height.dilation) &* width.input &* window.channels &+ count &* rowFloats
    return floats <= DepthwiseProduct.cachedFloats
  }

  /// `count` rows of one plane, from `row` on, which is written to `output`: for each of the height's dilation three or more, 5 x 5 two or more.
  package func sweep(_ row: WindowRow, _ count: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let (dilation, plane) = (window.height.dilation, row.image &* window.depth.input &+ row.depth)
    let source = input + plane &* window.height.input &* window.width.input &* window.channels
    for phase in 0..<min(dilation, count) {
      // Rows whose windows lie on the same lines.
      let alike = (count &- phase &+ dilation &- 1) / dilation
      var first = 0
      while first < alike {
        let together = window.width.kernel == 3 && (alike &- first) % 4 == 0 ? 4 : fewestRows
        // The last rows reach back over some that are computed already instead of being fewer.
        let start = phase &+ min(first, alike &- together) &* dilation
        sweepTogether(row.height &+ start, together, source, output + start &* rowFloats)
        first = first &+ together
      }
    }
    if end.isPartial {
      for row in 0..<count {
        applyActivation(epilogue.activation, output + (row &* rowFloats &+ firstColumn &* window.channels), (endColumn &- firstColumn) &* window.channels)
      }
    }
  }

  /// `rows` rows on the same lines, of which row `row` of the plane is the first.
  private func sweepTogether(_ row: Int, _ rows: Int, _ plane: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>) {
    let (height, width, channels) = (window.height, window.width, window.channels)
    let y = height.start(row)
    var lines = 0
    for line in 0..<rows &+ height.kernel &- 1 where UInt(bitPattern: y &+ line &* height.dilation) < UInt(bitPattern: height.input) {
      lines |= 1 &<< line
    }
    // Columns whose windows lie on the same ones of the input.
    for column in firstColumn..<min(firstColumn &+ width.dilation, endColumn) {
      let x = width.start(column)
      let source = plane + (y &* width.input &+ x) &* channels
      let target = output + column &* channels
      var packed = 0
      while packed < channels {
        let block = DepthwiseBlock(after: packed, of: channels)
        // Blocks that do not reach back are computed in one go.
        let pairs = block.channel == packed ? (channels &- packed) / (2 &* Lanes.count) : 0
        let swept = max(pairs, 1) &* block.vectors &* Lanes.count
        let sweep = DepthwiseSweep(input: source + block.channel, weights: weights + packed &* window.taps, output: target + block.channel,
          bias: epilogue.bias.map { $0 + block.channel }, end: end, channels: swept, lineStep: height.dilation &* width.input &* channels,
          columnStep: width.dilation &* channels, outputRowStep: height.dilation &* rowFloats, lines: lines, column: x, dilation: width.dilation,
          width: width.input, columns: (endColumn &- column &- 1) / width.dilation &+ 1)
        if width.kernel == 5 {
          sweep.five(Sweep5Rows2.self)
        } else if rows == 4 {
          sweep.three(Sweep3Rows4.self)
        } else {
          sweep.three(Sweep3Rows3.self)
        }
        packed = packed &+ swept
      }
    }
  }
}
