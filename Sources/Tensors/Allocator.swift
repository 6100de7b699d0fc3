// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform

/// Where heap memory comes from: the host's functions, or the C library's.
package struct Allocator {
  private var host: coracle_allocator

  /// Copies the host's allocator; nil, or one without both functions, is the C library's.
  package init(_ host: UnsafePointer<coracle_allocator>?) {
    self.host = coracle_allocator(struct_size: UInt32(MemoryLayout<coracle_allocator>.size), user_data: nil, allocate: nil, deallocate: nil)
    if let host, host.pointee.allocate != nil, host.pointee.deallocate != nil { self.host = host.pointee }
  }

  /// `bytes` bytes (at least 1) aligned to 64.
  package func allocate(_ bytes: Int, for what: StaticString, _ error: ErrorWriter) throws(Status) -> UnsafeMutableRawPointer {
    guard let memory = allocateOrNil(bytes) else {
      throw error.fail(.outOfMemory).text("the allocator refused ").integer(bytes).text(" bytes for ").text(what).status
    }
    return memory
  }

  package func allocateOrNil(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let size = max(bytes, 1)
    if let allocate = host.allocate { return allocate(host.user_data, size, 64) }
    return platform_allocate(size, 64)
  }

  /// Takes back what `allocate` gave for the same `bytes`; nil is allowed.
  package func deallocate(_ memory: UnsafeMutableRawPointer?, _ bytes: Int) {
    guard let memory else { return }
    if let deallocate = host.deallocate {
      deallocate(host.user_data, memory, max(bytes, 1))
    } else {
      platform_deallocate(memory)
    }
  }
}

/// A fixed number of trivial elements from an `Allocator`, zero-filled; freed by `free`, never by itself.
package struct Table<Element: BitwiseCopyable> {
  package let elements: UnsafeMutablePointer<Element>
  package let count: Int
  private let allocator: Allocator

  package init(_ count: Int, _ allocator: Allocator, for what: StaticString, _ error: ErrorWriter) throws(Status) {
    let bytes = Table.bytes(count)
    let memory = try allocator.allocate(bytes, for: what, error)
    platform_fill(memory, 0, bytes)
    elements = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    self.allocator = allocator
  }

  package static func bytes(_ count: Int) -> Int { max(count, 1) * MemoryLayout<Element>.stride }

  @inline(__always)
  package subscript(_ index: Int) -> Element {
    get { elements[index] }
    nonmutating set { elements[index] = newValue }
  }

  package func free() { allocator.deallocate(elements, Table.bytes(count)) }
}
