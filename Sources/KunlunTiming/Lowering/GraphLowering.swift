// From the converter's graph to the card's operators. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// Turns each operator into calls of the card's library, one by one: what follows a product in its epilogue stands beside it, and is joined with it again
/// by `CardPass`, so that a pass that is left out shows what it is worth.
package struct GraphLowering {
  var program: CardProgram
  let precision: Precision
  /// Whether products scale by the largest magnitude of their operands.
  let needsMaxima: Bool
  var places: [ObjectIdentifier: Int] = [:]
  /// The loop whose body is being lowered.
  var loop = 0

  /// The program of `graph`, whose shapes are all fixed. Throws `SimulationError` where one is not.
  package static func lower(_ graph: Graph, precision: Precision, needsMaxima: Bool) throws -> CardProgram {
    var lowering = GraphLowering(program: CardProgram(name: graph.name), precision: precision, needsMaxima: needsMaxima)
    for input in graph.inputs { lowering.program.inputs.append(try lowering.buffer(input)) }
    for node in graph.nodes { try lowering.lower(node, isLast: node.outputs.contains { output in graph.outputs.contains { $0 === output } }, graph) }
    for output in graph.outputs where output.constant == nil { lowering.program.outputs.append(try lowering.buffer(output)) }
    return lowering.program
  }

  private init(program: CardProgram, precision: Precision, needsMaxima: Bool) {
    self.program = program
    self.precision = precision
    self.needsMaxima = needsMaxima
  }

  // MARK: Tensors

  /// Extents of `value`; throws where one is open.
  func shape(_ value: Value) throws -> [Double] {
    guard let shape = value.constant?.shape ?? value.shape, shape.allSatisfy({ $0 >= 0 }) else {
      throw SimulationError("The shape of '\(value.name)' is not fixed; give the inputs' shapes.")
    }
    return shape.map(Double.init)
  }

  func count(_ value: Value) throws -> Double { try shape(value).reduce(1, *) }

  /// Bytes of an element on the card.
  private func elementBytes(_ value: Value) -> Double {
    switch value.constant?.type ?? value.type {
    case .float32, .float16, .none: precision.activationBytes
    case let type: Double(type.byteCount)
    }
  }

  /// The place of `value` in the program's buffers.
  mutating func buffer(_ value: Value) throws -> Int {
    if let place = places[ObjectIdentifier(value)] { return place }
    let bytes = try count(value) * elementBytes(value)
    places[ObjectIdentifier(value)] = program.buffers.count
    program.buffers.append(CardBuffer(name: value.name, bytes: bytes, role: value.constant == nil ? .activation : .weight))
    return program.buffers.count - 1
  }

  mutating func access(_ value: Value) throws -> Access {
    let place = try buffer(value)
    return Access(place, bytes: program.buffers[place].bytes)
  }

  /// Weights of a product, in the bytes that it multiplies in.
  mutating func weights(_ value: Value) throws -> Access {
    let place = try buffer(value)
    if value.constant != nil { program.buffers[place].bytes = try count(value) * precision.operandBytes }
    return Access(place, bytes: program.buffers[place].bytes)
  }

  /// A tensor that the graph does not have; `parts` independent ones of equal size.
  mutating func intermediate(_ name: String, elements: Double, parts: Double = 1) -> Access {
    program.buffers.append(CardBuffer(name: name, bytes: elements * precision.activationBytes, role: .activation, parts: parts))
    return Access(program.buffers.count - 1, bytes: elements * precision.activationBytes)
  }

  // MARK: Operators

  mutating func add(_ kind: CardOperator.Kind, _ name: String, title: String? = nil, _ kernels: [Kernel], tellsMaximum: Bool = false) {
    append(CardOperator(kind, name: name, title: title, kernels: kernels, tellsMaximum: tellsMaximum))
  }

  private mutating func append(_ item: CardOperator) {
    program.operators.append(item)
    program.operators[program.operators.count - 1].loop = loop
  }

  /// A call on the clusters that reads all operands once: four operations for each element of the largest of them.
  mutating func addVector(_ kind: CardOperator.Kind, _ node: Node, reads: [Access], writes: [Access], operations: Double? = nil) {
    let largest = (reads + writes).map { $0.bytes / precision.activationBytes }.max() ?? 0
    add(kind, node.name, title: kind == .other ? "\(node.operatorCode.name)" : nil,
      [Kernel(.vector(operations: operations ?? 4 * largest), operands: reads, outputs: writes)])
  }

  mutating func lower(_ node: Node, isLast: Bool, _ graph: Graph) throws {
    guard let output = node.outputs.first(where: { $0 != nil }) ?? nil, output.constant == nil else { return }
    switch node.operatorCode {
    case .reshape, .squeeze, .unsqueeze, .flatten: try view(node, output)
    case .transpose where isLayoutChange(node, isLast: isLast, graph): try view(node, output)
    case .unary where node.isUnary("identity"): try view(node, output)
    case .shape, .range: _ = try buffer(output)
    case .convolution: try convolution(node)
    case .separableConvolution: try separableConvolution(node)
    case .convolutionTranspose: try transposedConvolution(node)
    case .matmul: try matmul(node)
    case .attention: try attention(node)
    case .recurrent: try recurrent(node)
    case .nonMaximumSuppression, .multiclassNms, .nonZero: try onHost(node)
    case .conditional: try conditional(node, graph)
    case .loop: try loop(node, graph)
    default: try vector(node)
    }
  }

  /// Another shape of the same bytes.
  private mutating func view(_ node: Node, _ output: Value) throws {
    guard let input = node.input(0) else { return }
    places[ObjectIdentifier(output)] = try buffer(input)
  }

  /// The card's library keeps images channels-first and the converter's graph channels-last: a change between both where a model begins or ends is not
  /// one for the card.
  private func isLayoutChange(_ node: Node, isLast: Bool, _ graph: Graph) -> Bool {
    let permutation = node.integers("permutation")
    guard permutation == [0, 2, 3, 1] || permutation == [0, 3, 1, 2] || permutation == [0, 2, 1] else { return false }
    return isLast || graph.inputs.contains { $0 === node.input(0) }
  }

  private mutating func onHost(_ node: Node) throws {
    try addHost(node.name, title: "\(node.operatorCode.name)", reads: node.inputs.compactMap { $0 }, writes: node.outputs.compactMap { $0 })
  }

  /// Something that the host does between copies.
  mutating func addHost(_ name: String, title: String, reads: [Value], writes: [Value]) throws {
    let (reads, writes) = (try reads.map { try access($0) }, try writes.map { try access($0) })
    append(CardOperator(.other, name: name, title: title, kernels: [Kernel(.vector(operations: 0), operands: reads, outputs: writes)],
      hostBytes: (reads + writes).reduce(0) { $0 + $1.bytes }))
  }
}
