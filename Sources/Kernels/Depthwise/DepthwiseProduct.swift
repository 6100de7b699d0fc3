// SPDX-License-Identifier: Apache-2.0
import ModelFile

/// A depthwise convolution: every channel with its own window, output = activation(window * weights + bias + residual).
///
/// Input [batch, depth, height, width, channels], output [batch, depth', height', width', channels], both contiguous, at most three
/// spatial dimensions, any kernel, stride, dilation and padding. Vectors lie along the channels; four output columns of one or two vectors
/// are summed in registers, so that an input column is loaded once for all windows it lies in. Kernels 3, 5 and 7 wide of stride 1 and 2
/// are unrolled. Memory before or after the tensors is neither read nor written.
///
///     let floats = depthwisePackedFloats(taps: window.taps, channels: window.channels)   // once a model
///     packDepthwise(weights, taps: window.taps, channels: window.channels, into: packed)
///     let product = DepthwiseProduct(window: window, weights: packed, epilogue: epilogue)
///     product.rows(first, end, input: input, output: output + first * product.rowFloats) // on every thread, with its own rows
package struct DepthwiseProduct {
  let window: Window
  let weights: UnsafePointer<Float>
  let epilogue: Epilogue
  let end: DepthwiseEnd
  /// The columns of a row that are computed, all of them at first: `firstColumn` is a multiple of four, `endColumn` too or the output's width.
  package var firstColumn = 0
  package var endColumn: Int

  /// `weights`: from `packDepthwise`. `epilogue.residual` is laid out as the whole output and must not be the output's own memory.
  package init(window: Window, weights: UnsafePointer<Float>, epilogue: Epilogue) {
    self.window = window
    self.weights = weights
    self.epilogue = epilogue
    end = DepthwiseEnd(epilogue.activation)
    endColumn = window.width.output
  }

  /// Floats of a row of the output.
  package var rowFloats: Int { window.width.output &* window.channels }

  /// Rows `first` ..< `end` of `Window.outputRows`, in order, from the whole input; `output` is where row `first` is written.
  ///
  /// Four or more rows in one call are faster than one at a time.
  @inline(never)
  package func rows(_ first: Int, _ end: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    if first >= end || window.channels <= 0 { return }
    if window.channels < Lanes.count { return narrowRows(first, end, input, output) }
    var index = first
    while index < end {
      let row = WindowRow(index, of: window)
      let count = min(end &- index, window.height.output &- row.height)
      let target = output + (index &- first) &* rowFloats
      if sweeps(count) { sweep(row, count, input: input, output: target) } else { wideRows(index, index &+ count, input, target) }
      index = index &+ count
    }
  }

  /// Fewer channels than a vector.
  private func narrowRows(_ first: Int, _ end: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>) {
    var row = WindowRow(first, of: window)
    var target = output
    var index = first
    while index < end {
      let offset = firstColumn &* window.channels
      depthwiseRow(input, weights, window, row, firstColumn: firstColumn, endColumn: endColumn, into: target + offset)
      finishRows(target + offset, rows: endColumn &- firstColumn, columns: window.channels, rowStride: window.channels, bias: epilogue.bias,
        residual: epilogue.residual.map { $0 + (index &* rowFloats &+ offset) }, residualStride: window.channels, activation: epilogue.activation)
      target += rowFloats
      row.advance(in: window)
      index = index &+ 1
    }
  }

  /// Rows that go through a tile of columns one after the other, and find the lines that they share in the first-level cache.
  private static var rowsTogether: Int { 4 }
  /// Floats of the first-level cache that a chunk of channels may take.
  private static var cacheFloats: Int { 6000 }

  /// Channels that go through a tile of columns together: what its rows share is then still in the first-level cache, as are the weights.
  private var chunk: Int {
    let columns = 3 &* window.width.stride &+ (window.width.kernel &- 1) &* window.width.dilation &+ 1
    let floats = columns &* window.height.kernel &+ window.taps &+ 4
    return max(DepthwiseProduct.cacheFloats / max(floats, 1) / (2 &* Lanes.count), 1) &* 2 &* Lanes.count
  }

  private func wideRows(_ first: Int, _ end: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>) {
    let tiles = DepthwiseTiles(window.width, firstColumn, endColumn)
    let chunk = chunk
    var row = WindowRow(first, of: window)
    var index = first
    var target = output
    var residual = epilogue.residual.map { $0 + first &* rowFloats }
    while index < end {
      let lines = DepthwiseRowLines(row, of: window, input: input)
      let count = min(min(lines.alike, DepthwiseProduct.rowsTogether), end &- index)
      var packed = 0
      while packed < window.channels {
        let block = DepthwiseBlock(after: packed, of: window.channels)
        // Blocks that do not reach back are computed in one go.
        let pairs = block.channel == packed ? min(window.channels &- packed, chunk) / (2 &* Lanes.count) : 0
        blocks(block, max(pairs, 1), lines, count, tiles, weights + packed &* window.taps, target, residual)
        packed = packed &+ max(pairs, 1) &* block.vectors &* Lanes.count
      }
      if self.end.isPartial {
        for row in 0..<count {
          applyActivation(epilogue.activation, target + (row &* rowFloats &+ firstColumn &* window.channels),
            (endColumn &- firstColumn) &* window.channels)
        }
      }
      index = index &+ count
      row = WindowRow(index, of: window)
      target += count &* rowFloats
      residual = residual.map { $0 + count &* rowFloats }
    }
  }

  /// `rows` rows of `count` blocks of channels, whose weights are at `weights`.
  private func blocks(_ block: DepthwiseBlock, _ count: Int, _ lines: DepthwiseRowLines, _ rows: Int, _ tiles: DepthwiseTiles,
    _ weights: UnsafePointer<Float>, _ row: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?) {
    let lineFloats = window.width.input &* window.channels
    let tapFloats = block.vectors &* Lanes.count
    let kernelLine = window.width.kernel &* tapFloats
    var run = DepthwiseRun(input: lines.source + block.channel, weights: weights + lines.firstKernelLine &* kernelLine,
      output: row + block.channel, bias: epilogue.bias.map { $0 + block.channel }, added: residual.map { $0 + block.channel }, end: self.end,
      lines: lines.lines, lineStep: window.height.dilation &* lineFloats, rows: rows, rowStep: window.height.stride &* lineFloats,
      outputRowStep: rowFloats, step: window.channels, blocks: count, vectors: block.vectors, blockWeights: window.taps &* tapFloats,
      width: window.width, zeros: self.weights + (depthwisePackedFloats(taps: window.taps, channels: window.channels) &- 2 &* Lanes.count))
    // Further planes go on from the sums of the first in the output; the layer ends with the last.
    var plane = lines.planes
    while true {
      if plane > 1 { run.end = DepthwiseEnd(Activation()) } else { run.end = self.end }
      self.run(run, tiles)
      plane = plane &- 1
      if plane <= 0 { break }
      run.input += window.depth.dilation &* window.height.input &* lineFloats
      run.weights += window.height.kernel &* kernelLine
      run.bias = nil
      run.added = UnsafePointer(run.output)
    }
  }

  private func run(_ run: DepthwiseRun, _ tiles: DepthwiseTiles) {
    let isDense = window.width.dilation == 1
    // A line a window: a library for certain models (CORACLE_DEPTHWISE) is compiled with some of these lines, and the last only where one needs it.
    switch (isDense ? window.width.kernel : 0, window.width.stride) {
    case (3, 1): run.tiles(UnrolledLine<Taps3Stride1>(), tiles)
    case (3, 2): run.tiles(UnrolledLine<Taps3Stride2>(), tiles)
    case (5, 1): run.tiles(UnrolledLine<Taps5Stride1>(), tiles)
    case (5, 2): run.tiles(UnrolledLine<Taps5Stride2>(), tiles)
    case (7, 1): run.tiles(UnrolledLine<Taps7Stride1>(), tiles)
    case (7, 2): run.tiles(UnrolledLine<Taps7Stride2>(), tiles)
    default: run.tiles(GeneralLine(taps: window.width.kernel, stride: window.width.stride, dilation: window.width.dilation), tiles)
    }
  }
}

extension DepthwiseEnd {
  init(_ activation: Activation) {
    switch activation.function {
    case .identity: self.init(low: -.infinity, high: .infinity)
    case .relu: self.init(low: 0, high: .infinity)
    case .clip: self.init(low: activation.alpha, high: activation.beta)
    default:
      let hardSwish = HardSwish(activation)
      self.init(low: -.infinity, high: .infinity, hardSwish: hardSwish, isPartial: hardSwish == nil)
    }
  }
}
