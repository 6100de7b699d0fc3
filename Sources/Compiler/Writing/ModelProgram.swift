// From a graph to the FlatBuffers part of a model file. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile
import ModelText

/// Inputs and the outputs that they must give, carried in the file for `coracle run --verify`.
package struct TestVector {
  package var inputs: [Constant]
  package var outputs: [Constant]
  package var absoluteTolerance: Double
  package var relativeTolerance: Double

  package init(inputs: [Constant], outputs: [Constant], absoluteTolerance: Double = 1e-4, relativeTolerance: Double = 1e-3) {
    self.inputs = inputs
    self.outputs = outputs
    self.absoluteTolerance = absoluteTolerance
    self.relativeTolerance = relativeTolerance
  }
}

/// What a file says beside its graph.
struct ModelDescription {
  var producer = "coracle 0.1.0"
  var metadata: [(key: String, value: String)] = []
  var testVectors: [TestVector] = []
  var profile = ""
  /// The stored plan: bytes of the arena, and the offset in it of values, by their identity.
  var arenaBytes = 0
  var plannedOffsets: [ObjectIdentifier: Int] = [:]
  /// Constants that are stored as kernels read them.
  var packed: [ObjectIdentifier: PackedBytes] = [:]
  /// Constants that are stored as float16.
  var halves: [ObjectIdentifier: Constant] = [:]
}

/// A graph with every value, inner graph and constant numbered and placed.
struct ModelProgram {
  /// Tensors in the order of the file.
  private(set) var tensors: [Value] = []
  private(set) var graphs: [Graph] = []
  private(set) var layout: SegmentLayout
  private var places: [SegmentLayout.Place?] = []
  private var tensorIndices: [ObjectIdentifier: Int] = [:]
  private var testTensors: [(inputs: [Int], outputs: [Int])] = []
  private let description: ModelDescription

  /// Numbers the values of `graph`. `placeConstant` decides where a constant lies; without one every constant is placed with its bytes.
  init(_ graph: Graph, _ description: ModelDescription, layout: SegmentLayout = SegmentLayout(),
    placeConstant: ((Constant, inout SegmentLayout) -> SegmentLayout.Place)? = nil) throws {
    self.description = description
    self.layout = layout
    let place = placeConstant ?? { $1.place($0.bytes) }
    try add(graph, place)
    for vector in description.testVectors {
      guard vector.inputs.count == graph.inputs.count, vector.outputs.count == graph.outputs.count else {
        throw CompileError("A test vector has \(vector.inputs.count) inputs and \(vector.outputs.count) outputs, "
          + "the model \(graph.inputs.count) and \(graph.outputs.count).")
      }
      let inputs = try zip(vector.inputs, graph.inputs).map { try add(Value(name: "test/" + $1.name, constant: $0), place) }
      let outputs = try zip(vector.outputs, graph.outputs).map { try add(Value(name: "expected/" + $1.name, constant: $0), place) }
      testTensors.append((inputs, outputs))
    }
  }

  /// The index of `value` in the file; nil for a value that the graph does not hold.
  func index(of value: Value) -> Int? { tensorIndices[ObjectIdentifier(value)] }

  private mutating func add(_ graph: Graph, _ place: (Constant, inout SegmentLayout) -> SegmentLayout.Place) throws {
    graphs.append(graph)
    for value in graph.inputs { try add(value, place) }
    for node in graph.nodes {
      for case let value? in node.inputs { try add(value, place) }
      for inner in node.innerGraphs { try add(inner, place) }
      for case let value? in node.outputs { try add(value, place) }
    }
    for value in graph.outputs { try add(value, place) }
  }

  @discardableResult
  private mutating func add(_ value: Value, _ place: (Constant, inout SegmentLayout) -> SegmentLayout.Place) throws -> Int {
    if let known = tensorIndices[ObjectIdentifier(value)] { return known }
    if let shape = value.constant?.shape ?? value.shape, shape.count > 8 {
      throw CompileError("Tensor \"\(value.name)\" has \(shape.count) dimensions; at most 8 can be stored.")
    }
    tensorIndices[ObjectIdentifier(value)] = tensors.count
    tensors.append(value)
    guard let constant = value.constant else {
      places.append(nil)
      return tensors.count - 1
    }
    let (count, overflow) = constant.elementCount.multipliedReportingOverflow(by: constant.type.byteCount)
    guard !overflow, constant.type != .none, constant.bytes.count == count else {
      throw CompileError("Constant \"\(value.name)\" has \(constant.bytes.count) bytes, its shape \(constant.shape) needs \(count).")
    }
    if let packed = description.packed[ObjectIdentifier(value)] {
      places.append(layout.place(packed.bytes))
    } else {
      places.append(place(description.halves[ObjectIdentifier(value)] ?? constant, &layout))
    }
    return tensors.count - 1
  }

