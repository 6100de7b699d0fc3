// Elements of short integer vectors (shapes, mostly) that are known before anything runs. SPDX-License-Identifier: Apache-2.0
import ModelFile

/// Elements of the node's first output where it is an integer scalar or vector of at most 64 elements; nil entries are open.
///
/// Follows the arithmetic with which models compute shapes: shape, gather, slice, concat, cast, add and the like.
package func inferElements(of node: Node, elements: (Value) -> [Int?]?) -> [Int?]? {
  guard let output = node.output(0), [.int64, .int32, .boolean].contains(output.type), (output.shape?.count ?? 2) <= 1 else { return nil }
  let result = evaluate(node, output, elements)
  return (result?.count ?? 0) <= 64 ? result : nil
}

private func evaluate(_ node: Node, _ output: Value, _ elements: (Value) -> [Int?]?) -> [Int?]? {
  func known(_ index: Int) -> [Int?]? { node.input(index).flatMap(elements) }
  switch node.operatorCode {
  case .shape:
    guard let shape = node.input(0)?.shape else { return nil }
    let (first, last) = sliceBounds(extent: shape.count, start: node.integer("start"), end: node.integer("end", default: .max), step: 1)
    return first >= last ? [] : shape[first..<last].map { $0 < 0 ? nil : $0 }
  case .cast: return node.input(0)?.type == .boolean || node.input(0)?.type == .int32 || node.input(0)?.type == .int64 ? known(0) : nil
  case .squeeze, .unsqueeze, .reshape, .flatten: return known(0)
  case .unary:
    switch node.member("function", default: "") {
    case "identity": return known(0)
    case "logical_not": return known(0)?.map { $0.map { $0 == 0 ? 1 : 0 } }
    default: return nil
    }
  case .concat:
    var all: [Int?] = []
    for input in node.inputs {
      guard let input, let part = elements(input), input.shape?.count == 1, all.count + part.count <= 64 else { return nil }
      all += part
    }
    return all
  case .gather:
    guard node.input(0)?.shape?.count == 1, let data = known(0), let indices = known(1) else { return nil }
    return indices.map { index in
      guard let index, index >= -data.count, index < data.count else { return nil }
      return data[index < 0 ? index + data.count : index]
    }
  case .slice:
    guard node.input(0)?.shape?.count == 1, let data = known(0) else { return nil }
    func bound(_ index: Int, _ name: String, _ fallback: Int?) -> Int? {
      node.input(index) == nil ? node.integers(name).first ?? fallback : known(index)?.first ?? nil
    }
    guard let start = bound(1, "starts", nil), let end = bound(2, "ends", nil), let step = bound(3, "steps", 1) else { return nil }
    let count = sliceCount(extent: data.count, start: start, end: end, step: step)
    let first = sliceBounds(extent: data.count, start: start, end: end, step: step).first
    return (0..<count).map { data[first + $0 * step] }
  case .split: return nil
  case .fill:
    guard node.input(1) == nil, let count = output.shape.map({ $0.first ?? 1 }), count >= 0, count <= 64 else { return nil }
    return Array(repeating: Int(exactly: node.float("value")), count: count)
  case .range:
    guard let start = known(0)?.first ?? nil, let step = known(2)?.first ?? nil, let count = output.shape?.first, count >= 0, count <= 64
    else { return nil }
    return (0..<count).map { start &+ $0 &* step }
  case .reduce:
    guard node.input(0)?.shape?.count == 1, let data = known(0) else { return nil }
    var total = node.member("function", default: "") == "product" ? 1 : 0
    for element in data {
      guard let element else { return [nil] }
      switch node.member("function", default: "sum") {
      case "sum": total = total &+ element
      case "product": total = total &* element
      default: return [nil]
      }
    }
    return [total]
  case .binary:
    guard let a = known(0), let b = known(1), !a.isEmpty, !b.isEmpty, a.count == b.count || a.count == 1 || b.count == 1 else { return nil }
    let function = node.member("function", default: "")
    return (0..<max(a.count, b.count)).map { index in
      guard let left = a[a.count == 1 ? 0 : index], let right = b[b.count == 1 ? 0 : index] else { return nil }
      return combine(function, left, right)
    }
  case .select:
    guard let condition = known(0), let a = known(1), let b = known(2) else { return nil }
    let count = max(condition.count, a.count, b.count)
    guard [condition.count, a.count, b.count].allSatisfy({ $0 == count || $0 == 1 }) else { return nil }
    return (0..<count).map { index in
      guard let chosen = condition[condition.count == 1 ? 0 : index] else { return nil }
      return chosen != 0 ? a[a.count == 1 ? 0 : index] : b[b.count == 1 ? 0 : index]
    }
  default: return nil
  }
}

private func combine(_ function: String, _ a: Int, _ b: Int) -> Int? {
  switch function {
  case "", "add": return a &+ b
  case "subtract": return a &- b
  case "multiply": return a &* b
  case "divide", "floor_divide", "modulo", "remainder":
    // -1 as a divisor overflows for the least integer.
    guard b != 0 && b != -1 else { return nil }
    let quotient = a / b, rest = a % b
    let isBelow = rest != 0 && (rest < 0) != (b < 0)
    switch function {
    case "divide": return quotient
    case "floor_divide": return isBelow ? quotient - 1 : quotient
    case "modulo": return isBelow ? rest + b : rest
    default: return rest
    }
  case "minimum": return min(a, b)
  case "maximum": return max(a, b)
  case "logical_and": return a != 0 && b != 0 ? 1 : 0
  case "logical_or": return a != 0 || b != 0 ? 1 : 0
  case "logical_xor": return (a != 0) != (b != 0) ? 1 : 0
  case "equal": return a == b ? 1 : 0
  case "not_equal": return a != b ? 1 : 0
  case "less": return a < b ? 1 : 0
  case "less_or_equal": return a <= b ? 1 : 0
  case "greater": return a > b ? 1 : 0
  case "greater_or_equal": return a >= b ? 1 : 0
  default: return nil
  }
}
