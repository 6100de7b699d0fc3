// The weights of Winograd's minimal filtering: see WinogradTile.swift. SPDX-License-Identifier: Apache-2.0

extension Winograd {
  /// Packs weights [3, 3, channels, outputs] as G g G', a set of panels a product; a channel's outputs lie `stride` floats behind those of the one before.
  @_optimize(size)
  package static func packWeights(_ weights: UnsafePointer<Float>, stride: Int, channels: Int, outputs: Int, into packed: UnsafeMutablePointer<Float>) {
    let side = Tile.inputs
    guard let planeFloats = PanelShape.packedFloats(columns: outputs, depth: channels) else { return }
    for panel in 0..<PanelShape.count(outputs) {
      let first = panel &* PanelShape.columns
      let width = PanelShape.width(of: panel, columns: outputs)
      for channel in 0..<channels {
        for lane in 0..<width {
          let target = packed + (first &* channels &+ channel &* width &+ lane)
          transformWeight(weights + (channel &* stride &+ first &+ lane), channels &* stride, first &+ lane < outputs, target, planeFloats, side)
        }
      }
    }
  }

  /// One channel of one output: nine weights, `step` floats apart, to `products` values, `plane` floats apart.
  @inline(__always)
  private static func transformWeight(_ g: UnsafePointer<Float>, _ step: Int, _ isHeld: Bool, _ target: UnsafeMutablePointer<Float>,
    _ plane: Int, _ side: Int) {
    guard isHeld else {
      for product in 0..<products { target[product &* plane] = 0 }
      return
    }
    // Down the columns first, into the top three rows' places; then along the rows.
    for column in 0..<3 {
      Tile.transformWeights((g[column &* step], g[(3 &+ column) &* step], g[(6 &+ column) &* step]), target + column &* plane, side &* plane)
    }
    for line in 0..<side {
      let row = target + line &* side &* plane
      Tile.transformWeights((row[0], row[plane], row[2 &* plane]), row, plane)
    }
  }
}
