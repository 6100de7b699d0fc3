// How each operator looks when its operands are stored channels-last. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// The permutation that stores [N, C, spatial...] as [N, spatial..., C].
func channelsLast(_ rank: Int) -> [Int] { rank < 2 ? Array(0..<rank) : [0] + Array(2..<rank) + [1] }

/// What becomes of a node when its image operands are stored channels-last.
struct Relaid {
  /// Attributes that replace the node's own.
  var attributes: [String: Attribute]
  /// Whether inputs from 1 on, which gave shapes or pads, have become attributes and are left out.
  var keepsOnlyFirstInput = false
  /// Whether the node becomes a reshape with these attributes.
  var becomesReshape = false
}

/// Rules by operator. An operator without one reads and writes its operands as the source has them.
struct LayoutRules {
  let knowledge: ShapeKnowledge

  /// Inputs and outputs of `node` that change their layout together, by position; nil where it has no rule.
  /// Every output listed and every input listed has the rank at which it would be relaid.
  func ports(_ node: Node) -> (inputs: [Int], outputs: [Int])? {
    guard let x = firstImage(node), let rank = x.shape?.count, relaid(node, rank: rank) != nil else { return nil }
    switch node.operatorCode {
    case .binary, .select, .concat:
      let images = node.inputs.indices.filter { node.inputs[$0]?.constant == nil && !isSmall(node.inputs[$0]) }
      guard node.inputs.allSatisfy({ $0?.shape != nil || $0?.constant != nil }),
        node.inputs.allSatisfy({ ($0?.constant?.shape.count ?? 0) <= rank }),
        images.allSatisfy({ node.inputs[$0]?.shape?.count == rank }), node.output(0)?.shape?.count ?? rank == rank else { return nil }
      return (images, [0])
    case .sliceUpdate:
      let value = node.input(1)
      if value?.constant == nil && !isSmall(value) { return value?.shape?.count == rank ? ([0, 1], [0]) : nil }
      return isSmall(value) || value?.constant?.shape.count == rank ? ([0], [0]) : nil
    default:
      return ([0], Array(node.outputs.indices))
    }
  }

  /// The node's attributes when its image operand of rank `rank` is stored channels-last; nil where the node cannot follow.
  func relaid(_ node: Node, rank: Int) -> Relaid? {
    let order = channelsLast(rank)
    var result = Relaid(attributes: node.attributes)
    func place(_ axis: Int) -> Int? { normalized(axis, rank).flatMap { order.firstIndex(of: $0) } }
    func placed(_ axes: [Int]) -> [Int]? { let places = axes.compactMap(place); return places.count == axes.count ? places : nil }
    func moveAxis(_ value: Int) -> Relaid? {
      guard let axis = place(node.integer("axis", default: value)) else { return nil }
      result.attributes["axis"] = .integer(axis)
      return result
    }
    switch node.operatorCode {
    case .unary, .cast, .binary, .select: return result
    case .softmax: return moveAxis(-1)
    case .concat, .cumulativeSum, .split: return moveAxis(0)
    case .argReduce:
      guard !node.boolean("flatten"), node.boolean("keep_dimensions") || keepsOrder(order, without: [node.integer("axis")], rank) else { return nil }
      return moveAxis(0)
    case .topK: return moveAxis(-1)
    case .quantizeLinear, .dequantizeLinear: return moveAxis(1)
    case .reduce:
      let axes = node.integers("axes")
      guard axes.isEmpty || node.boolean("keep_dimensions") || keepsOrder(order, without: axes, rank), let moved = placed(axes) else { return nil }
      result.attributes["axes"] = .integers(moved.sorted())
      return result
    case .slice, .sliceUpdate:
      guard let axes = sliceAxes(node), let moved = placed(axes) else { return nil }
      result.attributes["axes"] = .integers(moved)
      return result
    case .pad: return pad(node, order, &result)
    case .expand, .tile: return extents(node, order, &result)
    case .gather:
      guard node.input(1)?.constant?.shape.count ?? node.input(1)?.shape?.count == 1 else { return nil }
      return moveAxis(0)
    case .squeeze, .unsqueeze, .flatten, .reshape: return reshaping(node, rank)
    default: return nil
    }
  }

