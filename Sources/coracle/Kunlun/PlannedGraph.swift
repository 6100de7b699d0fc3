// The graph of a model file with the shapes of a plan. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation
import Graph
import ModelFile

/// The main graph of the model file at `path`, with the shapes that its tensors have for `shapes` of the inputs; an open first extent is taken as 1.
/// Constants, and what is computed once when a session is prepared, have a type and a shape but no elements.
func plannedGraph(_ path: String, shapes: [NamedShape]) throws -> Graph {
  let model = try RuntimeModel(path: path, trustWeights: true)
  let extents = try concreteShapes(model, given: shapes)
  let session = try RuntimeSession(model, SessionSettings())
  for (index, port) in model.inputs.enumerated() where port.shape != extents[index] { try session.resizeInput(index, to: extents[index]) }
  _ = try session.memory()
  let document = try ModelFileContents(path: path).document
  guard let main = document.subgraphs?.first else { throw Failure("'\(path)' has no graph") }
  let graph = Graph(name: main.name ?? "")
  var values: [Int: Value] = [:]
  func value(_ index: Int) throws -> Value? {
    guard index >= 0, let tensor = document.tensor(index) else { return nil }
    if let known = values[index] { return known }
    let type = elementTypes[tensor.type ?? ""] ?? .none
    let shape = index < session.tensorCount ? shapeOf(try session.tensor(index).view) : tensor.shape ?? []
    let made = Value(name: tensor.name ?? "", type: type, shape: shape,
      constant: tensor.isConstant ? Constant(type: type, shape: tensor.shape ?? [], bytes: Data()) : nil)
    values[index] = made
    return made
  }
  for index in main.inputs ?? [] { if let input = try value(index) { graph.inputs.append(input) } }
  for (index, node) in (main.nodes ?? []).enumerated() {
    let made = Node(operatorCodes[node.operator_code ?? ""] ?? .none, name: node.name ?? "", inputs: try (node.inputs ?? []).map(value),
      outputs: try (node.outputs ?? []).map(value), attributes: (node.attributes ?? [:]).compactMapValues(attribute))
    if index < session.nodeCount, try session.node(index).evaluated_at_prepare != 0 {
      for case let output? in made.outputs { output.constant = Constant(type: output.type, shape: output.shape ?? [], bytes: Data()) }
    } else {
      graph.nodes.append(made)
    }
  }
  for index in main.outputs ?? [] { if let output = try value(index) { graph.outputs.append(output) } }
  return graph
}

private let elementTypes = Dictionary(uniqueKeysWithValues: (0...UInt8.max).compactMap(ElementType.init).map { ("\($0.name)", $0) })
private let operatorCodes = Dictionary(uniqueKeysWithValues: (0...UInt16(1023)).compactMap(OperatorCode.init).map { ("\($0.name)", $0) })

/// The graph's form of an attribute as the file's JSON has it; nil for what it does not need.
private func attribute(_ value: JSONValue) -> Attribute? {
  switch value {
  case .integer(let integer): return .integer(integer)
  case .number(let number): return .float(number)
  case .boolean(let boolean): return .boolean(boolean)
  case .text(let text): return .member(text)
  case .list(let list):
    if let integers = value.integers { return .integers(integers) }
    return .floats(list.compactMap(\.number))
  case .object(let fields):
    return .activation(function: fields["function"]?.text ?? "identity", alpha: fields["alpha"]?.number ?? 0, beta: fields["beta"]?.number ?? 0)
  }
}
