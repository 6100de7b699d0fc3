// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Joins a depthwise convolution with the pointwise ones before and after it where the map between them would not stay in a cache: the
/// joined operator computes it by stripes of rows and never stores it whole.
enum SeparableConvolutions: Pass {
  static let title = "joining separable convolutions"

  /// Bytes of a picture's map from which on it is worth keeping it in pieces: what second-level caches hold.
  private static let largeMap = 512 << 10
  /// What an open extent counts as.
  private static let openExtent = 256
  /// Lines of an expanded map from which on it is worth computing in stripes, for each line that two neighbouring windows share: threads that meet
  /// there compute it twice.
  private static let linesPerSharedLine = 8

  static func run(_ graph: Graph, _ knowledge: ShapeKnowledge) -> Bool { join(graph, largeMap: largeMap, linesPerSharedLine: linesPerSharedLine) > 0 }

  /// Joins what has maps of `largeMap` bytes or more between, expansions where the map also has `linesPerSharedLine` lines or more for each
  /// shared one; tells how often.
  static func join(_ graph: Graph, largeMap: Int, linesPerSharedLine: Int) -> Int {
    func isLarge(_ map: Value) -> Bool {
      guard let shape = map.shape, shape.count == 4, shape[3] > 0 else { return false }
      return shape.dropFirst().reduce(4) { $0 &* ($1 < 0 ? openExtent : $1) } >= largeMap
    }
    let uses = ValueUses(graph)
    var count = 0
    for node in graph.nodes where isDepthwise(node) {
      guard let x = node.input(0), let y = node.output(0) else { continue }
      var expansion = isLarge(x) && lineCount(x) >= linesPerSharedLine * sharedLines(node) && uses.onlyReader(x) != nil ? uses.producer(x) : nil
      if let first = expansion, !isPointwise(first) || first.input(3) != nil { expansion = nil }
      var projection = isLarge(y) && node.input(3) == nil ? uses.onlyReader(y) : nil
      if let last = projection, !isPointwise(last) || last.input(0) !== y { projection = nil }
      guard expansion != nil || projection != nil else { continue }
      join(node, expansion, projection)
      count += 1
    }
    guard count > 0 else { return 0 }
    graph.nodes.removeAll { $0.operatorCode == .none }
    graph.sortNodes()
    return count
  }

  private static func join(_ node: Node, _ expansion: Node?, _ projection: Node?) {
    let last = projection ?? node
    node.inputs = [expansion?.input(0) ?? node.input(0), expansion?.input(1), expansion?.input(2), node.input(1), node.input(2),
      projection?.input(1), projection?.input(2), last.input(3)]
    node.outputs = last.outputs
    node.attributes["depthwise_activation"] = node.attributes["activation"]
    node.attributes["expansion_activation"] = expansion?.attributes["activation"]
    node.attributes["projection_activation"] = projection?.attributes["activation"]
    node.attributes["activation"] = nil
    node.attributes["groups"] = nil
    node.operatorCode = .separableConvolution
    expansion?.operatorCode = .none
    projection?.operatorCode = .none
  }

  /// A convolution of pictures with constant weights [h, w, 1, C] and as many groups.
  private static func isDepthwise(_ node: Node) -> Bool {
    guard node.operatorCode == .convolution, let shape = node.input(1)?.constant?.shape, shape.count == 4 else { return false }
    return shape[2] == 1 && shape[3] > 1 && node.integer("groups", default: 1) == shape[3]
  }

  private static func lineCount(_ map: Value) -> Int { map.shape.map { $0[1] < 0 ? openExtent : $0[1] } ?? 0 }

  /// Lines that two windows of `node`, a depthwise convolution, share where one lies below the other.
  private static func sharedLines(_ node: Node) -> Int {
    let kernel = node.input(1)?.constant?.shape[0] ?? 1
    return max((kernel - 1) * (node.integers("dilations").first ?? 1) + 1 - (node.integers("strides").first ?? 1), 0)
  }

  private static func isPointwise(_ node: Node) -> Bool {
    guard node.operatorCode == .convolution, let shape = node.input(1)?.constant?.shape, shape.count == 4, shape[0] == 1, shape[1] == 1,
      node.integer("groups", default: 1) == 1 else { return false }
    return node.integers("strides").allSatisfy { $0 == 1 } && (node.integers("padding_begin") + node.integers("padding_end")).allSatisfy { $0 == 0 }
  }
}
