// Weights stored as float16. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import Kernels
import ModelFile

/// The large float32 constants of a graph as float16: each element becomes the nearest one, ties to even.
///
/// An element's error is at most 2^-11 of its tensor's largest magnitude: where that lies among float16's normal numbers, they round to within
/// 2^-11 of themselves and smaller ones to within 2^-25. Other tensors stay float32.
struct HalfWeights {
  /// From this many elements on a constant is stored so: biases and scales are not worth it.
  static let leastCount = 1024
  /// The smallest normal and the largest number of float16.
  private static let range: ClosedRange<Float> = 0x1p-14...65504

  /// What is stored instead of a value's constant.
  private(set) var constants: [ObjectIdentifier: Constant] = [:]
  /// A sentence for each tensor that stays float32 because of its values.
  private(set) var warnings: [String] = []

  init() {}

  init(of graph: Graph) { add(graph) }

  private mutating func add(_ graph: Graph) {
    for node in graph.nodes {
      for case let value? in node.inputs { add(value) }
      node.innerGraphs.forEach { add($0) }
    }
  }

  private mutating func add(_ value: Value) {
    guard let constant = value.constant, constant.elementCount >= HalfWeights.leastCount, constants[ObjectIdentifier(value)] == nil,
      let floats = constant.floats else { return }
    let largest = floats.reduce(0) { abs($1) > $0 ? abs($1) : $0 }
    guard largest == 0 || HalfWeights.range.contains(largest) else {
      let warning = "Tensor \"\(value.name)\" is stored as float32: its largest magnitude, \(largest), is outside float16's range of normal numbers."
      if !warnings.contains(warning) { warnings.append(warning) }
      return
    }
    var bytes = Data(count: 2 * floats.count)
    bytes.withUnsafeMutableBytes { roundToHalves(floats, count: floats.count, into: $0.bindMemory(to: UInt16.self).baseAddress!) }
    constants[ObjectIdentifier(value)] = Constant(type: .float16, shape: constant.shape, bytes: bytes)
  }
}
