// Reading and making constants by element. SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile

extension ElementType {
  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .none: 0
    case .int8, .uint8, .boolean: 1
    case .float16, .int16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }
}

extension Constant {
  package init(shape: [Int], floats: [Float]) {
    self.init(type: .float32, shape: shape, bytes: floats.withUnsafeBytes { Data($0) })
  }

  package init(shape: [Int], integers: [Int], type: ElementType = .int64) {
    let bytes = switch type {
    case .int32: integers.map { Int32(clamping: $0) }.withUnsafeBytes { Data($0) }
    case .uint8: integers.map { UInt8(clamping: $0) }.withUnsafeBytes { Data($0) }
    case .int8: integers.map { Int8(clamping: $0) }.withUnsafeBytes { Data($0) }
    case .boolean: integers.map { UInt8($0 == 0 ? 0 : 1) }.withUnsafeBytes { Data($0) }
    default: integers.map { Int64($0) }.withUnsafeBytes { Data($0) }
    }
    self.init(type: type == .int32 || type == .uint8 || type == .int8 || type == .boolean ? type : .int64, shape: shape, bytes: bytes)
  }

  /// The elements as float32; nil for other types.
  package var floats: [Float]? {
    guard type == .float32 else { return nil }
    return elements(of: Float.self)
  }

  /// The elements of any integer or boolean type; nil for floating point.
  package var integers: [Int]? {
    switch type {
    case .int64: elements(of: Int64.self).map { Int($0) }
    case .int32: elements(of: Int32.self).map { Int($0) }
    case .int16: elements(of: Int16.self).map { Int($0) }
    case .int8: elements(of: Int8.self).map { Int($0) }
    case .uint8, .boolean: elements(of: UInt8.self).map { Int($0) }
    case .none, .float16, .float32: nil
    }
  }

  private func elements<T: BitwiseCopyable>(of type: T.Type) -> [T] {
    bytes.withUnsafeBytes { raw in
      (0..<min(elementCount, raw.count / MemoryLayout<T>.size)).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self) }
    }
  }
}
