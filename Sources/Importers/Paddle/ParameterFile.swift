// Paddle's weights: the records of .pdiparams, or one file a weight.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// Reads tensor records. A record: u32 0, u64 levels of detail, each u64 size and bytes; u32 0; i32 size of a description;
/// the description (protobuf: element type and extents); the elements. Nothing is aligned and nothing has a name.
struct ParameterFile {
  private let data: Data
  private var position: Int
  private let label: String

  private init(_ data: Data, label: String) {
    self.data = data
    self.label = label
    position = data.startIndex
  }

  /// Reads a combined file: a record for each of `parameters` in ascending byte order of their names, and not a byte more.
  /// - Returns: a tensor for each name, its bytes a slice of `data`.
  static func readCombined(_ data: Data, parameters: [PaddleParameter], label: String) throws -> [String: PaddleTensor] {
    var file = ParameterFile(data, label: label)
    var tensors: [String: PaddleTensor] = [:]
    for parameter in parameters.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      tensors[parameter.name] = try file.readRecord(for: parameter)
    }
    guard file.remaining == 0 else {
      throw ImportError.malformed("\(label): \(file.remaining) bytes are left after the \(parameters.count) weights of the model; "
        + "this is a swapped or wrong parameters file")
    }
    return tensors
  }

  /// Reads a file that holds one weight.
  static func readSingle(_ data: Data, parameter: PaddleParameter, label: String) throws -> PaddleTensor {
    var file = ParameterFile(data, label: label)
    let tensor = try file.readRecord(for: parameter)
    guard file.remaining == 0 else { throw file.fault(parameter, "\(file.remaining) bytes are left after it") }
    return tensor
  }

  private var remaining: Int { data.endIndex - position }

  private func fault(_ parameter: PaddleParameter, _ text: String) -> ImportError {
    ImportError.malformed("\(label), weight \(parameter.name) at byte \(position - data.startIndex): \(text); this is a truncated, swapped or wrong parameters file")
  }

  private mutating func take(_ count: Int, _ parameter: PaddleParameter) throws -> Data {
    guard count >= 0, count <= remaining else { throw fault(parameter, "\(count) bytes are wanted and \(remaining) are left") }
    defer { position += count }
    return data[position..<position + count]
  }

  private mutating func number<T: FixedWidthInteger>(_ type: T.Type, _ parameter: PaddleParameter) throws -> T {
    let bytes = try take(MemoryLayout<T>.size, parameter)
    return T(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: T.self) })
  }

  private mutating func readRecord(for parameter: PaddleParameter) throws -> PaddleTensor {
    let version = try number(UInt32.self, parameter)
    guard version == 0 else { throw fault(parameter, "the record's version is \(version), 0 expected") }
    let levels = try number(UInt64.self, parameter)
    guard levels <= 8 else { throw fault(parameter, "\(levels) levels of detail, at most 8 expected") }
    for _ in 0..<levels {
      guard let size = try Int(exactly: number(UInt64.self, parameter)) else { throw fault(parameter, "a level of detail overflows") }
      _ = try take(size, parameter)
    }
    let tensorVersion = try number(UInt32.self, parameter)
    guard tensorVersion == 0 else { throw fault(parameter, "the tensor's version is \(tensorVersion), 0 expected") }
    let description = try take(Int(number(Int32.self, parameter)), parameter)
    guard let stored = try? LegacyVarType.TensorDesc(serializedBytes: description) else { throw fault(parameter, "its description is no protobuf") }
    guard let element = PaddleElement(rawValue: Int(stored.dataType)) else { throw fault(parameter, "its element type is \(stored.dataType)") }
    let shape = stored.dims.map { Int($0) }
    guard element == parameter.type.element, Self.matches(declared: parameter.type.shape, stored: shape) else {
      throw fault(parameter, "the file holds \(element) \(shape), the model declares \(parameter.type.element) \(parameter.type.shape)")
    }
    guard let count = checkedProduct(shape), case let (bytes, overflow) = count.multipliedReportingOverflow(by: element.byteCount), !overflow else {
      throw fault(parameter, "its extents \(shape) are negative or too large")
    }
    return PaddleTensor(element: element, shape: shape, bytes: try take(bytes, parameter))
  }

  private static func matches(declared: [Int], stored: [Int]) -> Bool {
    declared.count == stored.count && zip(declared, stored).allSatisfy { $0 == -1 || $0 == $1 }
  }
}

/// Stored elements in Paddle's types.
struct PaddleTensor {
  var element: PaddleElement
  var shape: [Int]
  var bytes: Data

  /// The same elements in a type of the graph: all floating point as float32. nil for types without a meaning here.
  func constant() -> Constant? {
    switch element {
    case .float32: Constant(type: .float32, shape: shape, bytes: bytes)
    case .int64: Constant(type: .int64, shape: shape, bytes: bytes)
    case .int32: Constant(type: .int32, shape: shape, bytes: bytes)
    case .int16: Constant(type: .int16, shape: shape, bytes: bytes)
    case .int8: Constant(type: .int8, shape: shape, bytes: bytes)
    case .uint8: Constant(type: .uint8, shape: shape, bytes: bytes)
    case .boolean: Constant(type: .boolean, shape: shape, bytes: bytes)
    case .float64: Constant(shape: shape, floats: elements(Double.self) { Float($0) })
    case .bfloat16: Constant(shape: shape, floats: elements(UInt16.self) { Float(bitPattern: UInt32($0) << 16) })
    case .float16: Constant(shape: shape, floats: elements(UInt16.self) { Self.float(half: $0) })
    case .complex64, .complex128, .float8e4m3, .float8e5m2: nil
    }
  }

  private func elements<T: BitwiseCopyable>(_ type: T.Type, _ convert: (T) -> Float) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<T>.size).map { convert(raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)) }
    }
  }

  /// IEEE 754 binary16 to binary32, exact.
  private static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 31
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * Float(sign: .plus, exponent: -24, significand: 1)
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
