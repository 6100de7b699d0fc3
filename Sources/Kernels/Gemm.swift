// SPDX-License-Identifier: Apache-2.0
import Platform

/// A factor of a matrix product: row-major elements with a distance between rows, read transposed or not.
package struct MatrixFactor {
  package var elements: UnsafePointer<Float>
  /// Elements from one stored row to the next.
  package var stride: Int
  package var transposed: Bool

  @inline(__always)
  package init(_ elements: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
    self.elements = elements
    self.stride = stride
    self.transposed = transposed
  }

  /// Distance from an element to the one below it in the matrix as it is read.
  @inline(__always)
  var rowStep: Int { transposed ? 1 : stride }
  /// Distance from an element to its right neighbour in the matrix as it is read.
  @inline(__always)
  var columnStep: Int { transposed ? stride : 1 }

  /// The matrix without its first `rows` rows and `columns` columns.
  @inline(__always)
  package func dropping(rows: Int = 0, columns: Int = 0) -> MatrixFactor {
    MatrixFactor(elements + (rows &* rowStep &+ columns &* columnStep), stride: stride, transposed: transposed)
  }
}

/// The rows, columns and inner extent of a matrix product: [rows, depth] times [depth, columns].
package struct ProductExtents {
  package var rows: Int
  package var columns: Int
  package var depth: Int

  @inline(__always)
  package init(rows: Int, columns: Int, depth: Int) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
  }

  /// Multiplications, saturated, for deciding whether threads pay.
  package var work: Int {
    let (plane, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (all, overflowAgain) = plane.multipliedReportingOverflow(by: max(depth, 1))
    return overflow || overflowAgain ? Int.max : all
  }
}

/// Up to this many rows a product is computed without packing: each element of b is used too few times to pay for a copy.
private var unpackedRows: Int { 2 }

/// Floats of scratch that one thread's `multiply` of these extents (or smaller ones) needs.
package func multiplyScratch(_ extents: ProductExtents) -> Int {
  platform_has_blas() != 0 || extents.rows <= unpackedRows ? 0 : packedPanelFloats(extents)
}

/// result[rows, columns] = scale a b, added to what is there where `accumulate`; rows of `result` are `stride` apart.
///
/// Runs on the calling thread. `scratch` holds `multiplyScratch(extents)` floats, for these extents or larger ones.
package func multiply(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float = 1,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool = false, scratch: UnsafeMutablePointer<Float>) {
  guard extents.rows > 0 && extents.columns > 0 else { return }
  guard extents.depth > 0 else {
    if !accumulate { clearRows(result, extents, stride) }
    return
  }
  if extents.columns == 1 && b.rowStep == 1 {
    // A column of contiguous elements is a row of the transpose: dot products, nothing to pack.
    let column = MatrixFactor(b.elements, stride: extents.depth, transposed: true)
    multiplyRowByRow(a, column, extents, scale: scale, into: result, stride: stride, accumulate: accumulate)
    return
  }
  if extents.rows <= unpackedRows {
    multiplyRowByRow(a, b, extents, scale: scale, into: result, stride: stride, accumulate: accumulate)
    return
  }
  if platform_has_blas() == 0 {
    multiplyBlocked(a, b, extents, scale: scale, into: result, stride: stride, accumulate: accumulate, scratch: scratch)
    return
  }
  guard let m = Int32(exactly: extents.rows), let n = Int32(exactly: extents.columns), let k = Int32(exactly: extents.depth),
    let lda = Int32(exactly: a.stride), let ldb = Int32(exactly: b.stride), let ldc = Int32(exactly: stride) else {
    // Beyond BLAS's integers, and without scratch for panels.
    multiplyRowByRow(a, b, extents, scale: scale, into: result, stride: stride, accumulate: accumulate)
    return
  }
  _ = platform_blas_gemm(a.transposed ? 1 : 0, b.transposed ? 1 : 0, m, n, k, scale, a.elements, max(lda, a.transposed ? m : k),
    b.elements, max(ldb, b.transposed ? k : n), accumulate ? 1 : 0, result, max(ldc, n))
}

private func clearRows(_ result: UnsafeMutablePointer<Float>, _ extents: ProductExtents, _ stride: Int) {
  for row in 0..<extents.rows { platform_fill(result + row &* stride, 0, extents.columns &* 4) }
}
