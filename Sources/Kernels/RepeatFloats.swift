// SPDX-License-Identifier: Apache-2.0

/// target[times i + k] = source[i] for i < count and k < times: every float `times` times, at least twice.
///
/// `target` has room for a vector behind the last of them, which may be written.
@_optimize(speed) // Every line of a depthwise convolution with several outputs a channel comes through here.
package func repeatFloats(_ source: UnsafePointer<Float>, _ count: Int, times: Int, into target: UnsafeMutablePointer<Float>) {
  var index = 0
  if times == 2 {
    while index &+ 8 <= count {
      // A float in the low half of 64 bits, and again in the high one.
      let pairs = SIMD8<UInt64>(truncatingIfNeeded: UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<UInt32>.self))
      UnsafeMutableRawPointer(target + 2 &* index).storeBytes(of: pairs | pairs &<< 32, as: SIMD8<UInt64>.self)
      index &+= 8
    }
  }
  var next = target + times &* index
  while index < count {
    // A store's surplus is written over by the next one.
    if times <= 4 {
      SIMD4<Float>(repeating: source[index]).store(to: next)
    } else {
      var place = 0
      while place < times {
        Lanes(repeating: source[index]).store(to: next + place)
        place &+= Lanes.count
      }
    }
    next += times
    index &+= 1
  }
}
