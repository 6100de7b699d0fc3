// SPDX-License-Identifier: Apache-2.0
import Tensors

/// The order in which a kernel reads packed weights, as a number that stands in model files and names the same bytes everywhere.
///
/// Bits 56 to 63: the kind; 32 to 55: groups; 16 to 31: columns of a panel; 8 to 15: what a panel's width is a multiple of; 0 to 7: what the kind says.
package struct PackedOrder {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  init(kind: UInt64, groups: Int, columns: Int, grain: Int, detail: UInt64) {
    rawValue = kind << 56 | UInt64(truncatingIfNeeded: groups) << 32 | UInt64(columns) << 16 | UInt64(grain) << 8 | detail
  }

  /// A right factor [depth, columns], or weights [taps, channels / groups, outputs] by groups of outputs, in panels of this instruction
  /// set; `transposed`: the source is [columns, depth]. Nil where the groups are too many for the number.
  package static func panels(groups: Int = 1, transposed: Bool = false) -> PackedOrder? {
    guard groups > 0, groups < 1 << 24 else { return nil }
    return PackedOrder(kind: 1, groups: groups, columns: PanelShape.columns, grain: PanelShape.grain, detail: transposed ? 1 : 0)
  }

  /// Weights [3, 3, channels / groups, outputs] transformed for Winograd tiles of `outputs` x `outputs`: panels [channels, outputs] a product, a group
  /// after the other. Nil where the groups are too many for the number.
  package static func winograd(_ outputs: Int, groups: Int = 1) -> PackedOrder? {
    guard groups > 0, groups < 1 << 24 else { return nil }
    return PackedOrder(kind: 2, groups: groups, columns: PanelShape.columns, grain: PanelShape.grain, detail: UInt64(outputs))
  }

  /// Weights of a convolution in panels of `groups` groups, each made of `merged` ones. Nil where they are too many for the number. Not in files.
  package static func mergedPanels(_ groups: Int, of merged: Int) -> PackedOrder? {
    guard groups > 0, groups < 1 << 24, merged < 256 else { return nil }
    return PackedOrder(kind: 6, groups: groups, columns: PanelShape.columns, grain: PanelShape.grain, detail: UInt64(merged))
  }

  /// Weights of a recurrent layer, a direction after the other: panels whose columns are in `GateOrder` of `gates` gates. `parts`: 0 where
  /// all gates lie together, 1 where a candidate's follow the others in the same panels, 2 where it has panels of its own. Not in files.
  package static func gates(_ gates: Int, parts: Int) -> PackedOrder {
    PackedOrder(kind: 4, groups: gates, columns: PanelShape.columns, grain: Lanes.count, detail: UInt64(parts & 3))
  }

  /// Weights of a transposed convolution: panels a set of `mergedTaps` taps and a group. Not in files.
  package static func transposed(mergedTaps: Int) -> PackedOrder {
    PackedOrder(kind: 5, groups: mergedTaps, columns: PanelShape.columns, grain: PanelShape.grain, detail: 0)
  }

  /// Depthwise weights by blocks of one or two vectors of channels; not stored in files.
  package static var depthwise: PackedOrder { PackedOrder(kind: 3, groups: 1, columns: 2 &* Lanes.count, grain: Lanes.count, detail: 0) }

  private var kind: UInt64 { rawValue >> 56 }
  private var groups: Int { Int(rawValue >> 32 & 0xFF_FFFF) }
  private var panelColumns: Int { Int(rawValue >> 16 & 0xFFFF) }
  private var grain: Int { Int(rawValue >> 8 & 0xFF) }
  private var detail: Int { Int(rawValue & 0xFF) }

  /// What a file's number says of weights of `shape`: products, groups, columns a group and depth; nil where it says nothing that is known.
  private func extents(_ shape: Shape) -> (products: Int, groups: Int, columns: Int, depth: Int)? {
    guard groups > 0, grain > 0, panelColumns > 0, panelColumns % grain == 0, shape.rank >= 2, let count = shape.checkedElementCount, count > 0
    else { return nil }
    let last = shape[shape.rank &- 1]
    switch kind {
    case 1 where detail == 0 && last % groups == 0: return (1, groups, last / groups, count / last)
    case 1 where detail == 1 && groups == 1: return (1, 1, count / last, last)
    case 2 where (detail == 2 || detail == 4 || detail == 6) && last % groups == 0 && count / last % 9 == 0:
      let side = detail &+ 2
      return (side &* side, groups, last / groups, count / last / 9)
    default: return nil
    }
  }

  /// Floats that weights of `shape` take in this order, or nil where the order is not one that files hold.
  package func floats(_ shape: Shape) -> Int? {
    guard let (products, groups, columns, depth) = extents(shape) else { return nil }
    let padded = (columns &+ grain &- 1) / grain &* grain
    let (plane, overflow) = padded.multipliedReportingOverflow(by: depth)
    let (total, overflowAgain) = plane.multipliedReportingOverflow(by: products &* groups)
    return overflow || overflowAgain || total > Shape.maximumElementCount ? nil : total
  }

  /// Writes the weights in row-major order. `packed` holds `floats(shape)`, `plain` has room for the shape's elements.
  ///
  /// Transformed weights come back with the rounding of their transforms.
  package func unpack(_ packed: UnsafePointer<Float>, _ shape: Shape, into plain: UnsafeMutablePointer<Float>) {
    guard let (products, groups, columns, depth) = extents(shape) else { return }
    let outputs = columns &* groups
    let plane = (columns &+ grain &- 1) / grain &* grain &* depth
    for group in 0..<groups {
      for panel in 0..<((columns &+ panelColumns &- 1) / panelColumns) {
        let first = panel &* panelColumns
        let held = min(columns &- first, panelColumns)
        let width = (held &+ grain &- 1) / grain &* grain
        let source = packed + (group &* products &* plane &+ first &* depth)
        for k in 0..<depth {
          for column in 0..<held {
            let from = source + (k &* width &+ column)
            let output = group &* columns &+ first &+ column
            if products == 1 {
              plain[kind == 1 && detail == 1 ? output &* depth &+ k : k &* outputs &+ output] = from.pointee
            } else {
              unpackWindow(from, plane, depth &* outputs, plain + (k &* outputs &+ output))
            }
          }
        }
      }
    }
  }

  /// g from G g G': `plane` floats between its values, `step` floats between the nine weights.
  private func unpackWindow(_ values: UnsafePointer<Float>, _ plane: Int, _ step: Int, _ target: UnsafeMutablePointer<Float>) {
    let side = detail &+ 2
    // What undoes the factors of the first weight alone and of the second in the difference.
    let (outer, middle): (Float, Float) = detail == 2 ? (1, 1) : detail == 4 ? (4, -3) : (1, -2.25)
    // Three weights from a line of values: the rows of G that hold the first and the last alone, and the difference of two others.
    func line(_ first: UnsafePointer<Float>, _ stride: Int) -> (Float, Float, Float) {
      let difference = first[stride] - first[2 &* stride]
      return (outer * first[0], middle * difference, first[(side &- 1) &* stride])
    }
    let rows = (line(values, plane), line(values + side &* plane, plane), line(values + 2 &* side &* plane, plane),
      line(values + (side &- 1) &* side &* plane, plane))
    func column(_ v0: Float, _ v1: Float, _ v2: Float, _ last: Float, _ index: Int) {
      let difference = v1 - v2
      target[index &* step] = outer * v0
      target[(3 &+ index) &* step] = middle * difference
      target[(6 &+ index) &* step] = last
    }
    column(rows.0.0, rows.1.0, rows.2.0, rows.3.0, 0)
    column(rows.0.1, rows.1.1, rows.2.1, rows.3.1, 1)
    column(rows.0.2, rows.1.2, rows.2.2, rows.3.2, 2)
  }
}
