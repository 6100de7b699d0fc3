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

  /// Runs `body(tile)` for tiles of 0 ..< count as this thread gets to them: the fast thread takes more.
  /// One such loop between two barriers.
  @inline(__always)
  package func tiles(_ count: Int, _ body: (Int) throws(Status) -> Void) throws(Status) {
    guard threadCount > 1, let team = execution.pointee.team else {
      for tile in 0..<max(count, 0) { try body(tile) }
      return
    }
    while true {
      let tile = Int(platform_team_next(OpaquePointer(team), UInt32(truncatingIfNeeded: threadIndex), UInt32(truncatingIfNeeded: count)))
      if tile >= count { return }
      try body(tile)
    }
  }

  /// Waits for the other threads, also for one that is held up. A thread that has failed does not hold the others up.
  package func barrier() {
    if threadCount > 1, let team = execution.pointee.team { platform_team_barrier(OpaquePointer(team)) }
  }
}
