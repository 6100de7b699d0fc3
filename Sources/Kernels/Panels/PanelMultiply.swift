// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FMA || CORACLE_NEON

// The matrix product of two factors as they come, for the instruction sets with panels: a block of the right factor is packed and meets all rows.

/// How such a product is divided, whatever the caches: into blocks of panels by parts of the depth.
private struct MultiplyBlocks {
  /// Depth of a part; the last may be smaller.
  let part: Int
  /// Panels of a block; the last may have fewer.
  let panels: Int

  /// About the depth of a part: see `PanelBlocking`.
  private static var usualDepth: Int { PanelShape.rows &* PanelShape.vectors >= 28 ? 384 : 256 }
  /// The largest depth that is not divided.
  static var deepest: Int { usualDepth &+ usualDepth / 2 }
  /// Floats of a block: half of a small second-level cache.
  static var blockFloats: Int { 64 * 1024 }
  /// Rows that are copied at once, where they have to be.
  static var copiedRows: Int { 4 &* PanelShape.rows }
  /// Floats between copied rows: an odd number of cache lines, which spreads them over the cache's sets.
  static func rowFloats(_ depth: Int) -> Int { (depth &+ 31) / 32 &* 32 &+ 16 }

  init(_ extents: ProductExtents) {
    if extents.depth <= MultiplyBlocks.deepest {
      part = extents.depth
    } else {
      let parts = (extents.depth &+ MultiplyBlocks.usualDepth &- 1) / MultiplyBlocks.usualDepth
      part = (extents.depth &+ parts &- 1) / parts
    }
    // What few rows meet stays in the first-level cache until then.
    let room = extents.rows <= 2 &* PanelShape.rows ? 4096 : MultiplyBlocks.blockFloats
    let all = PanelShape.count(extents.columns)
    let panelFloats = PanelShape.columns &* part
    if all <= 1 || all &* panelFloats <= room {
      panels = all
    } else {
      let most = max(room / panelFloats, 1)
      let blocks = (all &+ most &- 1) / most
      panels = (all &+ blocks &- 1) / blocks
    }
  }
}

/// Floats of scratch: a block, copied rows, and the product's own. Larger extents need no less.
func packedPanelFloats(_ extents: ProductExtents) -> Int {
  let depth = min(max(extents.depth, 0), MultiplyBlocks.deepest)
  let columns = min(max(extents.columns, 0), MultiplyBlocks.blockFloats)
  let block = min(PanelShape.padded(columns) &* depth, max(MultiplyBlocks.blockFloats, PanelShape.columns &* depth))
  return (block &+ 15) / 16 &* 16 &+ copiedFloats(depth) &+ PanelProduct.spareFloats
}

private func copiedFloats(_ depth: Int) -> Int {
  MultiplyBlocks.rowFloats(depth) &* MultiplyBlocks.copiedRows &* (PanelShape.readsInterleaved ? 2 : 1)
}

/// `multiply` for any extents above 0.
@inline(never) @_optimize(size)
func multiplyBlocked(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool, scratch: UnsafeMutablePointer<Float>) {
  let blocks = MultiplyBlocks(extents)
  let spare = scratch + (packedPanelFloats(extents) &- PanelProduct.spareFloats)
  let copies = spare - copiedFloats(min(extents.depth, MultiplyBlocks.deepest))
  var column = 0
  while column < extents.columns {
    let columns = min(blocks.panels &* PanelShape.columns, extents.columns &- column)
    var k = 0
    while k < extents.depth {
      let depth = min(blocks.part, extents.depth &- k)
      packPanels(b.dropping(rows: k, columns: column), columns: columns, depth: depth, into: scratch)
      if scale != 1 { scaleFloats(scratch, count: PanelShape.padded(columns) &* depth, by: scale) }
      var product = PanelProduct(panels: scratch, columns: columns, depth: depth, result: result + column, resultStride: stride, spare: spare)
      product.accumulates = accumulate || k > 0
      // All panels before the next rows: the result is written once, in whole rows.
      product.groupTiles = 2
      let left = a.dropping(columns: k)
      if left.transposed || PanelShape.readsInterleaved || PanelBlocking.rowsOverlap(pitch: left.stride, columns: columns) {
        multiplyCopiedRows(left, extents.rows, product, copies)
      } else {
        product.compute(firstRow: 0, rows: extents.rows, left.elements, aStride: left.stride, firstDepth: 0, endDepth: depth, firstPanel: 0,
          endPanel: PanelShape.count(columns))
      }
      k &+= depth
    }
    column &+= columns
  }
}

/// The whole of `product` for `rows` rows of `a`, which are copied first: transposed ones, those that NEON reads interleaved, and those that displace
/// each other in the cache.
@_optimize(size)
private func multiplyCopiedRows(_ a: MatrixFactor, _ rows: Int, _ product: PanelProduct, _ copies: UnsafeMutablePointer<Float>) {
  let depth = product.depth
  let stride = MultiplyBlocks.rowFloats(depth)
  var row = 0
  while row < rows {
    let count = min(MultiplyBlocks.copiedRows, rows &- row)
    let source = a.dropping(rows: row)
    var (lines, lineStride) = (source.elements, source.stride)
    if source.transposed || !PanelShape.readsInterleaved {
      if source.transposed {
        transposeFloats(source.elements, source.stride, copies, stride, depth, count)
      } else {
        for index in 0..<count { copyFloats(source.elements + index &* source.stride, copies + index &* stride, depth) }
      }
      (lines, lineStride) = (UnsafePointer(copies), stride)
    }
    if PanelShape.readsInterleaved {
      let interleaved = copies + MultiplyBlocks.copiedRows &* stride
      interleaveRows(lines, stride: lineStride, rows: count, depth: depth, into: interleaved)
      lines = UnsafePointer(interleaved)
    }
    product.compute(firstRow: row, rows: count, lines, aStride: lineStride, firstDepth: 0, endDepth: depth, firstPanel: 0,
      endPanel: PanelShape.count(product.columns))
    row &+= count
  }
}
#endif
