// Arrays in NumPy's .npy files. SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads and writes .npy files.
enum NumpyFile {
  /// Reads the array at `path`, of any rank up to 8, in C or Fortran order. float64 becomes float32. Throws a sentence that names the file.
  static func read(_ path: String) throws -> HostTensor {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw Failure("cannot read '\(path)': \(reason(error))")
    }
    do {
      return try tensor(data)
    } catch {
      throw Failure("cannot read '\(path)': \(Failure(error).message)")
    }
  }

  /// Writes `tensor` in C order, with the element type as it is.
  static func write(_ tensor: HostTensor, to path: String) throws {
    let element = switch tensor.type {
    case .float32: "f4"
    case .float16: "f2"
    case .int8: "i1"
    case .uint8: "u1"
    case .int16: "i2"
    case .int32: "i4"
    case .int64: "i8"
    case .boolean: "b1"
    }
    var data = NumpyHeader.bytes(element: element, shape: tensor.shape)
    data.append(contentsOf: UnsafeRawBufferPointer(rebasing: tensor.memory.bytes[0..<tensor.byteCount]))
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure("cannot write '\(path)': \(reason(error))")
    }
  }

  /// The array in the bytes of a file.
  static func tensor(_ data: Data) throws -> HostTensor {
    let header = try NumpyHeader(parsing: data)
    let type: HostType
    var size = 0
    switch header.element {
    case "f4": type = .float32
    case "f8": (type, size) = (.float32, 8)
    case "f2": type = .float16
    case "i1": type = .int8
    case "u1": type = .uint8
    case "i2": type = .int16
    case "i4": type = .int32
    case "i8": type = .int64
    case "b1": type = .boolean
    default:
      throw Failure("its element type '\(shortened(header.element, to: 30))' is not one of f2, f4, f8, i1, i2, i4, i8, u1, b1")
    }
    if size == 0 { size = type.byteCount }
    guard !header.isBigEndian || size == 1 else { throw Failure("its elements are big-endian, which is not read") }
    let byteCount = try denseByteCount(header.shape, elementSize: size)
    guard data.count - header.dataOffset >= byteCount else {
      throw Failure("it is cut short: the shape \(shapeText(header.shape)) needs \(byteCount) bytes and \(data.count - header.dataOffset) are there")
    }
    let result = try HostTensor(type: type, shape: header.shape)
    guard byteCount > 0, let target = result.memory.bytes.baseAddress else { return result }
    data.withUnsafeBytes { raw in
      let source = UnsafeRawBufferPointer(rebasing: raw[header.dataOffset..<header.dataOffset + byteCount])
      guard let start = source.baseAddress else { return }
      if !header.isFortranOrder, size == type.byteCount {
        target.copyMemory(from: start, byteCount: byteCount)
        return
      }
      let element = type.byteCount
      forEachSourceIndex(shape: header.shape, isFortranOrder: header.isFortranOrder) { position, index in
        if size == 8, type == .float32 {
          target.storeBytes(of: Float(start.loadUnaligned(fromByteOffset: index * 8, as: Double.self)), toByteOffset: position * 4, as: Float.self)
        } else {
          (target + position * element).copyMemory(from: start + index * element, byteCount: element)
        }
      }
    }
    if type == .boolean {  // any byte but 0 is true for NumPy; the runtime knows 0 and 1
      let elements = result.elements(as: UInt8.self)
      for index in elements.indices where elements[index] > 1 { elements[index] = 1 }
    }
    return result
  }

  /// Calls `body` with each position in C order and the position of the same element in the source. No extent may be 0.
  private static func forEachSourceIndex(shape: [Int], isFortranOrder: Bool, _ body: (Int, Int) -> Void) {
    let count = shape.reduce(1, *)
    guard isFortranOrder else { return (0..<count).forEach { body($0, $0) } }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var coordinates = [Int](repeating: 0, count: shape.count)
    var source = 0
    for position in 0..<count {
      body(position, source)
      for axis in shape.indices.reversed() {
        coordinates[axis] += 1
        source += strides[axis]
        if coordinates[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        coordinates[axis] = 0
      }
    }
  }
}

/// Why a file could not be read or written, in a few words.
func reason(_ error: any Error) -> String {
  let failure = error as NSError
  if let cause = failure.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
    return String(cString: strerror(Int32(cause.code)))
  }
  return failure.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(failure.code))) : failure.localizedDescription
}
