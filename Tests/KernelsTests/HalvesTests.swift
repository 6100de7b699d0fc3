// SPDX-License-Identifier: Apache-2.0
import Kernels
import Testing

/// Conversion between float and binary16, beside the compiler's own.
@Suite struct HalvesTests {
  @Test func everyHalfExpandsExactly() {
    let halves = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: 1, count: halves.count)
    expandHalves(halves, count: halves.count, into: &floats)
    for (half, float) in zip(halves, floats) {
      let expected = Float(Float16(bitPattern: half))
      #expect(float.bitPattern == expected.bitPattern || float.isNaN && expected.isNaN)
    }
  }

  /// Around every half: itself, the middle to the next one, and its neighbours on both sides.
  @Test func floatsRoundToTheNearestHalfTiesToEven() {
    for bits in 0..<UInt16(0x7C00) {
      let (half, next) = (Float(Float16(bitPattern: bits)), bits == 0x7BFF ? 65536 : Float(Float16(bitPattern: bits + 1)))
      let middle = (half + next) / 2
      let floats = [half, middle.nextDown, middle, middle.nextUp, -half, -middle.nextDown, -middle, -middle.nextUp]
      var found = [UInt16](repeating: 0, count: floats.count)
      roundToHalves(floats, count: floats.count, into: &found)
      #expect(found == floats.map { Float16($0).bitPattern })
    }
  }

  @Test func otherValues() {
    let floats: [Float] = [65519.996, 65520, 1e30, .infinity, -.infinity, .leastNonzeroMagnitude, -0.0, .nan]
    var found = [UInt16](repeating: 0, count: floats.count)
    roundToHalves(floats, count: floats.count, into: &found)
    #expect(found.dropLast() == [0x7BFF, 0x7C00, 0x7C00, 0x7C00, 0xFC00, 0, 0x8000])
    #expect(Float16(bitPattern: found[7]).isNaN)
  }

  @Test func oddCountsTouchNothingBeside() {
    for count in 0..<40 {
      let halves = (0..<count).map { Float16($0).bitPattern }
      var floats = [Float](repeating: -1, count: count + 1)
      expandHalves(halves, count: count, into: &floats)
      #expect(floats == (0..<count).map { Float($0) } + [-1])
    }
  }
}
