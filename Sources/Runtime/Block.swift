// SPDX-License-Identifier: Apache-2.0
import Platform
import Tensors

/// Carves tables out of one allocation. Used twice by the same function: first without memory, to learn the size.
struct Block {
  private let base: UnsafeMutableRawPointer?
  private(set) var used = 0

  init(_ base: UnsafeMutableRawPointer?) { self.base = base }

  /// Room for `count` elements, aligned to 64. While measuring, an address that is not to be touched.
  mutating func take<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, used <= Int.max - 63, (used + 63) & ~63 <= Int.max - bytes else {
      // No allocator has so much.
      used = Int.max
      return UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped.assumingMemoryBound(to: Element.self)
    }
    used = (used + 63) & ~63
    let address = base.map { $0 + used } ?? UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    used += bytes
    return address.assumingMemoryBound(to: Element.self)
  }
}
