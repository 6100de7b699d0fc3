// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// An element type that can be compared and combined.
protocol ReducibleElement: BitwiseCopyable, Comparable {
  static func wrappingSum(_ a: Self, _ b: Self) -> Self
  static func wrappingProduct(_ a: Self, _ b: Self) -> Self
}

extension ReducibleElement where Self: FixedWidthInteger {
  @inline(__always) static func wrappingSum(_ a: Self, _ b: Self) -> Self { a &+ b }
  @inline(__always) static func wrappingProduct(_ a: Self, _ b: Self) -> Self { a &* b }
}

extension Int8: ReducibleElement {}
extension UInt8: ReducibleElement {}
extension Int16: ReducibleElement {}
extension Int32: ReducibleElement {}
extension Int64: ReducibleElement {}

extension Float: ReducibleElement {
  @inline(__always) static func wrappingSum(_ a: Float, _ b: Float) -> Float { a + b }
  @inline(__always) static func wrappingProduct(_ a: Float, _ b: Float) -> Float { a * b }
}

extension ScatterReduction {
  /// What stands where `update` meets `old`.
  @inline(__always)
  func combine<Element: ReducibleElement>(_ old: Element, _ update: Element) -> Element {
    switch self {
    case .none: update
    case .add: .wrappingSum(old, update)
    case .multiply: .wrappingProduct(old, update)
    case .minimum: update < old ? update : old
    case .maximum: update > old ? update : old
    }
  }
}

/// Something to be done with elements of a type that is known at run time only.
protocol ReducibleVisitor {
  func visit<Element: ReducibleElement>(_: Element.Type) throws(Status)
}

extension ElementType {
  /// Whether `withReducible` reaches a visitor.
  var isReducible: Bool { self != .none && self != .float16 }

  /// Calls `visitor` with the Swift type of the elements; booleans are bytes. Types that are not reducible do nothing.
  @inline(__always)
  func withReducible<Visitor: ReducibleVisitor>(_ visitor: Visitor) throws(Status) {
    switch self {
    case .float32: try visitor.visit(Float.self)
    #if !CORACLE_FLOATS_ONLY
    case .int64: try visitor.visit(Int64.self)
    case .int32: try visitor.visit(Int32.self)
    case .int16: try visitor.visit(Int16.self)
    case .int8: try visitor.visit(Int8.self)
    case .uint8, .boolean: try visitor.visit(UInt8.self)
    #endif
    default: break
    }
  }
}
