// SPDX-License-Identifier: Apache-2.0
import KernelCases
import Kernels
import ModelFile
import Testing

/// One axis of a case.
private struct Axis {
  var input = 1
  var kernel = 1
  var stride = 1
  var dilation = 1
  var padding = 0
  var paddingEnd = 0

  /// Nil where no window fits.
  var window: WindowAxis? {
    let room = input + padding + paddingEnd - (kernel - 1) * dilation - 1
    if room < 0 { return nil }
    var axis = WindowAxis()
    (axis.input, axis.kernel, axis.stride, axis.dilation) = (input, kernel, stride, dilation)
    (axis.padding, axis.paddingEnd, axis.output) = (padding, paddingEnd, room / stride + 1)
    return axis
  }
}

/// Runs a depthwise convolution in uneven parts and compares it with a loop in double precision. The fences are NaN, so that a float
/// read outside of a tensor shows as well.
private func check(_ depth: Axis, _ height: Axis, _ width: Axis, batch: Int = 1, channels: Int, activation: Activation = Activation(),
  hasBias: Bool = true, hasResidual: Bool = false) {
  guard let z = depth.window, let y = height.window, let x = width.window else { return }
  var window = Window()
  (window.batch, window.channels, window.depth, window.height, window.width) = (batch, channels, z, y, x)
  let taps = window.taps
  let outputs = window.outputPositions * channels
  let input = GuardedFloats(window.inputPositions * channels) { Float(($0 * 37) % 101) / 50 - 1 }
  let weights = GuardedFloats(taps * channels) { Float(($0 * 29) % 83) / 41 - 1 }
  let bias = GuardedFloats(channels) { Float(($0 * 11) % 13) / 9 - 0.7 }
  let residual = GuardedFloats(outputs) { Float(($0 * 5) % 17) / 5 - 1.5 }
  let packed = GuardedFloats(depthwisePackedFloats(taps: taps, channels: channels)) { _ in .nan }
  let output = GuardedFloats(outputs) { _ in .nan }
  let swept = GuardedFloats(outputs) { _ in .nan }
  let memories = [input, weights, bias, residual, packed, output, swept]
  defer { for memory in memories { memory.free() } }

  packDepthwise(weights.pointer, taps: taps, channels: channels, into: packed.pointer)
  var product = DepthwiseProduct(window: window, weights: packed.pointer,
    epilogue: Epilogue(bias: hasBias ? bias.pointer : nil, residual: hasResidual ? residual.pointer : nil, activation: activation))
  var first = 0
  var step = 1
  while first < window.outputRows {
    let end = min(first + step, window.outputRows)
    // Every second run of rows by its left and its right columns.
    for (firstColumn, endColumn) in step % 4 == 1 ? [(0, x.output / 8 * 4), (x.output / 8 * 4, x.output)] : [(0, x.output)] {
      (product.firstColumn, product.endColumn) = (firstColumn, endColumn)
      product.rows(first, end, input: input.pointer, output: output.pointer + first * product.rowFloats)
    }
    first = end
    step += 2
  }

  // A plane at a time, as the kernel for AVX-512 does it, on any processor.
  let sweeps = product.canSweep && y.output >= (y.kernel == 3 ? 3 : 2) * y.dilation
  if sweeps {
    for plane in 0..<batch * z.output {
      let row = WindowRow(plane * y.output, of: window)
      for (firstColumn, endColumn) in plane % 2 == channels % 2 ? [(0, x.output)] : [(0, x.output / 8 * 4), (x.output / 8 * 4, x.output)] {
        (product.firstColumn, product.endColumn) = (firstColumn, endColumn)
        product.sweep(row, y.output, input: input.pointer, output: swept.pointer + plane * y.output * product.rowFloats)
      }
    }
  }

  let name = "\(height) \(width) depth \(depth.input)/\(depth.kernel), \(channels) channels, \(activation.function)"
  for memory in memories {
    if !memory.isIntact { Issue.record("written outside of a tensor: \(name)") }
  }
  var index = 0
  for image in 0..<batch {
    for zOut in 0..<z.output {
      for yOut in 0..<y.output {
        for xOut in 0..<x.output {
          for channel in 0..<channels {
            var sum = hasBias ? Double(bias[channel]) : 0
            if hasResidual { sum += Double(residual[index]) }
            for tap in 0..<taps {
              let zIn = zOut * z.stride - z.padding + tap / (y.kernel * x.kernel) * z.dilation
              let yIn = yOut * y.stride - y.padding + tap / x.kernel % y.kernel * y.dilation
              let xIn = xOut * x.stride - x.padding + tap % x.kernel * x.dilation
              guard zIn >= 0, zIn < z.input, yIn >= 0, yIn < y.input, xIn >= 0, xIn < x.input else { continue }
              let position = ((image * z.input + zIn) * y.input + yIn) * x.input + xIn
              sum += Double(input[position * channels + channel]) * Double(weights[tap * channels + channel])
            }
            // At most 49 products below 1, so every partial sum is below 64: half an ulp of it a step, doubled by an activation's slope.
            let tolerance = Float(taps + 3) * 64 * 0x1p-24
            for (found, kernel) in sweeps ? [(output[index], "tiles"), (swept[index], "sweep")] : [(output[index], "tiles")] {
              if !(abs(found - Float(activated(sum, activation))) <= tolerance) {
                Issue.record("\(found) for \(activated(sum, activation)) at \(index): \(kernel), \(name)")
                return
              }
            }
            index += 1
          }
        }
      }
    }
  }
}

