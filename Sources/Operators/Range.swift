// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// start, start + step, ... before limit; int64 and int32 exactly, float32 as start + i step in double precision.
package enum RangeOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let start = try node.input(0)
    let limit = try node.input(1)
    let step = try node.input(2)
    guard start.type == .int64 || start.type == .int32 || start.type == .float32 else {
      throw node.fail(.invalidType).text("a range of ").type(start.type).status
    }
    for index in 0..<3 {
      let input = try node.input(index)
      try node.requireOneElement(input, "a bound")
      try node.requireSameType(input, start, "a bound")
    }
    guard start.hasData && limit.hasData && step.hasData else { return .deferred }
    let count: Int
    if start.type == .float32 {
      let delta = ElementValue(step, 0).asDouble
      let exact = platform_ceil_double((ElementValue(limit, 0).asDouble - ElementValue(start, 0).asDouble) / delta)
      guard delta != 0 && exact == exact && exact <= Double(Shape.maximumElementCount) else {
        throw node.fail(.invalidShape).text("the bounds give no finite range").status
      }
      count = exact > 0 ? Int(exact) : 0
    } else {
      let (first, end, delta) = (ElementValue(start, 0).asInteger, ElementValue(limit, 0).asInteger, ElementValue(step, 0).asInteger)
      guard delta != 0 else { throw node.fail(.invalidShape).text("the step is 0").status }
      // The distance may need 64 bits without a sign.
      let distance = delta > 0 ? (end > first ? UInt64(bitPattern: end &- first) : 0) : (first > end ? UInt64(bitPattern: first &- end) : 0)
      let steps = distance == 0 ? 0 : (distance - 1) / delta.magnitude
      guard steps < UInt64(Shape.maximumElementCount) else {
        throw node.fail(.invalidShape).text("a range from ").integer(Int(clamping: first)).text(" to ").integer(Int(clamping: end)).text(" in steps of ")
          .integer(Int(clamping: delta)).status
      }
      count = distance == 0 ? 0 : Int(truncatingIfNeeded: steps) + 1
    }
    try node.setOutput(0, start.type, Shape(count))
    return .known
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let start = try node.input(0)
    let step = try node.input(2)
    guard let output = node.optionalOutput(0) else { return }
    let count = output.count
    if output.type == .float32 {
      let (first, delta) = (ElementValue(start, 0).asDouble, ElementValue(step, 0).asDouble)
      let to = output.elements(Float.self)
      for index in 0..<count { to[index] = Float(first + Double(index) * delta) }
      return
    }
    let (first, delta) = (ElementValue(start, 0).asInteger, ElementValue(step, 0).asInteger)
    for index in 0..<count {
      let value = first &+ Int64(index) &* delta
      if output.type == .int64 {
        output.elements(Int64.self)[index] = value
      } else {
        output.elements(Int32.self)[index] = Int32(truncatingIfNeeded: value)
      }
    }
  }
}
