// Rules of the operators that move elements. SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Inference {
  func shapes() -> Result {
    switch node.operatorCode {
    case .reshape: return one(type(0), reshaped())
    case .squeeze:
      guard let x = shape(0) else { return one(type(0), nil) }
      let axes = node.integers("axes")
      if axes.isEmpty { return one(type(0), x.contains(-1) ? nil : x.filter { $0 != 1 }) }
      return one(type(0), reduced(x, axes: axes, keep: false))
    case .unsqueeze:
      guard let x = shape(0) else { return one(type(0), nil) }
      let rank = x.count + node.integers("axes").count
      let new = Set(node.integers("axes").compactMap { axis($0, rank) })
      guard new.count == rank - x.count else { return one(type(0), nil) }
      var rest = x[...]
      return one(type(0), (0..<rank).map { new.contains($0) ? 1 : rest.popFirst() ?? -1 })
    case .flatten:
      guard let x = shape(0), let first = axis(node.integer("first"), x.count), let last = axis(node.integer("last"), x.count), first <= last
      else { return one(type(0), nil) }
      return one(type(0), Array(x[..<first]) + [productOrOpen(x[first...last])] + Array(x[(last + 1)...]))
    case .transpose:
      guard let x = shape(0) else { return one(type(0), nil) }
      let permutation = node.integers("permutation")
      guard permutation.sorted() == Array(0..<x.count) else { return one(type(0), nil) }
      return one(type(0), permutation.map { x[$0] })
    case .concat: return one(node.inputs.lazy.compactMap { $0?.type }.first { $0 != .none } ?? .none, concatenated())
    case .split: return split()
    case .slice: return one(type(0), sliced())
    case .sliceUpdate: return one(type(0), shape(0))
    case .pad:
      guard let x = shape(0) else { return one(type(0), nil) }
      let pads: [Int?] = known(1) ?? node.integers("pads").map { $0 }
      guard pads.count == 2 * x.count else { return one(type(0), x.map { _ in -1 }) }
      return one(type(0), x.indices.map { index in
        guard x[index] >= 0, let begin = pads[index], let end = pads[index + x.count] else { return -1 }
        return x[index] &+ begin &+ end
      })
    case .expand:
      let target: [Int?]? = node.input(1) == nil ? node.integers("shape").map { $0 } : known(1)
      guard let target else { return one(type(0), nil) }
      let x = shape(0)
      // -1 and 1 keep the input's extent.
      return one(type(0), broadcast(x, target.map { $0 == -1 ? 1 : $0 ?? -1 }))
    case .tile:
      guard let x = shape(0) else { return one(type(0), nil) }
      let repeats = node.integers("repeats")
      guard repeats.count == x.count else { return one(type(0), x.map { _ in -1 }) }
      return one(type(0), zip(x, repeats).map { $0 < 0 || $1 < 0 ? -1 : productOrOpen([$0, $1]) })
    default: return one(type(0), nil)
    }
  }

  /// The product; -1 where an extent is open or the product overflows.
  func productOrOpen(_ extents: some Sequence<Int>) -> Int {
    var product = 1
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if extent < 0 || overflow { return -1 }
      product = next
    }
    return product
  }

  private func reshaped() -> [Int]? {
    let target: [Int?]? = node.input(1) == nil ? node.integers("shape").map { $0 } : known(1)
    guard var extents = target else { return nil }
    let x = shape(0)
    if !node.boolean("allow_zero") {
      for index in extents.indices where extents[index] == 0 {
        extents[index] = x.flatMap { index < $0.count && $0[index] >= 0 ? $0[index] : nil }
      }
    }
    let open = extents.indices.filter { extents[$0] == -1 || extents[$0] == nil }
    if open.count == 1, let x, !x.contains(-1) {
      let total = productOrOpen(x)
      let rest = productOrOpen(extents.compactMap { $0 == -1 ? nil : $0 })
      if total >= 0 && rest > 0 { extents[open[0]] = total / rest }
    }
    return extents.map { $0 ?? -1 }
  }

  private func concatenated() -> [Int]? {
    let shapes = node.inputs.compactMap { $0?.shape }
    guard let first = shapes.first, let axis = axis(node.integer("axis"), first.count) else { return nil }
    guard shapes.count == node.inputs.count, shapes.allSatisfy({ $0.count == first.count }) else { return first.map { _ in -1 } }
    return first.indices.map { index in
      if index != axis { return shapes.lazy.map { $0[index] }.first { $0 >= 0 } ?? -1 }
      var sum = 0
      for shape in shapes {
        if shape[index] < 0 { return -1 }
        sum = sum &+ shape[index]
      }
      return sum
    }
  }

  private func split() -> Result {
    let count = node.outputs.count
    let types = Array(repeating: type(0), count: count)
    guard let x = shape(0), let axis = axis(node.integer("axis"), x.count), count > 0 else {
      return (types, Array(repeating: shape(0).map { $0.map { _ in -1 } }, count: count))
    }
    let given: [Int?] = node.input(1) == nil ? node.integers("sizes").map { $0 } : known(1) ?? []
    return (types, (0..<count).map { index in
      var shape = x
      if given.count == count {
        shape[axis] = given[index] ?? -1
      } else if x[axis] >= 0 && node.input(1) == nil {
        let chunk = (x[axis] &+ count &- 1) / count
        shape[axis] = Swift.max(0, Swift.min(chunk, x[axis] &- chunk &* index))
      } else {
        shape[axis] = -1
      }
      return shape
    })
  }

  private func sliced() -> [Int]? {
    guard var shape = shape(0) else { return nil }
    func bounds(_ index: Int, _ name: String) -> [Int?]? { node.input(index) == nil ? node.integers(name).map { $0 } : known(index) }
    let starts = bounds(1, "starts"), ends = bounds(2, "ends"), steps = bounds(3, "steps")
    let count = starts?.count ?? ends?.count
    let axes = node.integers("axes").isEmpty ? count.map { Array(0..<Swift.min($0, shape.count)) } : node.integers("axes")
    guard let axes else { return shape.map { _ in -1 } }
    for (index, given) in axes.enumerated() {
      guard let axis = axis(given, shape.count) else { return nil }
      func entry(_ list: [Int?]?) -> Int? { list.flatMap { index < $0.count ? $0[index] : nil } }
      let step = steps?.isEmpty == true ? 1 : entry(steps)
      guard let start = entry(starts), let end = entry(ends), let step, shape[axis] >= 0 else {
        shape[axis] = -1
        continue
      }
      shape[axis] = sliceCount(extent: shape[axis], start: start, end: end, step: step)
    }
    return shape
  }
}

/// How many elements [start, end) by step has of an extent; bounds clamp, negative ones count from the end; a step of 0 has none.
package func sliceCount(extent: Int, start: Int, end: Int, step: Int) -> Int {
  guard step != 0, extent >= 0 else { return 0 }
  let (first, last) = sliceBounds(extent: extent, start: start, end: end, step: step)
  let length = step > 0 ? last - first : first - last
  let stride = step.magnitude
  return length <= 0 ? 0 : Int((UInt(length) - 1) / stride) + 1
}

/// The bounds inside an extent: 0...extent for a positive step, -1...(extent - 1) for a negative one.
package func sliceBounds(extent: Int, start: Int, end: Int, step: Int) -> (first: Int, last: Int) {
  func inside(_ bound: Int) -> Int {
    let shifted = bound < 0 ? bound + extent : bound
    return step > 0 ? min(max(shifted, 0), extent) : min(max(shifted, -1), extent - 1)
  }
  return (inside(start), inside(end))
}
