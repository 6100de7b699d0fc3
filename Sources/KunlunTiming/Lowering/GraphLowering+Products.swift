// Convolutions and matrix products. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphLowering {
  mutating func convolution(_ node: Node) throws {
    guard let x = node.input(0), let weights = node.input(1), let output = node.output(0) else { return }
    try convolution(node.name, access(x), weights, shape(output), groups: Double(max(node.integer("groups", default: 1), 1)),
      bias: node.input(2), branch: node.input(3), activation: node.activation?.function, result: access(output))
  }

  /// One convolution with its epilogue. Shapes are [batch, spatial..., channels]; weights [kernel..., channels of a group, output channels].
  private mutating func convolution(_ name: String, _ input: Access, _ weights: Value, _ outputShape: [Double], groups: Double,
    bias: Value?, branch: Value?, activation: String?, result: Access) throws
  {
    let extents = try shape(weights)
    guard extents.count >= 2, outputShape.count >= 2 else { throw SimulationError("The convolution '\(name)' has no spatial extent.") }
    let (depth, channels) = (extents.dropLast().reduce(1, *), extents[extents.count - 1])
    let epilogue = Epilogue(name: name, bias: bias, branch: branch, activation: activation, result: result)
    let raw = epilogue.isEmpty ? result : intermediate(name, elements: outputShape.reduce(1, *))
    let parameters = try self.weights(weights)
    if groups > 1 && extents[extents.count - 2] == 1 {
      let work = Kernel.Work.vector(operations: outputShape.reduce(1, *) * depth)
      add(.depthwiseConvolution, name, [Kernel(work, operands: [input, parameters], outputs: [raw])])
    } else {
      let product = MatrixProduct(lines: outputShape.dropLast(2).reduce(1, *), lineLength: outputShape[outputShape.count - 2], columns: channels / groups,
        depth: depth, groups: groups)
      add(.convolution, name, [Kernel(.product(product), inputs: [input], operands: [parameters], outputs: [raw], unknownMaxima: maxima([input]))],
        tellsMaximum: true)
    }
    try epilogue.lower(into: &self, from: raw)
  }

  /// Expansion, depthwise convolution and projection one by one: the card has no call for all three.
  mutating func separableConvolution(_ node: Node) throws {
    guard let x = node.input(0), let output = node.output(0), let depthwise = node.input(3) else { return }
    let outputShape = try shape(output)
    var current = try access(x)
    func function(_ key: String) -> String? {
      guard case .activation(let function, _, _) = node.attributes[key], function != "identity" else { return nil }
      return function
    }
    let result = try access(output)
    if let expansion = node.input(1), let channels = try shape(expansion).last {
      let expanded = Array(try shape(x).dropLast()) + [channels]
      let next = intermediate("\(node.name)/expansion", elements: expanded.reduce(1, *))
      try convolution("\(node.name)/expansion", current, expansion, expanded, groups: 1, bias: node.input(2), branch: nil,
        activation: function("expansion_activation"), result: next)
      current = next
    }
    guard let channels = try shape(depthwise).last else { return }
    let filtered = Array(outputShape.dropLast()) + [channels]
    let projection = node.input(5)
    let next = projection == nil ? result : intermediate("\(node.name)/depthwise", elements: filtered.reduce(1, *))
    try convolution("\(node.name)/depthwise", current, depthwise, filtered, groups: channels, bias: node.input(4),
      branch: projection == nil ? node.input(7) : nil, activation: function("depthwise_activation"), result: next)
    if let projection {
      try convolution("\(node.name)/projection", next, projection, outputShape, groups: 1, bias: node.input(6), branch: node.input(7),
        activation: function("projection_activation"), result: result)
    }
  }

  /// The product of every input position with all taps, whose sums over taps are added while storing.
  mutating func transposedConvolution(_ node: Node) throws {
    guard let x = node.input(0), let weights = node.input(1), let output = node.output(0) else { return }
    let (inputShape, extents) = (try shape(x), try shape(weights))
    guard inputShape.count >= 3, extents.count >= 2 else { return try vector(node) }
    let groups = Double(max(node.integer("groups", default: 1), 1))
    let product = MatrixProduct(lines: inputShape.dropLast(2).reduce(1, *), lineLength: inputShape[inputShape.count - 2],
      columns: extents.dropLast(2).reduce(1, *) * extents[extents.count - 1], depth: extents[extents.count - 2] / groups, groups: groups)
    let result = try access(output)
    let epilogue = Epilogue(name: node.name, bias: node.input(2), branch: nil, activation: node.activation?.function, result: result)
    let raw = epilogue.isEmpty ? result : intermediate(node.name, elements: try count(output))
    let input = try access(x)
    add(.transposedConvolution, node.name, [Kernel(.product(product), inputs: [input], operands: [try self.weights(weights)], outputs: [raw],
      unknownMaxima: maxima([input]))], tellsMaximum: true)
    try epilogue.lower(into: &self, from: raw)
  }

  mutating func matmul(_ node: Node) throws {
    guard let a = node.input(0), let b = node.input(1), let output = node.output(0) else { return }
    let (left, right, result) = (try shape(a), try shape(b), try access(output))
    guard let depth = node.boolean("transpose_a") ? left.dropLast().last ?? left.last : left.last else { return }
    let outputShape = try shape(output)
    let elements = outputShape.reduce(1, *)
    let columns = right.count < 2 ? 1 : right[right.count - (node.boolean("transpose_b") ? 2 : 1)]
    let isShared = right.count <= 2 || right.dropLast(2).allSatisfy { $0 == 1 }
    let batch = isShared ? 1 : outputShape.dropLast(2).reduce(1, *)
    let product = MatrixProduct(lineLength: elements / max(batch * columns, 1), columns: columns, depth: depth, batch: batch)
    let epilogue = Epilogue(name: node.name, bias: node.input(2), branch: node.input(3), activation: node.activation?.function, result: result)
    let raw = epilogue.isEmpty ? result : intermediate(node.name, elements: elements)
    let (input, operand) = (try access(a), try weights(b))
    let isFullyConnected = b.constant != nil && isShared
    add(isFullyConnected ? .fullyConnected : .matrixProduct, node.name, [Kernel(.product(product), inputs: [input], operands: [operand], outputs: [raw],
      unknownMaxima: maxima(b.constant == nil ? [input, operand] : [input]))], tellsMaximum: true)
    try epilogue.lower(into: &self, from: raw)
  }

  func maxima(_ list: [Access]) -> [Access] { needsMaxima ? list : [] }
}

