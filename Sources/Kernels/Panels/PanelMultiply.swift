// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FMA || CORACLE_NEON
import Tensors

// The matrix product of two factors as they come, for the instruction sets with panels: a block of the right factor is packed and meets all rows.

/// How a product is divided, whatever the machine: into blocks of columns by parts of the depth.
private struct MultiplyBlocks {
  /// Depth of a part; the last may be smaller.
  let part: Int
  /// Panels that are packed at once.
  let panels: Int
  /// Rows that are copied at once, where they have to be: transposed ones, those that NEON reads interleaved, and those whose distance would make
  /// them displace each other in the cache.
  let copiedRows: Int
  let groupTiles: Int

  /// Parts up to which a product is not divided, in floats of depth.
  static var deepest: Int { 384 }
  /// Floats of a block: half of a small second-level cache.
  static var blockFloats: Int { 32 * 1024 }
  /// Floats between copied rows: an odd number of cache lines, which spreads them over the cache's sets.
  static func rowFloats(_ depth: Int) -> Int { (depth &+ 31) / 32 &* 32 &+ 16 }

  init(_ extents: ProductExtents) {
    let parts = extents.depth <= MultiplyBlocks.deepest ? 1 : (extents.depth &+ 255) / 256
    part = (extents.depth &+ parts &- 1) / parts
    let all = PanelShape.count(extents.columns)
    let most = max(MultiplyBlocks.blockFloats / (PanelShape.columns &* part), 1)
    let blocks = (all &+ most &- 1) / most
    panels = (all &+ blocks &- 1) / blocks
    copiedRows = 4 &* PanelShape.rows
    groupTiles = PanelBlocking.groupTiles(depth: part, panels: panels, caches: CacheSizes(level1: 0, level2: 0))
  }
}

/// Floats of scratch: a block, copied rows, and the product's own. Larger extents need no less.
func packedPanelFloats(_ extents: ProductExtents) -> Int {
  let depth = min(max(extents.depth, 0), MultiplyBlocks.deepest)
  let columns = min(max(extents.columns, 0), MultiplyBlocks.blockFloats)
  let block = min(PanelShape.padded(columns) &* depth, max(MultiplyBlocks.blockFloats, PanelShape.columns &* depth))
  return block &+ copiedRowFloats(depth) &+ PanelProduct.spareFloats
}

private func copiedRowFloats(_ depth: Int) -> Int {
  MultiplyBlocks.rowFloats(depth) &* 4 &* PanelShape.rows &* (PanelShape.readsInterleaved ? 2 : 1)
}

/// `multiply` for any extents above 0.
func multiplyBlocked(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool, scratch: UnsafeMutablePointer<Float>) {
  let blocks = MultiplyBlocks(extents)
  let copies = scratch + (packedPanelFloats(extents) &- PanelProduct.spareFloats &- copiedRowFloats(min(extents.depth, MultiplyBlocks.deepest)))
  let spare = scratch + (packedPanelFloats(extents) &- PanelProduct.spareFloats)
  var column = 0
  while column < extents.columns {
    let columns = min(blocks.panels &* PanelShape.columns, extents.columns &- column)
    var k = 0
    while k < extents.depth {
      let depth = min(blocks.part, extents.depth &- k)
      packPanels(b.dropping(rows: k, columns: column), columns: columns, depth: depth, into: scratch)
      if scale != 1 { for index in 0..<(PanelShape.padded(columns) &* depth) { scratch[index] *= scale } }
      var product = PanelProduct(panels: scratch, columns: columns, depth: depth, result: result + column, resultStride: stride, spare: spare)
      product.accumulates = accumulate || k > 0
      product.groupTiles = blocks.groupTiles
      let left = a.dropping(columns: k)
      let panels = PanelShape.count(columns)
      let overlaps = left.stride >= 512 && left.stride % 256 == 0 && panels >= 4
      if left.transposed || PanelShape.readsInterleaved || overlaps {
        multiplyCopiedRows(left, extents.rows, depth, product, blocks.copiedRows, copies)
      } else {
        product.compute(firstRow: 0, rows: extents.rows, left.elements, aStride: left.stride, firstDepth: 0, endDepth: depth, firstPanel: 0,
          endPanel: panels)
      }
      k &+= depth
    }
    column &+= columns
  }
}

/// The same against rows that are copied first, `most` at once.
private func multiplyCopiedRows(_ a: MatrixFactor, _ rows: Int, _ depth: Int, _ product: PanelProduct, _ most: Int,
  _ copies: UnsafeMutablePointer<Float>) {
  let stride = MultiplyBlocks.rowFloats(depth)
  var row = 0
  while row < rows {
    let count = min(most, rows &- row)
    let source = a.dropping(rows: row)
    if source.transposed {
      transposeFloats(source.elements, source.stride, copies, stride, depth, count)
    } else {
      for index in 0..<count { copyFloats(source.elements + index &* source.stride, copies + index &* stride, depth) }
    }
    var lines = UnsafePointer(copies)
    if PanelShape.readsInterleaved {
      let interleaved = copies + most &* stride
      interleaveRows(lines, stride: stride, rows: count, depth: depth, into: interleaved)
      lines = UnsafePointer(interleaved)
    }
    product.compute(firstRow: row, rows: count, lines, aStride: stride, firstDepth: 0, endDepth: depth, firstPanel: 0,
      endPanel: PanelShape.count(product.columns))
    row &+= count
  }
}
#endif
