// Writing JSON for the FlatBuffers parser. SPDX-License-Identifier: Apache-2.0

/// JSON text that grows from its beginning to its end.
struct JSONText {
  private(set) var text = ""
  private var needsComma = false

  mutating func object(_ key: String? = nil, _ body: (inout JSONText) throws -> Void) rethrows { try nested(key, "{", "}", body) }
  mutating func array(_ key: String? = nil, _ body: (inout JSONText) throws -> Void) rethrows { try nested(key, "[", "]", body) }

  mutating func value(_ key: String? = nil, _ number: Int) { raw(key, String(number)) }
  mutating func value(_ key: String? = nil, _ number: UInt64) { raw(key, String(number)) }
  mutating func value(_ key: String? = nil, _ boolean: Bool) { raw(key, boolean ? "true" : "false") }
  mutating func value(_ key: String? = nil, _ string: String) { raw(key, JSONText.quoted(string)) }

  /// Not-a-number and the infinities are written as the parser reads them: nan, inf, -inf.
  mutating func value(_ key: String? = nil, _ number: Double) {
    raw(key, number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : "\(number)")
  }

  mutating func integers(_ key: String, _ numbers: [Int]) { raw(key, "[" + numbers.map(String.init).joined(separator: ",") + "]") }

  private mutating func raw(_ key: String?, _ literal: String) {
    separate(key)
    text += literal
  }

  private mutating func nested(_ key: String?, _ open: String, _ close: String, _ body: (inout JSONText) throws -> Void) rethrows {
    separate(key)
    text += open
    needsComma = false
    try body(&self)
    text += close
    needsComma = true
  }

  private mutating func separate(_ key: String?) {
    if needsComma { text += "," }
    needsComma = true
    if let key { text += "\"\(key)\":" }
  }

  private static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value == 0: result += "\u{FFFD}"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
