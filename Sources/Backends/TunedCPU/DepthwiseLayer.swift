// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// A depthwise convolution: what its shapes decide.
struct DepthwiseLayer {
  let window: Window
  let threads: Int
  /// Rows of the output in a task.
  let taskRows: Int

  init(_ window: Window, threads: Int) {
    self.window = window
    let work = ProductExtents(rows: max(window.outputPositions, 0), columns: window.channels, depth: window.taps).work
    self.threads = work > 50_000 ? max(threads, 1) : 1
    let rows = max(window.outputRows, 1)
    // Rows of a task share lines of the input; a few tasks a thread.
    let most = self.threads > 1 ? max(rows / (4 &* self.threads), 1) : rows
    taskRows = min(max(most, 4), rows)
  }

  var tasks: Int { (max(window.outputRows, 0) &+ taskRows &- 1) / taskRows }
  var packedFloats: Int { depthwisePackedFloats(taps: window.taps, channels: window.channels) }

  /// Task `task`, by one thread.
  func compute(_ task: Int, input: UnsafePointer<Float>, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue) {
    let first = task &* taskRows
    let product = DepthwiseProduct(window: window, weights: packed, epilogue: epilogue)
    product.rows(first, min(first &+ taskRows, window.outputRows), input: input, output: output + first &* product.rowFloats)
  }
}
