// One-dimensional transforms of Winograd's minimal filtering for 3x3 windows (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks,
// CVPR 2016): y = A' [(G g G') * (B' d B)] A, with a tile of m x m outputs from (m + 2) x (m + 2) inputs.
// SPDX-License-Identifier: Apache-2.0

/// A size of tile: its one-dimensional transforms, on vectors of channels.
package protocol WinogradTile {
  /// Outputs along a side.
  static var outputs: Int { get }
  /// Inputs along a side.
  static var inputs: Int { get }
  /// B' d: reads `inputs` vectors `step` floats apart, writes as many `targetStep` apart.
  static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
  /// A' m: reads `inputs` vectors, writes `outputs`.
  static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
  /// G g: three weights to `inputs` values.
  static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
}

/// F(2, 3): points 0, 1, -1 and infinity; 16 products for 4 outputs. The error is that of a good direct sum (docs/kernels.md).
package enum WinogradTile2: WinogradTile {
  @_transparent package static var outputs: Int { 2 }
  @_transparent package static var inputs: Int { 4 }

  @inline(__always)
  package static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let d0 = Lanes(at: d), d1 = Lanes(at: d + step), d2 = Lanes(at: d + 2 &* step), d3 = Lanes(at: d + 3 &* step)
    (d0 - d2).store(to: target)
    (d1 + d2).store(to: target + targetStep)
    (d2 - d1).store(to: target + 2 &* targetStep)
    (d1 - d3).store(to: target + 3 &* targetStep)
  }

  @inline(__always)
  package static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let m0 = Lanes(at: m), m1 = Lanes(at: m + step), m2 = Lanes(at: m + 2 &* step), m3 = Lanes(at: m + 3 &* step)
    (m0 + m1 + m2).store(to: target)
    (m1 - m2 - m3).store(to: target + targetStep)
  }

  @inline(never) // Once a tile in the library; weights are packed when a model is opened or converted.
  package static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    target[0] = g.0
    target[targetStep] = 0.5 * (g.0 + g.1 + g.2)
    target[2 &* targetStep] = 0.5 * (g.0 - g.1 + g.2)
    target[3 &* targetStep] = g.2
  }
}

/// F(4, 3): points 0, 1, -1, 2, -2 and infinity; 36 products for 16 outputs. Its error is some fifteen times that of F(2, 3).
package enum WinogradTile4: WinogradTile {
  @_transparent package static var outputs: Int { 4 }
  @_transparent package static var inputs: Int { 6 }

  @inline(__always)
  package static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let d0 = Lanes(at: d), d1 = Lanes(at: d + step), d2 = Lanes(at: d + 2 &* step)
    let d3 = Lanes(at: d + 3 &* step), d4 = Lanes(at: d + 4 &* step), d5 = Lanes(at: d + 5 &* step)
    // Rows two and three, and four and five, of B' differ in the signs of their odd terms.
    let even1 = d4.multiplyAdd(d2, -4)
    let odd1 = d3.multiplyAdd(d1, -4)
    let even2 = d4 - d2
    let odd2 = (d3 - d1) * Float(2)
    d4.multiplyAdd(d0, 4).multiplyAdd(d2, -5).store(to: target)
    (even1 + odd1).store(to: target + targetStep)
    (even1 - odd1).store(to: target + 2 &* targetStep)
    (even2 + odd2).store(to: target + 3 &* targetStep)
    (even2 - odd2).store(to: target + 4 &* targetStep)
    d5.multiplyAdd(d1, 4).multiplyAdd(d3, -5).store(to: target + 5 &* targetStep)
  }

  @inline(__always)
  package static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let m0 = Lanes(at: m), m1 = Lanes(at: m + step), m2 = Lanes(at: m + 2 &* step)
    let m3 = Lanes(at: m + 3 &* step), m4 = Lanes(at: m + 4 &* step), m5 = Lanes(at: m + 5 &* step)
    let sum1 = m1 + m2, difference1 = m1 - m2
    let sum2 = m3 + m4, difference2 = m3 - m4
    (m0 + sum1 + sum2).store(to: target)
    difference1.multiplyAdd(difference2, 2).store(to: target + targetStep)
    sum1.multiplyAdd(sum2, 4).store(to: target + 2 &* targetStep)
    (difference1.multiplyAdd(difference2, 8) + m5).store(to: target + 3 &* targetStep)
  }

  @inline(never)
  package static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let even = g.0 + g.2
    target[0] = g.0 / 4
    target[targetStep] = (even + g.1) / -6
    target[2 &* targetStep] = (even - g.1) / -6
    target[3 &* targetStep] = g.0 / 24 + g.1 / 12 + g.2 / 6
    target[4 &* targetStep] = g.0 / 24 - g.1 / 12 + g.2 / 6
    target[5 &* targetStep] = g.2
  }
}

