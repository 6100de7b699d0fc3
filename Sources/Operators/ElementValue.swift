// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// One number of any element type: exact for every integer type and for float32.
struct ElementValue {
  private let integer: Int64
  private let real: Double
  private let isInteger: Bool

  init(_ integer: Int64) {
    self.integer = integer
    real = Double(integer)
    isInteger = true
  }

  init(_ real: Double) {
    integer = 0
    self.real = real
    isInteger = false
  }

  /// Element `index` of `tensor`; types that are stored only read as 0.
  @inline(__always)
  init(_ tensor: TensorPointer, _ index: Int) {
    switch tensor.type {
    case .float32: self.init(Double(tensor.elements(Float.self)[index]))
    case .int64: self.init(tensor.elements(Int64.self)[index])
    case .int32: self.init(Int64(tensor.elements(Int32.self)[index]))
    case .int16: self.init(Int64(tensor.elements(Int16.self)[index]))
    case .int8: self.init(Int64(tensor.elements(Int8.self)[index]))
    case .uint8: self.init(Int64(tensor.elements(UInt8.self)[index]))
    case .boolean: self.init(Int64(tensor.elements(UInt8.self)[index] == 0 ? 0 : 1))
    case .none, .float16: self.init(Int64(0))
    }
  }

  var asDouble: Double { real }

  /// The number rounded toward zero and clamped to Int64; NaN is 0.
  var asInteger: Int64 {
    if isInteger { return integer }
    guard real == real else { return 0 }
    return real >= 9.2e18 ? Int64.max : real <= -9.2e18 ? Int64.min : Int64(real)
  }

  /// The bytes of this number as an element of `type`, in the low bytes; integers saturate. Nil where the type cannot hold it.
  func bits(as type: ElementType) -> UInt64? {
    switch type {
    case .float32: UInt64(Float(real).bitPattern)
    case .int64: UInt64(bitPattern: asInteger)
    case .int32: UInt64(UInt32(bitPattern: Int32(clamping: asInteger)))
    case .int16: UInt64(UInt16(bitPattern: Int16(clamping: asInteger)))
    case .int8: UInt64(UInt8(bitPattern: Int8(clamping: asInteger)))
    case .uint8: UInt64(UInt8(clamping: asInteger))
    case .boolean: real != 0 ? 1 : 0
    case .float16: real == 0 ? 0 : nil
    case .none: nil
    }
  }
}

/// Writes `count` elements of `size` bytes (1, 2, 4 or 8), each the low bytes of `bits`.
func fillElements(_ destination: UnsafeMutableRawPointer, _ count: Int, _ bits: UInt64, size: Int) {
  guard count > 0 else { return }
  switch size {
  case 1: platform_fill(destination, Int32(UInt8(truncatingIfNeeded: bits)), count)
  case 2: fill(destination.assumingMemoryBound(to: UInt16.self), count, UInt16(truncatingIfNeeded: bits))
  case 4: fill(destination.assumingMemoryBound(to: UInt32.self), count, UInt32(truncatingIfNeeded: bits))
  case 8: fill(destination.assumingMemoryBound(to: UInt64.self), count, bits)
  default: break
  }
}

@inline(__always)
private func fill<Word>(_ destination: UnsafeMutablePointer<Word>, _ count: Int, _ value: Word) {
  for index in 0..<count { destination[index] = value }
}
