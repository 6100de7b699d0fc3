// The graph of a model file with the shapes of a plan. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Compiler
import Foundation
import Graph
import ModelFile

/// The main graph of the model file at `path` and the graphs inside it, with the shapes that its tensors have for `shapes` of the inputs; an open first
/// extent is taken as 1. Constants, and what is computed once when a session is prepared, have a type and a shape; elements where they are few.
func plannedGraph(_ path: String, shapes: [NamedShape]) throws -> Graph {
  let model = try RuntimeModel(path: path, trustWeights: true)
  let extents = try concreteShapes(model, given: shapes)
  let session = try RuntimeSession(model, SessionSettings())
  for (index, port) in model.inputs.enumerated() where port.shape != extents[index] { try session.resizeInput(index, to: extents[index]) }
  _ = try session.memory()
  var reader = PlannedGraphReader(document: try ModelFileContents(path: path).document, session: session)
  guard reader.document.subgraphs?.first != nil else { throw Failure("'\(path)' has no graph") }
  let graph = try reader.graph(0)
  // A plan tells nothing of what lies behind and inside of what only a run decides.
  if graph.outputs.contains(where: { !$0.hasFixedShape }) || graph.nodes.contains(where: { !$0.innerGraphs.isEmpty || $0.outputs.contains { $0?.hasFixedShape == false } }) {
    try graph.fillShapesOfRuns()
  }
  return graph
}

extension Value {
  fileprivate var hasFixedShape: Bool { constant != nil || shape?.allSatisfy { $0 >= 0 } ?? false }
}

private struct PlannedGraphReader {
  let document: ModelDocument
  let session: RuntimeSession
  /// By the tensor's index in the file.
  private var values: [Int: Value] = [:]
  private var depth = 0

  init(document: ModelDocument, session: RuntimeSession) {
    (self.document, self.session) = (document, session)
  }

  mutating func graph(_ index: Int) throws -> Graph {
    guard let subgraphs = document.subgraphs, subgraphs.indices.contains(index), depth < 16 else { throw Failure("an operator's inner graph \(index) does not exist") }
    depth += 1
    defer { depth -= 1 }
    let source = subgraphs[index]
    let graph = Graph(name: source.name ?? "")
    for index in source.inputs ?? [] { if let input = try value(index) { graph.inputs.append(input) } }
    // Nodes of the plan follow each other, one graph after the other.
    let first = subgraphs.prefix(index).reduce(0) { $0 + ($1.nodes?.count ?? 0) }
    for (position, node) in (source.nodes ?? []).enumerated() {
      let inputs = try (node.inputs ?? []).map { try value($0) }
      let outputs = try (node.outputs ?? []).map { try value($0) }
      var attributes = (node.attributes ?? [:]).compactMapValues(attribute)
      for name in ["then_subgraph", "else_subgraph", "body"] {
        guard case .integer(let inner)? = attributes[name] else { continue }
        attributes[name] = .graph(try self.graph(inner))
      }
      let made = Node(operatorCodes[node.operator_code ?? ""] ?? .none, name: node.name ?? "", inputs: inputs, outputs: outputs, attributes: attributes)
      if first + position < session.nodeCount, try session.node(first + position).evaluated_at_prepare != 0 {
        for (tensor, output) in zip(node.outputs ?? [], made.outputs) {
          if let output { output.constant = try constant(tensor, type: output.type, shape: output.shape ?? []) }
        }
      } else {
        graph.nodes.append(made)
      }
    }
    for index in source.outputs ?? [] { if let output = try value(index) { graph.outputs.append(output) } }
    return graph
  }

  private mutating func value(_ index: Int) throws -> Value? {
    guard index >= 0, let tensor = document.tensor(index) else { return nil }
    if let known = values[index] { return known }
    let type = elementTypes[tensor.type ?? ""] ?? .none
    let shape = index < session.tensorCount ? shapeOf(try session.tensor(index).view) : tensor.shape ?? []
    let made = Value(name: tensor.name ?? "", type: type, shape: shape,
      constant: tensor.isConstant ? try constant(index, type: type, shape: tensor.shape ?? []) : nil)
    values[index] = made
    return made
  }

  /// With elements where there are few, as for shapes and trip counts; zeros for more where inner graphs are to be planned, which takes no memory.
  private func constant(_ index: Int, type: ElementType, shape: [Int]) throws -> Constant {
    let view = index < session.tensorCount ? try session.tensor(index).view : coracle_tensor()
    if let data = view.data, view.byte_count <= 8192 { return Constant(type: type, shape: shape, bytes: Data(bytes: data, count: view.byte_count)) }
    let isPlannedAgain = document.subgraphs?.count ?? 0 > 1
    return Constant(type: type, shape: shape, bytes: isPlannedAgain ? Data(count: Int(clamping: document.tensor(index)?.byte_count ?? 0)) : Data())
  }
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
