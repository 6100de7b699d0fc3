// Types and attributes of PIR json ("TT" and "AT").
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Attributes nest only in arrays; real files need two levels.
private let deepestAttribute = 16

extension PIRReader {
  /// The kind without its dialect: "t_dtensor" of "0.t_dtensor".
  func kind(of object: [String: Any]) throws -> String {
    guard let name = object["#"] as? String else { throw fault("a type or attribute has no \"#\"") }
    return name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
  }

  func readType(_ any: Any?, depth: Int = 0) throws -> PaddleType? {
    guard depth < deepestAttribute else { throw fault("a type nests deeper than \(deepestAttribute) levels") }
    let object = try self.object(any, "a type")
    let kind = try kind(of: object)
    switch kind {
    case "NULL": return nil
    case "t_dtensor":
      let parts = try list(object["D"], "the data of a tensor type")
      guard parts.count >= 2 else { throw fault("a tensor type has \(parts.count) parts, 5 expected") }
      let elementKind = try self.kind(of: self.object(parts[0], "an element type"))
      guard let element = PaddleElement(spelled: elementKind) else { return .other(elementKind) }
      let shape = try list(parts[1], "the extents of a tensor type").map { try extent($0) }
      return .tensor(PaddleTensorType(element: element, shape: shape))
    case "t_vec":
      return .list(try list(object["D"], "the data of a list type").map { try readType($0, depth: depth + 1) })
    default: return .other(kind)
    }
  }

  func extent(_ any: Any) throws -> Int {
    let value = try integer(any, "an extent")
    guard value >= -1 else { throw fault("an extent is \(value)") }
    return value
  }

  /// The attributes of an operation by name; those of a kind without meaning here are left out.
  func readAttributes(_ any: Any?) throws -> [String: PaddleAttribute] {
    guard let any else { return [:] }
    var attributes: [String: PaddleAttribute] = [:]
    for item in try list(any, "the attributes") {
      let entry = try object(item, "an attribute")
      guard let name = entry["N"] as? String else { throw fault("an attribute has no name") }
      attributes[name] = try readAttribute(entry["AT"], depth: 0)
    }
    return attributes
  }

  private func readAttribute(_ any: Any?, depth: Int) throws -> PaddleAttribute? {
    guard depth < deepestAttribute else { throw fault("an attribute nests deeper than \(deepestAttribute) levels") }
    let object = try self.object(any, "an attribute value")
    let kind = try kind(of: object)
    let data = object["D"]
    switch kind {
    case "a_bool": return .boolean(try boolean(data))
    case "a_i32", "a_i64", "a_index": return .integer(try integer(data, "an integer attribute"))
    case "a_f32", "a_f64": return .float(try object["VD"].map { try nonFinite($0) } ?? float(data))
    case "a_str", "a_tensorname", "a_layout": return .string(try string(data, "a string attribute"))
    case "a_dtype": return PaddleElement(spelled: try string(data, "a dtype attribute")).map { .element($0) }
    case "a_type": return try self.kind(of: self.object(data, "a type attribute")).mapElement
    case "a_array": return .list(try list(data, "an array attribute").compactMap { try readAttribute($0, depth: depth + 1) })
    case "a_intarray": return .list(try list(data, "an integer array attribute").map { .integer(try integer($0, "an integer array element")) })
    case "a_scalar": return try readScalar(list(data, "a scalar attribute"), object["VD"])
    default: return nil
    }
  }

  /// A scalar is written as its dtype and its value.
  private func readScalar(_ parts: [Any], _ nonFiniteValue: Any?) throws -> PaddleAttribute {
    if let nonFiniteValue { return .float(try nonFinite(nonFiniteValue)) }
    guard parts.count == 2 else { throw fault("a scalar attribute has \(parts.count) parts, 2 expected") }
    if let text = parts[1] as? String { return .float(try nonFinite(text)) }
    switch try string(parts[0], "a scalar's dtype") {
    case "bool": return .boolean(try boolean(parts[1]))
    case "float16", "bfloat16", "float32", "float64": return .float(try float(parts[1]))
    default: return .integer(try integer(parts[1], "a scalar"))
    }
  }

  private func nonFinite(_ any: Any) throws -> Double {
    switch any as? String {
    case "NaN", "NAN": return .nan
    case "INF": return .infinity
    case "-INF": return -.infinity
    default: throw fault("\"VD\" holds neither NaN, INF nor -INF")
    }
  }
}

extension String {
  fileprivate var mapElement: PaddleAttribute? { PaddleElement(spelled: self).map { .element($0) } }
}
