// Any JSON value, for the attributes of operators. SPDX-License-Identifier: Apache-2.0

/// A value of an attribute: a number, a name of the schema's enums, a list, or the fields of a struct.
enum JSONValue: Codable {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .boolean(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .text("inf"): .infinity
    case .text("-inf"): -.infinity
    default: nil
    }
  }
  var text: String? {
    if case .text(let value) = self { value } else { nil }
  }
  var isTrue: Bool {
    if case .boolean(true) = self { true } else { false }
  }
  var integers: [Int]? {
    guard case .list(let values) = self else { return nil }
    let result = values.compactMap(\.integer)
    return result.count == values.count ? result : nil
  }
  var fields: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// Compact text: "3", "0.5", "same_upper", "[1, 2]".
  var description: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): numberText(value)
    case .boolean(let value): String(value)
    case .text(let value): value
    case .list(let values):
      values.count <= 8 ? "[" + values.map(\.description).joined(separator: ", ") + "]" : "[\(values.count) values]"
    case .object(let fields): "{" + fields.keys.sorted().map { "\($0) \(fields[$0]?.description ?? "")" }.joined(separator: ", ") + "}"
    }
  }
}
