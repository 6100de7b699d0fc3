// SPDX-License-Identifier: Apache-2.0

/// target[row, channel] = input[row, channel] weights[channel], or added to what is there: one tap of a transposed convolution whose channels are groups.
///
/// Rows of the input lie `inputStride` floats apart, those of the target `stride`.
@inline(never)
package func multiplyChannels(_ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, rows: Int, channels: Int, inputStride: Int,
  into target: UnsafeMutablePointer<Float>, stride: Int, accumulates: Bool) {
  var (from, to) = (input, target)
  for _ in 0..<rows {
    joinVectors(channels) { channel, width in
      let sum = accumulates ? Lanes(at: to + channel, first: width) : Lanes.zero
      sum.multiplyAdd(Lanes(at: from + channel, first: width), Lanes(at: weights + channel, first: width)).store(to: to + channel, first: width)
    }
    from += inputStride
    to += stride
  }
}
