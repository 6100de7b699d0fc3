// Weights stored as this machine's kernels read them. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import Kernels
import Tensors

/// A constant's bytes in a kernel's order.
struct PackedBytes {
  var order: UInt64
  var bytes: Data
}

/// Asks the runtime which constants the kernels of this machine read packed, and how, once all shapes of `graph` are known.
///
/// A constant is stored packed where everything that reads it reads it in the same order, and the order is one that files hold. Those of `halves` are
/// stored as float16 instead.
func packConstants(of graph: Graph, except halves: [ObjectIdentifier: Constant] = [:]) throws -> [ObjectIdentifier: PackedBytes] {
  let runtime = try RuntimeModel(MemoryModel.whole(graph))
  var readers: [ObjectIdentifier: Int] = [:]
  func count(_ graph: Graph) {
    for node in graph.nodes {
      for case let value? in node.inputs where value.constant != nil { readers[ObjectIdentifier(value), default: 0] += 1 }
      node.innerGraphs.forEach(count)
    }
    for value in graph.outputs where value.constant != nil { readers[ObjectIdentifier(value), default: 0] += 1 }
  }
  count(graph)
  var found: [ObjectIdentifier: (packed: PackedBytes, uses: Int)] = [:]
  var conflicts: Set<ObjectIdentifier> = []
  func take(_ packed: PackedBytes, _ value: Value, _ constant: Constant) {
    var shape = Shape()
    for extent in constant.shape { shape.append(extent) }
    guard PackedOrder(rawValue: packed.order).floats(shape).map({ $0 * 4 }) == packed.bytes.count else { return }
    let key = ObjectIdentifier(value)
    if let other = found[key] {
      if other.packed.order != packed.order { conflicts.insert(key) }
      found[key]?.uses += 1
    } else {
      found[key] = (packed, 1)
    }
  }
  for (index, node) in graph.nodes.enumerated() where [.convolution, .separableConvolution, .matmul].contains(node.operatorCode) {
    for (input, packed) in try runtime.packedInputs(of: index) {
      if let value = node.input(input), let constant = value.constant, halves[ObjectIdentifier(value)] == nil { take(packed, value, constant) }
    }
  }
  return found.filter { !conflicts.contains($0.key) && $0.value.uses == readers[$0.key] }.mapValues(\.packed)
}
