// The numerics once more, as plain as they can be: one element at a time, integers in Int64, int31 in Double. SPDX-License-Identifier: Apache-2.0
@testable import KunlunNumerics

enum ScalarOracle {
  static let limits: [KunlunPrecision: Int64] = [.int8: 127, .int16: 32_767, .int31: 1_073_741_823, .int31WithLL: 1_073_741_823]

  /// A quantised element.
  static func quantise(_ x: Float, _ precision: KunlunPrecision, maximum: Float) -> Int64 {
    let r = limits[precision]!
    let max = maximum.isSubnormal ? 0 : maximum
    var value = x
    if value.isNaN { value = value.sign == .minus ? -.infinity : .infinity }
    if value.isSubnormal || value == 0 { value = 0 }
    if precision == .int31 || precision == .int31WithLL {
      if max == 0 { return x.sign == .minus ? -r : r }
      let product = Double(value) * (Double(r) / Double(max))
      if product.isNaN || product >= Double(r) { return r }
      return product <= -Double(r) ? -r : Int64(product.rounded(.toNearestOrEven))
    }
    let scale = Float(r) / max
    if scale.isInfinite { return x.sign == .minus ? -r : r }
    var product = value * scale
    if product.isSubnormal { product = 0 }
    if product.isNaN || product >= Float(r) { return r }
    return product <= -Float(r) ? -r : Int64(product.rounded(.toNearestOrEven))
  }

  static func rounded(_ x: Float, _ precision: KunlunPrecision) -> Float {
    switch precision {
    case .float16: Float(Float16(x))
    case .bfloat16: bfloat16(x)
    default: x.isNaN ? x : Float(bitPattern: x.bitPattern & 0xFFFF_E000)
    }
  }

  /// The nearer of the two neighbours with 8 significant bits, the even one where they are as near.
  private static func bfloat16(_ x: Float) -> Float {
    guard x.isFinite else { return x }
    let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
    let above = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
    let (down, up) = (abs(Double(x) - Double(below)), abs(Double(above.isInfinite ? (x < 0 ? -0x1p128 : 0x1p128) : Double(above)) - Double(x)))
    if down != up { return down < up ? below : above }
    return below.bitPattern & 0x1_0000 == 0 ? below : above
  }

  /// One element of a product; `left` and `right` have the depth's length. Sums are worth `rightWorth`, or the right factor's maximum.
  static func dot(_ left: [Float], _ right: [Float], _ precision: KunlunPrecision, leftMaximum: Float?, rightMaximum: Float,
    rightWorth: Float? = nil) -> Float {
    let slice = leftMaximum == nil && limits[precision] != nil ? 16 : 2048
    var result: Float = 0
    for begin in stride(from: 0, to: left.count, by: slice) {
      let range = begin..<min(begin + slice, left.count)
      guard limits[precision] != nil else {
        var sum: Float = 0
        for k in range {
          let product = rounded(left[k], precision) * rounded(right[k], precision)
          sum += product
        }
        result += sum
        continue
      }
      let maximum = leftMaximum ?? max(1e-30, range.map { left[$0].isNaN ? 0 : abs(left[$0]) }.max()!)
      let a = range.map { quantise(left[$0], precision, maximum: maximum) }
      let b = range.map { quantise(right[$0], precision, maximum: rightMaximum) }
      let scale = maximum * (rightWorth ?? rightMaximum)
      func add(_ sum: Int64, _ bits: UInt32) { result += Float(sum) * (scale * Float(bitPattern: bits)) }
      func sum(_ a: [Int64], _ b: [Int64]) -> Int64 { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      switch precision {
      case .int8: add(sum(a, b), 0x3882_0610)
      case .int16: add(sum(a, b), 0x3080_0200)
      default:
        let (ah, al) = (a.map { $0 >> 15 }, a.map { $0 & 0x7FFF })
        let (bh, bl) = (b.map { $0 >> 15 }, b.map { $0 & 0x7FFF })
        if precision == .int31WithLL { add(sum(al, bl), 0x2180_0000) }
        add(sum(ah, bl), 0x2900_0000)
        add(sum(al, bh), 0x2900_0000)
        add(sum(ah, bh), 0x3080_0000)
      }
    }
    return result
  }
}

/// SplitMix64 (Steele et al. 2014).
struct TestRandom {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// In -1 ..< 1.
  mutating func float() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }
  mutating func floats(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in float() * scale } }
  mutating func integer(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
}
