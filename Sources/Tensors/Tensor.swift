// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile

/// A view of memory with a type and a shape: the C struct itself, so that nothing is translated on the way to a backend.
package typealias Tensor = coracle_tensor
package typealias TensorPointer = UnsafePointer<coracle_tensor>
package typealias MutableTensorPointer = UnsafeMutablePointer<coracle_tensor>

extension ElementType {
  /// Bytes of one element; 0 for none.
  @inline(__always)
  package var size: Int {
    switch self {
    case .none: 0
    case .int8, .uint8, .boolean: 1
    case .float16, .int16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }

  package var isInteger: Bool {
    switch self {
    case .int8, .uint8, .int16, .int32, .int64: true
    default: false
    }
  }
}

extension coracle_tensor {
  package var elementType: ElementType {
    get {
      guard let value = UInt8(exactly: type) else { return .none }
      return ElementType(rawValue: value) ?? .none
    }
    set { type = coracle_element_type(newValue.rawValue) }
  }

  /// The extents; a rank outside 0...8 is clamped.
  package var dimensions: Shape {
    get {
      var result = Shape(rank: Int(rank), repeating: 0)
      withUnsafeBytes(of: shape) { bytes in
        for axis in 0..<result.rank { result[axis] = Int(clamping: bytes.load(fromByteOffset: axis * 8, as: Int64.self)) }
      }
      return result
    }
    set {
      rank = Int32(newValue.rank)
      withUnsafeMutableBytes(of: &shape) { bytes in
        for axis in 0..<8 { bytes.storeBytes(of: axis < newValue.rank ? Int64(newValue[axis]) : 0, toByteOffset: axis * 8, as: Int64.self) }
      }
    }
  }

  /// Elements from a position of all dimensions but the last to the next: the last extent, or more where the tensor is a part of a wider one.
  package var pitch: Int {
    get {
      guard rank >= 2, Int(rank) <= Shape.maximumRank else { return 1 }
      let stride = withUnsafeBytes(of: strides) { Int(clamping: $0.load(fromByteOffset: (Int(rank) - 2) * 8, as: Int64.self)) }
      return stride != 0 ? stride : dimensions[Int(rank) - 1]
    }
    set {
      let shape = dimensions
      var step = newValue
      withUnsafeMutableBytes(of: &strides) { bytes in
        for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
          bytes.storeBytes(of: Int64(step), toByteOffset: axis * 8, as: Int64.self)
          step = step &* shape[axis]
        }
        if shape.rank > 0 { bytes.storeBytes(of: 1, toByteOffset: (shape.rank - 1) * 8, as: Int64.self) }
      }
    }
  }

  /// The number of elements; the runtime has checked the shape of every tensor that reaches a kernel.
  package var elementCount: Int {
    let shape = dimensions
    return shape.product(0, shape.rank)
  }

  /// An empty view.
  package static var empty: coracle_tensor {
    coracle_tensor(struct_size: UInt32(MemoryLayout<coracle_tensor>.size), type: 0, rank: 0, is_constant: 0, shape: (0, 0, 0, 0, 0, 0, 0, 0),
      strides: (0, 0, 0, 0, 0, 0, 0, 0), data: nil, byte_count: 0, name: nil, maxima: nil, maxima_count: 0)
  }
}

extension UnsafePointer where Pointee == coracle_tensor {
  /// The elements, to be read as `T`. Only asked for where the tensor has data; a tensor without elements gives an address not to be read.
  @inline(__always)
  package func elements<T>(_ type: T.Type = T.self) -> UnsafePointer<T> {
    guard let data = pointee.data else { return noElements() }
    return UnsafePointer<T>(data.assumingMemoryBound(to: T.self))
  }

  package var type: ElementType { pointee.elementType }
  package var shape: Shape { pointee.dimensions }
  package var count: Int { pointee.elementCount }
  /// Whether the elements are known: always at run time, during planning for constants and what was computed from shapes.
  package var hasData: Bool { pointee.data != nil || pointee.elementCount == 0 }
}

extension UnsafeMutablePointer where Pointee == coracle_tensor {
  /// The elements, to be written as `T`.
  @inline(__always)
  package func elements<T>(_ type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    guard let data = pointee.data else { return UnsafeMutablePointer<T>(mutating: noElements()) }
    return data.assumingMemoryBound(to: T.self)
  }

  package var type: ElementType { pointee.elementType }
  package var shape: Shape { pointee.dimensions }
  package var count: Int { pointee.elementCount }
}

/// A well-aligned address for tensors without elements.
@inline(__always)
private func noElements<T>() -> UnsafePointer<T> {
  // 64 is aligned for every element type and is never read, because the count is 0.
  UnsafePointer(UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped.assumingMemoryBound(to: T.self))
}
