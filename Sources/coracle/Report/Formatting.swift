// How numbers, sizes and shapes read in reports. SPDX-License-Identifier: Apache-2.0
import Foundation

/// "512 B", "12.3 KB", "4.5 MB": powers of ten.
func byteText(_ bytes: UInt64) -> String {
  switch bytes {
  case ..<1_000: "\(bytes) B"
  case ..<1_000_000: String(format: "%.1f KB", Double(bytes) / 1e3)
  case ..<1_000_000_000: String(format: "%.1f MB", Double(bytes) / 1e6)
  default: String(format: "%.2f GB", Double(bytes) / 1e9)
  }
}

func byteText(_ bytes: Int) -> String { byteText(UInt64(max(0, bytes))) }

/// "[1, 3, ?, 320]": an open extent reads "?".
func shapeText(_ shape: [Int]) -> String {
  "[" + shape.map { $0 < 0 ? "?" : String($0) }.joined(separator: ", ") + "]"
}

/// "1×3×?×320", "scalar" for rank 0.
func productText(_ shape: [Int]) -> String {
  shape.isEmpty ? "scalar" : shape.map { $0 < 0 ? "?" : String($0) }.joined(separator: "×")
}

/// A difference or a value: "0", "1.19e-07", "3.25".
func numberText(_ value: Double) -> String {
  value == 0 ? "0" : String(format: "%.3g", value)
}

/// "0.123 ms", "12.3 ms".
func millisecondText(_ milliseconds: Double) -> String {
  String(format: milliseconds < 1 ? "%.4f" : milliseconds < 100 ? "%.3f" : "%.1f", milliseconds)
}

/// A part of a whole: "12.3 %".
func shareText(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

/// The text in one line: a control character is written by its number, as in "\u{a}" for the end of a line.
func oneLine(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { line, scalar in
    line += scalar.properties.generalCategory == .control ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }
}

/// The first `count` characters, with an ellipsis where some are left out.
func shortened(_ text: String, to count: Int) -> String {
  text.count <= count ? text : text.prefix(max(0, count - 1)) + "…"
}

/// Prints a value as JSON with stable, sorted snake-case keys.
func printJSON(_ value: some Encodable) throws { print(try jsonText(value)) }

/// The same as a text.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
