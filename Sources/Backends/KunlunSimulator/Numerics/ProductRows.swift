// SPDX-License-Identifier: Apache-2.0
import Kernels
import Platform

/// The rows of a product's left factor.
package enum ProductRows {
  /// A matrix with `stride` floats between stored rows, or its transpose.
  case matrix(UnsafePointer<Float>, stride: Int, isTransposed: Bool = false)
  /// The windows of one group of a convolution over an input, a row a position of the output: [taps, channels of the group].
  case windows(UnsafePointer<Float>, Window, firstChannel: Int, channels: Int)

  /// Copies depth `begin` ..< `end` of rows `first` ..< `first + count` to `target`, a row `rowFloats` floats after the other.
  func read(_ first: Int, _ count: Int, _ begin: Int, _ end: Int, into target: UnsafeMutablePointer<Float>, rowFloats: Int) {
    switch self {
    case .matrix(let elements, let stride, isTransposed: false):
      for row in 0..<count { platform_copy(target + row &* rowFloats, elements + ((first &+ row) &* stride &+ begin), (end &- begin) &* 4) }
    case .matrix(let elements, let stride, isTransposed: true):
      for index in begin..<end {
        for row in 0..<count { target[row &* rowFloats &+ index &- begin] = elements[index &* stride &+ first &+ row] }
      }
    case .windows(let input, let window, let firstChannel, let channels):
      gatherWindowRows(input, window, first: first, count: count, firstChannel: firstChannel, channels: channels, firstDepth: begin, endDepth: end,
        into: target, stride: rowFloats)
    }
  }
}
