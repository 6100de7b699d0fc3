// From an ONNX file to a graph. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import SwiftProtobuf

/// Imports an ONNX model (operator sets 6 to 21). `folder` is where external data may lie; nil refuses it.
///
/// Throws `ImportError`: for a file that breaks the format at once, for operators and attributes without a counterpart all in one report.
func importONNX(_ data: Data, name: String, folder: URL?) throws -> Graph {
  let model: ONNXModel
  do {
    model = try ONNXModel(serializedBytes: data)
  } catch {
    throw ImportError.malformed("the file is no intact ONNX model: its protobuf message cannot be decoded (\(error))")
  }
  guard model.hasGraph else { throw ImportError.malformed("the ONNX file has no graph") }
  let importer = ONNXImporter(model: model, externalData: ONNXExternalData(folder: folder))
  return try importer.importModel(name: name)
}

final class ONNXImporter {
  private let model: ONNXModel
  private let externalData: ONNXExternalData
  private let report = ImportReport()
  private var functions: [String: ONNXFunction] = [:]
  /// Values that carry a name of the source already.
  private var named: Set<ObjectIdentifier> = []
  private var retained: [Value] = []
  private var count = 0

  static let oldestVersion = 6, newestVersion = 21
  /// How deep functions and inner graphs may be nested.
  static let depthLimit = 40

  init(model: ONNXModel, externalData: ONNXExternalData) {
    self.model = model
    self.externalData = externalData
    for function in model.functions { functions[Self.domain(function.domain) + ":" + function.name] = function }
  }

  static func domain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

  func importModel(name: String) throws -> Graph {
    var versions: [String: Int] = [:]
    for set in model.opsetImport { versions[Self.domain(set.domain)] = Int(set.version) }
    guard let version = versions[""] else { throw ImportError.malformed("the ONNX file does not say which version of the operator set it uses") }
    guard version >= Self.oldestVersion else {
      throw ImportError.unsupported("operator set \(version) is older than the oldest that is read, \(Self.oldestVersion); export the model anew")
    }
    let builder = GraphBuilder(graph: Graph(name: model.graph.name.isEmpty ? name : model.graph.name))
    let scope = ONNXScope(parent: nil, versions: versions, depth: 0)
    do {
      try convert(model.graph, builder: builder, scope: scope, inputs: nil)
    } catch {
      // What has been found until then explains more than where it ended, and a newer set than is known explains most.
      if (error as? ImportError)?.kind != .malformed { try report.finish() }
      throw error
    }
    if !report.isEmpty && version > Self.newestVersion {
      report.add(ImportError.unsupported("operator set \(version) is newer than the newest that is known, \(Self.newestVersion)"), operatorName: "(model)",
        location: "opset_import")
    }
    try report.finish()
    builder.graph.metadata = model.metadata()
    return builder.graph
  }

  /// A tensor of the file as a constant value.
  func value(_ tensor: ONNXTensor, name: String) throws -> Value {
    let value = Value(name: name, constant: try tensor.constant { try externalData.bytes(of: $0) })
    return value
  }

