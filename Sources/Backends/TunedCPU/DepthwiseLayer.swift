// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// A depthwise convolution: what its shapes decide.
///
/// Where a channel has several outputs, so many copies of it follow each other in scratch, some lines of the input at a time, and each output has a
/// channel of its own: the copies of a line cost less than a kernel's loads would if each spread its channels over the vector.
struct DepthwiseLayer {
  /// Of as many channels as there are outputs.
  let window: Window
  /// Outputs a channel.
  let multiplier: Int
  let threads: Int
  /// Each of about as many rows of the output, which share lines of the input: four or more, where that leaves a task a thread.
  let tasks: Int
  /// Whether a task has columns of all rows instead: of few rows a thread would have more than another, and read most lines that others have written.
  private let dividesColumns: Bool
  /// Rows of the output whose lines are copied at once, where a channel has several outputs.
  private let stripe: Int

  /// `window` has the channels of the input. Copied lines take a quarter of a second-level cache, or the lines of one row.
  init(_ window: Window, outputs: Int, threads: Int, caches: CacheSizes) {
    multiplier = max(outputs / max(window.channels, 1), 1)
    var window = window
    window.channels = outputs
    self.window = window
    let work = ProductExtents(rows: max(window.outputPositions, 0), columns: outputs, depth: window.taps).work
    self.threads = work > 50_000 ? max(threads, 1) : 1
    let rows = max(window.outputRows, 1)
    // A task copies the lines that it shares with the one before it once more.
    let tile = multiplier > 1 ? window.height.kernel : 1
    dividesColumns = self.threads > 1 && multiplier == 1 && rows < 4 &* self.threads && window.width.output >= 16 &* self.threads
    tasks = dividesColumns ? self.threads
      : max(TaskDivision(rows: rows, columns: 1, tile: tile, most: rows, threads: self.threads).rowTasks, min(rows, self.threads))
    let fitting = caches.level2 / 4 / max(sizeProduct(sizeProduct(4, outputs), window.width.input), 1)
    stripe = max((fitting &- window.height.reach) / max(window.height.stride, 1), 1)
  }

  var packedFloats: Int { depthwisePackedFloats(taps: window.taps, channels: window.channels) }

  /// Floats of scratch of one thread: copied lines and room for a vector.
  var threadFloats: Int {
    if multiplier == 1 { return 0 }
    let rows = max(min(stripe, window.height.output), 1)
    let lines = min(window.height.lines(of: rows), window.height.input)
    return sizeSum(sizeProduct(sizeProduct(lines, window.width.input), window.channels), 16)
  }

  /// Task `task`, by one thread, with its `scratch`.
  func compute(_ task: Int, input: UnsafePointer<Float>, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>) {
    var product = DepthwiseProduct(window: window, weights: packed, epilogue: epilogue)
    if dividesColumns {
      let columns = window.width.output
      product.firstColumn = columns &* task / tasks / 4 &* 4
      product.endColumn = task &+ 1 < tasks ? columns &* (task &+ 1) / tasks / 4 &* 4 : columns
      return product.rows(0, window.outputRows, input: input, output: output)
    }
    let first = window.outputRows &* task / tasks
    let end = window.outputRows &* (task &+ 1) / tasks
    if multiplier == 1 { return product.rows(first, end, input: input, output: output + first &* product.rowFloats) }
    var row = first
    while row < end {
      let height = row % window.height.output
      let rows = min(min(stripe, end &- row), window.height.output &- height)
      copyAndCompute(image: row / window.height.output, height, rows, input, packed, output + row &* product.rowFloats,
        Epilogue(bias: epilogue.bias, residual: epilogue.residual.map { $0 + row &* product.rowFloats }, activation: epilogue.activation), scratch)
      row &+= rows
    }
  }

  /// Rows `first` ..< `first + rows` of an image, written to `output`, from copies of their lines.
  private func copyAndCompute(image: Int, _ first: Int, _ rows: Int, _ input: UnsafePointer<Float>, _ packed: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue, _ scratch: UnsafeMutablePointer<Float>) {
    let height = window.height
    let start = height.start(first)
    let line = min(max(start, 0), height.input)
    let endLine = max(min(height.start(first &+ rows &- 1) &+ height.reach &+ 1, height.input), line)
    let lineFloats = window.width.input &* (window.channels / multiplier)
    repeatFloats(input + (image &* height.input &+ line) &* lineFloats, (endLine &- line) &* lineFloats, times: multiplier, into: scratch)
    var part = window
    part.batch = 1
    (part.height.input, part.height.output, part.height.padding) = (endLine &- line, rows, line &- start)
    DepthwiseProduct(window: part, weights: packed, epilogue: epilogue).rows(0, rows, input: scratch, output: output)
  }
}
