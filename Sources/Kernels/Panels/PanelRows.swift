// SPDX-License-Identifier: Apache-2.0

// Few rows against panels: a product that is bound by reading the panels, which a full tile's loop would read too slowly because its
// sums wait for each other. So several panels are read at once.

/// Row `row` of the left factor times panel `panel`, for sum `index` of `panels` panels at once.
@_transparent
private func add(_ index: Int, _ panels: Int, _ halves: Int, to sum: inout TileRow, _ a: UnsafePointer<Float>, _ aStride: Int,
  _ b: UnsafePointer<Float>, _ panelFloats: Int) {
  var row = TileRow()
  row.start(halves, b + index % panels &* panelFloats)
  sum.add(halves, a[index / panels &* aStride], row)
}

/// `rows` rows times `panels` panels of `halves` half vectors, at most four products of a row and a panel; all three are literals where this
/// is called. Row r of panel p goes to `c[r cStride + p panel width]`.
@_transparent
private func multiplyRows(_ rows: Int, _ panels: Int, _ halves: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>,
  depth: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  var s0 = TileRow(), s1 = TileRow(), s2 = TileRow(), s3 = TileRow()
  let sums = rows &* panels
  let width = halves &* PanelShape.lanes / 2
  let panelFloats = depth &* width
  // Where sum i lies in the result; the bias has one row.
  let o1 = 1 / panels &* cStride &+ 1 % panels &* width
  let o2 = 2 / panels &* cStride &+ 2 % panels &* width
  let o3 = 3 / panels &* cStride &+ 3 % panels &* width
  if end.accumulates {
    let from = UnsafePointer(c)
    s0.start(halves, from)
    if sums > 1 { s1.start(halves, from + o1) }
    if sums > 2 { s2.start(halves, from + o2) }
    if sums > 3 { s3.start(halves, from + o3) }
  } else if let bias = end.bias {
    s0.start(halves, bias)
    if sums > 1 { s1.start(halves, bias + 1 % panels &* width) }
    if sums > 2 { s2.start(halves, bias + 2 % panels &* width) }
    if sums > 3 { s3.start(halves, bias + 3 % panels &* width) }
  }
  var p = a
  var q = b
  var steps = depth
  while steps > 0 {
    add(0, panels, halves, to: &s0, p, aStride, q, panelFloats)
    if sums > 1 { add(1, panels, halves, to: &s1, p, aStride, q, panelFloats) }
    if sums > 2 { add(2, panels, halves, to: &s2, p, aStride, q, panelFloats) }
    if sums > 3 { add(3, panels, halves, to: &s3, p, aStride, q, panelFloats) }
    p += 1
    q += width
    steps &-= 1
  }
  let residual = end.residual
  s0.finish(halves, c, residual, end)
  if sums > 1 { s1.finish(halves, c + o1, residual.map { $0 + o1 }, end) }
  if sums > 2 { s2.finish(halves, c + o2, residual.map { $0 + o2 }, end) }
  if sums > 3 { s3.finish(halves, c + o3, residual.map { $0 + o3 }, end) }
}

/// The same for one row of 1 to 4 full panels.
@inline(never) @_optimize(speed) // See `multiplyWholeTile`.
private func multiplyOneRow(panels: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ end: TileEnd) {
  switch panels {
  case 1: multiplyRows(1, 1, 2 &* PanelShape.vectors, a, 0, b, depth: depth, c, 0, end)
  case 2: multiplyRows(1, 2, 2 &* PanelShape.vectors, a, 0, b, depth: depth, c, 0, end)
  case 3: multiplyRows(1, 3, 2 &* PanelShape.vectors, a, 0, b, depth: depth, c, 0, end)
  case 4: multiplyRows(1, 4, 2 &* PanelShape.vectors, a, 0, b, depth: depth, c, 0, end)
  default: break
  }
}

