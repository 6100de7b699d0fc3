// Rules of arithmetic, reductions and matrix products. SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Inference {
  func arithmetic() -> Result {
    switch node.operatorCode {
    case .unary:
      let boolean = ["logical_not", "is_nan", "is_infinite", "is_finite"].contains(node.member("function", default: ""))
      return one(boolean ? .boolean : type(0), shape(0))
    case .binary:
      let boolean = ["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal", "logical_and", "logical_or", "logical_xor"]
        .contains(node.member("function", default: ""))
      return one(boolean ? .boolean : type(0) == .none ? type(1) : type(0), broadcast(shape(0), shape(1)))
    case .select: return one(type(1) == .none ? type(2) : type(1), broadcast(shape(0), broadcast(shape(1), shape(2))))
    case .cast: return one(typeAttribute("to", default: type(0)), shape(0))
    case .reduce:
      let function = node.member("function", default: "sum")
      let boolean = function == "any" || function == "all"
      return one(boolean ? .boolean : type(0), reduced(shape(0), axes: node.integers("axes"), keep: node.boolean("keep_dimensions")))
    case .argReduce:
      let all = node.boolean("flatten")
      let keep = node.boolean("keep_dimensions")
      return one(typeAttribute("to", default: .int64), reduced(shape(0), axes: all ? [] : [node.integer("axis")], keep: keep))
    case .matmul: return one(type(0), product())
    case .attention:
      guard let q = shape(0), q.count == 3 else { return one(type(0), shape(0)) }
      let values = node.integer("value_features")
      if values != 0 { return one(type(0), [q[0], q[1], node.integer("heads") &* values]) }
      guard let v = shape(2), v.count == 3 else { return one(type(0), shape(0)) }
      return one(type(0), [q[0], q[1], v[2]])
    case .recurrent: return recurrent()
    case .quantizeLinear, .dequantizeLinear:
      return one(typeAttribute("to", default: node.operatorCode == .quantizeLinear ? .int8 : .float32), shape(0))
    default: return one(type(0), shape(0))
    }
  }

  func reduced(_ shape: [Int]?, axes: [Int], keep: Bool) -> [Int]? {
    guard let shape else { return nil }
    let gone = Set(axes.compactMap { axis($0, shape.count) })
    let isAll = axes.isEmpty
    return shape.enumerated().compactMap { index, extent in
      isAll || gone.contains(index) ? (keep ? 1 : nil) : extent
    }
  }

  private func product() -> [Int]? {
    guard let a = shape(0), let b = shape(1), a.count >= 2, b.count >= 2 else { return nil }
    let rows = a[a.count - (node.boolean("transpose_a") ? 1 : 2)]
    let columns = b[b.count - (node.boolean("transpose_b") ? 2 : 1)]
    return (broadcast(Array(a.dropLast(2)), Array(b.dropLast(2))) ?? []) + [rows, columns]
  }

  private func recurrent() -> Result {
    let hidden = node.integer("hidden")
    let directions = node.member("direction", default: "") == "bidirectional" ? 2 : 1
    let steps = shape(0)?.first ?? -1
    let batch = shape(0).flatMap { $0.count > 1 ? $0[1] : nil } ?? -1
    let state = [directions, batch, hidden]
    return ([type(0), type(0), type(0)], [[steps, batch, directions &* hidden], state, state])
  }
}
