// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// Adds elements before and after x along its dimensions, or takes them away where a pad is negative.
///
/// Modes reflect (the edge is not repeated) and wrap go on as often as the pad is longer than the extent.
package enum PadOperator: Operator {
  /// No pad is larger, so that positions cannot overflow.
  private static var largest: Int { Shape.maximumElementCount }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = PadAttributes(node.attributes)
    let input = try node.input(0)
    let shape = input.shape
    if let value = node.optionalInput(2) {
      try node.requireOneElement(value, "the value")
      guard value.type != .float16 && value.type != .none else { throw node.fail(.invalidType).text("a value of type ").type(value.type).status }
    }
    guard input.type != .none && (input.type != .float16 || (node.optionalInput(2) == nil && attributes.value == 0)) else {
      throw node.fail(.invalidType).text("an input of type ").type(input.type).status
    }
    guard let pads = try node.integers(1, else: attributes.pads, "the pads") else { return .deferred }
    guard pads.count == 2 * shape.rank else {
      throw node.fail(.invalidModel).integer(pads.count).text(" pads for an input of rank ").integer(shape.rank).status
    }
    var result = shape
    for axis in 0..<shape.rank {
      let (begin, end) = (pads[axis], pads[axis + shape.rank])
      guard isAllowed(begin), isAllowed(end), shape[axis] &+ begin &+ end >= 0 else {
        throw node.fail(.invalidShape).text("pads ").integer(begin).text(" and ").integer(end).text(" for an extent of ").integer(shape[axis]).status
      }
      result[axis] = shape[axis] &+ begin &+ end
      guard attributes.mode == .constant || shape[axis] > 0 || result[axis] == 0 else {
        throw node.fail(.invalidShape).text("nothing to repeat along axis ").integer(axis).status
      }
    }
    try node.setOutput(0, input.type, result)
    return .known
  }

  private static func isAllowed(_ pad: Int) -> Bool { pad >= -largest && pad <= largest }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "copy of runs") }

  /// The input position for output position `position`, or -1 where the value stands.
  @inline(__always)
  private static func source(_ position: Int, begin: Int, extent: Int, mode: PadMode) -> Int {
    let inside = position &- begin
    if inside >= 0 && inside < extent { return inside }
    switch mode {
    case .constant: return -1
    case .edge: return inside < 0 ? 0 : extent &- 1
    case .wrap: return modulo(inside, extent)
    case .reflect:
      let period = 2 &* (extent &- 1)
      let phase = modulo(inside, period)
      return phase < extent ? phase : period &- phase
    }
  }

  /// The remainder with the divisor's sign; 0 where the divisor is.
  @inline(__always)
  private static func modulo(_ value: Int, _ divisor: Int) -> Int {
    guard divisor > 0 else { return 0 }
    let rest = value % divisor
    return rest < 0 ? rest &+ divisor : rest
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = PadAttributes(node.attributes)
    let input = try node.input(0)
    guard let output = node.optionalOutput(0), output.count > 0,
      let pads = try node.integers(1, else: attributes.pads, "the pads")
    else { return }
    let shape = input.shape
    let result = output.shape
    let size = input.type.size
    let value = node.optionalInput(2).map { ElementValue($0, 0) } ?? ElementValue(Double(attributes.value))
    let bits = value.bits(as: input.type) ?? 0
    // Rows run along the innermost padded dimension; what lies further inside is one run.
    var last = shape.rank - 1
    while last > 0 && pads[last] == 0 && pads[last + shape.rank] == 0 { last -= 1 }
    guard last >= 0 else { return try run.copy(input, to: output) }
    let runBytes = shape.product(last + 1, shape.rank) &* size
    let (begin, extent, width) = (pads[last], shape[last], result[last])
    let coreBegin = min(max(begin, 0), width)
    let coreEnd = max(min(begin &+ extent, width), coreBegin)
    let mode = attributes.mode
    try run.share(of: result.product(0, last)) { (firstRow, endRow) throws(Status) in
      for row in firstRow..<endRow {
        var rest = row
        var sourceRow = 0
        var step = 1
        var axis = last - 1
        while axis >= 0 {
          let extent = max(result[axis], 1)
          let position = source(rest % extent, begin: pads[axis], extent: shape[axis], mode: mode)
          rest = rest / extent
          sourceRow = position < 0 ? -1 : sourceRow &+ position &* step
          if sourceRow < 0 { break }
          step = step &* shape[axis]
          axis -= 1
        }
        let to = output.address() + row &* width &* runBytes
        guard sourceRow >= 0 else {
          fillElements(to, width &* (runBytes / size), bits, size: size)
          continue
        }
        let from = input.address() + sourceRow &* extent &* runBytes
        platform_copy(to + coreBegin &* runBytes, from + (coreBegin &- begin) &* runBytes, (coreEnd &- coreBegin) &* runBytes)
        for half in 0..<2 {
          let (low, high) = half == 0 ? (0, coreBegin) : (coreEnd, width)
          for column in low..<high {
            let position = source(column, begin: begin, extent: extent, mode: mode)
            if position < 0 {
              fillElements(to + column &* runBytes, runBytes / size, bits, size: size)
            } else {
              platform_copy(to + column &* runBytes, from + position &* runBytes, runBytes)
            }
          }
        }
      }
    }
  }
}
