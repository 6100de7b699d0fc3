// SPDX-License-Identifier: Apache-2.0
#if !(CORACLE_FMA || CORACLE_NEON)

// The portable matrix product: a block of b is packed into panels of eight columns that stay in the second-level cache, and
// four rows of a at a time are multiplied with each panel (the scheme of Goto and van de Geijn 2008, with a read where it lies).

/// Rows of b in a block.
private var depthBlock: Int { 256 }
/// Columns of b in a block: 128 KB with `depthBlock` rows.
private var panelBlock: Int { 128 }
/// Columns of a panel.
private var lanes: Int { 8 }

/// Floats of the packed block of b.
func packedPanelFloats(_ extents: ProductExtents) -> Int {
  min(max(extents.depth, 0), depthBlock) &* ((min(max(extents.columns, 0), panelBlock) &+ lanes &- 1) / lanes &* lanes)
}

/// `multiply` for any extents above 0.
func multiplyBlocked(_ a: MatrixFactor, _ b: MatrixFactor, _ extents: ProductExtents, scale: Float,
  into result: UnsafeMutablePointer<Float>, stride: Int, accumulate: Bool, scratch: UnsafeMutablePointer<Float>) {
  var column = 0
  while column < extents.columns {
    let width = min(panelBlock, extents.columns &- column)
    var k = 0
    while k < extents.depth {
      let depth = min(depthBlock, extents.depth &- k)
      pack(b.dropping(rows: k, columns: column), depth, width, scratch)
      multiplyPanels(a.dropping(columns: k), scratch, ProductExtents(rows: extents.rows, columns: width, depth: depth), scale,
        result + column, stride, accumulate || k > 0)
      k &+= depth
    }
    column &+= width
  }
}

/// Copies `depth` rows of `width` columns into panels [width / 8, depth, 8], the last one filled up with zeros.
private func pack(_ b: MatrixFactor, _ depth: Int, _ width: Int, _ panels: UnsafeMutablePointer<Float>) {
  var target = panels
  var column = 0
  while column < width {
    let count = min(lanes, width &- column)
    let source = b.dropping(columns: column)
    if count == lanes && !b.transposed {
      for k in 0..<depth { target.store8(source.elements.lanes8(k &* b.stride), k &* lanes) }
    } else {
      for k in 0..<depth {
        for lane in 0..<lanes { target[k &* lanes &+ lane] = lane < count ? source.elements[k &* b.rowStep &+ lane &* b.columnStep] : 0 }
      }
    }
    target += depth &* lanes
    column &+= lanes
  }
}

private func multiplyPanels(_ a: MatrixFactor, _ panels: UnsafeMutablePointer<Float>, _ extents: ProductExtents, _ scale: Float,
  _ result: UnsafeMutablePointer<Float>, _ stride: Int, _ accumulate: Bool) {
  let step = a.columnStep
  let last = extents.rows &- 1
  var row = 0
  while row <= last {
    // Rows past the end read the last row again; their sums are not stored.
    let a0 = a.elements + row &* a.rowStep
    let a1 = a.elements + min(row &+ 1, last) &* a.rowStep
    let a2 = a.elements + min(row &+ 2, last) &* a.rowStep
    let a3 = a.elements + min(row &+ 3, last) &* a.rowStep
    var panel = UnsafePointer(panels)
    var column = 0
    while column < extents.columns {
      var sum0 = SIMD8<Float>(repeating: 0)
      var sum1 = SIMD8<Float>(repeating: 0)
      var sum2 = SIMD8<Float>(repeating: 0)
      var sum3 = SIMD8<Float>(repeating: 0)
      var offset = 0
      for _ in 0..<extents.depth {
        let right = panel.lanes8(0)
        sum0 += right * a0[offset]
        sum1 += right * a1[offset]
        sum2 += right * a2[offset]
        sum3 += right * a3[offset]
        panel += lanes
        offset &+= step
      }
      let target = result + (row &* stride &+ column)
      let count = min(lanes, extents.columns &- column)
      storeSums(sum0 * scale, target, count, accumulate)
      if row < last { storeSums(sum1 * scale, target + stride, count, accumulate) }
      if row &+ 1 < last { storeSums(sum2 * scale, target + 2 &* stride, count, accumulate) }
      if row &+ 2 < last { storeSums(sum3 * scale, target + 3 &* stride, count, accumulate) }
      column &+= lanes
    }
    row &+= 4
  }
}

@inline(__always)
private func storeSums(_ sums: SIMD8<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ accumulate: Bool) {
  if count == lanes {
    target.store8(accumulate ? target.lanes8(0) + sums : sums, 0)
  } else {
    for lane in 0..<count { target[lane] = accumulate ? target[lane] + sums[lane] : sums[lane] }
  }
}
#endif