/// F(6, 3): points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity; 64 products for 36 outputs. Its error is some one and a half times that of F(4, 3):
/// the points 1/2 and -1/2, scaled by 32 on the way back, keep the transforms' numbers small.
package enum WinogradTile6: WinogradTile {
  @_transparent package static var outputs: Int { 6 }
  @_transparent package static var inputs: Int { 8 }

  @inline(__always)
  package static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let d0 = Lanes(at: d), d1 = Lanes(at: d + step), d2 = Lanes(at: d + 2 &* step), d3 = Lanes(at: d + 3 &* step)
    let d4 = Lanes(at: d + 4 &* step), d5 = Lanes(at: d + 5 &* step), d6 = Lanes(at: d + 6 &* step), d7 = Lanes(at: d + 7 &* step)
    // B' has its rows in pairs, of points that differ in their signs, and so in the signs of the odd inputs.
    (d0 - d6).multiplyAdd(d4 - d2, 5.25).store(to: target)
    (d7 - d1).multiplyAdd(d3 - d5, 5.25).store(to: target + 7 &* targetStep)
    let even1 = (d2 + d6).multiplyAdd(d4, -4.25), odd1 = (d1 + d5).multiplyAdd(d3, -4.25)
    (even1 + odd1).store(to: target + targetStep)
    (even1 - odd1).store(to: target + 2 &* targetStep)
    // The halves of the odd terms have the even ones' factors, so that there are few to hold.
    let even2 = d6.multiplyAdd(d2, 0.25).multiplyAdd(d4, -1.25), half2 = d5.multiplyAdd(d1, 0.25).multiplyAdd(d3, -1.25), odd2 = half2 + half2
    (even2 + odd2).store(to: target + 3 &* targetStep)
    (even2 - odd2).store(to: target + 4 &* targetStep)
    let even3 = d6.multiplyAdd(d2.multiplyAdd(d4, -1.25), 4), half3 = d1.multiplyAdd(d5, 0.25).multiplyAdd(d3, -1.25), odd3 = half3 + half3
    (even3 + odd3).store(to: target + 5 &* targetStep)
    (even3 - odd3).store(to: target + 6 &* targetStep)
  }

  @inline(__always)
  package static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let m0 = Lanes(at: m), m1 = Lanes(at: m + step), m2 = Lanes(at: m + 2 &* step), m3 = Lanes(at: m + 3 &* step)
    let m4 = Lanes(at: m + 4 &* step), m5 = Lanes(at: m + 5 &* step), m6 = Lanes(at: m + 6 &* step), m7 = Lanes(at: m + 7 &* step)
    let sum1 = m1 + m2, sum2 = m3 + m4, sum3 = m5 + m6
    let difference1 = m1 - m2, difference2 = m3 - m4, difference3 = m5 - m6
    (m0 + sum1 + sum2).multiplyAdd(sum3, 32).store(to: target)
    difference1.multiplyAdd(difference2, 2).multiplyAdd(difference3, 16).store(to: target + targetStep)
    sum1.multiplyAdd(sum2, 4).multiplyAdd(sum3, 8).store(to: target + 2 &* targetStep)
    difference1.multiplyAdd(difference2, 8).multiplyAdd(difference3, 4).store(to: target + 3 &* targetStep)
    sum1.multiplyAdd(sum2, 16).multiplyAdd(sum3, 2).store(to: target + 4 &* targetStep)
    (m7 + difference1 + difference3).multiplyAdd(difference2, 32).store(to: target + 5 &* targetStep)
  }

  @inline(never)
  package static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    target[0] = g.0
    target[targetStep] = (g.0 + g.1 + g.2) * (-2.0 / 9)
    target[2 &* targetStep] = (g.0 - g.1 + g.2) * (-2.0 / 9)
    target[3 &* targetStep] = g.0 / 90 + g.1 / 45 + g.2 * (2.0 / 45)
    target[4 &* targetStep] = g.0 / 90 - g.1 / 45 + g.2 * (2.0 / 45)
    target[5 &* targetStep] = g.0 / 45 + g.1 / 90 + g.2 / 180
    target[6 &* targetStep] = g.0 / 45 - g.1 / 90 + g.2 / 180
    target[7 &* targetStep] = g.2
  }
}
