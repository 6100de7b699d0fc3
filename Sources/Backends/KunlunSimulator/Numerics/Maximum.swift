// SPDX-License-Identifier: Apache-2.0

/// The least maximum that is divided by: a tensor of zeros has this one.
package var leastMaximum: Float { 1e-30 }

/// The largest magnitude of `count` floats, without a lower bound; 0 where there are none. A NaN is passed over.
package func largestMagnitude(_ elements: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>(repeating: 0)
  var index = 0
  while index &+ 8 <= count {
    let magnitude = magnitude(UnsafeRawPointer(elements + index).loadUnaligned(as: SIMD8<Float>.self))
    lanes.replace(with: magnitude, where: magnitude .> lanes)
    index &+= 8
  }
  var largest: Float = 0
  for lane in 0..<8 where lanes[lane] > largest { largest = lanes[lane] }
  while index < count {
    let magnitude = elements[index].magnitude
    if magnitude > largest { largest = magnitude }
    index &+= 1
  }
  return largest
}

@inline(__always)
func magnitude(_ x: SIMD8<Float>) -> SIMD8<Float> {
  unsafeBitCast(unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: SIMD8<Float>.self)
}

/// A tensor's maximum as it travels on the card: a slot for each engine, which writes the largest magnitude of its own share, and whoever
/// reads the tensor takes the largest of all. No slots at all make the reader search the tensor, which gives the same number.
package struct MaximumSlots {
  package let count: Int
  /// Room for the slots of any generation: a power of two.
  package static var mostBytes: Int { 32 }
  private var values = InlineArray<6, Float>(repeating: 0)

  package init(_ generation: KunlunGeneration) { count = generation.maximumSlots }

  /// The slots of `elements`, of which each engine has a contiguous share.
  package init(_ generation: KunlunGeneration, of elements: UnsafePointer<Float>, _ elementCount: Int) {
    self.init(generation)
    for slot in 0..<count {
      // The first engines take one more where the shares are not equal.
      let begin = elementCount / count &* slot &+ min(elementCount % count, slot)
      let share = elementCount / count &+ (slot < elementCount % count ? 1 : 0)
      raise(slot, to: largestMagnitude(elements + begin, share))
    }
  }

  /// Engine `slot` has found a magnitude.
  package mutating func raise(_ slot: Int, to magnitude: Float) {
    if slot >= 0 && slot < count && magnitude > values[slot] { values[slot] = magnitude }
  }

  /// The tensor's maximum, not below `leastMaximum`.
  package var maximum: Float {
    var largest = leastMaximum
    for slot in 0..<count where values[slot] > largest { largest = values[slot] }
    return largest
  }
}
