// Appends operators to a graph, for importers. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Appends nodes to a graph and gives back their outputs, with types and shapes inferred as far as can be told simply.
///
/// Importers speak a channels-first world ([N, C, spatial...], weights [M, C, kernel...]); the operators of the model file are channels-last.
/// Where an operator is an image operator, the builder puts plain `transpose` nodes around it; the compiler cancels them afterwards.
/// Methods throw `ImportError` where the source asks for something that the operators cannot express; nothing traps on any argument.
package final class GraphBuilder {
  package let graph: Graph
  /// Stored on every node that is appended from now on ("op 17, conv2d, /backbone/conv1").
  package var location = ""
  /// Start of the names of the nodes and values that are appended from now on.
  package var prefix = ""

  private var knowledge: Knowledge

  /// What is known about values across a graph and its inner graphs.
  final class Knowledge {
    /// Makes names unique.
    var serial = 0
    /// Elements of short integer vectors and scalars, nil where open.
    var elements: [ObjectIdentifier: [Int?]] = [:]
    /// Constants that were laid out anew, by source and permutation, so that shared weights stay shared.
    var permuted: [String: Value] = [:]
    /// Keeps keys of the tables above alive: an identifier is unique only while its object lives.
    var retained: [Value] = []
  }

  package init(graph: Graph) {
    self.graph = graph
    knowledge = Knowledge()
  }

  /// A builder for an inner graph (a branch, a loop's body), which may use this builder's values.
  package func inner(name: String) -> GraphBuilder {
    let builder = GraphBuilder(graph: Graph(name: name))
    builder.knowledge = knowledge
    builder.location = location
    builder.prefix = prefix
    return builder
  }

  // MARK: Values

  /// A graph input.
  @discardableResult
  package func input(name: String, type: ElementType, shape: [Int]?) -> Value {
    let value = Value(name: name, type: type, shape: shape)
    graph.inputs.append(value)
    return value
  }

  package func constant(_ constant: Constant, name: String? = nil) -> Value {
    Value(name: name ?? freshName("constant"), constant: constant)
  }

  /// float32 elements; a scalar where `shape` is left out and there is one element, else a vector.
  package func constant(floats: [Float], shape: [Int]? = nil) -> Value {
    constant(Constant(shape: shape ?? [floats.count], floats: floats))
  }

  package func constant(integers: [Int], shape: [Int]? = nil, type: ElementType = .int64) -> Value {
    constant(Constant(shape: shape ?? [integers.count], integers: integers, type: type))
  }

  /// A scalar (rank 0) of the given type; `type` none or floating point means float32.
  package func scalar(_ number: Double, type: ElementType = .float32) -> Value {
    switch type {
    case .int64, .int32, .uint8, .int8, .boolean: constant(integers: [Int(exactly: number.rounded(.towardZero)) ?? 0], shape: [], type: type)
    default: constant(floats: [Float(number)], shape: [])
    }
  }

  /// The elements where all are known at import: integer constants and what shape arithmetic makes of known extents.
  package func integers(_ value: Value) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    var all: [Int] = []
    for element in elements {
      guard let element else { return nil }
      all.append(element)
    }
    return all
  }

  /// Elements of a short integer vector or scalar, nil where not known at import; nil as a whole where not even the count is known.
  package func elements(_ value: Value) -> [Int?]? {
    if let constant = value.constant {
      guard checkedProduct(constant.shape) ?? .max <= 1 << 16 else { return nil }
      return constant.integers.map { $0.map { $0 } }
    }
    if let known = knowledge.elements[ObjectIdentifier(value)] { return known }
    if value.shape?.count == 1, let count = value.shape?[0], count >= 0, count <= 64 { return Array(repeating: nil, count: count) }
    return nil
  }

  /// Elements of a float32 constant; nil where the value is no constant.
  package func floats(_ value: Value) -> [Float]? { value.constant?.floats }

  /// The rank, or an error that says which value's is not known.
  package func rank(_ value: Value) throws -> Int {
    guard let shape = value.shape else {
      throw ImportError(kind: .rankUnknown, message: "the number of dimensions of '\(value.name)' is not known at conversion")
    }
    return shape.count
  }

  /// `axis` counted from the front, for a rank.
  package func axis(_ axis: Int, rank: Int) throws -> Int {
    guard axis >= -rank && axis < rank else { throw ImportError.unsupported("axis \(axis) is out of range for \(rank) dimensions") }
    return axis < 0 ? axis + rank : axis
  }

  // MARK: Nodes

  /// Appends a node with `outputs` new values (types and shapes inferred).
  @discardableResult
  package func append(_ code: OperatorCode, _ inputs: [Value?], _ attributes: [String: Attribute] = [:], outputs: Int) -> [Value] {
    var inputs = inputs
    while let last = inputs.last, last == nil { inputs.removeLast() }
    let name = freshName("\(code.name)")
    let values = (0..<outputs).map { Value(name: outputs == 1 ? name : "\(name).\($0)") }
    let node = Node(code, name: name, inputs: inputs, outputs: values, attributes: attributes, location: location)
    graph.nodes.append(node)
    inferOutputs(of: node) { self.elements($0) }
    if let elements = inferElements(of: node, elements: { self.elements($0) }), let output = values.first {
      knowledge.elements[ObjectIdentifier(output)] = elements
      knowledge.retained.append(output)
    }
    return values
  }

  /// Appends a node with one output and gives it back.
  @discardableResult
  package func append(_ code: OperatorCode, _ inputs: [Value?], _ attributes: [String: Attribute] = [:]) -> Value {
    append(code, inputs, attributes, outputs: 1)[0]
  }

  /// A constant laid out anew by `permutation`, made once a source constant.
  func permutedConstant(_ value: Value, _ constant: Constant, by permutation: [Int]) -> Value? {
    let key = "\(UInt(bitPattern: ObjectIdentifier(value).hashValue)) \(permutation)"
    if let known = knowledge.permuted[key] { return known }
    guard let laidOut = constant.transposed(by: permutation) else { return nil }
    let result = Value(name: value.name, constant: laidOut)
    knowledge.permuted[key] = result
    knowledge.retained.append(value)
    return result
  }

  func freshName(_ what: String) -> String {
    knowledge.serial += 1
    return prefix.isEmpty ? "\(what)_\(knowledge.serial)" : "\(prefix)/\(what)_\(knowledge.serial)"
  }
}

/// The product of extents; nil where it overflows or an extent is negative.
package func checkedProduct(_ extents: [Int]) -> Int? {
  var product = 1
  for extent in extents {
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    if overflow || extent < 0 { return nil }
    product = next
  }
  return product
}
