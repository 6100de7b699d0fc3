// SPDX-License-Identifier: Apache-2.0

/// `value` rounded toward zero; the nearest bound of `Element` where it lies outside, 0 for NaN. Never traps, unlike `Int32(value)`.
@inline(__always)
func saturated<Element: FixedWidthInteger>(_ value: Float, as _: Element.Type = Element.self) -> Element {
  let low = Int64(truncatingIfNeeded: Element.min)
  let high = Int64(truncatingIfNeeded: Element.max)
  if value >= Float(high) { return Element.max }
  if value <= Float(low) { return Element.min }
  // What remains is inside the bounds, or NaN.
  return value == value ? Element(truncatingIfNeeded: Int64(value)) : 0
}
