// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// A depthwise convolution: what its shapes decide.
struct DepthwiseLayer {
  let window: Window
  let threads: Int
  /// Each of about as many rows of the output, which share lines of the input: four or more, where that leaves a task a thread.
  let tasks: Int

  init(_ window: Window, threads: Int) {
    self.window = window
    let work = ProductExtents(rows: max(window.outputPositions, 0), columns: window.channels, depth: window.taps).work
    self.threads = work > 50_000 ? max(threads, 1) : 1
    let rows = max(window.outputRows, 1)
    tasks = max(TaskDivision(rows: rows, columns: 1, tile: 1, most: rows, threads: self.threads).rowTasks, min(rows, self.threads))
  }

  var packedFloats: Int { depthwisePackedFloats(taps: window.taps, channels: window.channels) }

  /// Task `task`, by one thread.
  func compute(_ task: Int, input: UnsafePointer<Float>, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, _ epilogue: Epilogue) {
    let first = window.outputRows &* task / tasks
    let product = DepthwiseProduct(window: window, weights: packed, epilogue: epilogue)
    product.rows(first, window.outputRows &* (task &+ 1) / tasks, input: input, output: output + first &* product.rowFloats)
  }
}
