// SPDX-License-Identifier: Apache-2.0

/// Rows of few elements, or rather the vectors across them: some rows at a time are transposed.
struct ShortRows {
  let x: UnsafePointer<Float>
  let rows, length: Int

  /// The most elements of a row.
  static var longest: Int { 64 }
  /// Whether sums and the like are faster across `rows` rows than along each.
  @inline(__always)
  static func pays(rows: Int, length: Int) -> Bool { rows >= 4 && length < 16 }
  /// Rows of a tile, a multiple of `Lanes.count`.
  var tileRows: Int { length <= 16 ? 32 : Lanes.count }

  /// Calls `body(tile, first, held)` for rows `first` ..< `first + held`: `tile` has their elements as [length][tileRows], which may be written to.
  @inline(__always)
  func tiles(_ body: (UnsafeMutablePointer<Float>, Int, Int) -> Void) {
    var memory = InlineArray<1024, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &memory) { bytes in
      guard let tile = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      var first = 0
      while first < rows {
        let held = min(tileRows, rows &- first)
        transposeFloats(x + first &* length, length, tile, tileRows, held, length)
        body(tile, first, held)
        first = first &+ held
      }
    }
  }
}
