// ONNX operators that move or make elements. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension ONNXCall {
  func shapes() throws -> [Value?]? {
    switch node.opType {
    case "Constant": return [try constant()]
    case "ConstantOfShape": return [try constantOfShape()]
    case "Reshape": return [builder.reshape(try input(0), to: try input(1), allowZero: flag("allowzero"))]
    case "Flatten": return [try flatten()]
    case "Squeeze": return [builder.squeeze(try input(0), axes: try ints("axes", orInput: 1) ?? [])]
    case "Unsqueeze": return [builder.unsqueeze(try input(0), axes: try ints("axes", orInput: 1) ?? [])]
    case "Transpose":
      let x = try input(0)
      if let permutation = ints("perm") { return [try builder.transpose(x, permutation)] }
      return [try builder.transpose(x, Array((0..<(try builder.rank(x))).reversed()))]
    case "Concat": return [builder.concat(try all(), axis: int("axis", default: 1))]
    case "Split": return try split()
    case "Slice": return [try slice()]
    case "Pad": return [try pad()]
    case "Expand": return [builder.expand(try input(0), to: try input(1))]
    case "Tile": return [try builder.tile(try input(0), repeats: try input(1))]
    case "Shape": return [shape()]
    case "Size":
      return [try builder.reduce(.product, builder.shape(try input(0)), axes: [], keepDimensions: false)]
    case "Range": return [builder.range(start: try input(0), limit: try input(1), step: try input(2))]
    case "EyeLike": return [try eye()]
    case "OneHot": return [try oneHot()]
    case "Trilu":
      let diagonal = optional(1) == nil ? 0 : try integers(input: 1).first ?? 0
      return [builder.triangle(try input(0), upper: flag("upper", default: true), diagonal: diagonal)]
    default: return nil
    }
  }

  private func constant() throws -> Value {
    let name = node.output.first ?? ""
    if let tensor = attribute("value") { return try importer.value(tensor.t, name: name) }
    if let number = attribute("value_float") { return builder.constant(Constant(shape: [], floats: [number.f]), name: name) }
    if let numbers = attribute("value_floats") { return builder.constant(Constant(shape: [numbers.floats.count], floats: numbers.floats), name: name) }
    if has("value_int") { return builder.constant(Constant(shape: [], integers: [int("value_int")]), name: name) }
    if let numbers = ints("value_ints") { return builder.constant(Constant(shape: [numbers.count], integers: numbers), name: name) }
    throw ImportError.unsupported("a constant that is no tensor of numbers")
  }

  private func constantOfShape() throws -> Value {
    guard let attribute = attribute("value") else { return builder.fill(to: try input(0), value: 0, type: .float32) }
    let constant = try importer.value(attribute.t, name: "").constant
    guard let constant, constant.elementCount == 1,
      let number = constant.floats?.first.map({ Double($0) }) ?? constant.integers?.first.map({ Double($0) })
    else { throw ImportError.malformed("attribute 'value' must have one element") }
    return builder.fill(to: try input(0), value: number, type: constant.type)
  }

  /// Everything before `axis` and everything from it on are merged; either may be empty.
  private func flatten() throws -> Value {
    let x = try input(0), rank = try builder.rank(x), given = int("axis", default: 1)
    guard given >= -rank && given <= rank else { throw ImportError.unsupported("axis \(given) is out of range for \(rank) dimensions") }
    let axis = given < 0 ? given + rank : given
    if axis == 0 { return builder.reshape(x, [1, -1]) }
    if axis == rank { return builder.reshape(x, [-1, 1]) }
    let tail = rank - axis > 1 ? builder.flatten(x, first: axis, last: rank - 1) : x
    return axis > 1 ? builder.flatten(tail, first: 0, last: axis - 1) : tail
  }

  /// Sizes are an attribute before version 13, an input after; `num_outputs` divides evenly.
  private func split() throws -> [Value?] {
    let x = try input(0), axis = int("axis")
    _ = attribute("num_outputs")
    let count = node.output.count
    guard count > 0 else { throw ImportError.malformed("a split without outputs") }
    if let sizes = ints("split") ?? optional(1).flatMap(builder.integers) {
      guard sizes.count == count else { throw ImportError.malformed("\(sizes.count) sizes for \(count) outputs") }
      return builder.split(x, axis: axis, sizes: sizes, count: count)
    }
    return builder.split(x, axis: axis, sizes: [], count: count, computedSizes: optional(1))
  }

  /// Bounds are attributes before version 10, inputs after.
  private func slice() throws -> Value {
    let x = try input(0)
    if version < 10 {
      return try checked(x, axes: ints("axes") ?? [], starts: ints("starts") ?? [], ends: ints("ends") ?? [], steps: [])
    }
    let axes = optional(3) == nil ? [] : try integers(input: 3)
    let starts = builder.integers(try input(1)), ends = builder.integers(try input(2))
    let steps = optional(4).map { builder.integers($0) } ?? []
    if let starts, let ends, let steps { return try checked(x, axes: axes, starts: starts, ends: ends, steps: steps) }
    return builder.slice(x, axes: axes, starts: starts ?? [], ends: ends ?? [], steps: steps ?? [], computedStarts: starts == nil ? optional(1) : nil,
      computedEnds: ends == nil ? optional(2) : nil, computedSteps: steps == nil ? optional(4) : nil)
  }

  private func checked(_ x: Value, axes: [Int], starts: [Int], ends: [Int], steps: [Int]) throws -> Value {
    guard starts.count == ends.count, axes.isEmpty || axes.count == starts.count, steps.isEmpty || steps.count == starts.count else {
      throw ImportError.malformed("\(starts.count) starts, \(ends.count) ends, \(axes.count) axes and \(steps.count) steps")
    }
    guard !steps.contains(0) else { throw ImportError.malformed("a step of 0") }
    return builder.slice(x, axes: axes, starts: starts, ends: ends, steps: steps)
  }

  /// Paddings are attributes before version 11, inputs after; from version 18 on they may concern some axes only.
  private func pad() throws -> Value {
    let x = try input(0)
    let mode: PadMode
    switch string("mode", default: "constant") {
    case "constant": mode = .constant
    case "reflect": mode = .reflect
    case "edge": mode = .edge
    case "wrap": mode = .wrap
    case let other: throw ImportError.malformed("mode '\(other)'")
    }
    if version < 11 { return try builder.pad(x, mode: mode, pads: try whole(ints("pads") ?? [], x), value: float("value", default: 0)) }
    let number = optional(2).flatMap(constantNumber)
    let computedValue = number == nil ? optional(2) : nil
    guard var pads = builder.integers(try input(1)) else {
      guard optional(3) == nil else { throw ImportError.unsupported("paddings of some axes that are computed") }
      return try builder.pad(x, mode: mode, pads: [], value: number ?? 0, computedPads: try input(1), computedValue: computedValue)
    }
    if optional(3) != nil {
      let rank = try builder.rank(x), axes = try integers(input: 3)
      guard pads.count == 2 * axes.count else { throw ImportError.malformed("\(pads.count) paddings for \(axes.count) axes") }
      var all = Array(repeating: 0, count: 2 * rank)
      for (index, axis) in axes.enumerated() {
        let axis = try builder.axis(axis, rank: rank)
        all[axis] = pads[index]
        all[rank + axis] = pads[axes.count + index]
      }
      pads = all
    }
    return try builder.pad(x, mode: mode, pads: try whole(pads, x), value: number ?? 0, computedValue: computedValue)
  }

  private func whole(_ pads: [Int], _ x: Value) throws -> [Int] {
    guard pads.count % 2 == 0, x.shape == nil || x.shape?.count == pads.count / 2 else {
      throw ImportError.malformed("\(pads.count) paddings for \(x.shape?.count ?? 0) dimensions")
    }
    return pads
  }

  private func shape() -> Value {
    let start = int("start"), hasEnd = has("end"), end = int("end")
    guard let x = optional(0) else { return builder.constant(integers: []) }
    let limit = Int(Int32.max)
    return builder.shape(x, start: max(min(start, limit), -limit), end: hasEnd ? max(min(end, limit), -limit) : limit)
  }

  private func eye() throws -> Value {
    let x = try input(0), type = try type("dtype") ?? x.type, diagonal = int("k")
    guard let shape = x.shape, shape.count == 2 else { throw ImportError.unsupported("an identity matrix of unknown dimensions") }
    // rows == columns - diagonal; an outer comparison serves open extents as well.
    func indices(_ axis: Int) throws -> Value {
      let count = builder.reshape(builder.shape(x, start: axis, end: axis + 1), [])
      return builder.range(start: builder.scalar(0, type: .int64), limit: count, step: builder.scalar(1, type: .int64))
    }
    let columns = builder.binary(.subtract, builder.unsqueeze(try indices(1), axes: [0]), builder.constant(integers: [diagonal], shape: []))
    return builder.cast(builder.binary(.equal, builder.unsqueeze(try indices(0), axes: [1]), columns), to: type)
  }

  private func oneHot() throws -> Value {
    let depth = try input(1)
    let axis = int("axis", default: -1)
    let known = constantNumber(depth).flatMap { Int(exactly: $0) }
    return builder.oneHot(try input(0), depth: known.map { .known($0) } ?? .computed(depth), values: try input(2), axis: axis, to: try input(2).type)
  }
}
