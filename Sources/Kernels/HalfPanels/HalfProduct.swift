// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16

/// A matrix product in float16 whose right factor is packed in `HalfPanels`: result = activation(a b + bias + residual), with float32 results.
package struct HalfProduct {
  let panels: UnsafePointer<Float16>
  let columns: Int
  let depth: Int
  let result: UnsafeMutablePointer<Float>
  let epilogue: Epilogue
  /// Room for `HalfProduct.spareFloats`, this thread's own.
  let spare: UnsafeMutablePointer<Float>

  /// Floats of working space of one thread.
  package static var spareFloats: Int { HalfPanels.rows &* HalfPanels.columns }

  package init(panels: UnsafePointer<Float16>, columns: Int, depth: Int, result: UnsafeMutablePointer<Float>, _ epilogue: Epilogue,
    spare: UnsafeMutablePointer<Float>) {
    self.panels = panels
    self.columns = columns
    self.depth = depth
    self.result = result
    self.epilogue = epilogue
    self.spare = spare
  }

  /// Depth `firstDepth` ..< `endDepth` of rows `firstRow` ..< `firstRow + rows` against panels `firstPanel` ..< `endPanel`. `a` holds these rows
  /// and this part of the depth as `HalfPanels.interleave` has left them. Parts of the depth come in order, one call each.
  package func compute(firstRow: Int, rows: Int, _ a: UnsafePointer<Float16>, firstDepth: Int, endDepth: Int, firstPanel: Int, endPanel: Int) {
    let part = endDepth &- firstDepth
    for panel in firstPanel..<endPanel {
      let column = panel &* HalfPanels.columns
      let width = HalfPanels.width(of: panel, columns: columns)
      let held = min(columns &- column, width)
      let b = panels + (column &* depth &+ firstDepth &* width)
      var row = 0
      while row < rows {
        let count = min(rows &- row, HalfPanels.rows)
        let offset = (firstRow &+ row) &* columns &+ column
        startSums(offset, rows: count, held: held, width: width, continues: firstDepth > 0)
        multiplyRuns(width: width, a + row &* part, b, depth: part)
        for line in 0..<count { copyFloats(spare + line &* width, result + (offset &+ line &* columns), held) }
        if endDepth == depth { epilogue.finish(result, offset: offset, rows: count, columns: held, stride: columns, firstColumn: column) }
        row &+= count
      }
    }
  }

  /// Adds the products of a tile to `spare`, a run after the other.
  private func multiplyRuns(width: Int, _ rows: UnsafePointer<Float16>, _ panel: UnsafePointer<Float16>, depth: Int) {
    var done = 0
    while done < depth {
      multiplyHalfTile(width: width, rows + done &* HalfPanels.rows, panel + done &* width, depth: min(HalfPanels.run, depth &- done), into: spare)
      done &+= HalfPanels.run
    }
  }

  /// Zeros, or what the result holds.
  private func startSums(_ offset: Int, rows: Int, held: Int, width: Int, continues: Bool) {
    fillZeros(spare, HalfProduct.spareFloats)
    guard continues else { return }
    for line in 0..<rows { copyFloats(result + (offset &+ line &* columns), spare + line &* width, held) }
  }
}
#endif