  /// The FlatBuffers buffer, with segments that start at the byte `firstSegment` of the file.
  func buffer(firstSegment: Int, checksums: [UInt64]) throws -> Data {
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    let failure = model_text_parse(json(firstSegment: firstSegment, checksums: checksums), &data, &size)
    if let failure {
      defer { model_text_free(failure) }
      throw CompileError("The program does not fit the model file's schema: \(String(cString: failure))")
    }
    guard let data else { throw CompileError("The program could not be written: out of memory.") }
    defer { model_text_free(data) }
    return Data(bytes: data, count: size)
  }

  private func json(firstSegment: Int, checksums: [UInt64]) -> String {
    var text = JSONText()
    text.object { model in
      model.value("producer", description.producer)
      model.array("operators") { writeOperators(&$0) }
      model.array("tensors") { list in for (index, value) in tensors.enumerated() { list.object { writeTensor(value, places[index], &$0) } } }
      model.array("subgraphs") { list in for graph in graphs { list.object { writeGraph(graph, &$0) } } }
      model.array("segments") { list in
        var offset = firstSegment
        for (size, checksum) in zip(layout.sizes, checksums) {
          list.object {
            $0.value("offset", offset)
            $0.value("size", size)
            $0.value("checksum", checksum)
          }
          offset += size
        }
      }
      model.array("metadata") { list in
        for (key, value) in description.metadata { list.object { $0.value("key", key); $0.value("value", value) } }
      }
      model.array("test_vectors") { list in
        for (vector, indices) in zip(description.testVectors, testTensors) {
          list.object {
            $0.integers("inputs", indices.inputs)
            $0.integers("outputs", indices.outputs)
            $0.value("absolute_tolerance", vector.absoluteTolerance)
            $0.value("relative_tolerance", vector.relativeTolerance)
          }
        }
      }
      model.value("arena_bytes", description.arenaBytes)
      if !description.profile.isEmpty { model.value("profile", description.profile) }
    }
    return text.text
  }

  private func writeOperators(_ list: inout JSONText) {
    var counts: [UInt16: Int] = [:]
    for graph in graphs { for node in graph.nodes { counts[node.operatorCode.rawValue, default: 0] += 1 } }
    for (code, count) in counts.sorted(by: { $0.key < $1.key }) {
      list.object {
        $0.value("operator_code", Int(code))
        $0.value("version", 1)
        $0.value("count", count)
      }
    }
  }

  private func writeTensor(_ value: Value, _ place: SegmentLayout.Place?, _ object: inout JSONText) {
    object.value("name", value.name)
    object.value("type", Int((value.constant?.type ?? value.type).rawValue))
    if let shape = value.constant?.shape ?? value.shape { object.integers("shape", shape.map { max($0, -1) }) }
    if let place {
      object.value("segment", place.segment)
      object.value("offset", place.offset)
      object.value("byte_count", place.byteCount)
      if let packed = description.packed[ObjectIdentifier(value)] { object.value("packing", packed.order) }
      if let half = description.halves[ObjectIdentifier(value)] { object.value("stored_type", Int(half.type.rawValue)) }
    } else if let offset = description.plannedOffsets[ObjectIdentifier(value)] {
      object.value("planned_offset", offset)
    }
  }

  private func writeGraph(_ graph: Graph, _ object: inout JSONText) {
    func indices(_ values: [Value?]) -> [Int] { values.map { $0.flatMap { tensorIndices[ObjectIdentifier($0)] } ?? -1 } }
    object.value("name", graph.name)
    object.integers("inputs", indices(graph.inputs))
    object.integers("outputs", indices(graph.outputs))
    object.array("nodes") { list in
      for node in graph.nodes {
        list.object { fields in
          fields.value("operator_code", Int(node.operatorCode.rawValue))
          fields.value("name", node.name)
          fields.integers("inputs", indices(node.inputs))
          fields.integers("outputs", indices(node.outputs))
          guard let table = node.operatorCode.attributesTable else { return }
          fields.value("attributes_type", table)
          fields.object("attributes") { attributes in
            for (key, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) { write(key, attribute, &attributes) }
          }
        }
      }
    }
  }

  private func write(_ key: String, _ attribute: Attribute, _ object: inout JSONText) {
    switch attribute {
    case .integer(let integer): object.value(key, integer)
    case .integers(let integers): object.integers(key, integers)
    case .float(let float): object.value(key, float)
    case .floats(let floats): object.array(key) { list in floats.forEach { list.value(nil, $0) } }
    case .boolean(let boolean): object.value(key, boolean)
    case .member(let member): object.value(key, member)
    case .activation(let function, let alpha, let beta):
      object.object(key) {
        $0.value("function", function)
        $0.value("alpha", alpha)
        $0.value("beta", beta)
      }
    case .graph(let graph): object.value(key, graphs.firstIndex { $0 === graph } ?? -1)
    }
  }
}