  /// Converts a graph into the builder's. `inputs` gives the values of an inner graph's inputs; nil: they become the graph's inputs.
  func convert(_ graph: ONNXGraph, builder: GraphBuilder, scope: ONNXScope, inputs: [Value]?) throws {
    for tensor in graph.initializer {
      guard scope.values[tensor.name] == nil else { throw ImportError.malformed("the initializer '\(tensor.name)' is there twice") }
      scope.values[tensor.name] = try value(tensor, name: tensor.name)
    }
    if let sparse = graph.sparseInitializer.first {
      report.add(ImportError.unsupported("sparse initializers"), operatorName: "(graph)", location: "'\(sparse.values.name)'")
      for sparse in graph.sparseInitializer { scope.values[sparse.values.name] = Value(name: sparse.values.name) }
    }
    if let inputs {
      guard inputs.count == graph.input.count else {
        throw ImportError.malformed("the inner graph '\(graph.name)' takes \(graph.input.count) inputs, is given \(inputs.count)")
      }
      for (declared, value) in zip(graph.input, inputs) { scope.values[declared.name] = value }
    } else {
      for declared in graph.input where scope.values[declared.name] == nil {
        let (type, shape) = try declared.typeAndShape()
        let value = builder.input(name: declared.name, type: type, shape: shape)
        named.insert(ObjectIdentifier(value))
        scope.values[declared.name] = value
      }
    }
    var hints: [String: ONNXValueInfo] = [:]
    for hint in graph.valueInfo + graph.output { hints[hint.name] = hint }
    try convert(graph.node, builder: builder, scope: scope, hints: hints)

    var taken = Set(builder.graph.inputs.map(ObjectIdentifier.init))
    let produced = Set(builder.graph.nodes.flatMap { $0.outputs.compactMap { $0.map(ObjectIdentifier.init) } })
    for output in graph.output {
      guard var value = scope[output.name] else { throw ImportError.malformed("nothing gives the output '\(output.name)'") }
      // An output needs a value of its own that this graph computes.
      if !produced.contains(ObjectIdentifier(value)) || !taken.insert(ObjectIdentifier(value)).inserted {
        builder.location = "output '\(output.name)'"
        value = builder.identity(value)
        taken.insert(ObjectIdentifier(value))
      }
      value.name = output.name
      builder.graph.outputs.append(value)
    }
  }

  /// Converts nodes in an order in which they can run.
  func convert(_ nodes: [ONNXNode], builder: GraphBuilder, scope: ONNXScope, hints: [String: ONNXValueInfo]) throws {
    for index in try ONNXOrder(nodes: nodes, isKnown: { scope[$0] != nil }).indices {
      let node = nodes[index]
      count += 1
      let label = node.name.isEmpty ? node.output.first { !$0.isEmpty } ?? "" : node.name
      let location = "node \(count), '\(label)'"
      let inputs = try node.input.map { name -> Value? in
        if name.isEmpty { return nil }
        guard let value = scope[name] else { throw ImportError.malformed("\(node.opType) '\(label)' reads '\(name)', which nothing gives") }
        return value
      }
      let outerLocation = builder.location, outerPrefix = builder.prefix
      builder.location = "\(location), \(node.opType)"
      builder.prefix = label
      var results: [Value?] = []
      do {
        results = try convert(node, inputs: inputs, builder: builder, scope: scope, location: location)
      } catch let error as ImportError where error.kind == .malformed {
        throw ImportError.malformed("\(node.opType) '\(label)': \(error.message)")
      } catch {
        report.add(error, operatorName: node.opType, location: location)
      }
      builder.location = outerLocation
      builder.prefix = outerPrefix
      bind(node, results, scope: scope, hints: hints)
    }
  }

  /// Gives the results their names; what an unsupported operator would give becomes a placeholder, so that the report goes on.
  private func bind(_ node: ONNXNode, _ results: [Value?], scope: ONNXScope, hints: [String: ONNXValueInfo]) {
    for (index, name) in node.output.enumerated() where !name.isEmpty {
      let value = (index < results.count ? results[index] : nil) ?? Value(name: name)
      if value.shape == nil || value.type == .none, let hint = try? hints[name]?.typeAndShape() {
        if value.type == .none { value.type = hint.0 }
        if value.shape == nil { value.shape = hint.1 }
      }
      if value.constant == nil && named.insert(ObjectIdentifier(value)).inserted {
        value.name = name
        retained.append(value)
      }
      scope.values[name] = value
    }
  }

  private func convert(_ node: ONNXNode, inputs: [Value?], builder: GraphBuilder, scope: ONNXScope, location: String) throws -> [Value?] {
    let domain = Self.domain(node.domain)
    if let function = functions[domain + ":" + node.opType] {
      return try inline(function, node: node, inputs: inputs, builder: builder, scope: scope)
    }
    let call = ONNXCall(node: node, inputs: inputs, builder: builder, version: scope.versions[domain] ?? scope.versions[""] ?? Self.newestVersion,
      importer: self, scope: scope)
    guard let results = try call.convert(domain: domain) else {
      report.addUnknownOperator(domain.isEmpty ? node.opType : "\(domain).\(node.opType)", location: location)
      return []
    }
    try call.checkAttributes()
    for index in results.count..<max(results.count, node.output.count) where call.hasOutput(index) {
      throw ImportError.unsupported("output \(index)")
    }
    return results
  }

