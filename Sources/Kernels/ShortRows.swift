// SPDX-License-Identifier: Apache-2.0

/// Rows that are shorter than the vectors are many: some of them at a time are transposed, so that vectors lie across them.
struct ShortRows {
  let x: UnsafePointer<Float>
  let rows, length: Int

  /// From this length on vectors lie along a row.
  static var length: Int { 16 }
  /// Rows of a tile.
  static var tileRows: Int { 32 }

  /// Calls `body(tile, first, held)` for rows `first` ..< `first + held`: `tile` has their elements as [length][tileRows], which may be written to.
  @inline(__always)
  func columns(_ body: (UnsafeMutablePointer<Float>, Int, Int) -> Void) {
    var memory = InlineArray<512, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &memory) { bytes in
      guard let tile = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      var first = 0
      while first < rows {
        let held = min(ShortRows.tileRows, rows &- first)
        transposeFloats(x + first &* length, length, tile, ShortRows.tileRows, held, length)
        body(tile, first, held)
        first = first &+ held
      }
    }
  }
}