  /// Whether what is left after removing `axes` is again in the order that `isChannelsLast` says for its rank, or in the source's below rank 3.
  private func keepsOrder(_ order: [Int], without axes: [Int], _ rank: Int) -> Bool {
    let removed = Set(axes.compactMap { normalized($0, rank) })
    let left = order.filter { !removed.contains($0) }
    let ranks = left.map { axis in left.filter { $0 < axis }.count }
    return ranks == (left.count >= 3 ? channelsLast(left.count) : Array(0..<left.count))
  }

  private func sliceAxes(_ node: Node) -> [Int]? {
    let axes = node.integers("axes")
    if !axes.isEmpty { return axes }
    let first = node.operatorCode == .slice ? 1 : 2
    let count = node.input(first).map { $0.constant?.elementCount ?? $0.shape?.first ?? -1 } ?? node.integers("starts").count
    return count > 0 ? Array(0..<count) : nil
  }

  private func pad(_ node: Node, _ order: [Int], _ result: inout Relaid) -> Relaid? {
    let pads = node.input(1)?.constant?.integers ?? (node.input(1) == nil ? node.integers("pads") : [])
    guard pads.count == 2 * order.count, node.input(2) == nil || node.input(2)?.scalar != nil else { return nil }
    result.attributes["pads"] = .integers(order.map { pads[$0] } + order.map { pads[$0 + order.count] })
    if let value = node.input(2)?.scalar { result.attributes["value"] = .float(Double(value)) }
    result.keepsOnlyFirstInput = true
    return result
  }

  private func extents(_ node: Node, _ order: [Int], _ result: inout Relaid) -> Relaid? {
    let key = node.operatorCode == .expand ? "shape" : "repeats"
    let list = node.input(1)?.constant?.integers ?? (node.input(1) == nil ? node.integers(key) : [])
    guard list.count == order.count else { return nil }
    result.attributes[key] = .integers(order.map { list[$0] })
    result.keepsOnlyFirstInput = true
    return result
  }

  /// Values that broadcast alike in every layout: one element.
  func isSmall(_ value: Value?) -> Bool {
    guard let value else { return true }
    if let constant = value.constant { return constant.elementCount == 1 }
    guard let shape = value.shape else { return false }
    return shape.allSatisfy { $0 == 1 } && shape.count <= 1
  }

  /// The first input that is no constant and has an image's rank.
  func firstImage(_ node: Node) -> Value? {
    switch node.operatorCode {
    case .binary, .select, .concat:
      let computed = node.inputs.compactMap { $0 }.filter { $0.constant == nil }
      return computed.max { ($0.shape?.count ?? 0) < ($1.shape?.count ?? 0) }
    default: return node.input(0).flatMap { $0.constant == nil ? $0 : nil }
    }
  }

  /// `constant`, an operand beside images of rank `rank`, as it must be stored beside channels-last ones. Where it broadcasts,
  /// extents of 1 in front are dropped.
  static func relaid(_ constant: Constant, rank: Int, broadcasts: Bool) -> Constant? {
    guard constant.shape.count <= rank else { return nil }
    guard broadcasts else { return constant.shape.count == rank ? constant.transposed(channelsLast(rank)) : nil }
    guard constant.elementCount != 1, constant.shape.count > 0 else { return constant }
    let full = constant.reshaped([Int](repeating: 1, count: rank - constant.shape.count) + constant.shape)
    let moved = full.transposed(channelsLast(rank))
    let kept = Array(moved.shape.drop { $0 == 1 })
    return moved.reshaped(kept)
  }
}
