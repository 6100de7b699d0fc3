// SPDX-License-Identifier: Apache-2.0
import Kernels
import Testing

/// How work of rows by columns is divided among threads.
@Suite struct TaskDivisionTests {
  private func division(_ rows: Int, _ columns: Int, tile: Int, most: Int = 1 << 20, threads: Int = 2) -> [Int] {
    let division = TaskDivision(rows: rows, columns: columns, tile: tile, most: most, threads: threads)
    return [division.rowTasks, division.columnTasks]
  }

  @Test func fewRowsAreNotCutIntoTilesThatAreNotFull() {
    // 128 rows in tiles of 6: four tasks of 32 need 24 tiles, two of 64 need 22.
    #expect(division(128, 24, tile: 6) == [2, 4])
    // There is nothing else to divide.
    #expect(division(128, 1, tile: 6) == [4, 1])
    // 40 tiles either way.
    #expect(division(240, 24, tile: 6) == [8, 1])
    #expect(division(12544, 4, tile: 14) == [8, 1])
  }

  @Test func rowsAreDividedWhereColumnsAreTooFewToShareEvenly() {
    // Three columns of four tiles for two threads: two of them, 8 tiles, for one, or three of two tiles for each.
    #expect(division(49, 3, tile: 14) == [2, 3])
    #expect(division(49, 5, tile: 14) == [2, 5])
    // Nothing is gained: 4 of 8 columns for each thread.
    #expect(division(49, 8, tile: 14) == [1, 8])
    // Nor by tiles that are not full.
    #expect(division(20, 3, tile: 14) == [1, 3])
  }

  @Test func everySizeIsDividedWithinItsLimits() {
    for tile in [1, 6, 8, 14] {
      for threads in 1...5 {
        for rows in [1, 2, 5, 6, 7, 13, 49, 100, 127, 128, 196, 197, 784, 3136] {
          for columns in [1, 2, 3, 7, 24, 80] {
            for most in [tile, 5 * tile, 1 << 20] {
              let result = TaskDivision(rows: rows, columns: columns, tile: tile, most: most, threads: threads)
              #expect(result.rowTasks >= 1 && result.columnTasks >= 1 && result.columnTasks <= columns)
              #expect((rows + result.rowTasks - 1) / result.rowTasks <= most)
              #expect(threads == 1 || result.rowTasks * result.columnTasks >= min(threads, columns))
            }
          }
        }
      }
    }
  }

  /// A cache size changes the order: two tiles' rows have to stay in the first level, the panels in the second; up to eight stay with the same panel.
  @Test func rowsMeetAllPanelsWhereTheyStayNear() {
    let rowBytes = 2 * 4 * PanelShape.rows, columnBytes = 4 * PanelShape.columns
    func tiles(_ level1: Int, _ level2: Int) -> Int {
      PanelBlocking.groupTiles(depth: 60, panels: 5, caches: CacheSizes(level1: UInt64(level1), level2: UInt64(level2)))
    }
    let (level1, level2) = (60 * rowBytes / 2 * 3, 2 * 5 * 60 * columnBytes)
    #expect(tiles(level1, level2) == 2)
    #expect(tiles(5 * level1 - 1, level2) == 4)
    #expect(tiles(20 * level1, level2) == 8)
    #expect(tiles(level1 - 3, level2) == .max)
    #expect(tiles(level1, level2 - 2) == .max)
    #expect(PanelBlocking.groupTiles(depth: .max, panels: .max, caches: CacheSizes(level1: .max, level2: .max)) == .max)
  }
}