  private func inline(_ function: ONNXFunction, node: ONNXNode, inputs: [Value?], builder: GraphBuilder, scope: ONNXScope) throws -> [Value?] {
    guard scope.depth < Self.depthLimit else { throw ImportError.malformed("functions are nested too deeply") }
    var attributes: [String: ONNXAttribute] = [:]
    for attribute in function.attributeProto + node.attribute {
      attributes[attribute.name] = attribute.refAttrName.isEmpty ? attribute : scope.attributes[attribute.refAttrName]
    }
    var versions: [String: Int] = [:]
    for set in function.opsetImport { versions[Self.domain(set.domain)] = Int(set.version) }
    let body = ONNXScope(parent: nil, versions: versions.isEmpty ? scope.versions : versions, attributes: attributes, depth: scope.depth + 1)
    for (index, name) in function.input.enumerated() where index < inputs.count { body.values[name] = inputs[index] }
    let left = Set(function.input.dropFirst(inputs.count) + zip(function.input, inputs).filter { $0.1 == nil }.map(\.0))
    var nodes = function.node
    // An input of the function that the call leaves out is one that its nodes leave out.
    if !left.isEmpty { for index in nodes.indices { nodes[index].input = nodes[index].input.map { left.contains($0) ? "" : $0 } } }
    try convert(nodes, builder: builder, scope: body, hints: [:])
    return function.output.map { body[$0] }
  }

  /// An inner graph of a conditional or a loop; `inputs` are its own new values. `arguments` makes of them, in the graph, what the source's takes;
  /// nil: it takes them as they are.
  func innerGraph(_ graph: ONNXGraph, name: String, call: ONNXCall, inputs: [Value], arguments: ((GraphBuilder) throws -> [Value])? = nil) throws
    -> Graph {
    let builder = call.builder.inner(name: name)
    builder.graph.inputs = inputs
    try convert(graph, builder: builder, scope: try innerScope(call), inputs: try arguments?(builder) ?? inputs)
    return builder.graph
  }

  /// Converts a branch into the graph around it.
  func inlineGraph(_ graph: ONNXGraph, call: ONNXCall) throws -> [Value?] {
    let scope = try innerScope(call)
    for tensor in graph.initializer { scope.values[tensor.name] = try value(tensor, name: tensor.name) }
    var hints: [String: ONNXValueInfo] = [:]
    for hint in graph.valueInfo { hints[hint.name] = hint }
    try convert(graph.node, builder: call.builder, scope: scope, hints: hints)
    return try graph.output.map { output in
      guard let value = scope[output.name] else { throw ImportError.malformed("nothing gives the output '\(output.name)' of a branch") }
      return value
    }
  }

  private func innerScope(_ call: ONNXCall) throws -> ONNXScope {
    guard call.scope.depth < Self.depthLimit else { throw ImportError.malformed("inner graphs are nested too deeply") }
    return ONNXScope(parent: call.scope, versions: call.scope.versions, attributes: call.scope.attributes, depth: call.scope.depth + 1)
  }
}

extension ONNXValueInfo {
  /// Type and extents, -1 where open; a shape of nil where the file gives none.
  func typeAndShape() throws -> (ElementType, [Int]?) {
    guard case .tensorType(let tensor)? = type.value else { throw ImportError.unsupported("'\(name)' is no tensor (sequences, maps and optionals have no counterpart)") }
    let type = try ONNXElementType.elementType(tensor.elemType, of: "'\(name)'")
    guard tensor.hasShape else { return (type, nil) }
    return (type, try tensor.shape.dim.map { dimension in
      // 0 and -1 are written by some exporters where they mean an open extent.
      guard case .dimValue(let extent)? = dimension.value, extent != 0, extent != -1 else { return -1 }
      guard let extent = Int(exactly: extent), extent > 0, extent <= Int(Int32.max) else {
        throw ImportError.malformed("extent \(extent) of '\(name)' is not possible")
      }
      return extent
    })
  }
}
