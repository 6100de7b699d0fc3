// Attention, recurrent layers, and everything on the clusters. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphLowering {
  /// Scores, softmax and the sums of values, as three calls; a pass joins them.
  mutating func attention(_ node: Node) throws {
    guard let x = node.input(0), let output = node.output(0) else { return }
    let (queryShape, outputShape) = (try shape(x), try shape(output))
    guard queryShape.count == 3, outputShape.count == 3 else { return try vector(node) }
    let heads = Double(max(node.integer("heads", default: 1), 1))
    let (batch, queries, values) = (outputShape[0], outputShape[1], outputShape[2])
    let query: Access, key: Access, value: Access
    let keys: Double, features: Double
    if let k = node.input(1), let v = node.input(2), let keyShape = try? shape(k), keyShape.count == 3 {
      (query, key, value) = (try access(x), try access(k), try access(v))
      (keys, features) = (keyShape[1], queryShape[2])
    } else {
      // Rows of queries, keys and values together.
      let all = try access(x)
      features = (queryShape[2] - values) / 2
      keys = queries
      func part(_ extent: Double) -> Access { Access(all.buffer, bytes: all.bytes * extent / max(queryShape[2], 1)) }
      (query, key, value) = (part(features), part(features), part(values))
    }
    let products = batch * heads
    let elements = products * queries * keys
    let scores = intermediate("\(node.name)/scores", elements: elements, parts: products)
    let weights = intermediate("\(node.name)/weights", elements: elements, parts: products)
    let mask = try node.input(3).map { [try access($0)] } ?? []
    add(.matrixProduct, "\(node.name)/scores", title: "attention", [Kernel(.product(MatrixProduct(lineLength: queries, columns: keys, depth: features / heads,
      batch: products)), inputs: [query], operands: [key], outputs: [scores], unknownMaxima: maxima([query, key]))], tellsMaximum: true)
    add(.softmax, "\(node.name)/softmax", [Kernel(.vector(operations: 4 * elements), operands: [scores] + mask, outputs: [weights])])
    // Softmax is at most 1: only the values' largest magnitude has to be found.
    add(.matrixProduct, "\(node.name)/values", title: "attention", [Kernel(.product(MatrixProduct(lineLength: queries, columns: values / heads, depth: keys,
      batch: products)), inputs: [weights], operands: [value], outputs: [try access(output)], unknownMaxima: maxima([value]))], tellsMaximum: true)
  }

  /// A product of all steps with the input's weights, then a product a step with the recurrent ones, and the gates on the clusters.
  mutating func recurrent(_ node: Node) throws {
    guard let x = node.input(0), let inputWeights = node.input(1), let stateWeights = node.input(2), let output = node.output(0) else { return }
    let (inputShape, extents, stateExtents) = (try shape(x), try shape(inputWeights), try shape(stateWeights))
    guard inputShape.count == 3, extents.count == 3, stateExtents.count == 3 else { return try vector(node) }
    let (steps, batch, directions, columns) = (inputShape[0], inputShape[1], extents[0], extents[2])
    let gates = intermediate("\(node.name)/gates", elements: directions * steps * batch * columns)
    let input = try access(x)
    let outputs = try node.outputs.compactMap { $0 }.map { try access($0) }
    let project = Kernel(.product(MatrixProduct(lineLength: steps * batch, columns: columns, depth: inputShape[2], groups: directions)), inputs: [input],
      operands: [try weights(inputWeights)], outputs: [gates], unknownMaxima: maxima([input]))
    // The state's magnitude is at most 1, as a gate and a tanh leave it.
    let step = Kernel(.product(MatrixProduct(lineLength: batch, columns: columns, depth: stateExtents[1], groups: steps * directions)),
      operands: [gates, try weights(stateWeights)])
    let cells = Kernel(.vector(operations: 16 * (try count(output))), outputs: outputs)
    add(.recurrent, node.name, [project, step, cells])
  }

  mutating func vector(_ node: Node) throws {
    let inputs = node.inputs.compactMap { $0 }
    let writes = try node.outputs.compactMap { $0 }.map { try access($0) }
    let written = writes.reduce(0) { $0 + $1.bytes }
    switch node.operatorCode {
    case .gather, .gatherNd, .gatherElements, .slice, .split:
      // Only what is taken is read.
      guard let source = inputs.first else { return }
      let reads = [Access(try buffer(source), bytes: written)] + (try inputs.dropFirst().map { try access($0) })
      let isTable = node.operatorCode == .gather && source.constant != nil && node.integer("axis") == 0
      addVector(isTable ? .embedding : .other, node, reads: reads, writes: writes)
    default:
      addVector(try kind(node), node, reads: try inputs.map { try access($0) }, writes: writes)
    }
  }

  private func kind(_ node: Node) throws -> CardOperator.Kind {
    switch node.operatorCode {
    case .softmax: return .softmax
    case .layerNormalization: return .layerNormalization
    case .binary where node.member("function", default: "add") == "add": return .add
    case .binary where node.member("function", default: "add") == "multiply" && node.inputs.allSatisfy({ $0?.constant == nil }): return .multiply
    case .pool, .reduce:
      guard let x = node.input(0), let output = node.output(0) else { return .other }
      let (extents, results) = (try shape(x), try shape(output))
      guard extents.count == 4, results.reduce(1, *) == extents[0] * extents[3], extents[1] * extents[2] > 1 else {
        return node.operatorCode == .pool ? .pool : .other
      }
      return node.operatorCode == .pool || ["mean", "maximum"].contains(node.member("function", default: "sum")) ? .globalPool : .other
    default: return .other
    }
  }
}
