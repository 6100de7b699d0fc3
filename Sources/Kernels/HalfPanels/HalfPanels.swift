// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16

// Matrix products in float16: both factors are rounded to it, a few products are added up in it, and these sums in float32. A register holds
// eight numbers instead of four, so a core with the arithmetic of Armv8.2 multiplies twice as many at a time.

/// The register tile, and a right factor packed for it: panels of 16 columns, the last one of 8 or 16, each [depth][width].
package enum HalfPanels {
  /// Rows of a tile.
  package static var rows: Int { 8 }
  /// Columns of a full panel, and what the last one's are a multiple of.
  package static var columns: Int { 16 }
  static var grain: Int { 8 }

  /// Products that are added up in float16 before their sum becomes float32. An addition errs by 2^-11 of what has been added up at most; over
  /// 64 products of random sign that is about 2^-10 of a sum's usual size, over the whole depth of a layer it would be ten times as much. And 64
  /// products stay below float16's largest number, 65504, as long as their mean magnitude is below 1023.
  @_transparent
  static var run: Int { 64 }

  /// Panels of a right factor of `columns` columns.
  package static func count(_ columns: Int) -> Int { (columns &+ HalfPanels.columns &- 1) / HalfPanels.columns }

  /// Columns that panel `panel` of `columns` holds in memory.
  static func width(of panel: Int, columns: Int) -> Int {
    columns &- panel &* HalfPanels.columns > grain ? HalfPanels.columns : grain
  }
}
#endif
