// SPDX-License-Identifier: Apache-2.0
import Platform

/// Memory that is read next: a hint, whose values are not used.
package struct FollowingFloats {
  package let start: UnsafePointer<Float>
  package let count: Int

  package init(start: UnsafePointer<Float>, count: Int) { (self.start, self.count) = (start, count) }

  /// Fetches all of it at once, from `PanelShape.streams` places in turn; nothing where tiles fetch nothing.
  @_optimize(size)
  package func fetch() {
    guard !PanelShape.readsInterleaved else { return }
    let apart = count / PanelShape.streams
    var index = 0
    while index < apart {
      for stream in 0..<PanelShape.streams { platform_prefetch(start + (stream &* apart &+ index)) }
      index &+= 16
    }
  }

  /// One of `parts` equal parts, but for a rest.
  @inline(__always)
  func part(_ index: Int, of parts: Int) -> FollowingFloats { FollowingFloats(start: start + index &* (count / parts), count: count / parts) }
}
