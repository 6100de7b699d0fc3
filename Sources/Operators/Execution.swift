// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Platform
import Tensors

/// One part of an execution of a node. Where the kernel said `allThreads`, `execute` is called for each thread of the session, with an
/// `Execution` each, as in a parallel region: at once, or for a thread that is held up by another that has ended its own part.
/// Otherwise it is called once, as thread 0 of 1.
package struct Execution {
  private let execution: UnsafePointer<coracle_execution>

  package init(_ execution: UnsafePointer<coracle_execution>) { self.execution = execution }

  package var threadIndex: Int { Int(execution.pointee.thread_index) }
  package var threadCount: Int { Int(execution.pointee.thread_count) }
  package var isFirst: Bool { execution.pointee.thread_index == 0 }

  /// What the backend's `prepare` left for the node, or nil.
  package var prepared: UnsafeMutableRawPointer? { execution.pointee.prepared }

  /// What the run is sized by, or nil.
  package var profile: UnsafePointer<coracle_profile>? { execution.pointee.profile }

  /// The packed inputs, in the order of `Kernel.packings`.
  package var packed: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) {
    (execution.pointee.packed.0, execution.pointee.packed.1, execution.pointee.packed.2)
  }

  /// The bytes that the kernel asked for, shared by the threads, aligned to 64.
  @inline(__always)
  package func scratch<T>(_ type: T.Type, at byteOffset: Int = 0) -> UnsafeMutablePointer<T> {
    let base = execution.pointee.scratch ?? UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    return (base + byteOffset).assumingMemoryBound(to: T.self)
  }

  /// Runs `body(begin, end)` on this thread's share of 0 ..< count: contiguous, equal up to one `grain`, and a multiple of it.
  @inline(__always)
  package func share(of count: Int, grain: Int = 1, _ body: (Int, Int) throws(Status) -> Void) throws(Status) {
    if threadCount == 1 {
      if count > 0 { try body(0, count) }
      return
    }
    let blocks = (count &+ grain &- 1) / max(grain, 1)
    let begin = partStart(threadIndex, of: threadCount, blocks) &* grain
    let end = min(partStart(threadIndex &+ 1, of: threadCount, blocks) &* grain, count)
    if begin < end { try body(begin, end) }
  }

  private var part: UnsafeMutablePointer<platform_team_part>? {
    threadCount > 1 ? execution.pointee.team?.assumingMemoryBound(to: platform_team_part.self) : nil
  }

  /// Runs `body(tile)` for tiles of 0 ..< count as this thread gets to them: the fast thread takes more.
  /// One such loop a part, behind its phases.
  @inline(__always)
  package func tiles(_ count: Int, _ body: (Int) throws(Status) -> Void) throws(Status) {
    guard let part else {
      for tile in 0..<max(count, 0) { try body(tile) }
      return
    }
    while true {
      let tile = Int(platform_team_next(part, UInt32(truncatingIfNeeded: count)))
      if tile >= count { return }
      try body(tile)
    }
  }

  /// A phase: runs `body(tile)` for tiles of 0 ..< count as this thread gets to them, and returns when all of them have ended, whichever threads ran them.
  /// Every part has the same phases. One that begins late passes those that are over without running anything: what a part does outside of its phases
  /// may rest on what phases before have written only as far as no later phase overwrites it. A thread that has failed does not hold the others up.
  /// `isShared`: false where this thread runs all tiles, whatever others do.
  @inline(never)
  package func phase(_ count: Int, isShared: Bool = true, _ body: (Int) throws(Status) -> Void) throws(Status) {
    if count <= 0 { return }
    let part = isShared ? self.part : nil
    let tiles = UInt32(truncatingIfNeeded: count)
    var next: UInt32 = 0
    while true {
      let tile = part.map { platform_team_next($0, tiles) } ?? next
      if tile >= tiles { break }
      // Also of a tile that fails.
      defer { if let part { platform_team_end_tile(part, tiles) } }
      try body(Int(tile))
      next &+= 1
    }
    if let part { platform_team_end_phase(part) }
  }

  /// A phase in which each part has a share: `body` gets the execution of each of them, which is whole where another thread runs it.
  @inline(never)
  package func phase(_ body: (Execution) throws(Status) -> Void) throws(Status) {
    try phase(threadCount) { index throws(Status) in
      var share = execution.pointee
      share.thread_index = UInt32(truncatingIfNeeded: index)
      try withUnsafePointer(to: share) { share throws(Status) in try body(Execution(share)) }
    }
  }
}
