// SPDX-License-Identifier: Apache-2.0

/// The order of a recurrent layer's columns in which the gates of a few hidden units lie together: blocks of `Lanes.count` units, in a
/// block the units of one gate after those of the other, so that a cell reads vectors that follow each other.
///
/// The model has all units of a gate together, [gates, hidden]. Units that fill the last block are zeros, and stay zeros.
package struct GateOrder {
  package let hidden: Int
  /// The first gate, and how many.
  package let firstGate: Int
  package let gates: Int

  package init(hidden: Int, firstGate: Int = 0, gates: Int) {
    self.hidden = hidden
    self.firstGate = firstGate
    self.gates = gates
  }

  package var blocks: Int { (hidden &+ Lanes.count &- 1) / Lanes.count }
  /// Columns of a block.
  package var width: Int { gates &* Lanes.count }
  package var columns: Int { blocks &* width }

  /// Calls `body(from, to, held)` for runs of `PanelShape.lanes` columns: they come from column `from` on of the model's order, of which
  /// `held` are there.
  @inline(__always)
  private func forRuns(_ body: (Int, Int, Int) -> Void) {
    var target = 0
    for block in 0..<max(blocks, 0) {
      for gate in 0..<gates {
        var unit = block &* Lanes.count
        for _ in 0..<(Lanes.count / PanelShape.lanes) {
          body((firstGate &+ gate) &* hidden &+ unit, target, max(min(hidden &- unit, PanelShape.lanes), 0))
          target &+= PanelShape.lanes
          unit &+= PanelShape.lanes
        }
      }
    }
  }

  /// Copies one row, as a bias; nil counts as zeros.
  package func arrange(_ row: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>) {
    forRuns { from, to, held in
      for lane in 0..<PanelShape.lanes {
        if let row, lane < held { target[to &+ lane] = row[from &+ lane] } else { target[to &+ lane] = 0 }
      }
    }
  }

  /// Packs `depth` rows, `stride` floats apart, as columns `firstColumn` and following of panels that have `columns` columns in all.
  package func pack(_ rows: UnsafePointer<Float>, stride: Int, depth: Int, firstColumn: Int, of columns: Int,
    into packed: UnsafeMutablePointer<Float>) {
    forRuns { from, to, held in
      let column = firstColumn &+ to
      let panel = column / PanelShape.columns
      let width = PanelShape.width(of: panel, columns: columns)
      var cursor = packed + (panel &* PanelShape.columns &* depth &+ column % PanelShape.columns)
      var line = rows + from
      for _ in 0..<max(depth, 0) {
        for lane in 0..<held { cursor[lane] = line[lane] }
        for lane in held..<PanelShape.lanes { cursor[lane] = 0 }
        cursor += width
        line += stride
      }
    }
  }
}
