// A tensor in this process's own memory. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Foundation

/// Element types, by their numbers in the C API.
enum HostType: coracle_element_type {
  case float32 = 1, float16, int8, uint8, int16, int32, int64, boolean

  var byteCount: Int { coracle_element_type_size(rawValue) }
  var name: String { String(cString: coracle_element_type_name(rawValue)) }
  var isInteger: Bool { self != .float32 && self != .float16 }
}

/// Memory aligned to 64 bytes, freed with the last reference.
final class AlignedMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: max(byteCount, 1), alignment: 64)
  }

  deinit { bytes.deallocate() }
}

/// Dense elements in row-major order that this process owns.
struct HostTensor {
  let type: HostType
  let shape: [Int]
  let byteCount: Int
  let memory: AlignedMemory

  /// Uninitialised elements. Throws where the size does not fit in memory at all.
  init(type: HostType, shape: [Int]) throws {
    self.type = type
    self.shape = shape
    byteCount = try denseByteCount(shape, elementSize: type.byteCount)
    memory = AlignedMemory(byteCount: byteCount)
  }

  /// A copy of what a view of the C API shows.
  init(copying view: coracle_tensor) throws {
    guard let type = HostType(rawValue: view.type) else { throw Failure("tensor of unknown type \(view.type)") }
    try self.init(type: type, shape: shapeOf(view))
    guard view.byte_count == byteCount else { throw Failure("tensor of \(view.byte_count) bytes instead of \(byteCount)") }
    if byteCount > 0 {
      guard let data = view.data else { throw Failure("tensor without data") }
      memory.bytes.baseAddress?.copyMemory(from: data, byteCount: byteCount)
    }
  }

  var elementCount: Int { byteCount / type.byteCount }

  /// The view that the C API takes.
  var view: coracle_tensor {
    var view = coracle_tensor()
    view.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    view.type = type.rawValue
    view.rank = Int32(shape.count)
    withUnsafeMutableBytes(of: &view.shape) { raw in
      for (index, extent) in shape.prefix(Int(CORACLE_MAX_RANK)).enumerated() {
        raw.storeBytes(of: Int64(extent), toByteOffset: index * 8, as: Int64.self)
      }
    }
    view.data = memory.bytes.baseAddress
    view.byte_count = byteCount
    return view
  }

  /// The elements as `T`, which must be the tensor's type.
  func elements<T: BitwiseCopyable>(as: T.Type) -> UnsafeMutableBufferPointer<T> {
    UnsafeMutableRawBufferPointer(rebasing: memory.bytes[0..<byteCount]).bindMemory(to: T.self)
  }

  /// Calls `body` with each element as a double; int64 beyond 2^53 is rounded.
  func forEachValue(_ body: (Double) -> Void) {
    switch type {
    case .float32: elements(as: Float.self).forEach { body(Double($0)) }
    case .float16: elements(as: UInt16.self).forEach { body(Double(floatFromHalf($0))) }
    case .int8: elements(as: Int8.self).forEach { body(Double($0)) }
    case .uint8, .boolean: elements(as: UInt8.self).forEach { body(Double($0)) }
    case .int16: elements(as: Int16.self).forEach { body(Double($0)) }
    case .int32: elements(as: Int32.self).forEach { body(Double($0)) }
    case .int64: elements(as: Int64.self).forEach { body(Double($0)) }
    }
  }

  /// All elements as doubles.
  var values: [Double] {
    var result: [Double] = []
    result.reserveCapacity(elementCount)
    forEachValue { result.append($0) }
    return result
  }
}

/// The shape that a view of the C API tells, -1 where open.
func shapeOf(_ view: coracle_tensor) -> [Int] {
  withUnsafeBytes(of: view.shape) { raw in
    (0..<max(0, min(Int(view.rank), Int(CORACLE_MAX_RANK)))).map { Int(raw.load(fromByteOffset: $0 * 8, as: Int64.self)) }
  }
}

/// Bytes of a dense tensor; throws where an extent is negative or the product passes 2^47 bytes.
func denseByteCount(_ shape: [Int], elementSize: Int) throws -> Int {
  guard !shape.contains(where: { $0 < 0 }) else { throw Failure("the shape \(shapeText(shape)) has an extent that is not known") }
  guard !shape.contains(0) else { return 0 }
  var count = elementSize
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard !overflow, product < 1 << 47 else { throw Failure("the shape \(shapeText(shape)) has too many elements") }
    count = product
  }
  return count
}

/// IEEE 754 binary16 to binary32.
func floatFromHalf(_ bits: UInt16) -> Float {
  let sign: Float = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 0x1F)
  let fraction = Float(bits & 0x3FF)
  switch exponent {
  case 0: return sign * fraction * 0x1p-24
  case 31: return fraction == 0 ? sign * .infinity : .nan
  default: return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
  }
}
