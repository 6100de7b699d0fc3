// SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile
import ModelText
import ModelVerifier
import Operators
import Tensors

/// A model of one node, made from the JSON of its attributes.
final class NodeBuffer {
  let bytes: UnsafeMutableRawPointer
  let size: Int

  init(operatorName: String, attributes: [String: Any]) throws {
    var node: [String: Any] = ["operator_code": operatorName, "name": "case"]
    if let table = NodeBuffer.attributesTable(operatorName) {
      node["attributes_type"] = table
      node["attributes"] = attributes
    }
    // Sorted, because the parser wants a union's value and its type side by side.
    let json = try JSONSerialization.data(withJSONObject: ["subgraphs": [["nodes": [node]]]], options: [.sortedKeys])
    let text = String(decoding: json, as: UTF8.self)
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    if let message = model_text_parse(text, &data, &size) {
      defer { model_text_free(message) }
      throw CaseFailure("\(String(cString: message)) in \(text)")
    }
    guard let data else { throw CaseFailure("no buffer for \(text)") }
    bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    bytes.copyMemory(from: data, byteCount: size)
    self.size = size
    model_text_free(data)
  }

  deinit { bytes.deallocate() }

  /// The only node, or nil where the bytes are not a well-formed model or use an enum value that no version knows.
  var node: FileNode? {
    guard model_verifier_accepts(bytes, size) == 1, let root = model_verifier_root(bytes) else { return nil }
    let subgraphs = FileModel(FileTable(root)).subgraphs
    guard subgraphs.count == 1 else { return nil }
    let nodes = FileSubgraph(subgraphs[0]).nodes
    guard nodes.count == 1 else { return nil }
    let node = FileNode(nodes[0])
    guard node.hasKnownEnumValues else { return nil }
    guard let type = AttributesType(rawValue: node.attributesType) else { return nil }
    if let attributes = node.attributes, !type.hasKnownEnumValues(attributes) { return nil }
    return node
  }

  /// The union member of an operator's attributes, or nil where it has none: the one place in the tests that says so.
  static func attributesTable(_ operatorName: String) -> String? {
    switch operatorName {
    case "select", "non_zero": return nil
    case "squeeze", "unsqueeze": return "AxesAttributes"
    case "concat", "gather_elements": return "AxisAttributes"
    case "slice_update": return "SliceAttributes"
    case "depth_to_space", "space_to_depth": return "BlockAttributes"
    case "quantize_linear", "dequantize_linear": return "QuantizeAttributes"
    default: return operatorName.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Attributes"
    }
  }
}
