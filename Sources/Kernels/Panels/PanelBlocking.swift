// SPDX-License-Identifier: Apache-2.0
import Tensors

/// Sizes of the caches that a matrix product is blocked for, in bytes; all above 0.
package struct CacheSizes {
  package let level1: Int
  package let level2: Int
  /// Depth of a part and rows of a task that a profile asks for instead; 0 where it does not.
  let depth: Int
  let rows: Int

  /// 0 is not known: the least that a machine of the last decade has.
  package init(level1: UInt64, level2: UInt64, depth: UInt32 = 0, rows: UInt32 = 0) {
    self.depth = min(Int(depth), 1 << 16)
    self.rows = min(Int(rows), 1 << 20)
    self.level1 = level1 == 0 ? 32 << 10 : min(Int(clamping: level1), 1 << 24)
    self.level2 = level2 == 0 ? 256 << 10 : min(Int(clamping: level2), 1 << 28)
  }
}

/// How a product [rows, depth] [depth, columns] is divided: into parts of the depth, and into tasks of rows by columns.
package struct PanelBlocking {
  /// Depth of a part; the last may be smaller.
  package let part: Int
  package let parts: Int
  /// Rows of a task, the last may have fewer.
  package let taskRows: Int
  package let rowTasks: Int
  /// Panels of a task.
  package let taskPanels: Int
  package let columnTasks: Int
  /// Tiles of rows of a task that meet all its panels before the next rows do.
  package let groupTiles: Int

  package var tasks: Int { rowTasks &* columnTasks }

  /// `grain` is what a part of the depth should be a multiple of; `threads` are to share the tasks.
  @inline(never)
  package init(rows: Int, columns: Int, depth: Int, grain: Int, threads: Int, caches: CacheSizes) {
    // Half a first-level cache for a panel's part, so that it stays while the tiles of a task pass over it. Where a step of the depth has
    // multiply-adds enough to hide a line from the second level, twice that cache: fewer parts write the result less often.
    let room = PanelShape.rows &* PanelShape.vectors >= 28 ? 2 &* caches.level1 : caches.level1 / 2
    let wanted = caches.depth > 0 ? caches.depth : min(max(room / (4 &* PanelShape.columns), 192), 1024)
    if depth <= wanted &+ wanted / 2 {
      parts = 1
      part = max(depth, 1)
    } else {
      let about = (depth &+ (depth &+ wanted &- 1) / wanted &- 1) / ((depth &+ wanted &- 1) / wanted)
      let rounded = grain <= wanted ? (about &+ max(grain, 1) &- 1) / max(grain, 1) &* max(grain, 1) : about
      part = max(rounded, 1)
      parts = (depth &+ part &- 1) / part
    }
    let panels = PanelShape.count(columns)
    // Half a second-level cache for a task's part of the left factor.
    let fitting = caches.rows > 0 ? caches.rows : max(caches.level2 / 2 / (4 &* part) / PanelShape.rows, 1) &* PanelShape.rows
    let positions = max(rows, 1)
    let division = TaskDivision(rows: positions, columns: panels, tile: PanelShape.rows, most: fitting, threads: threads)
    let about = (positions &+ division.rowTasks &- 1) / division.rowTasks
    // Rows of a task are spread over its tiles as `TileSpread` does.
    taskRows = PanelShape.readsInterleaved || columns < PanelShape.columns ? (about &+ PanelShape.rows &- 1) / PanelShape.rows &* PanelShape.rows : about
    rowTasks = (positions &+ taskRows &- 1) / taskRows
    taskPanels = max((panels &+ division.columnTasks &- 1) / division.columnTasks, 1)
    columnTasks = max((panels &+ taskPanels &- 1) / taskPanels, 1)
    groupTiles = PanelBlocking.groupTiles(depth: part, panels: taskPanels, caches: caches)
  }

  /// Whether rows of a left factor that lie `pitch` floats apart displace each other in the first-level cache, whose ways hold 4 KB, and enough columns
  /// meet them that a copy pays.
  @inline(__always)
  package static func rowsOverlap(pitch: Int, columns: Int) -> Bool {
    pitch > 0 && pitch % 1024 == 0 && PanelShape.count(columns) >= 4
  }

  /// As many as a third of the first-level cache holds the rows of, while all panels pass, but not many: the result is then written, and a residual read,
  /// in whole rows close to each other, which costs less than to walk over all rows for each panel. All where two do not stay in two thirds of that cache,
  /// or where the panels would not stay in the second-level one.
  package static func groupTiles(depth: Int, panels: Int, caches: CacheSizes) -> Int {
    let tileBytes = max(sizeProduct(PanelShape.rows &* 4, depth), 1)
    let panelBytes = sizeProduct(sizeProduct(4 &* PanelShape.columns, depth), panels)
    return tileBytes <= caches.level1 / 3 && panelBytes <= caches.level2 / 2 ? min(max(caches.level1 / 3 / tileBytes, 2), 8) : .max
  }
}

/// Into how many tasks of equal size work of rows by columns is divided, so that threads end at about the same time and a slow one
/// does not keep the others waiting: a few a thread, rows first because tasks of the same rows read the same input twice.
package struct TaskDivision {
  package private(set) var rowTasks: Int
  package private(set) var columnTasks = 1

  /// A task has at least four tiles of `tile` rows, unless there are fewer, and at most `most` rows; all arguments are above 0.
  @inline(never)
  package init(rows: Int, columns: Int, tile: Int, most: Int, threads: Int) {
    let fewest = (rows &+ most &- 1) / most
    rowTasks = fewest
    guard threads > 1 else { return }
    let wanted = 4 &* threads
    // The same number for each thread, where that makes no task too large.
    func even(_ count: Int) -> Int { max(count > threads ? count / threads &* threads : count, fewest) }
    func tiles(_ count: Int) -> Int { ((rows &+ count &- 1) / count &+ tile &- 1) / tile &* count }
    rowTasks = even(max(min(wanted, rows / (4 &* tile)), 1))
    // Tasks of few rows end in tiles that are not full; fewer tasks waste less, where columns make up for their number.
    var fewer = rowTasks &- 1
    while fewer >= fewest, fewer &* columns >= wanted {
      if even(fewer) == fewer, tiles(fewer) &+ tiles(rowTasks) / 32 < tiles(rowTasks) { rowTasks = fewer }
      fewer &-= 1
    }
    guard rowTasks < wanted else { return }
    let lacking = (wanted &+ rowTasks &- 1) / rowTasks
    columnTasks = max(min(rowTasks % threads == 0 ? lacking : (lacking &+ threads &- 1) / threads &* threads, columns), 1)
    // Few columns, of which a thread would have more than another: rows of two tiles or more are divided too, where all end an eighth sooner.
    func span(_ rowTasks: Int, _ columnTasks: Int) -> Int {
      (rowTasks &* columnTasks &+ threads &- 1) / threads &* (tiles(rowTasks) / rowTasks) &* ((columns &+ columnTasks &- 1) / columnTasks)
    }
    if columns > 1, rowTasks < threads, rows > threads &* tile, 8 &* span(threads, columns) <= 7 &* span(rowTasks, columnTasks) {
      (rowTasks, columnTasks) = (threads, columns)
    }
  }
}
