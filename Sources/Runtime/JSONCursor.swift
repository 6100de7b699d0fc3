// A strict reader of JSON (RFC 8259) over bytes that nobody has checked. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Tensors

/// A place in a JSON text. Every function moves on behind what it has read, or throws with the line in the sentence.
struct JSONCursor {
  private let bytes: UnsafePointer<UInt8>
  private let count: Int
  private var at = 0
  private(set) var line = 1
  let error: ErrorWriter

  private static var deepest: Int { 32 }

  init(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ error: ErrorWriter) throws(Status) {
    self.bytes = bytes
    self.count = count
    self.error = error
    try checkUnicode()
    at = 0
    line = 1
  }

  /// Starts a sentence about the present line.
  func fail() -> Sentence { error.fail(.invalidArgument).text("line ").integer(line).text(": ") }

  /// Fails unless the text is UTF-8 (RFC 3629: no surrogates, nothing beyond U+10FFFF, no longer form than needed).
  private mutating func checkUnicode() throws(Status) {
    while at < count {
      let first = bytes[at]
      if first == 10 { line += 1 }
      let length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
      guard length > 0, at + length <= count else { throw fail().text("no UTF-8").status }
      for index in 1..<max(length, 1) where bytes[at + index] & 0xC0 != 0x80 { throw fail().text("no UTF-8").status }
      if length > 2 {
        let second = bytes[at + 1]
        let isWrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)
        if isWrong { throw fail().text("no UTF-8").status }
      }
      at += length
    }
  }

  /// The next byte that is no white space, or nil at the end.
  mutating func peek() -> UInt8? {
    while at < count {
      switch bytes[at] {
      case 10:
        line += 1
        at += 1
      case 9, 13, 32: at += 1
      default: return bytes[at]
      }
    }
    return nil
  }

  /// Reads `byte` if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    at += 1
    return true
  }

  mutating func expect(_ byte: UInt8, _ what: StaticString) throws(Status) {
    guard take(byte) else { throw fail().text("expected ").text(what).status }
  }

  mutating func expectEnd() throws(Status) {
    guard peek() == nil else { throw fail().text("something follows the profile").status }
  }

  /// A string's bytes between its quotes, escapes as they stand there.
  mutating func string() throws(Status) -> JSONText {
    try expect(34, "a string")
    let start = at
    while at < count, bytes[at] != 34 {
      guard bytes[at] >= 32 else { throw fail().text("a control character in a string").status }
      if bytes[at] == 92 {
        at += 1
        guard at < count else { break }
        switch bytes[at] {
        case 34, 47, 92, 98, 102, 110, 114, 116: break
        case 117:
          for index in 1...4 {
            let isDigit = at + index < count && JSONCursor.isHexadecimal(bytes[at + index])
            if !isDigit { throw fail().text("an escape without four digits").status }
          }
          at += 4
        default: throw fail().text("an unknown escape in a string").status
        }
      }
      at += 1
    }
    guard at < count else { throw fail().text("a string does not end").status }
    at += 1
    return JSONText(start: bytes + start, count: at - 1 - start)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte) }

  /// A number: whether it is whole and not negative, and its value, `UInt64.max` where that is larger than any.
  mutating func number() throws(Status) -> (isNatural: Bool, value: UInt64) {
    guard let first = peek(), first == 45 || (48...57).contains(first) else { throw fail().text("expected a number").status }
    var isNatural = true
    if take(45) { isNatural = false }
    let start = at
    var value: UInt64 = 0
    while at < count, (48...57).contains(bytes[at]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowAgain) = tens.addingReportingOverflow(UInt64(bytes[at] - 48))
      value = overflow || overflowAgain || value == .max ? .max : sum
      at += 1
    }
    guard at > start, bytes[start] != 48 || at == start + 1 else { throw fail().text("a number without digits, or with a leading zero").status }
    if at < count, bytes[at] == 46 {
      isNatural = false
      at += 1
      try digits()
    }
    if at < count, bytes[at] | 32 == 101 {
      isNatural = false
      at += 1
      if at < count, bytes[at] == 43 || bytes[at] == 45 { at += 1 }
      try digits()
    }
    return (isNatural, value)
  }

  private mutating func digits() throws(Status) {
    let start = at
    while at < count, (48...57).contains(bytes[at]) { at += 1 }
    guard at > start else { throw fail().text("a number without digits").status }
  }

  /// Reads any value and forgets it.
  mutating func skipValue(depth: Int = 0) throws(Status) {
    guard depth < JSONCursor.deepest else { throw fail().text("values are nested deeper than ").integer(JSONCursor.deepest).status }
    switch peek() {
    case 34: _ = try string()
    case 123:
      at += 1
      if take(125) { return }
      repeat {
        _ = try string()
        try expect(58, "':'")
        try skipValue(depth: depth + 1)
      } while take(44)
      try expect(125, "',' or '}'")
    case 91:
      at += 1
      if take(93) { return }
      repeat { try skipValue(depth: depth + 1) } while take(44)
      try expect(93, "',' or ']'")
    case 116: try word("true")
    case 102: try word("false")
    case 110: try word("null")
    case nil: throw fail().text("the text ends too early").status
    default: _ = try number()
    }
  }

  private mutating func word(_ word: StaticString) throws(Status) {
    guard at + word.utf8CodeUnitCount <= count else { throw fail().text("the text ends too early").status }
    for index in 0..<word.utf8CodeUnitCount where bytes[at + index] != word.utf8Start[index] { throw fail().text("an unknown word").status }
    at += word.utf8CodeUnitCount
  }
}

/// A string of a JSON text.
struct JSONText {
  let start: UnsafePointer<UInt8>
  let count: Int

  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where start[index] != text.utf8Start[index] { return false }
    return true
  }
}
