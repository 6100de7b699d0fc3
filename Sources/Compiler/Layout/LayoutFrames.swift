// Which values of a graph are channels-first images. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension Node {
  /// Whether the operator itself works on channels-last images: input 0 and output 0 are such.
  var isImageOperator: Bool {
    switch operatorCode {
    case .convolution, .convolutionTranspose, .pool, .resize, .gridSample, .roiAlign, .groupNormalization, .localResponseNormalization,
      .depthToSpace, .spaceToDepth: true
    default: false
    }
  }

  /// Whether this transposes channels-first images to channels-last ones, or back.
  func isTranspose(toChannelsLast: Bool) -> Bool {
    guard operatorCode == .transpose else { return false }
    let permutation = integers("permutation")
    let last = channelsLast(permutation.count)
    return permutation.count >= 3 && permutation == (toChannelsLast ? last : inverse(last))
  }
}

/// The channels-first images of a graph: values between image operators' transposes, and what is computed from them alone.
/// Values of image operators themselves are channels-last as they are.
struct LayoutFrames {
  private(set) var images: Set<ObjectIdentifier> = []
  /// Ports of the nodes that can follow their operands into channels-last.
  private(set) var ports: [ObjectIdentifier: (inputs: [Int], outputs: [Int])] = [:]

  func isImage(_ value: Value?) -> Bool { value.map { images.contains(ObjectIdentifier($0)) } ?? false }

  init(_ graph: Graph, _ rules: LayoutRules, _ uses: ValueUses) {
    var native: Set<ObjectIdentifier> = []
    var pending: [Value] = []
    for node in graph.nodes {
      if node.isImageOperator { for case let value? in [node.input(0), node.output(0)] { native.insert(ObjectIdentifier(value)) } }
      if let found = rules.ports(node) { ports[ObjectIdentifier(node)] = found }
    }
    func add(_ value: Value?) -> Value? {
      guard let value, value.constant == nil, let rank = value.shape?.count, rank >= 3, !native.contains(ObjectIdentifier(value)) else { return nil }
      return value
    }
    func isNative(_ value: Value?) -> Bool { value.map { native.contains(ObjectIdentifier($0)) } ?? false }
    for node in graph.nodes {
      if node.isTranspose(toChannelsLast: false), isNative(node.input(0)), let image = add(node.output(0)) { pending.append(image) }
      if node.isTranspose(toChannelsLast: true), isNative(node.output(0)), let image = add(node.input(0)) { pending.append(image) }
    }
    while let value = pending.popLast() {
      guard images.insert(ObjectIdentifier(value)).inserted else { continue }
      for node in uses.readers(value) + [uses.producer(value)].compactMap({ $0 }) {
        guard let (inputs, outputs) = ports[ObjectIdentifier(node)] else { continue }
        let neighbours = inputs.map { node.input($0) } + outputs.map { node.output($0) }
        // A node that reads the image beside its ports, such as an index, does not pass it on.
        guard neighbours.contains(where: { $0 === value }) else { continue }
        for neighbour in neighbours { if let image = add(neighbour), !images.contains(ObjectIdentifier(image)) { pending.append(image) } }
      }
    }
    for node in graph.nodes {
      guard let (inputs, outputs) = ports[ObjectIdentifier(node)] else { continue }
      let inputsAreImages = inputs.allSatisfy { isImage(node.input($0)) }
      let outputsAreImages = outputs.allSatisfy { slot in node.output(slot).map { ($0.shape?.count ?? 0) < 3 && $0.shape != nil || isImage($0) } ?? true }
      if !inputsAreImages || !outputsAreImages { ports[ObjectIdentifier(node)] = nil }
    }
  }
}
