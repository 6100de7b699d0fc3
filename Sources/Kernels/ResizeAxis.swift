// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform

/// How the positions of one resized axis are found in the input (formulas: ONNX, operator Resize).
package struct ResizeAxis {
  package let inputExtent: Int
  package let outputExtent: Int
  /// Output extent / input extent as the model gives it, or 0 where it gives the extents themselves.
  package let scale: Float
  package let mode: ResizeMode
  package let coordinates: CoordinateMode
  package let nearest: NearestMode
  package let cubicCoefficient: Float
  package let excludeOutside: Bool

  package init(inputExtent: Int, outputExtent: Int, scale: Float, mode: ResizeMode, coordinates: CoordinateMode, nearest: NearestMode,
    cubicCoefficient: Float, excludeOutside: Bool) {
    self.inputExtent = inputExtent
    self.outputExtent = outputExtent
    self.scale = scale
    self.mode = mode
    self.coordinates = coordinates
    self.nearest = nearest
    self.cubicCoefficient = cubicCoefficient
    self.excludeOutside = excludeOutside
  }

  /// Input positions that an output position is mixed from.
  package static func taps(_ mode: ResizeMode) -> Int {
    switch mode {
    case .nearest: 1
    case .linear: 2
    case .cubic: 4
    }
  }

  /// Where output position `position` lies in the input; in double precision, so that exact positions stay exact.
  private func coordinate(_ position: Int) -> Double {
    let (input, output) = (Double(inputExtent), Double(outputExtent))
    // The ratio is kept as a fraction: one rounding only.
    let (numerator, denominator) = scale > 0 ? (1, Double(scale)) : (input, output)
    let place = Double(position)
    let centred = (place + 0.5) * numerator / denominator - 0.5
    switch coordinates {
    case .halfPixel: return centred
    case .pytorchHalfPixel: return outputExtent > 1 ? centred : 0
    case .asymmetric: return place * numerator / denominator
    case .alignCorners: return outputExtent > 1 ? place * (input - 1) / (output - 1) : 0
    case .halfPixelSymmetric:
      let adjustment = output * numerator / (denominator * input)
      return input / 2 * (1 - adjustment) + centred
    }
  }

  /// Writes offsets (input positions times `stride`) and weights of output position `position`: as many as the mode has taps.
  package func write(_ position: Int, stride: Int, offsets: UnsafeMutablePointer<Int>, weights: UnsafeMutablePointer<Float>) {
    let last = max(inputExtent - 1, 0)
    let found = coordinate(position)
    // Clamped before it becomes an integer: the scale may be absurd. NaN becomes 0.
    let place = found >= -8 ? min(found, Double(last) + 8) : found < -8 ? -8 : 0
    switch mode {
    case .nearest:
      let rounded: Double
      switch nearest {
      case .floor: rounded = platform_floor_double(place)
      case .ceil: rounded = platform_ceil_double(place)
      case .roundPreferFloor: rounded = platform_ceil_double(place - 0.5)
      case .roundPreferCeil: rounded = platform_floor_double(place + 0.5)
      }
      offsets[0] = min(max(Int(rounded), 0), last) &* stride
      weights[0] = 1
    case .linear:
      let inside = min(max(place, 0), Double(last))
      let low = Int(inside)
      offsets[0] = low &* stride
      offsets[1] = min(low + 1, last) &* stride
      weights[1] = Float(inside - Double(low))
      weights[0] = 1 - weights[1]
    case .cubic:
      let floor = platform_floor_double(place)
      let low = Int(floor)
      let t = Float(place - floor)
      let a = cubicCoefficient
      // Keys 1981: the convolution kernel with its free coefficient.
      weights[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a
      weights[1] = ((a + 2) * t - (a + 3)) * t * t + 1
      weights[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1
      weights[3] = ((a * (2 - t) - 5 * a) * (2 - t) + 8 * a) * (2 - t) - 4 * a
      var sum: Float = 0
      for tap in 0..<4 {
        let index = low - 1 + tap
        if excludeOutside && (index < 0 || index > last) { weights[tap] = 0 }
        sum += weights[tap]
        offsets[tap] = min(max(index, 0), last) &* stride
      }
      if excludeOutside && sum != 0 { for tap in 0..<4 { weights[tap] /= sum } }
    }
  }
}
