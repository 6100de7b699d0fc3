// What is in a model file. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Everything that `coracle inspect` tells of a file; property names are the keys of the JSON form.
struct FileReport: Encodable {
  struct Port: Encodable {
    let name, type: String
    let shape: [Int]
  }
  struct Operator: Encodable {
    let index, subgraph: Int
    let name, `operator`, title, summary: String
    let inputs, outputs: [Int]
    let attributes: [String: JSONValue]
  }
  struct Tensor: Encodable {
    let index: Int
    let name, type: String
    /// Where the file holds the elements in another type than they are read in.
    let storedType: String?
    let shape: [Int]
    let isConstant: Bool
    let byteCount: UInt64
    let segment: Int?
    let offset: UInt64?
    let plannedOffset: Int?
  }
  struct Segment: Encodable {
    let offset, size: UInt64
    let checksum: String
    /// "ok", "differs" or "outside the file".
    let state: String
  }
  struct OperatorCount: Encodable {
    let `operator`: String
    let version, count: Int
  }
  struct TestVector: Encodable {
    let inputs, outputs: [Int]
    let absoluteTolerance, relativeTolerance: Double
  }
  struct Subgraph: Encodable {
    let name: String
    let inputs, outputs: [Int]
    let operatorCount: Int
  }
  struct WeightType: Encodable {
    let type: String
    let tensors: Int
    let bytes: UInt64
  }

  let file: String
  let formatVersion: String
  let fileBytes, programBytes: UInt64
  let producer, profile: String
  let arenaBytes: UInt64
  let inputs, outputs: [Port]
  let operatorCounts: [OperatorCount]
  let subgraphs: [Subgraph]
  let operators: [Operator]
  let tensors: [Tensor]
  let weights: [WeightType]
  let segments: [Segment]
  let metadata: [String: String]
  let testVectors: [TestVector]
  var plan: PlanReport?

  init(_ contents: ModelFileContents, shownAs name: String) {
    let document = contents.document
    let tensors = (document.tensors ?? []).enumerated().map { index, tensor in
      Tensor(index: index, name: tensor.name ?? "", type: typeName(tensor.type), storedType: tensor.stored_type.map(typeName), shape: tensor.shape ?? [], isConstant: tensor.isConstant,
        byteCount: tensor.byte_count ?? 0, segment: tensor.isConstant ? tensor.segment : nil, offset: tensor.isConstant ? tensor.offset ?? 0 : nil,
        plannedOffset: (tensor.planned_offset ?? -1) >= 0 ? tensor.planned_offset : nil)
    }
    func ports(_ indices: [Int]?) -> [Port] {
      (indices ?? []).filter { tensors.indices.contains($0) }.map { Port(name: tensors[$0].name, type: tensors[$0].type, shape: tensors[$0].shape) }
    }
    file = name
    formatVersion = "\(contents.formatMajor).\(contents.formatMinor)"
    fileBytes = UInt64(contents.data.count)
    programBytes = contents.programBytes
    producer = document.producer ?? ""
    profile = document.profile ?? ""
    arenaBytes = document.arena_bytes ?? 0
    inputs = ports(document.subgraphs?.first?.inputs)
    outputs = ports(document.subgraphs?.first?.outputs)
    operatorCounts = (document.operators ?? []).map { OperatorCount(operator: $0.operator_code ?? "none", version: $0.version ?? 1, count: $0.count ?? 0) }
      .sorted { ($0.count, $1.operator) > ($1.count, $0.operator) }
    subgraphs = (document.subgraphs ?? []).map {
      Subgraph(name: $0.name ?? "", inputs: $0.inputs ?? [], outputs: $0.outputs ?? [], operatorCount: $0.nodes?.count ?? 0)
    }
    operators = (document.subgraphs ?? []).enumerated().flatMap { subgraph, graph in
      (graph.nodes ?? []).enumerated().map { index, node in
        Operator(index: index, subgraph: subgraph, name: node.name ?? "", operator: node.operator_code ?? "none", title: document.title(node),
          summary: document.summary(node), inputs: node.inputs ?? [], outputs: node.outputs ?? [], attributes: node.attributes ?? [:])
      }
    }
    self.tensors = tensors
    let expected = Set((document.test_vectors ?? []).flatMap { ($0.inputs ?? []) + ($0.outputs ?? []) })
    weights = Dictionary(grouping: tensors.filter { $0.isConstant && !expected.contains($0.index) }, by: { $0.storedType ?? $0.type })
      .map { type, group in WeightType(type: type, tensors: group.count, bytes: group.reduce(0) { $0 &+ $1.byteCount }) }
      .sorted { ($0.bytes, $1.type) > ($1.bytes, $0.type) }
    segments = (document.segments ?? []).map {
      Segment(offset: $0.offset ?? 0, size: $0.size ?? 0, checksum: String(format: "%016llx", $0.checksum ?? 0), state: contents.checksumState($0))
    }
    metadata = Dictionary((document.metadata ?? []).map { ($0.key ?? "", $0.value ?? "") }) { first, _ in first }
    testVectors = (document.test_vectors ?? []).map {
      TestVector(inputs: $0.inputs ?? [], outputs: $0.outputs ?? [], absoluteTolerance: $0.absolute_tolerance ?? 0.0001,
        relativeTolerance: $0.relative_tolerance ?? 0.001)
    }
  }
}

/// The schema's name of a type as the C API has it: "bool" for boolean.
private func typeName(_ name: String?) -> String { name == "boolean" ? "bool" : name ?? "none" }
