// ONNX operators of signal processing, as products with the trigonometric basis. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension ONNXCall {
  func signals() throws -> [Value?]? {
    switch node.opType {
    case "DFT": return [try discreteFourierTransform()]
    case "STFT": return [try shortTimeFourierTransform()]
    // Weights of the cosines of 0, 1 and 2 periods.
    case "HannWindow": return [try window(of: [0.5, -0.5])]
    case "HammingWindow": return [try window(of: [25.0 / 46, -21.0 / 46])]
    case "BlackmanWindow": return [try window(of: [0.42, -0.5, 0.08])]
    default: return nil
    }
  }

  private static let longestTransform = 1 << 13
  /// The basis has about the square of the length.
  private static let largestBasis = 1 << 25

  /// Real numbers have a last dimension of 1, complex ones of 2. x [..., n, ..., 1 or 2] to [..., bins, ..., 2].
  private func discreteFourierTransform() throws -> Value {
    let x = try input(0), isInverse = flag("inverse"), isOneSided = flag("onesided")
    guard let shape = x.shape, let parts = shape.last, shape.count > 1, parts == 1 || parts == 2 else {
      throw ImportError.unsupported("a transform of '\(x.name)', which is not known to be real or complex")
    }
    let given = version < 20 ? int("axis", default: 1) : try number(input: 2).flatMap { Int(exactly: $0) } ?? -2
    let axis = try builder.axis(given, rank: shape.count)
    let length = try number(input: 1).flatMap { Int(exactly: $0) } ?? shape[axis]
    guard axis < shape.count - 1, shape[axis] >= 0, (1...Self.longestTransform).contains(length), !isOneSided || (parts == 1 && !isInverse) else {
      throw ImportError.unsupported("a transform of length \(length) along axis \(axis), one-sided \(isOneSided), inverse \(isInverse)")
    }
    // What is longer is cut, what is shorter ends with zeros, which need no rows of the basis.
    let count = min(shape[axis], length), bins = isOneSided ? length / 2 + 1 : length
    let cut = count < shape[axis] ? builder.slice(x, axes: [axis], starts: [0], ends: [count]) : x
    let order = (0..<shape.count).filter { $0 != axis && $0 != shape.count - 1 } + [axis, shape.count - 1]
    let rows = builder.flatten(try builder.transpose(cut, order), first: shape.count - 2, last: shape.count - 1)
    let y = try builder.matmul(rows, basis(count, bins, length, parts: parts, isInverse: isInverse))
    let apart = try builder.reshape(y, extents: (0..<shape.count - 2).map { builder.extent(y, $0) } + [.known(bins), .known(2)])
    return try builder.transpose(apart, order.indices.map { order.firstIndex(of: $0) ?? $0 })
  }

  /// Frames of a real signal [B, L] or [B, L, 1], times the window, transformed: [B, frames, bins, 2], by one convolution.
  private func shortTimeFourierTransform() throws -> Value {
    var x = try input(0)
    let rank = try builder.rank(x)
    if rank == 3, x.shape?[2] == 1 { x = builder.squeeze(x, axes: [2]) } else if rank != 2 { throw ImportError.unsupported("a complex signal") }
    guard let step = try number(input: 1).flatMap({ Int(exactly: $0) }), step > 0 else { throw ImportError.malformed("a frame step below 1") }
    let window = optional(2)
    guard let length = try number(input: 3).flatMap({ Int(exactly: $0) }) ?? window?.shape?.first, (1...Self.longestTransform).contains(length) else {
      throw ImportError.unsupported("frames whose length is not known")
    }
    let bins = flag("onesided", default: true) ? length / 2 + 1 : length
    var kernel = try builder.reshape(builder.transpose(basis(length, bins, length, parts: 1, isInverse: false), [1, 0]), [2 * bins, 1, length])
    if let window { kernel = builder.binary(.multiply, kernel, window) }
    let y = try builder.convolution(builder.unsqueeze(x, axes: [1]), weights: kernel, window: Window(strides: [step]))
    let frames = try builder.transpose(y, [0, 2, 1])
    return try builder.reshape(frames, extents: [builder.extent(frames, 0), builder.extent(frames, 1), .known(bins), .known(2)])
  }

  /// exp(-2 pi i n k / length), its conjugate over `length` for the inverse: [count parts, bins 2], rows and columns by real and imaginary parts.
  private func basis(_ count: Int, _ bins: Int, _ length: Int, parts: Int, isInverse: Bool) throws -> Value {
    guard count * parts * bins * 2 <= Self.largestBasis else { throw ImportError.unsupported("a transform of length \(length)") }
    let circle = (0..<length).map { 2 * Double.pi * Double($0) / Double(length) }
    let scale = isInverse ? 1 / Double(length) : 1
    let cosines = circle.map { Float(cos($0) * scale) }, sines = circle.map { Float(sin($0) * (isInverse ? -scale : scale)) }
    var elements: [Float] = []
    elements.reserveCapacity(count * parts * bins * 2)
    for n in 0..<count {
      for part in 0..<parts {
        for k in 0..<bins {
          let angle = n * k % length
          elements += part == 0 ? [cosines[angle], -sines[angle]] : [sines[angle], cosines[angle]]
        }
      }
    }
    return builder.constant(floats: elements, shape: [count * parts, bins * 2])
  }

  /// A sum of cosines over `size` points, of which the last is left out where the window is periodic.
  private func window(of weights: [Double]) throws -> Value {
    guard let size = try number(input: 0).flatMap({ Int(exactly: $0) }), (0...1 << 20).contains(size) else { throw ImportError.malformed("the size of the window") }
    let period = Double(flag("periodic", default: true) ? size : max(size - 1, 1))
    let elements = (0..<size).map { index in
      weights.enumerated().reduce(0) { $0 + $1.element * cos(2 * Double.pi * Double($1.offset * index) / period) }
    }
    return builder.cast(builder.constant(floats: elements.map { Float($0) }), to: try type("output_datatype") ?? .float32)
  }
}
