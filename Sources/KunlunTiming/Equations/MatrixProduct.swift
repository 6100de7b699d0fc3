// Cycles of a matrix product on the SDNNs. SPDX-License-Identifier: Apache-2.0
import Foundation

/// A product of activations, `lines` x `lineLength` rows by `depth`, with weights, `depth` by `columns`.
///
/// A plain product is one line of M rows. A convolution is an implicit product (the window is gathered while loading): a line is a row of the
/// output image, since a tile does not reach over its end; depth is kernel height x width x input channels of a group. Counts are Doubles, so that no
/// shape overflows.
package struct MatrixProduct: Equatable, Sendable {
  package var lines = 1.0
  package var lineLength: Double
  package var columns: Double
  package var depth: Double
  /// Products of this shape that run one after the other: groups of a convolution, steps of a recurrent layer.
  package var groups = 1.0
  /// Independent products of this shape, which SDNNs may share out whole: the heads of an attention.
  package var batch = 1.0

  package init(lines: Double = 1, lineLength: Double, columns: Double, depth: Double, groups: Double = 1, batch: Double = 1) {
    self.lines = lines
    self.lineLength = lineLength
    self.columns = columns
    self.depth = depth
    self.groups = groups
    self.batch = batch
  }

  package var multiplyAdds: Double { groups * batch * lines * lineLength * columns * depth }

  /// Cycles of the SDNN that has the most to do, where `engines` share tiles of rows and columns, or whole products, in the best way.
  package func cycles(on tile: CardProfile.Tile, engines: Double, fill: Double) -> Double {
    let tileCycles = tile.passes * (depth / tile.depth).rounded(.up) + fill
    let rowTiles = lines * (lineLength / tile.rows).rounded(.up)
    let columnTiles = (columns / tile.columns).rounded(.up)
    var least = groups * (batch / engines).rounded(.up) * rowTiles * columnTiles
    var rowShares = 1.0
    while rowShares <= engines {
      let columnShares = (engines / rowShares).rounded(.down)
      least = min(least, groups * batch * (rowTiles / rowShares).rounded(.up) * (columnTiles / columnShares).rounded(.up))
      rowShares += 1
    }
    return least * tileCycles
  }

  /// How often the activations are read: weights stay in an SDNN's weight buffer, as many columns at a time as fit.
  ///
  /// Where a slice of 32 rows of the whole depth is larger than half of the activation buffer, depth is cut into slices whose weights share the buffer
  /// with the next slice's and with the sums', a quarter of it each (fitted: docs/kunlun.md).
  package func inputPasses(on tile: CardProfile.Tile, card: CardProfile) -> Double {
    (columns / chunkColumns(on: tile, card: card)).rounded(.up)
  }

  /// How often the weights are read where activations stay instead: as many rows at a time as half of the activation buffer holds.
  package func weightPasses(on tile: CardProfile.Tile, card: CardProfile) -> Double {
    let fitting = card.activationBufferBytes / 2 / (max(min(depth, card.depthSlice), 1) * tile.precision.operandBytes)
    let rows = max(tile.rows, (fitting / tile.rows).rounded(.down) * tile.rows)
    return max(1, (lines * lineLength / rows).rounded(.up))
  }

  /// Columns of a chunk of weights, a multiple of the tile's.
  package func chunkColumns(on tile: CardProfile.Tile, card: CardProfile) -> Double {
    let bytes = tile.precision.operandBytes
    let wholeDepth = (card.activationBufferBytes / 2 / (32 * bytes)).rounded(.down)
    let fitting = depth <= wholeDepth ? card.weightBufferBytes / (max(depth, 1) * bytes) : card.weightBufferBytes / 4 / (card.depthSlice * bytes)
    return max(tile.columns, (fitting / tile.columns).rounded(.down) * tile.columns)
  }
}
