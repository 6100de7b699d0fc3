// The models that make_onnx_cases.py writes, and files made in memory. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

@testable import Importers

enum ONNXCases {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("ONNXCases")

  static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }

  static func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name + ".onnx")) }

  static func graph(_ name: String) throws -> Graph { try importONNX(data(name), name: name, folder: nil) }
}

extension ONNXModel {
  /// A model with one graph, for tests that need a certain flaw.
  static func with(version: Int64 = 13, _ body: (inout ONNXGraph) -> Void) -> ONNXModel {
    var model = ONNXModel()
    model.irVersion = 8
    var set = ONNXOperatorSet()
    set.version = version
    model.opsetImport = [set]
    body(&model.graph)
    return model
  }

  func imported(folder: URL? = nil) throws -> Graph { try importONNX(serializedData(), name: "test", folder: folder) }
}

extension ONNXGraph {
  mutating func addInput(_ name: String, _ shape: [Int64], type: Int32 = 1) {
    var input = ONNXValueInfo()
    input.name = name
    input.type.tensorType.elemType = type
    for extent in shape {
      var dimension = ONNXShape.Dimension()
      dimension.dimValue = extent
      input.type.tensorType.shape.dim.append(dimension)
    }
    self.input.append(input)
  }

  mutating func addOutput(_ name: String) {
    var output = ONNXValueInfo()
    output.name = name
    self.output.append(output)
  }

  mutating func addNode(_ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Int64] = [:]) {
    var node = ONNXNode()
    node.opType = kind
    node.input = inputs
    node.output = outputs
    for (name, value) in attributes {
      var attribute = ONNXAttribute()
      attribute.name = name
      attribute.i = value
      node.attribute.append(attribute)
    }
    self.node.append(node)
  }

  mutating func addTensor(_ name: String, dims: [Int64], type: Int32 = 1, raw: Data = Data(), external: [(String, String)] = []) {
    var tensor = ONNXTensor()
    tensor.name = name
    tensor.dims = dims
    tensor.dataType = type
    tensor.rawData = raw
    if !external.isEmpty {
      tensor.dataLocation = 1
      tensor.externalData = external.map { key, value in
        var entry = ONNXEntry()
        entry.key = key
        entry.value = value
        return entry
      }
    }
    initializer.append(tensor)
  }
}
