// What the passes know about shapes. SPDX-License-Identifier: Apache-2.0
import Graph

/// Whole shapes of values as the runtime found them, one for each trial of the open extents of the inputs.
/// Values that are not in it are known by `Value.shape` only.
final class ShapeKnowledge {
  private(set) var trials: [ObjectIdentifier: [[Int]]] = [:]
  /// Identifiers are unique only while their objects live.
  private var retained: [Value] = []

  init() {}

  func record(_ value: Value, _ shapes: [[Int]]) {
    if trials.updateValue(shapes, forKey: ObjectIdentifier(value)) == nil { retained.append(value) }
  }

  /// The value's whole shape in every trial; where all its extents are fixed, that.
  func shapes(_ value: Value) -> [[Int]]? {
    if let constant = value.constant { return [constant.shape] }
    if let known = trials[ObjectIdentifier(value)] { return known }
    guard let shape = value.shape, shape.allSatisfy({ $0 >= 0 }) else { return nil }
    return [shape]
  }

  /// Whether both have the same shape whatever the inputs are: as far as the trials tell.
  func haveSameShape(_ left: Value, _ right: Value) -> Bool {
    guard let a = shapes(left), let b = shapes(right) else { return false }
    return (0..<max(a.count, b.count)).allSatisfy { a[min($0, a.count - 1)] == b[min($0, b.count - 1)] }
  }

  /// Elements of the value in the first trial; with unknown extents taken as 16.
  func elementCount(_ value: Value) -> Int {
    let shape = shapes(value)?.first ?? value.shape?.map { $0 < 0 ? 16 : $0 } ?? [1024]
    return shape.reduce(1) { $0.multipliedReportingOverflow(by: max($1, 1)).partialValue & 0xFF_FFFF_FFFF }
  }
}
