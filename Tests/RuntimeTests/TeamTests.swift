// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import XCTest

/// What the parts of a body have done, by part.
private final class Record {
  let parts: Int
  /// How often each part has run, and how often it found, behind the barrier, that another had not yet arrived before it.
  let runs: UnsafeMutablePointer<UInt32>
  let arrivals: UnsafeMutablePointer<UInt32>
  let tiles: UnsafeMutablePointer<UInt32>
  var early: UInt32 = 0
  let team: OpaquePointer
  static let tileCount = 37

  init(_ parts: Int, _ team: OpaquePointer) {
    self.parts = parts
    self.team = team
    runs = .allocate(capacity: parts)
    arrivals = .allocate(capacity: 1)
    tiles = .allocate(capacity: Record.tileCount)
    clear()
  }

  deinit {
    runs.deallocate()
    arrivals.deallocate()
    tiles.deallocate()
  }

  func clear() {
    runs.update(repeating: 0, count: parts)
    arrivals.pointee = 0
    tiles.update(repeating: 0, count: Record.tileCount)
  }

  func run(_ body: platform_team_body) { platform_team_run(team, body, Unmanaged.passUnretained(self).toOpaque()) }
}

private func recorded(_ context: UnsafeMutableRawPointer?) -> Record { Unmanaged<Record>.fromOpaque(context!).takeUnretainedValue() }

/// Parts of a body, on more threads than the machine has cores: each runs once, whoever runs it.
final class TeamTests: XCTestCase {
  private func withTeam(_ threads: Int, _ test: (Record) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: platform_team_bytes(UInt32(threads)), alignment: 64)
    defer { memory.deallocate() }
    var team: OpaquePointer?
    XCTAssertEqual(platform_team_start(memory, UInt32(threads), platform_core_set(), &team), 0)
    test(Record(threads, team!))
    platform_team_stop(team)
  }

  func testEachPartAndTileRunsOnce() {
    for threads in [1, 2, 3, 8] {
      withTeam(threads) { record in
        for round in 0..<2000 {
          record.clear()
          record.run { context, thread in
            let record = recorded(context)
            _ = platform_atomic_add(record.runs + Int(thread), 1)
            while true {
              let tile = platform_team_next(record.team, thread, UInt32(Record.tileCount))
              if tile >= Record.tileCount { return }
              _ = platform_atomic_add(record.tiles + Int(tile), 1)
            }
          }
          for part in 0..<threads where record.runs[part] != 1 { XCTFail("part \(part) of \(threads) ran \(record.runs[part]) times in round \(round)") }
          for tile in 0..<Record.tileCount where record.tiles[tile] != 1 { XCTFail("tile \(tile) ran \(record.tiles[tile]) times on \(threads)") }
        }
      }
    }
  }

  /// Behind a barrier every part has arrived, but those that ended before it.
  func testBarrierWaitsForEveryPart() {
    for threads in [2, 3, 8] {
      for leaving in 0..<threads {
        withTeam(threads) { record in
          record.early = UInt32(leaving)
          for _ in 0..<50 {
            record.clear()
            record.run { context, thread in
              let record = recorded(context)
              if thread == record.early { return }
              let others = UInt32(record.parts - 1)
              for turn in 1...3 {
                _ = platform_atomic_add(record.arrivals, 1)
                platform_team_barrier(record.team)
                if platform_atomic_load(record.arrivals) < others * UInt32(turn) { _ = platform_atomic_add(record.runs + Int(thread), 1) }
                platform_team_barrier(record.team)
              }
            }
            for part in 0..<threads { XCTAssertEqual(record.runs[part], 0, "part \(part) of \(threads) passed a barrier early") }
          }
        }
      }
    }
  }

  #if os(Linux)
  /// The core that the calling thread runs on: the 39th word of its stat, of which the second may hold blanks (proc_pid_stat(5)).
  private static func core() -> UInt32 {
    guard let line = try? String(contentsOfFile: "/proc/thread-self/stat", encoding: .utf8), let name = line.lastIndex(of: ")") else { return .max }
    let words = line[name...].split(separator: " ")
    return words.count > 37 ? UInt32(words[37]) ?? .max : .max
  }

  /// Threads begin on cores of their own, and may run on all afterwards. Other programs may have moved one before it is asked where it runs, so not every
  /// team must be found so; where a new thread stays with its creator, as a virtual machine's kernel has it, next to none is.
  func testThreadsBeginOnCoresOfTheirOwn() throws {
    guard platform_core_count() > 1 else { throw XCTSkip("one core") }
    var apart = 0
    for _ in 0..<40 {
      withTeam(2) { record in
        record.run { context, thread in
          let record = recorded(context)
          record.runs[Int(thread)] = TeamTests.core()
          _ = platform_atomic_add(record.arrivals, platform_core_count())
          // Each part by a thread of its own.
          platform_team_barrier(record.team)
        }
        XCTAssertEqual(record.arrivals.pointee, 2 * platform_core_count())
        if record.runs[0] != record.runs[1] { apart += 1 }
      }
    }
    XCTAssertGreaterThanOrEqual(apart, 10)
  }
  #endif
}
