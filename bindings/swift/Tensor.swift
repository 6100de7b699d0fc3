// Tensors: a view with a type and a shape of memory that a model or a session owns. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// A view of a tensor, in row-major order. It copies no element and keeps the model or session that it belongs to alive.
///
/// A session moves its tensors when an input is resized or bound, and writes its outputs in every run. A view from before such a call knows it:
/// reading its elements fails with `invalidArgument` and touches no memory.
public struct Tensor {
  private let view: coracle_tensor
  private let owner: AnyObject
  private let access: Access

  /// What may be done with the elements.
  enum Access {
    case readable
    /// In a session that has made a number of changes to such tensors since.
    case current(since: ChangeCount, isWritable: Bool)
  }

  init(_ view: coracle_tensor, of owner: AnyObject, _ access: Access = .readable) {
    self.view = view
    self.owner = owner
    self.access = access
  }

  public var type: ElementType { ElementType(rawValue: view.type) }

  /// Extent of each dimension; -1 where a model leaves it open. Empty for one element without dimensions.
  public var shape: [Int] {
    withUnsafeBytes(of: view.shape) { raw in raw.bindMemory(to: Int64.self).prefix(Int(max(0, view.rank))).map { Int($0) } }
  }

  /// The name in the model; empty where it has none.
  public var name: String { view.name.map { String(cString: $0) } ?? "" }

  /// Whether the value is stored in the model.
  public var isConstant: Bool { view.is_constant != 0 }

  /// Bytes of all elements; 0 where only a shape is told.
  public var byteCount: Int { view.data == nil ? 0 : view.byte_count }

  /// Gives `body` the elements, in row-major order; none where only a shape is told. They must not be used after `body` returns, and `body` must
  /// not resize, bind or run the session. Fails with `invalidType` where they are not of type `Element`, `invalidArgument` where the view is outdated;
  /// throws what `body` throws too.
  public func withElements<Element: TensorElement, Answer>(of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Answer)
    throws -> Answer
  {
    let elements = UnsafeBufferPointer(try checked(type, toWrite: false))
    defer { withExtendedLifetime(owner) {} }
    return try body(elements)
  }

  /// The same to write them: of a session's own input only, else it fails with `invalidArgument`.
  public func withMutableElements<Element: TensorElement, Answer>(
    of type: Element.Type,
    _ body: (UnsafeMutableBufferPointer<Element>) throws -> Answer
  ) throws -> Answer {
    let elements = try checked(type, toWrite: true)
    defer { withExtendedLifetime(owner) {} }
    return try body(elements)
  }

  /// Copies `elements`, as many as the tensor has, into a session's input. Fails with `invalidShape` where there are more or fewer, and as
  /// `withMutableElements(of:_:)`.
  public func write<Element: TensorElement>(_ elements: [Element]) throws(CoracleError) {
    let target = try checked(Element.self, toWrite: true)
    guard target.count == elements.count else {
      throw CoracleError(status: .invalidShape, message: "tensor \"\(name)\" has \(target.count) elements and \(elements.count) were given")
    }
    _ = target.update(fromContentsOf: elements)
    withExtendedLifetime(owner) {}
  }

  /// A copy of the elements. Fails as `withElements(of:_:)`.
  public func elements<Element: TensorElement>(of type: Element.Type) throws(CoracleError) -> [Element] {
    let elements = try checked(type, toWrite: false)
    defer { withExtendedLifetime(owner) {} }
    return Array(elements)
  }

  private func checked<Element: TensorElement>(_: Element.Type, toWrite: Bool) throws(CoracleError) -> UnsafeMutableBufferPointer<Element> {
    guard type == Element.elementType else {
      throw CoracleError(status: .invalidType, message: "tensor \"\(name)\" has elements of type \(type), not \(Element.elementType)")
    }
    var isWritable = false
    if case .current(let since, let allowed) = access {
      isWritable = allowed
      guard since.isCurrent else {
        throw CoracleError(
          status: .invalidArgument, message: "tensor \"\(name)\" is a view from before its session changed: ask for it again")
      }
    }
    guard isWritable || !toWrite else {
      throw CoracleError(status: .invalidArgument, message: "tensor \"\(name)\" is not a session's own input and cannot be written")
    }
    guard let data = view.data else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    let size = MemoryLayout<Element>.stride
    return UnsafeMutableBufferPointer(start: data.assumingMemoryBound(to: Element.self), count: view.byte_count / size)
  }
}

extension coracle_tensor {
  /// A view to be filled by C.
  static var sized: coracle_tensor {
    var tensor = coracle_tensor()
    tensor.struct_size = UInt32(MemoryLayout<coracle_tensor>.size)
    return tensor
  }
}