/// The same for 1 to 4 rows of one panel of any width.
@inline(never) @_optimize(speed) // See `multiplyWholeTile`.
private func multiplyOnePanel(rows: Int, width: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch 2 &* width / PanelShape.lanes {
  case 2: multiplyOnePanel(rows, 2, a, aStride, b, depth: depth, c, cStride, end)
  case 4: multiplyOnePanel(rows, 4, a, aStride, b, depth: depth, c, cStride, end)
  #if arch(arm64)
  case 6: multiplyOnePanel(rows, 6, a, aStride, b, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_FMA
  case 1: multiplyOnePanel(rows, 1, a, aStride, b, depth: depth, c, cStride, end)
  case 3: multiplyOnePanel(rows, 3, a, aStride, b, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}

@_transparent
private func multiplyOnePanel(_ rows: Int, _ halves: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch rows {
  case 1: multiplyRows(1, 1, halves, a, aStride, b, depth: depth, c, cStride, end)
  case 2: multiplyRows(2, 1, halves, a, aStride, b, depth: depth, c, cStride, end)
  case 3: multiplyRows(3, 1, halves, a, aStride, b, depth: depth, c, cStride, end)
  case 4: multiplyRows(4, 1, halves, a, aStride, b, depth: depth, c, cStride, end)
  default: break
  }
}

/// The same for two rows of two full panels.
@inline(never) @_optimize(speed) // See `multiplyWholeTile`.
private func multiplyTwoRows(_ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  multiplyRows(2, 2, 2 &* PanelShape.vectors, a, aStride, b, depth: depth, c, cStride, end)
}

extension PanelProduct {
  /// All of the depth of `rows` rows against panels `firstPanel` ..< `endPanel`, meant for a batch of one or few.
  ///
  /// `a` holds these rows, `aStride` floats apart, by rows on every instruction set. A product that is repeated with the same panels
  /// turns around each time (`backwards`): those that it read last are still in the cache.
  package func computeFewRows(firstRow: Int, rows: Int, _ a: UnsafePointer<Float>, aStride: Int, firstPanel: Int, endPanel: Int,
    backwards: Bool = false) {
    let full = max(min(endPanel, columns / PanelShape.columns) &- firstPanel, 0)
    let atOnce = rows == 1 ? 4 : rows == 2 ? 2 : 1
    // Groups of equal size: a last panel by itself would wait for its own sums.
    let groups = (full &+ atOnce &- 1) / atOnce
    for index in 0..<groups {
      let group = backwards ? groups &- 1 &- index : index
      let panel = firstPanel &+ full &* group / groups
      let count = firstPanel &+ full &* (group &+ 1) / groups &- panel
      let column = panel &* PanelShape.columns
      let b = panels + column &* depth
      var end = end(column, accumulates: accumulates, finishes: true)
      var row = 0
      while row < rows {
        let left = rows &- row
        let held = (left &+ (left &+ 3) / 4 &- 1) / ((left &+ 3) / 4)
        let offset = (firstRow &+ row) &* resultStride &+ column
        end.residual = residual.map { $0 + offset }
        if rows == 1 {
          multiplyOneRow(panels: count, a, b, depth: depth, result + offset, end)
        } else if count == 2 {
          multiplyTwoRows(a, aStride, b, depth: depth, result + offset, resultStride, end)
        } else {
          multiplyOnePanel(rows: held, width: PanelShape.columns, a + row &* aStride, aStride, b, depth: depth, result + offset,
            resultStride, end)
        }
        activate(offset, rows: rows == 1 ? 1 : held, columns: count &* PanelShape.columns, isWhole: true, end)
        row &+= held
      }
    }
    if firstPanel &+ full < endPanel { computeLastPanel(firstPanel &+ full, firstRow, rows, a, aStride) }
  }

  /// The panel that is not full; where its last vector reaches over the result's last column, it is computed aside.
  private func computeLastPanel(_ panel: Int, _ firstRow: Int, _ rows: Int, _ a: UnsafePointer<Float>, _ aStride: Int) {
    let column = panel &* PanelShape.columns
    let width = PanelShape.width(of: panel, columns: columns)
    let held = columns &- column
    let b = panels + column &* depth
    var end = end(column, accumulates: accumulates, finishes: true)
    var row = 0
    while row < rows {
      let count = min(rows &- row, 4)
      let offset = (firstRow &+ row) &* resultStride &+ column
      end.residual = residual.map { $0 + offset }
      if held == width {
        multiplyOnePanel(rows: count, width: width, a + row &* aStride, aStride, b, depth: depth, result + offset,
          resultStride, end)
      } else {
        multiplyOnePanel(rows: count, width: width, a + row &* aStride, aStride, b, depth: depth, spare, width, .bare)
        finishRagged(rows: count, columns: held, width: width, result + offset, end)
      }
      activate(offset, rows: count, columns: held, isWhole: held == width, end)
      row &+= count
    }
  }
}
