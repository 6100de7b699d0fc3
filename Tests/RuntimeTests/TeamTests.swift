// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import XCTest

/// What the parts of a body have done, by part.
private final class Record {
  let parts: Int
  /// How often each part has run, and which thread ran it.
  let runs: UnsafeMutablePointer<UInt32>
  let threads: UnsafeMutablePointer<pthread_t?>
  /// How often each tile has run.
  let tiles: UnsafeMutablePointer<UInt32>
  /// How often each tile of each phase has run.
  let phases: UnsafeMutablePointer<UInt32>
  /// How often a tile began and one of the phase before had not run.
  var early: UInt32 = 0
  /// The part that ends without a phase, if any.
  var absent: UInt32 = .max
  let team: OpaquePointer
  static let tileCount = 37
  static let phaseCount = 5

  init(_ parts: Int, _ team: OpaquePointer) {
    self.parts = parts
    self.team = team
    runs = .allocate(capacity: parts)
    threads = .allocate(capacity: parts)
    tiles = .allocate(capacity: Record.tileCount)
    phases = .allocate(capacity: Record.phaseCount * Record.tileCount)
    clear()
  }

  deinit {
    runs.deallocate()
    threads.deallocate()
    tiles.deallocate()
    phases.deallocate()
  }

  func clear() {
    runs.update(repeating: 0, count: parts)
    threads.update(repeating: nil, count: parts)
    tiles.update(repeating: 0, count: Record.tileCount)
    phases.update(repeating: 0, count: Record.phaseCount * Record.tileCount)
  }

  func run(_ body: platform_team_body) { platform_team_run(team, body, Unmanaged.passUnretained(self).toOpaque()) }

  /// Tiles of a phase: of some fewer than there are threads, of others more.
  static func count(_ phase: Int) -> Int { [1, 3, tileCount, 2, 8][phase] }

  /// Phase `phase` of a part.
  func runPhase(_ phase: Int, _ part: UnsafeMutablePointer<platform_team_part>) {
    let count = UInt32(Record.count(phase))
    while true {
      let tile = platform_team_next(part, count)
      if tile >= count { break }
      if phase > 0 {
        for before in 0..<Record.count(phase - 1) where platform_atomic_load(self.tile(phase - 1, before)) != 1 { _ = platform_atomic_add(&early, 1) }
      }
      _ = platform_atomic_add(self.tile(phase, Int(tile)), 1)
      platform_team_end_tile(part, count)
    }
    platform_team_end_phase(part)
  }

  func tile(_ phase: Int, _ tile: Int) -> UnsafeMutablePointer<UInt32> { phases + (phase * Record.tileCount + tile) }
}

private func recorded(_ context: UnsafeMutableRawPointer?) -> Record { Unmanaged<Record>.fromOpaque(context!).takeUnretainedValue() }

/// Parts of a body, of more threads than the machine has cores too: each runs once, whoever runs it.
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
          record.run { context, part in
            let record = recorded(context)
            _ = platform_atomic_add(record.runs + Int(part!.pointee.index), 1)
            while true {
              let tile = platform_team_next(part, UInt32(Record.tileCount))
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

  /// The tiles of a phase run once each, and none before those of the phase before have ended, also where a part has no phases.
  func testPhasesFollowOneAnother() {
    for threads in [1, 2, 3, 8] {
      withTeam(threads) { record in
        for absent in [UInt32.max] + (0..<UInt32(threads > 1 ? threads : 0)) {
          record.absent = absent
          for _ in 0..<200 {
            record.clear()
            record.run { context, part in
              let record = recorded(context)
              guard let part, part.pointee.index != record.absent else { return }
              for phase in 0..<Record.phaseCount { record.runPhase(phase, part) }
            }
            for phase in 0..<Record.phaseCount {
              for tile in 0..<Record.count(phase) where record.tile(phase, tile).pointee != 1 {
                XCTFail("tile \(tile) of phase \(phase) ran \(record.tile(phase, tile).pointee) times on \(threads)")
              }
            }
          }
        }
        XCTAssertEqual(record.early, 0, "tiles began before the phase before them was over, on \(threads) threads")
      }
    }
  }

  /// Where as many runs are in progress as there are processors, each has its own thread alone, which also passes all phases.
  func testRunsShareTheProcessors() {
    let processors = platform_core_count()
    for _ in 0..<processors { platform_begin_run() }
    withTeam(4) { record in
      for _ in 0..<500 {
        record.clear()
        record.run { context, part in
          let record = recorded(context)
          record.threads[Int(part!.pointee.index)] = pthread_self()
          for phase in 0..<Record.phaseCount { record.runPhase(phase, part!) }
        }
        for part in 0..<4 where record.threads[part] != pthread_self() { XCTFail("a worker ran part \(part)") }
      }
    }
    for _ in 0..<processors { platform_end_run() }
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
        record.run { context, part in
          let record = recorded(context)
          record.runs[Int(part!.pointee.index)] = TeamTests.core()
          _ = platform_atomic_add(record.tiles + 1, platform_core_count())
          // Each part by a thread of its own.
          _ = platform_atomic_add(record.tiles, 1)
          while platform_atomic_load(record.tiles) < 2 { platform_yield() }
        }
        XCTAssertEqual(record.tiles[1], 2 * platform_core_count())
        if record.runs[0] != record.runs[1] { apart += 1 }
      }
    }
    XCTAssertGreaterThanOrEqual(apart, 10)
  }
  #endif
}
