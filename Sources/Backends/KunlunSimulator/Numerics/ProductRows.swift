// SPDX-License-Identifier: Apache-2.0
import Kernels
import Platform

/// The rows of a matrix as it lies, or of its transpose.
package struct MatrixRows: ProductRows {
  let elements: UnsafePointer<Float>
  let stride: Int
  let isTransposed: Bool

  /// `stride` is between stored rows.
  package init(_ elements: UnsafePointer<Float>, stride: Int, isTransposed: Bool = false) {
    self.elements = elements
    self.stride = stride
    self.isTransposed = isTransposed
  }

  package func read(_ first: Int, _ count: Int, _ begin: Int, _ end: Int, into target: UnsafeMutablePointer<Float>, stride: Int) {
    for row in 0..<count {
      let copy = target + row &* stride
      if isTransposed {
        for index in begin..<end { copy[index &- begin] = elements[index &* self.stride &+ first &+ row] }
      } else {
        platform_copy(copy, elements + ((first &+ row) &* self.stride &+ begin), (end &- begin) &* 4)
      }
    }
  }
}

/// The windows of one group of a convolution, a row a position of the output: [taps, channels of the group].
package struct GroupWindows: ProductRows {
  let input: UnsafePointer<Float>
  let window: Window
  let firstChannel: Int
  let channels: Int

  package init(_ input: UnsafePointer<Float>, _ window: Window, firstChannel: Int, channels: Int) {
    self.input = input
    self.window = window
    self.firstChannel = firstChannel
    self.channels = channels
  }

  package func read(_ first: Int, _ count: Int, _ begin: Int, _ end: Int, into target: UnsafeMutablePointer<Float>, stride: Int) {
    gatherWindowRows(input, window, first: first, count: count, firstChannel: firstChannel, channels: channels, firstDepth: begin, endDepth: end,
      into: target, stride: stride)
  }
}
