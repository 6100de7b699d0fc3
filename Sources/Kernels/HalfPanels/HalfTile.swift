// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16
import Platform

/// One row of a tile of float16 sums: one or two vectors.
private struct HalfRow {
  var v0 = SIMD8<Float16>.zero
  var v1 = SIMD8<Float16>.zero

  /// Adds `element` times a row of the panel.
  @_transparent
  mutating func add(_ vectors: Int, _ element: Float16, _ b: HalfRow) {
    v0 = platform_half8_multiply_add(v0, SIMD8(repeating: element), b.v0)
    if vectors > 1 { v1 = platform_half8_multiply_add(v1, SIMD8(repeating: element), b.v1) }
  }

  /// Adds the row to float32 sums.
  @_transparent
  func add(_ vectors: Int, to sums: UnsafeMutablePointer<Float>) {
    (sums.lanes8(0) + platform_half8_widen(v0)).store(to: sums)
    if vectors > 1 { (sums.lanes8(8) + platform_half8_widen(v1)).store(to: sums + 8) }
  }
}

/// Adds to `sums`, [8][8 vectors] floats, `depth` products of 8 interleaved rows and a panel, which are added up in float16; `vectors` is a literal,
/// so that all rows lie in registers.
@_transparent
private func multiplyHalfTile(_ vectors: Int, _ rows: UnsafePointer<Float16>, _ panel: UnsafePointer<Float16>, depth: Int,
  into sums: UnsafeMutablePointer<Float>) {
  var a = rows, b = panel
  var steps = depth
  var r0 = HalfRow(), r1 = HalfRow(), r2 = HalfRow(), r3 = HalfRow(), r4 = HalfRow(), r5 = HalfRow(), r6 = HalfRow(), r7 = HalfRow()
  while steps != 0 {
    let x = platform_half8_load(a)
    var y = HalfRow()
    y.v0 = platform_half8_load(b)
    if vectors > 1 { y.v1 = platform_half8_load(b + 8) }
    r0.add(vectors, x[0], y)
    r1.add(vectors, x[1], y)
    r2.add(vectors, x[2], y)
    r3.add(vectors, x[3], y)
    r4.add(vectors, x[4], y)
    r5.add(vectors, x[5], y)
    r6.add(vectors, x[6], y)
    r7.add(vectors, x[7], y)
    a += HalfPanels.rows
    b += 8 &* vectors
    steps &-= 1
  }
  let width = 8 &* vectors
  r0.add(vectors, to: sums)
  r1.add(vectors, to: sums + width)
  r2.add(vectors, to: sums + 2 &* width)
  r3.add(vectors, to: sums + 3 &* width)
  r4.add(vectors, to: sums + 4 &* width)
  r5.add(vectors, to: sums + 5 &* width)
  r6.add(vectors, to: sums + 6 &* width)
  r7.add(vectors, to: sums + 7 &* width)
}

/// The same for a panel of 8 or 16 columns.
@inline(never)
func multiplyHalfTile(width: Int, _ rows: UnsafePointer<Float16>, _ panel: UnsafePointer<Float16>, depth: Int, into sums: UnsafeMutablePointer<Float>) {
  if width > 8 {
    multiplyHalfTile(2, rows, panel, depth: depth, into: sums)
  } else {
    multiplyHalfTile(1, rows, panel, depth: depth, into: sums)
  }
}
#endif
