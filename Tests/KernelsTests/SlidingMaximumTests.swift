// SPDX-License-Identifier: Apache-2.0
import Kernels
import Testing

/// Maxima of windows that slide by one position, beside loops over each window.
@Suite struct SlidingMaximumTests {
  private static func axis(_ input: Int, _ kernel: Int, _ padding: Int, _ paddingEnd: Int) -> WindowAxis {
    var axis = WindowAxis()
    (axis.input, axis.kernel, axis.padding, axis.paddingEnd) = (input, kernel, padding, paddingEnd)
    axis.output = input + padding + paddingEnd - kernel + 1
    return axis
  }

  @Test func windowsBesideLoops() throws {
    for (height, width, channels) in [
      (Self.axis(20, 13, 6, 6), Self.axis(20, 13, 6, 6), 40), (Self.axis(37, 7, 3, 3), Self.axis(35, 7, 3, 3), 16),
      (Self.axis(6, 6, 0, 0), Self.axis(9, 9, 8, 3), 17), (Self.axis(3, 16, 13, 15), Self.axis(70, 6, 1, 0), 23),
    ] {
      var window = Window()
      (window.height, window.width, window.channels) = (height, width, channels)
      let sliding = try #require(SlidingMaximum(window))
      var state: UInt32 = 5
      let x = (0..<height.input * width.input * channels).map { index -> Float in
        state = state &* 1_664_525 &+ 1_013_904_223
        // Some NaN, which is passed over, and places where there is little else.
        return state >> 24 < 20 || index % 7 == 0 && index / channels % 3 == 0 ? .nan : Float(state >> 16) - 30000
      }
      let pitch = channels + 3
      var y = [Float](repeating: 1, count: height.output * width.output * pitch)
      // Two parts, as two threads have them.
      let middle = height.output / 3
      y.withUnsafeMutableBufferPointer {
        sliding.rows(0, middle, x, into: $0.baseAddress!, pitch: pitch)
        sliding.rows(middle, height.output, x, into: $0.baseAddress!, pitch: pitch)
      }
      var wrong = 0
      for row in 0..<height.output {
        for column in 0..<width.output {
          for channel in 0..<pitch {
            var best = channel < channels ? -Float.infinity : 1
            for (i, j) in channel < channels ? pairs(height, row, width, column) : [] {
              let value = x[(i * width.input + j) * channels + channel]
              if value > best { best = value }
            }
            if y[(row * width.output + column) * pitch + channel] != best { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0, "\(height.kernel) x \(width.kernel), \(channels) channels")
    }
  }

  /// The input positions under a window.
  private func pairs(_ height: WindowAxis, _ row: Int, _ width: WindowAxis, _ column: Int) -> [(Int, Int)] {
    var pairs: [(Int, Int)] = []
    for i in row - height.padding..<row - height.padding + height.kernel where i >= 0 && i < height.input {
      for j in column - width.padding..<column - width.padding + width.kernel where j >= 0 && j < width.input { pairs.append((i, j)) }
    }
    return pairs
  }

  @Test func otherWindowsAreLeft() {
    var window = Window()
    window.channels = 64
    (window.height, window.width) = (Self.axis(20, 7, 3, 3), Self.axis(20, 7, 3, 3))
    #expect(SlidingMaximum(window) != nil)
    var other = window
    other.channels = 7
    #expect(SlidingMaximum(other) == nil)
    for change in [{ $0.stride = 2 }, { $0.dilation = 2 }, { $0.kernel = 5 }, { $0.kernel = 17 }, { $0.padding = 7 }, { $0.input = 0 }, { $0.output = 30 }]
      as [(inout WindowAxis) -> Void]
    {
      var other = window
      change(&other.width)
      #expect(SlidingMaximum(other) == nil)
    }
  }
}
