// SPDX-License-Identifier: Apache-2.0

// A matrix kernel keeps a tile of the result in registers: some rows of a few vectors. Each element of the left factor is multiplied
// with the vectors of one row of the right factor, which is packed in panels so that these vectors follow each other in memory.

#if arch(arm64) || !(CORACLE_AVX2 || CORACLE_AVX512 || CORACLE_FMA)
/// The vector of a matrix kernel: one register.
package typealias PanelVector = SIMD4<Float>
/// Half of a longer vector; there is none here.
typealias PanelHalf = SIMD4<Float>
#elseif CORACLE_LANES_16
package typealias PanelVector = SIMD16<Float>
typealias PanelHalf = SIMD8<Float>
#else
package typealias PanelVector = SIMD8<Float>
typealias PanelHalf = SIMD4<Float>
#endif

/// The register tile of this instruction set.
package enum PanelShape {
  /// Rows of a full tile.
  @inline(__always)
  package static var rows: Int {
    #if CORACLE_LANES_16
    14
    #elseif arch(arm64)
    8
    #elseif CORACLE_FMA
    6
    #else
    4
    #endif
  }

  /// Vectors of a row of a full tile.
  @inline(__always)
  package static var vectors: Int {
    #if arch(arm64)
    3
    #else
    2
    #endif
  }

  /// Steps of the depth that a tile's loop takes at once: additions to addresses and counters take turns from the multiply-adds on some cores, and
  /// AVX2 has few of these a step.
  @inline(__always)
  package static var round: Int {
    #if CORACLE_LANES_16
    2
    #elseif CORACLE_FMA
    4
    #else
    1
    #endif
  }

  /// Steps of the depth, part of a round, after which a tile's loop fetches a line of what is read next: those that read 128 bytes of a panel, where a round is that long.
  @inline(__always)
  static var fetchedSteps: Int { min(max(32 / columns, 1), round) }

  /// Places of memory that the lines so fetched come from in turn, a part of the tile's share each.
  ///
  /// A core's own fetching follows such a place through its page, some lines ahead of it, into the second-level cache. Where memory is far, one place
  /// is walked through too fast for that: the lines are then still under way when they are asked for, and each holds, for as long as memory takes, one
  /// of the few slots through which all lines come to the first level. Two places are walked through at half the speed.
  static var streams: Int { round / fetchedSteps }

  /// Floats of a vector.
  @inline(__always)
  package static var lanes: Int { PanelVector.scalarCount }

  /// Columns that a panel's width is a multiple of: half a vector, where that is a register.
  @inline(__always)
  package static var grain: Int { lanes > 4 ? lanes / 2 : lanes }

  /// Columns of a full panel.
  @inline(__always)
  package static var columns: Int { vectors &* lanes }

  /// Whether the kernels read the left factor as [depth][rows of the tile] instead of by rows: NEON multiplies by an element of a
  /// register, so that one load serves four rows.
  @inline(__always)
  package static var readsInterleaved: Bool {
    #if arch(arm64)
    true
    #else
    false
    #endif
  }

  /// `columns` filled up to whole grains, as the last panel is.
  @inline(__always)
  package static func padded(_ columns: Int) -> Int { (columns &+ grain &- 1) / grain &* grain }

  /// Columns that panel `panel` of `columns` holds in memory: all of a full one, whole grains of the last.
  @inline(__always)
  package static func width(of panel: Int, columns: Int) -> Int {
    let rest = columns &- panel &* PanelShape.columns
    return rest >= PanelShape.columns ? PanelShape.columns : padded(rest)
  }

  /// The most rows, of `rest`, that are a tile of a panel that is not full. Its last rows are few: they are put together from tiles of a few heights,
  /// instead of a kernel for each.
  @inline(__always)
  static func narrowRows(_ rest: Int) -> Int { rest >= min(rows, 12) ? min(rest, rows) : rest >= 6 && rows > 8 ? 6 : rest >= 3 ? 3 : 1 }

  /// Whether `rows` rows against panels of `columns` columns waste little by tiles that are not full: with full panels, unless few sums wait for themselves.
  package static func fillsTiles(_ rows: Int, columns: Int) -> Bool {
    if padded(columns) % PanelShape.columns == 0 { return rows >= 4 }
    let tiles = TileSpread(rows: rows, columns: columns)
    func parts(_ tile: Int) -> Int {
      var (count, rest) = (0, tiles.rows(tile))
      while rest > 0 {
        rest &-= narrowRows(rest)
        count &+= 1
      }
      return count
    }
    return 4 &* PanelShape.rows &* ((tiles.count &- 1) &* parts(0) &+ parts(tiles.count &- 1)) <= 5 &* rows
  }

  /// Panels of a right factor of `columns` columns.
  @inline(__always)
  package static func count(_ columns: Int) -> Int { (columns &+ PanelShape.columns &- 1) / PanelShape.columns }
}

/// How rows lie in tiles: spread evenly, for a last tile of one row would wait for its own sums. Interleaved ones lie as they lie, and against a
/// panel that is not full, which has few heights of tiles, all but the last are full.
struct TileSpread {
  let count: Int
  /// Rows of every tile, of `higher` first tiles one more, and of the last one `missing` fewer.
  private let height, higher, missing: Int

  @inline(__always)
  init(rows: Int, columns: Int) {
    let isEven = !PanelShape.readsInterleaved && columns >= PanelShape.columns
    count = (rows &+ PanelShape.rows &- 1) / PanelShape.rows
    height = isEven ? rows / max(count, 1) : PanelShape.rows
    higher = isEven ? rows &- height &* count : 0
    missing = isEven ? 0 : height &* count &- rows
  }

  /// The first row of a tile.
  @inline(__always)
  func start(_ tile: Int) -> Int { tile &* height &+ min(tile, higher) }

  /// Rows of a tile.
  @inline(__always)
  func rows(_ tile: Int) -> Int { height &+ (tile < higher ? 1 : 0) &- (tile &+ 1 == count ? missing : 0) }
}
