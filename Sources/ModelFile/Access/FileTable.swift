// Reading a verified FlatBuffers buffer in place (format: FlatBuffers internals documentation).
// SPDX-License-Identifier: Apache-2.0

/// A table inside a buffer that the verifier has accepted: every offset below it stays inside the buffer.
package struct FileTable {
  package let base: UnsafeRawPointer

  @inline(__always)
  package init(_ base: UnsafeRawPointer) { self.base = base }

  /// Where field `slot` lies, or nil where the table leaves it out.
  @inline(__always)
  func field(_ slot: Int) -> UnsafeRawPointer? {
    let vtable = base - Int(base.load(as: Int32.self))
    let position = 4 + 2 * slot
    guard position < Int(vtable.load(as: UInt16.self)) else { return nil }
    let offset = Int(vtable.load(fromByteOffset: position, as: UInt16.self))
    return offset == 0 ? nil : base + offset
  }

  @inline(__always)
  func target(_ slot: Int) -> UnsafeRawPointer? {
    guard let field = field(slot) else { return nil }
    return field + Int(field.load(as: UInt32.self))
  }

  @inline(__always)
  package func scalar<T: BitwiseCopyable>(_ slot: Int, default value: T) -> T {
    guard let field = field(slot) else { return value }
    return field.load(as: T.self)
  }

  /// A boolean is stored as a byte; any byte but 0 is true.
  @inline(__always)
  package func scalar(_ slot: Int, default value: Bool) -> Bool {
    guard let field = field(slot) else { return value }
    return field.load(as: UInt8.self) != 0
  }

  @inline(__always)
  package func structure(_ slot: Int) -> UnsafeRawPointer? { field(slot) }

  @inline(__always)
  package func table(_ slot: Int) -> FileTable? { target(slot).map { FileTable($0) } }

  @inline(__always)
  package func string(_ slot: Int) -> FileString { FileString(target(slot)) }

  @inline(__always)
  package func vector<T: BitwiseCopyable>(_ slot: Int) -> FileVector<T> { FileVector(target(slot)) }

  @inline(__always)
  package func tables(_ slot: Int) -> FileTables { FileTables(target(slot)) }
}

/// A NUL-terminated UTF-8 string in the buffer; an absent one is empty.
package struct FileString {
  package let characters: UnsafePointer<CChar>
  package let count: Int

  init(_ pointer: UnsafeRawPointer?) {
    guard let pointer else {
      let empty: StaticString = ""
      characters = UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
      count = 0
      return
    }
    characters = (pointer + 4).assumingMemoryBound(to: CChar.self)
    count = Int(pointer.load(as: UInt32.self))
  }
}

/// A vector of scalars in the buffer; an absent one is empty.
package struct FileVector<Element: BitwiseCopyable> {
  package let elements: UnsafePointer<Element>?
  package let count: Int

  @inline(__always)
  init(_ pointer: UnsafeRawPointer?) {
    guard let pointer else { elements = nil; count = 0; return }
    elements = (pointer + 4).assumingMemoryBound(to: Element.self)
    count = Int(pointer.load(as: UInt32.self))
  }

  package var isEmpty: Bool { count == 0 }

  /// Element `index`, which must be below `count`.
  @inline(__always)
  package subscript(_ index: Int) -> Element { elements.unsafelyUnwrapped[index] }

  /// Element `index`, or `value` where the vector is shorter: how "empty means all 1" is read.
  @inline(__always)
  package func at(_ index: Int, else value: Element) -> Element { index < count ? self[index] : value }
}

/// A vector of tables in the buffer; an absent one is empty.
package struct FileTables {
  let offsets: UnsafeRawPointer?
  package let count: Int

  @inline(__always)
  init(_ pointer: UnsafeRawPointer?) {
    offsets = pointer.map { $0 + 4 }
    count = pointer.map { Int($0.load(as: UInt32.self)) } ?? 0
  }

  /// Table `index`, which must be below `count`.
  @inline(__always)
  package subscript(_ index: Int) -> FileTable {
    let slot = offsets.unsafelyUnwrapped + 4 * index
    return FileTable(slot + Int(slot.load(as: UInt32.self)))
  }
}