/// What is done to a product's result before it is final: bias, branch, activation, each a call of its own until a pass joins them.
private struct Epilogue {
  let name: String
  let bias, branch: Value?
  let activation: String?
  let result: Access

  /// Activations that the library's convolutions and products do themselves (as its framework's fusion pass lists them).
  private static let joined: Set = ["relu", "sigmoid", "tanh", "gelu", "gelu_tanh", "leaky_relu", "hard_swish", "hard_sigmoid", "clip", "swish"]

  init(name: String, bias: Value?, branch: Value?, activation: String?, result: Access) {
    (self.name, self.bias, self.branch, self.activation, self.result) = (name, bias, branch, activation, result)
  }

  var isEmpty: Bool { bias == nil && branch == nil && activation == nil }

  func lower(into lowering: inout GraphLowering, from raw: Access) throws {
    var steps: [(kind: CardOperator.Kind, title: String?, operand: Access?)] = []
    if let bias { steps.append((.bias, nil, try lowering.access(bias))) }
    if let branch { steps.append((.branch, nil, try lowering.access(branch))) }
    if let activation { steps.append((Epilogue.joined.contains(activation) ? .activation : .other, activation, nil)) }
    var current = raw
    let elements = result.bytes / lowering.precision.activationBytes
    for (index, step) in steps.enumerated() {
      let next = index == steps.count - 1 ? result : lowering.intermediate("\(name)/\(step.kind.rawValue)", elements: elements)
      lowering.add(step.kind, name, title: step.title,
        [Kernel(.vector(operations: 4 * elements), operands: [current] + (step.operand.map { [$0] } ?? []), outputs: [next])])
      current = next
    }
  }
}
