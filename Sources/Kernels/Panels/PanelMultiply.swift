// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FMA || CORACLE_NEON

// The matrix product of two factors as they come, for the instruction sets with panels: a panel's part is packed and meets all rows.

/// Depth of a part.
private var depthBlock: Int { 256 }
/// Rows that are copied at once, where they have to be.
private var rowBlock: Int { 8 &* PanelShape.rows }

/// Floats of scratch: a panel's part, copied rows, and the product's own.
func packedPanelFloats(_ extents: ProductExtents) -> Int {
  let depth = min(max(extents.depth, 0), depthBlock)
  return depth &* PanelShape.columns &+ depth &* rowBlock &* (PanelShape.readsInterleaved ? 2 : 1) &+ PanelProduct.spareFloats
}

/// `multiply` for any extents above 0.
func multiplyBlocked(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool, scratch: UnsafeMutablePointer<Float>) {
  let copies = scratch + min(extents.depth, depthBlock) &* PanelShape.columns
  let spare = scratch + (packedPanelFloats(extents) &- PanelProduct.spareFloats)
  for panel in 0..<PanelShape.count(extents.columns) {
    let column = panel &* PanelShape.columns
    let columns = min(PanelShape.columns, extents.columns &- column)
    var k = 0
    while k < extents.depth {
      let depth = min(depthBlock, extents.depth &- k)
      packPanel(b.dropping(rows: k, columns: column), 0, columns: columns, depth: depth, into: scratch)
      if scale != 1 { for index in 0..<(PanelShape.width(of: 0, columns: columns) &* depth) { scratch[index] *= scale } }
      var product = PanelProduct(panels: scratch, columns: columns, depth: depth, result: result + column, resultStride: stride, spare: spare)
      product.accumulates = accumulate || k > 0
      let left = a.dropping(columns: k)
      if !left.transposed && !PanelShape.readsInterleaved {
        product.compute(firstRow: 0, rows: extents.rows, left.elements, aStride: left.stride, firstDepth: 0, endDepth: depth, firstPanel: 0,
          endPanel: 1)
      } else {
        multiplyCopiedRows(left, extents.rows, depth, product, copies)
      }
      k &+= depth
    }
  }
}

/// The same against rows that are copied first: transposed ones, and those that NEON reads interleaved.
private func multiplyCopiedRows(_ a: MatrixFactor, _ rows: Int, _ depth: Int, _ product: PanelProduct, _ copies: UnsafeMutablePointer<Float>) {
  var row = 0
  while row < rows {
    let count = min(rowBlock, rows &- row)
    let source = a.dropping(rows: row)
    var lines = source.elements
    var lineStride = source.stride
    if source.transposed {
      transposeFloats(source.elements, source.stride, copies, depth, depth, count)
      lines = UnsafePointer(copies)
      lineStride = depth
    }
    if PanelShape.readsInterleaved {
      let interleaved = copies + rowBlock &* depth
      interleaveRows(lines, stride: lineStride, rows: count, depth: depth, into: interleaved)
      lines = UnsafePointer(interleaved)
    }
    product.compute(firstRow: row, rows: count, lines, aStride: lineStride, firstDepth: 0, endDepth: depth, firstPanel: 0, endPanel: 1)
    row &+= count
  }
}
#endif
