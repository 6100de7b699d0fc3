// Making an array fit the type that a model wants, where nothing is lost. SPDX-License-Identifier: Apache-2.0
import CCoracle

extension HostTensor {
  /// The same values as `wanted`: between integer types where every value fits, from float16 to float32, from boolean to an integer,
  /// and from an integer to boolean where all are 0 or 1. Throws otherwise; `name` is the input's for the sentence.
  func converted(to wanted: HostType, name: String) throws -> HostTensor {
    if wanted == type { return self }
    let result = try HostTensor(type: wanted, shape: shape)
    if type == .float16, wanted == .float32 {
      let target = result.elements(as: Float.self)
      for (index, bits) in elements(as: UInt16.self).enumerated() { target[index] = floatFromHalf(bits) }
      return result
    }
    guard type.isInteger, wanted.isInteger else {
      throw Failure("input '\(name)' is \(wanted.name) in the model and the array is \(type.name); convert the array first")
    }
    let source = integers
    let fits = switch wanted {
    case .int8: result.store(source, as: Int8.self)
    case .uint8: result.store(source, as: UInt8.self)
    case .boolean: !source.contains { $0 != 0 && $0 != 1 } && result.store(source, as: UInt8.self)
    case .int16: result.store(source, as: Int16.self)
    case .int32: result.store(source, as: Int32.self)
    default: result.store(source, as: Int64.self)
    }
    guard fits else { throw Failure("input '\(name)' is \(wanted.name) in the model and the \(type.name) array has values outside that type") }
    return result
  }

  private var integers: [Int64] {
    switch type {
    case .int8: elements(as: Int8.self).map { Int64($0) }
    case .uint8, .boolean: elements(as: UInt8.self).map { Int64($0) }
    case .int16: elements(as: Int16.self).map { Int64($0) }
    case .int32: elements(as: Int32.self).map { Int64($0) }
    case .int64: Array(elements(as: Int64.self))
    case .float32, .float16: []
    }
  }

  private func store<T: FixedWidthInteger & BitwiseCopyable>(_ values: [Int64], as: T.Type) -> Bool {
    let target = elements(as: T.self)
    for (index, value) in values.enumerated() {
      guard let exact = T(exactly: value) else { return false }
      target[index] = exact
    }
    return true
  }
}