private func activated(_ x: Double, _ activation: Activation) -> Double {
  switch activation.function {
  case .relu: return max(x, 0)
  case .clip: return min(max(x, Double(activation.alpha)), Double(activation.beta))
  case .hardSwish: return x * min(max(x / 6 + 0.5, 0), 1)
  case .scaledHardSwish: return Double(activation.alpha) * x * min(max(x / 6 + 0.5, 0), 1) + Double(activation.beta)
  case .absolute: return abs(x)
  default: return x
  }
}

private let channelCounts = [1, Lanes.count - 1, Lanes.count, Lanes.count + 1, 2 * Lanes.count - 1, 2 * Lanes.count, 2 * Lanes.count + 3,
  3 * Lanes.count, 5 * Lanes.count - 2]

@Test(arguments: [1, 2, 3, 4, 5, 7], [1, 2, 3])
func depthwiseEqualsADoubleLoop(_ kernel: Int, _ stride: Int) {
  for dilation in kernel == 1 ? [1] : [1, 2, 3] {
    for channels in channelCounts {
      for input in [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 22] {
        for padding in [0, kernel / 2 * dilation] {
          let axis = Axis(input: input, kernel: kernel, stride: stride, dilation: dilation, padding: padding, paddingEnd: padding)
          var height = axis
          height.input = min(input + 1, 7)
          check(Axis(), height, axis, channels: channels)
        }
      }
    }
  }
}

/// Padding on one side, and padding wider than the kernel: some windows see nothing but padding.
@Test(arguments: [3, 5, 7, 2])
func depthwiseWithUnevenPadding(_ kernel: Int) {
  for (before, after) in [(0, 1), (1, 0), (0, kernel + 2), (kernel + 3, 0), (kernel + 6, kernel + 9)] {
    for stride in [1, 2] {
      for dilation in [1, 2] {
        for input in [1, 4, 11] {
          let axis = Axis(input: input, kernel: kernel, stride: stride, dilation: dilation, padding: before, paddingEnd: after)
          for channels in [Lanes.count, 3 * Lanes.count + 1] { check(Axis(), axis, axis, channels: channels) }
        }
      }
    }
  }
}

