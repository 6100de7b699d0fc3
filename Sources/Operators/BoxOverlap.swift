// SPDX-License-Identifier: Apache-2.0

/// A box by two corners.
struct Box {
  var x1: Float, y1: Float, x2: Float, y2: Float

  /// (x1, y1, x2, y2) at `values`.
  init(_ values: UnsafePointer<Float>) { (x1, y1, x2, y2) = (values[0], values[1], values[2], values[3]) }

  /// Any two opposite corners at `values`, or centre, width and height.
  init(_ values: UnsafePointer<Float>, isCentred: Bool) {
    if isCentred {
      let (halfWidth, halfHeight) = (values[2] / 2, values[3] / 2)
      (x1, y1, x2, y2) = (values[0] - halfWidth, values[1] - halfHeight, values[0] + halfWidth, values[1] + halfHeight)
    } else {
      (x1, x2) = (min(values[0], values[2]), max(values[0], values[2]))
      (y1, y2) = (min(values[1], values[3]), max(values[1], values[3]))
    }
  }

  /// `unit` is what a box of equal corners measures: 0, or 1 for boxes in whole pixels.
  private func area(_ unit: Float) -> Float { x2 < x1 || y2 < y1 ? 0 : (x2 - x1 + unit) * (y2 - y1 + unit) }

  /// Intersection over union; 0 where the boxes do not meet or measure nothing.
  func overlap(_ other: Box, unit: Float = 0) -> Float {
    let (left, right) = (max(x1, other.x1), min(x2, other.x2))
    let (top, bottom) = (max(y1, other.y1), min(y2, other.y2))
    guard right >= left && bottom >= top else { return 0 }
    let common = (right - left + unit) * (bottom - top + unit)
    let union = area(unit) + other.area(unit) - common
    return union > 0 ? common / union : 0
  }
}
