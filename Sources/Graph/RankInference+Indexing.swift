// Rules of indexing, filling and detection operators. SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Inference {
  func indexing() -> Result {
    switch node.operatorCode {
    case .shape:
      let count = shape(0).map { rank in
        let all = rank.count
        let (first, last) = sliceBounds(extent: all, start: node.integer("start"), end: node.integer("end", default: .max), step: 1)
        return [max(0, last - first)]
      }
      return one(typeAttribute("to", default: .int64), count ?? [-1])
    case .range:
      guard let start = known(0)?.first ?? nil, let limit = known(1)?.first ?? nil, let step = known(2)?.first ?? nil, step != 0
      else { return one(type(0), [-1]) }
      let (length, overflow) = limit.subtractingReportingOverflow(start)
      guard !overflow, (length > 0) == (step > 0) else { return one(type(0), [overflow ? -1 : 0]) }
      return one(type(0), [length == 0 ? 0 : Int(clamping: (length.magnitude - 1) / step.magnitude + 1)])
    case .fill:
      let type = node.input(1)?.type ?? typeAttribute("to", default: .float32)
      guard node.input(0) != nil else { return one(type, node.integers("shape")) }
      return one(type, known(0)?.map { $0 ?? -1 })
    case .oneHot:
      guard let x = shape(0), let axis = axis(node.integer("axis", default: -1), x.count + 1) else { return one(.none, nil) }
      let depth = node.input(1) == nil ? node.integer("depth") : (known(1)?.first ?? nil) ?? -1
      var result = x
      result.insert(depth, at: axis)
      return one(node.input(2)?.type ?? typeAttribute("to", default: .float32), result)
    case .gather:
      guard let x = shape(0), let indices = shape(1), let axis = axis(node.integer("axis"), x.count) else { return one(type(0), nil) }
      return one(type(0), Array(x[..<axis]) + indices + Array(x[(axis + 1)...]))
    case .gatherElements: return one(type(0), shape(1))
    case .gatherNd:
      guard let x = shape(0), let indices = shape(1), let depth = indices.last, depth >= 0 else { return one(type(0), nil) }
      let batch = node.integer("batch_dimensions")
      guard batch >= 0, batch <= x.count, depth <= x.count - batch else { return one(type(0), nil) }
      return one(type(0), Array(indices.dropLast()) + Array(x[(batch + depth)...]))
    case .scatterElements, .scatterNd: return one(type(0), shape(0))
    case .topK:
      let indexType = typeAttribute("to", default: .int64)
      guard var x = shape(0), let axis = axis(node.integer("axis", default: -1), x.count) else { return ([type(0), indexType], [shape(0), shape(0)]) }
      let k = node.input(1) == nil ? node.integer("k") : (known(1)?.first ?? nil) ?? -2
      if k != -1 { x[axis] = max(k, -1) }
      return ([type(0), indexType], [x, x])
    case .nonZero: return one(.int64, [shape(0)?.count ?? -1, -1])
    case .nonMaximumSuppression: return one(.int64, [-1, 3])
    case .multiclassNms: return ([type(0), .int32, .int32], [[-1, 6], [-1, 1], [shape(0)?.first ?? -1]])
    case .yoloBox:
      let batch = shape(0)?.first ?? -1
      return ([type(0), type(0)], [[batch, -1, 4], [batch, -1, node.integer("classes")]])
    case .priorBox: return ([type(0), type(0)], [[-1, -1, -1, 4], [-1, -1, -1, 4]])
    case .boxCoder: return one(type(2), [-1, -1, 4])
    default: return one(type(0), nil)
    }
  }
}