@Test func depthwiseEndsOfALayer() {
  let activations = [Activation(), Activation(function: .relu), Activation(function: .clip, alpha: -0.5, beta: 1), Activation(function: .hardSwish),
    Activation(function: .scaledHardSwish, alpha: 0.75, beta: -2), Activation(function: .scaledHardSwish, alpha: -1, beta: 0.5),
    Activation(function: .absolute)]
  for activation in activations {
    for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
      for channels in channelCounts + [8 * Lanes.count + 130, 130, 136, 264] {
        for stride in [1, 2] {
          let axis = Axis(input: 12, kernel: 3, stride: stride, padding: 1, paddingEnd: 1)
          check(Axis(), axis, axis, channels: channels, activation: activation, hasBias: hasBias, hasResidual: hasResidual)
        }
      }
    }
  }
}

/// Volumes, batches, lines, and kernels whose sides differ.
@Test func depthwiseOfOtherRanks() {
  let three = Axis(input: 5, kernel: 3, padding: 1, paddingEnd: 1)
  let wide = Axis(input: 19, kernel: 9, stride: 1, padding: 4, paddingEnd: 4)
  let relu = Activation(function: .relu)
  for channels in channelCounts {
    check(three, three, Axis(input: 14, kernel: 3, padding: 1, paddingEnd: 1), batch: 2, channels: channels, activation: relu)
    check(three, three, Axis(input: 14, kernel: 5, stride: 2, padding: 2, paddingEnd: 2), channels: channels, activation: relu, hasResidual: true)
    check(Axis(input: 3, kernel: 2, stride: 2), three, wide, batch: 2, channels: channels, activation: Activation(function: .hardSwish))
    check(Axis(input: 2, kernel: 2, padding: 4, paddingEnd: 3), three, three, channels: channels)
    check(Axis(), Axis(), wide, batch: 3, channels: channels)
    check(Axis(), wide, Axis(), channels: channels)
    check(Axis(), Axis(input: 6, kernel: 1), wide, channels: channels, activation: Activation(function: .absolute))
  }
}

/// Strips of columns end inside of a row.
@Test func depthwiseOfWideRows() {
  for kernel in [3, 5, 7] {
    for stride in [1, 2] {
      for width in [63, 64, 65, 66, 67, 130] {
        let axis = Axis(input: width, kernel: kernel, stride: stride, padding: kernel / 2, paddingEnd: kernel / 2)
        let height = Axis(input: 5, kernel: kernel, padding: kernel / 2, paddingEnd: kernel / 2)
        for channels in [Lanes.count, 4 * Lanes.count, 9 * Lanes.count + 1, 136] { check(Axis(), height, axis, channels: channels) }
      }
    }
  }
}

@Test func depthwisePassesNaNsOn() {
  var axis = WindowAxis()
  (axis.input, axis.output, axis.kernel, axis.padding) = (9, 9, 3, 1)
  var window = Window()
  (window.height, window.width, window.channels) = (axis, axis, 2 * Lanes.count)
  var input = [Float](repeating: 1, count: window.inputPositions * window.channels)
  input[(4 * 9 + 4) * window.channels + 3] = .nan
  let weights = [Float](repeating: 1, count: 9 * window.channels)
  var packed = [Float](repeating: 0, count: depthwisePackedFloats(taps: 9, channels: window.channels))
  packDepthwise(weights, taps: 9, channels: window.channels, into: &packed)
  var output = [Float](repeating: 0, count: input.count)
  let product = DepthwiseProduct(window: window, weights: packed,
    epilogue: Epilogue(bias: nil, residual: nil, activation: Activation(function: .clip, alpha: 0, beta: 6)))
  product.rows(0, 9, input: input, output: &output)
  for index in output.indices {
    let (row, column, channel) = (index / window.channels / 9, index / window.channels % 9, index % window.channels)
    #expect(output[index].isNaN == (channel == 3 && abs(row - 4) <= 1 && abs(column - 4) <= 1))
  }
}
