// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Something to be done with the elements of a tensor of integers, compiled once for each type.
protocol IntegerVisitor {
  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type)
}

/// Calls `visitor` with the Swift type of `type`; booleans are bytes. Types that no arithmetic is done in are not visited.
@inline(__always)
func withIntegers<Visitor: IntegerVisitor>(_ type: ElementType, _ visitor: Visitor) {
  #if !CORACLE_FLOATS_ONLY // The tuned sets are given float32 alone.
  switch type {
  case .int8: visitor.visit(Int8.self)
  case .uint8, .boolean: visitor.visit(UInt8.self)
  case .int32: visitor.visit(Int32.self)
  case .int64: visitor.visit(Int64.self)
  case .none, .float16, .float32, .int16: break
  }
  #endif
}

extension ElementType {
  /// Integers that operators compute with; int16 is only stored.
  var isComputedInteger: Bool { isInteger && self != .int16 }
}

/// Something to be done with elements that are only moved, compiled once for each size.
protocol BitsVisitor {
  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type)
}

/// Calls `visitor` with the unsigned integer that is as large as an element of `type`.
@inline(__always)
func withBits<Visitor: BitsVisitor>(of type: ElementType, _ visitor: Visitor) {
  switch type.size {
  case 4: visitor.visit(UInt32.self)
  #if !CORACLE_FLOATS_ONLY
  case 1: visitor.visit(UInt8.self)
  case 2: visitor.visit(UInt16.self)
  case 8: visitor.visit(UInt64.self)
  #endif
  default: break
  }
}

/// From about how many elementary operations on it pays to divide work among threads.
var worthDividing: Int { 20_000 }
