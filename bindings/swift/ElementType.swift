// Types of tensors' elements, and the Swift types that they are. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// Type of a tensor's elements, with the values of coracle/tensor.h.
public struct ElementType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let float32 = ElementType(CORACLE_FLOAT32)
  public static let float16 = ElementType(CORACLE_FLOAT16)
  public static let int8 = ElementType(CORACLE_INT8)
  public static let uint8 = ElementType(CORACLE_UINT8)
  public static let int16 = ElementType(CORACLE_INT16)
  public static let int32 = ElementType(CORACLE_INT32)
  public static let int64 = ElementType(CORACLE_INT64)
  public static let bool = ElementType(CORACLE_BOOL)

  /// The type's name, such as "float32"; "unknown" for a value outside the list.
  public var description: String { String(cString: coracle_element_type_name(rawValue)) }

  private init(_ value: some BinaryInteger) { rawValue = Int32(truncatingIfNeeded: value) }
}

/// A Swift type whose values lie in memory as a tensor's elements do.
public protocol TensorElement: BitwiseCopyable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Float16: TensorElement { public static var elementType: ElementType { .float16 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }
