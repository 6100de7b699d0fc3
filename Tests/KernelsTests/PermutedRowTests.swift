// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Testing

/// Pixels of few channels mixed by vectors, beside a loop over offsets and weights in double precision.
@Suite struct PermutedRowTests {
  @Test func rowsBesideLoops() {
    for channels in 1...4 {
      for (input, pixels) in [(16, 16), (17, 18), (31, 62), (9, 80), (100, 103), (1, 40), (64, 129)] {
        for (mode, coordinates) in [(ResizeMode.linear, CoordinateMode.halfPixel), (.linear, .alignCorners), (.cubic, .halfPixel), (.cubic, .asymmetric)] {
          check(channels, input, pixels, mode, coordinates)
        }
      }
    }
  }

  private func check(_ channels: Int, _ input: Int, _ pixels: Int, _ mode: ResizeMode, _ coordinates: CoordinateMode) {
    #expect(PermutedRow.suits(pixels: pixels, from: input, channels: channels))
    let axis = ResizeAxis(inputExtent: input, outputExtent: pixels, scale: 0, mode: mode, coordinates: coordinates, nearest: .floor,
      cubicCoefficient: -0.75, excludeOutside: false)
    let (taps, floats) = (ResizeAxis.taps(mode), pixels * channels)
    var offsets = [Int](repeating: 0, count: pixels * taps)
    var weights = [Float](repeating: 0, count: pixels * taps)
    offsets.withUnsafeMutableBufferPointer { offsets in
      weights.withUnsafeMutableBufferPointer { weights in
        for pixel in 0..<pixels {
          axis.write(pixel, stride: channels, offsets: offsets.baseAddress! + pixel * taps, weights: weights.baseAddress! + pixel * taps)
        }
      }
    }
    // What lies behind the row is read and must not be taken.
    let x = (0..<input * channels).map { Float($0 * 37 % 101) / 16 - 3 }
    let source = x + [Float](repeating: .nan, count: PermutedRow.spareFloats(channels: channels, taps: taps))
    var result = [Float](repeating: 0, count: floats + 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: PermutedRow.tableBytes(floats: floats, taps: taps), alignment: 64)
    defer { memory.deallocate() }
    offsets.withUnsafeBufferPointer { offsets in
      weights.withUnsafeBufferPointer { weights in
        let row = PermutedRow(pixels: pixels, channels: channels, taps: taps, offsets: offsets.baseAddress!, weights: weights.baseAddress!, memory: memory)
        row.fill()
        row.mix(source, into: &result)
      }
    }
    #expect(result[floats] == 0)
    for index in 0..<floats {
      let (pixel, channel) = (index / channels, index % channels)
      var wanted = 0.0
      for tap in 0..<taps { wanted += Double(x[offsets[pixel * taps + tap] + channel]) * Double(weights[pixel * taps + tap]) }
      // Four products of numbers below 4 and some roundings of their sum.
      #expect(abs(Double(result[index]) - wanted) <= 2e-6, "\(channels) channels, \(input) to \(pixels), \(mode)")
    }
  }

  @Test func otherRowsAreLeft() {
    #expect(!PermutedRow.suits(pixels: 40, from: 41, channels: 1))
    #expect(!PermutedRow.suits(pixels: 3, from: 2, channels: 4))
    #expect(!PermutedRow.suits(pixels: 40, from: 20, channels: 5))
    #expect(!PermutedRow.suits(pixels: 40, from: 20, channels: 0))
  }
}
