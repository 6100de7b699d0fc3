// Tensors of an ONNX file as constants. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// The element types of ONNX by their numbers in the file.
enum ONNXElementType: Int32 {
  case float = 1, uint8 = 2, int8 = 3, uint16 = 4, int16 = 5, int32 = 6, int64 = 7, string = 8, bool = 9, float16 = 10, double = 11
  case uint32 = 12, uint64 = 13, complex64 = 14, complex128 = 15, bfloat16 = 16
  case float8e4m3fn = 17, float8e4m3fnuz = 18, float8e5m2 = 19, float8e5m2fnuz = 20, uint4 = 21, int4 = 22, float4e2m1 = 23

  /// The type that stands for it here: every floating-point type is computed as float32, unsigned ones widen to the next signed one.
  var elementType: ElementType? {
    switch self {
    case .float, .float16, .double, .bfloat16: .float32
    case .uint8, .uint4: .uint8
    case .int8, .int4: .int8
    case .int16: .int16
    case .uint16, .int32: .int32
    case .int64, .uint32, .uint64: .int64
    case .bool: .boolean
    default: nil
    }
  }

  /// Bits of one element in raw data.
  var bitCount: Int {
    switch self {
    case .uint4, .int4: 4
    case .uint8, .int8, .bool: 8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .double, .int64, .uint64: 64
    default: 32
    }
  }

  static func elementType(_ number: Int32, of what: String) throws -> ElementType {
    guard let type = ONNXElementType(rawValue: number)?.elementType else {
      throw ImportError.unsupported("element type \(number) of \(what) (strings, complex numbers and 8-bit floats have no counterpart)")
    }
    return type
  }
}

extension ONNXTensor {
  /// The elements in this runtime's types: float16, bfloat16 and float64 become float32. `external` reads data that lies in another file.
  func constant(external: (ONNXTensor) throws -> Data) throws -> Constant {
    let what = "tensor '\(name)'"
    guard let source = ONNXElementType(rawValue: dataType) else { throw ImportError.malformed("element type \(dataType) of \(what) is not known") }
    let type = try ONNXElementType.elementType(dataType, of: what)
    var shape: [Int] = []
    for extent in dims {
      guard let extent = Int(exactly: extent), extent >= 0 else { throw ImportError.malformed("extent \(extent) of \(what) is negative") }
      shape.append(extent)
    }
    guard let count = checkedProduct(shape), count <= Int.max / 64 else { throw ImportError.malformed("the extents \(shape) of \(what) are too large") }
    let raw: Data
    if dataLocation == 1 {
      raw = try external(self)
    } else if !rawData.isEmpty {
      raw = rawData
    } else {
      return Constant(type: type, shape: shape, bytes: try typedBytes(source, type, count, what))
    }
    let expected = (count * source.bitCount + 7) / 8
    guard raw.count == expected else { throw ImportError.malformed("\(what) of extents \(shape) has \(raw.count) bytes, expected \(expected)") }
    return Constant(type: type, shape: shape, bytes: source.converted(raw, count))
  }

  /// Elements from the typed fields, which the format uses for small tensors.
  private func typedBytes(_ source: ONNXElementType, _ type: ElementType, _ count: Int, _ what: String) throws -> Data {
    func check(_ found: Int, _ expected: Int) throws {
      guard found == expected else { throw ImportError.malformed("\(what) has \(found) elements, expected \(expected)") }
    }
    func bytes<T>(_ elements: [T]) -> Data { elements.withUnsafeBytes { Data($0) } }
    switch source {
    case .float:
      try check(floatData.count, count)
      return bytes(floatData)
    case .double:
      try check(doubleData.count, count)
      return bytes(doubleData.map { Float($0) })
    case .int64:
      try check(int64Data.count, count)
      return bytes(int64Data)
    case .uint32, .uint64:
      try check(uint64Data.count, count)
      return bytes(uint64Data.map { Int64(clamping: $0) })
    case .int32, .uint16:
      try check(int32Data.count, count)
      return bytes(int32Data)
    case .int16:
      try check(int32Data.count, count)
      return bytes(int32Data.map { Int16(truncatingIfNeeded: $0) })
    case .int4, .uint4:
      try check(int32Data.count, (count + 1) / 2)
      return source.converted(bytes(int32Data.map { UInt8(truncatingIfNeeded: $0) }), count)
    case .float16, .bfloat16:
      try check(int32Data.count, count)
      return source.converted(bytes(int32Data.map { UInt16(truncatingIfNeeded: $0) }), count)
    default:
      try check(int32Data.count, count)
      return source.converted(bytes(int32Data.map { UInt8(truncatingIfNeeded: $0) }), count)
    }
  }
}

extension ONNXElementType {
  /// Raw little-endian elements in the type that stands for them here; the bytes themselves where nothing changes.
  func converted(_ raw: Data, _ count: Int) -> Data {
    switch self {
    case .float16: map(raw, count) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16: map(raw, count) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .double: map(raw, count) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .uint16: map(raw, count) { (bits: UInt16) in Int32(bits) }
    case .uint32: map(raw, count) { (bits: UInt32) in Int64(bits) }
    case .uint64: map(raw, count) { (bits: UInt64) in Int64(clamping: bits) }
    // Any byte but 0 means true.
    case .bool: raw.contains { $0 > 1 } ? Data(raw.map { $0 == 0 ? 0 : 1 }) : raw
    case .uint4: Data((0..<count).map { nibble(raw, $0) })
    case .int4: Data((0..<count).map { (nibble(raw, $0) ^ 8) &- 8 })
    default: raw
    }
  }

  private func nibble(_ raw: Data, _ index: Int) -> UInt8 {
    let byte = raw[raw.startIndex + index / 2]
    return index % 2 == 0 ? byte & 15 : byte >> 4
  }

  private func map<T: BitwiseCopyable, U: BitwiseCopyable>(_ raw: Data, _ count: Int, _ body: (T) -> U) -> Data {
    raw.withUnsafeBytes { source in
      let available = min(count, source.count / MemoryLayout<T>.size)
      var result = Data(count: available * MemoryLayout<U>.size)
      result.withUnsafeMutableBytes { target in
        for index in 0..<available {
          let element = source.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
          target.storeBytes(of: body(element), toByteOffset: index * MemoryLayout<U>.size, as: U.self)
        }
      }
      return result
    }
  }
}
