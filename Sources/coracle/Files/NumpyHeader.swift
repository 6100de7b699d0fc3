// The header of a .npy file. Source: NumPy Enhancement Proposal 1 and numpy.lib.format. SPDX-License-Identifier: Apache-2.0
import Foundation

/// What the header says about the elements that follow it.
struct NumpyHeader: Equatable {
  /// NumPy's name without the byte order, such as "f4".
  var element: String
  var isBigEndian = false
  var isFortranOrder = false
  var shape: [Int]
  /// Where the elements start.
  var dataOffset = 0

  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]  // "\x93NUMPY"

  /// Reads versions 1, 2 and 3. Throws `Failure` with a sentence for anything else; never reads outside `data`.
  init(parsing data: Data) throws {
    let bytes = [UInt8](data.prefix(12))
    guard bytes.count >= 10, Array(bytes[0..<6]) == Self.magic else { throw Failure("it is not a NumPy .npy file") }
    let length: Int
    switch bytes[6] {
    case 1:
      length = Int(bytes[8]) | Int(bytes[9]) << 8
      dataOffset = 10
    case 2, 3:
      guard bytes.count >= 12 else { throw Failure("its header is cut short") }
      length = Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
      dataOffset = 12
    default: throw Failure("its format version \(bytes[6]).\(bytes[7]) is not known")
    }
    guard length <= 1 << 20, dataOffset + length <= data.count else { throw Failure("its header is cut short") }
    let start = data.startIndex + dataOffset
    dataOffset += length
    let fields = try DictionaryLiteral(data[start..<start + length]).fields
    guard fields.count == 3, case .text(let descriptor)? = fields["descr"], case .boolean(let fortran)? = fields["fortran_order"],
      case .tuple(let extents)? = fields["shape"]
    else { throw Failure("its header does not give descr, fortran_order and shape (arrays of records are not read)") }
    guard extents.count <= 8 else { throw Failure("it has \(extents.count) dimensions; at most 8 are possible") }
    guard let order = descriptor.first, "<>|=".contains(order), descriptor.count >= 3 else {
      throw Failure("its element type '\(shortened(descriptor, to: 30))' is not known")
    }
    element = String(descriptor.dropFirst())
    isBigEndian = order == ">"
    isFortranOrder = fortran
    shape = extents
  }

  /// Version 1 header bytes, padded so that the elements start at a multiple of 64.
  static func bytes(element: String, shape: [Int]) -> Data {
    let order = element.hasSuffix("1") ? "|" : "<"
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(order)\(element)', 'fortran_order': False, 'shape': (\(extents)), }"
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = UInt16(clamping: text.utf8.count)
    return Data(magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]) + Data(text.utf8)
  }
}

/// A reader for the one form of Python literal that a header is: a dictionary of strings, booleans and tuples of integers.
private struct DictionaryLiteral {
  enum Value { case text(String), boolean(Bool), tuple([Int]) }

  private(set) var fields: [String: Value] = [:]
  private let bytes: [UInt8]
  private var position = 0

  init(_ data: Data) throws {
    bytes = [UInt8](data)
    try expect("{")
    while !accept("}") {
      let key = try text()
      try expect(":")
      guard fields.updateValue(try value(), forKey: key) == nil else { throw Failure("its header gives '\(shortened(key, to: 30))' twice") }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    guard next == nil else { throw malformed }
  }

  private var malformed: Failure { Failure("its header is malformed near byte \(position)") }

  /// The next byte after white space; nil at the end.
  private var next: UInt8? {
    mutating get {
      while position < bytes.count, bytes[position] == 0x20 || (0x09...0x0D).contains(bytes[position]) { position += 1 }
      return position < bytes.count ? bytes[position] : nil
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(truncatingIfNeeded: character.value) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard accept(character) else { throw malformed }
  }

  private mutating func text() throws -> String {
    guard let quote = next, quote == 0x27 || quote == 0x22 else { throw malformed }
    let start = position + 1
    guard start <= bytes.count, let end = bytes[start...].firstIndex(of: quote) else { throw malformed }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func value() throws -> Value {
    switch next {
    case 0x27, 0x22: return .text(try text())
    case UInt8(ascii: "T"): return try word("True", .boolean(true))
    case UInt8(ascii: "F"): return try word("False", .boolean(false))
    case UInt8(ascii: "("): return .tuple(try tuple())
    default: throw malformed
    }
  }

  private mutating func word(_ word: String, _ value: Value) throws -> Value {
    guard bytes[position...].starts(with: word.utf8) else { throw malformed }
    position += word.utf8.count
    return value
  }

  private mutating func tuple() throws -> [Int] {
    try expect("(")
    var result: [Int] = []
    while !accept(")") {
      var value = 0
      guard let first = next, (0x30...0x39).contains(first) else { throw malformed }
      while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
        guard value < 1 << 46 else { throw Failure("its shape has an absurd extent") }
        value = value * 10 + Int(bytes[position] - 0x30)
        position += 1
      }
      _ = accept("L")  // as Python 2 wrote long integers
      result.append(value)
      guard result.count <= 64 else { throw malformed }
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return result
  }
}
