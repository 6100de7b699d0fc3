// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KunlunNumerics

private let integers: [KunlunPrecision] = [.int8, .int16, .int31, .int31WithLL]

/// Eight equal lanes, of which one is looked at.
private func quantised(_ x: Float, _ precision: KunlunPrecision, _ maximum: Float) -> Int64 {
  let lanes = Quantiser(precision, maximum: maximum)(SIMD8(repeating: x))
  for lane in 1..<8 { #expect(lanes[lane] == lanes[0]) }
  return Int64(lanes[0])
}

/// Zero, denormals, infinities, NaN of both signs, ties and what lies beside them, against every kind of maximum.
@Test(arguments: integers)
func edgeValuesAreQuantisedAsTheOracleDoes(_ precision: KunlunPrecision) {
  let r = Float(ScalarOracle.limits[precision]!)
  var values: [Float] = [0, -0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-127, 1, -1, 1.0000001, -1.0000001,
    0.99999994, 2, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan, -.nan, 1e-30, 1e-38, 3e38]
  for half in [0.5, 1.5, 2.5, 3.5, 125.5, 126.5, 32_765.5, 32_766.5] as [Float] {
    for tie in [half / r, -half / r] { values += [tie, tie.nextUp, tie.nextDown] }
  }
  for maximum in [0, .leastNonzeroMagnitude, 0x1p-130, 1e-30, 1e-20, 0.1, 1, 3, 1e20, .greatestFiniteMagnitude, .infinity] as [Float] {
    for x in values {
      let expected = ScalarOracle.quantise(x, precision, maximum: maximum)
      #expect(quantised(x, precision, maximum) == expected, "\(x) by \(maximum)")
      let scaled = x * maximum
      if !scaled.isNaN {
        #expect(quantised(scaled, precision, maximum) == ScalarOracle.quantise(scaled, precision, maximum: maximum), "\(scaled) by \(maximum)")
      }
    }
  }
}

/// The rules as they are written, without the oracle between.
@Test func edgeRulesHold() {
  #expect(quantised(0, .int8, 0) == 127)
  #expect(quantised(-0.0, .int8, 0) == -127)
  #expect(quantised(0, .int16, 1e-30) == 0)
  #expect(quantised(.nan, .int16, 1) == 32_767)
  #expect(quantised(-.nan, .int16, 1) == -32_767)
  #expect(quantised(.leastNonzeroMagnitude, .int8, 1) == 0)
  #expect(quantised(1, .int8, .infinity) == 0)
  #expect(quantised(.infinity, .int8, .infinity) == 127, "0 times infinity is NaN, and gives R")
  #expect(quantised(2, .int8, 1) == 127)
  // 127 / 254 is one half: 0.5, 1.5 and 2.5 are ties.
  #expect(quantised(1, .int8, 254) == 0)
  #expect(quantised(3, .int8, 254) == 2)
  #expect(quantised(5, .int8, 254) == 2)
  #expect(quantised(-3, .int8, 254) == -2)
}

@Test(arguments: integers)
func randomValuesAreQuantisedAsTheOracleDoes(_ precision: KunlunPrecision) {
  var random = TestRandom(7)
  for _ in 0..<20_000 {
    let maximum = Float(bitPattern: UInt32(random.next() >> 33))
    let x = random.next() % 4 == 0 ? Float(bitPattern: UInt32(random.next() >> 32)) : random.float() * maximum * 1.2
    if maximum.isNaN { continue }
    #expect(quantised(x, precision, maximum) == ScalarOracle.quantise(x, precision, maximum: maximum), "\(x) by \(maximum)")
  }
}

@Test func everyLaneHasItsOwnMaximum() {
  let maxima = SIMD8<Float>(1, 2, 4, 0, .leastNonzeroMagnitude, .infinity, 0.3, 1e30)
  let x = SIMD8<Float>(0.5, -1, 3, -1, 1, 1, 0.1, 1e30)
  for precision in integers {
    let found = Quantiser(precision, maxima: maxima)(x)
    for lane in 0..<8 { #expect(Int64(found[lane]) == ScalarOracle.quantise(x[lane], precision, maximum: maxima[lane])) }
  }
}

@Test(arguments: [KunlunPrecision.float16, .bfloat16, .tfloat32])
func floatsAreRoundedToTheirFormat(_ precision: KunlunPrecision) {
  var random = TestRandom(11)
  var values: [Float] = [0, -0, 65_504, 65_519.996, 65_520, -65_520, 1e-8, 0x1p-14, 0x1p-24, 0x1p-25, 0x1.8p-24, 0x1.8p-25, 0x1.ffcp-15, 0x1.ffep-15,
    0x1.fffp-15, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude, .infinity, -.infinity, 1.0009765, 1.00048828125,
    1.00146484375]
  values += (0..<50_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
  for x in values where !x.isNaN {
    #expect(precision.rounded(x).bitPattern == ScalarOracle.rounded(x, precision).bitPattern, "\(x)")
  }
  #expect(precision.rounded(.nan).isNaN)
}

@Test func slotsGiveTheMaximumOfTheWholeTensor() {
  var random = TestRandom(3)
  for generation in [KunlunGeneration.first, .second] {
    #expect(MaximumSlots(generation).count == (generation == .first ? 4 : 6))
    for count in [0, 1, 3, 5, 6, 7, 8, 9, 40, 41, 1000] {
      let values = random.floats(count, scale: 5)
      let slots = values.withUnsafeBufferPointer { MaximumSlots(generation, of: $0.baseAddress!, count) }
      #expect(slots.maximum == values.map(abs).max() ?? 1e-30)
    }
  }
  let special: [Float] = [.nan, -3, 1, -.nan]
  #expect(special.withUnsafeBufferPointer { MaximumSlots(.first, of: $0.baseAddress!, 4).maximum } == 3)
  #expect(MaximumSlots(.second).maximum == 1e-30)
}
