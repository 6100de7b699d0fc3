// Transforms of Winograd's minimal filtering for 3x3 windows (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks,
// CVPR 2016): y = A' [(G g G') * (B' d B)] A, with a tile of m x m outputs from (m + 2) x (m + 2) inputs.
// SPDX-License-Identifier: Apache-2.0

/// A size of tile: its one-dimensional transforms, on vectors of channels.
package protocol WinogradTile {
  /// Outputs along a side.
  static var outputs: Int { get }
  /// Inputs along a side.
  static var inputs: Int { get }
  /// B' d: reads `inputs` vectors `step` floats apart, writes as many `targetStep` apart.
  static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
  /// A' m: reads `inputs` vectors, writes `outputs`.
  static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
  /// G g: three weights to `inputs` values.
  static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int)
}

/// F(2, 3): points 0, 1, -1 and infinity; 16 products for 4 outputs. The error is about that of the direct sum.
package enum WinogradTile2: WinogradTile {
  @_transparent package static var outputs: Int { 2 }
  @_transparent package static var inputs: Int { 4 }

  @inline(__always)
  package static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let d0 = Lanes(at: d), d1 = Lanes(at: d + step), d2 = Lanes(at: d + 2 &* step), d3 = Lanes(at: d + 3 &* step)
    (d0 - d2).store(to: target)
    (d1 + d2).store(to: target + targetStep)
    (d2 - d1).store(to: target + 2 &* targetStep)
    (d1 - d3).store(to: target + 3 &* targetStep)
  }

  @inline(__always)
  package static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let m0 = Lanes(at: m), m1 = Lanes(at: m + step), m2 = Lanes(at: m + 2 &* step), m3 = Lanes(at: m + 3 &* step)
    (m0 + m1 + m2).store(to: target)
    (m1 - m2 - m3).store(to: target + targetStep)
  }

  package static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    target[0] = g.0
    target[targetStep] = 0.5 * (g.0 + g.1 + g.2)
    target[2 &* targetStep] = 0.5 * (g.0 - g.1 + g.2)
    target[3 &* targetStep] = g.2
  }
}

/// F(4, 3): points 0, 1, -1, 2, -2 and infinity; 36 products for 16 outputs. Its error is some ten times that of the direct sum.
package enum WinogradTile4: WinogradTile {
  @_transparent package static var outputs: Int { 4 }
  @_transparent package static var inputs: Int { 6 }

  @inline(__always)
  package static func transformInput(_ d: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let d0 = Lanes(at: d), d1 = Lanes(at: d + step), d2 = Lanes(at: d + 2 &* step)
    let d3 = Lanes(at: d + 3 &* step), d4 = Lanes(at: d + 4 &* step), d5 = Lanes(at: d + 5 &* step)
    // Rows two and three, and four and five, of B' differ in the signs of their odd terms.
    let even1 = d4.multiplyAdd(d2, -4)
    let odd1 = d3.multiplyAdd(d1, -4)
    let even2 = d4 - d2
    let odd2 = (d3 - d1) * Float(2)
    d4.multiplyAdd(d0, 4).multiplyAdd(d2, -5).store(to: target)
    (even1 + odd1).store(to: target + targetStep)
    (even1 - odd1).store(to: target + 2 &* targetStep)
    (even2 + odd2).store(to: target + 3 &* targetStep)
    (even2 - odd2).store(to: target + 4 &* targetStep)
    d5.multiplyAdd(d1, 4).multiplyAdd(d3, -5).store(to: target + 5 &* targetStep)
  }

  @inline(__always)
  package static func transformOutput(_ m: UnsafePointer<Float>, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let m0 = Lanes(at: m), m1 = Lanes(at: m + step), m2 = Lanes(at: m + 2 &* step)
    let m3 = Lanes(at: m + 3 &* step), m4 = Lanes(at: m + 4 &* step), m5 = Lanes(at: m + 5 &* step)
    let sum1 = m1 + m2, difference1 = m1 - m2
    let sum2 = m3 + m4, difference2 = m3 - m4
    (m0 + sum1 + sum2).store(to: target)
    difference1.multiplyAdd(difference2, 2).store(to: target + targetStep)
    sum1.multiplyAdd(sum2, 4).store(to: target + 2 &* targetStep)
    (difference1.multiplyAdd(difference2, 8) + m5).store(to: target + 3 &* targetStep)
  }

  package static func transformWeights(_ g: (Float, Float, Float), _ target: UnsafeMutablePointer<Float>, _ targetStep: Int) {
    let even = g.0 + g.2
    target[0] = g.0 / 4
    target[targetStep] = (even + g.1) / -6
    target[2 &* targetStep] = (even - g.1) / -6
    target[3 &* targetStep] = g.0 / 24 + g.1 / 12 + g.2 / 6
    target[4 &* targetStep] = g.0 / 24 - g.1 / 12 + g.2 / 6
    target[5 &* targetStep] = g.2
  }
}

/// How the tiles of a 3x3 convolution with stride 1 lie over its output.
package struct WinogradGrid {
  package let window: Window
  package let tileOutputs: Int
  package let tilesDown: Int
  package let tilesAcross: Int

  package init(_ window: Window, tileOutputs: Int) {
    self.window = window
    self.tileOutputs = tileOutputs
    tilesDown = (window.height.output &+ tileOutputs &- 1) / tileOutputs
    tilesAcross = (window.width.output &+ tileOutputs &- 1) / tileOutputs
  }

  package var tiles: Int { window.batch &* tilesDown &* tilesAcross }

  /// Image, first output row and first output column of a tile.
  @inline(__always)
  package func place(_ tile: Int) -> (image: Int, row: Int, column: Int) {
    let across = max(tilesAcross, 1), down = max(tilesDown, 1)
    return (tile / across / down, tile / across % down &* tileOutputs, tile % across &* tileOutputs)
  }
}

/// Transforms of whole blocks of tiles.
package enum Winograd<Tile: WinogradTile> {
  /// Values of a tile.
  @_transparent package static var products: Int { Tile.inputs &* Tile.inputs }

  /// Floats that the transforms of one thread need: two tiles of vectors.
  @_transparent package static var scratchFloats: Int { 2 &* products &* Lanes.count }

  /// B' d B of tiles `first` ..< `first + count`: to `target` [product][tile][channels], planes `plane` floats and tiles `stride` floats
  /// apart. A tile's channels are filled with whatever up to a whole vector: `stride` has room for it.
  @inline(never)
  package static func transformInputs(_ input: UnsafePointer<Float>, _ grid: WinogradGrid, first: Int, count: Int,
    into target: UnsafeMutablePointer<Float>, plane: Int, stride: Int, scratch: UnsafeMutablePointer<Float>) {
    let window = grid.window
    let channels = window.channels
    let side = Tile.inputs
    let lanes = Lanes.count
    let half = scratch + products &* lanes
    for index in 0..<count {
      let (image, outputRow, outputColumn) = grid.place(first &+ index)
      let row = outputRow &- window.height.padding
      let column = outputColumn &- window.width.padding
      let isInside = row >= 0 && column >= 0 && row &+ side <= window.height.input && column &+ side <= window.width.input
      let image0 = input + image &* window.height.input &* window.width.input &* channels
      var channel = 0
      while channel < channels {
        let held = min(lanes, channels &- channel)
        var source = UnsafePointer(scratch)
        var rowStep = side &* lanes
        var columnStep = lanes
        if isInside && held == lanes {
          source = image0 + ((row &* window.width.input &+ column) &* channels &+ channel)
          rowStep = window.width.input &* channels
          columnStep = channels
        } else {
          copyTile(image0 + channel, window, row, column, held, scratch)
        }
        for line in 0..<side { Tile.transformInput(source + line &* rowStep, columnStep, half + line &* side &* lanes, lanes) }
        let place = target + (index &* stride &+ channel)
        for line in 0..<side { Tile.transformInput(UnsafePointer(half) + line &* lanes, side &* lanes, place + line &* plane, side &* plane) }
        channel &+= lanes
      }
    }
  }

  /// Copies `held` channels of a tile, zeros where it reaches over the input.
  @inline(never)
  private static func copyTile(_ input: UnsafePointer<Float>, _ window: Window, _ row: Int, _ column: Int, _ held: Int,
    _ tile: UnsafeMutablePointer<Float>) {
    for line in 0..<Tile.inputs {
      for position in 0..<Tile.inputs {
        let y = row &+ line, x = column &+ position
        let target = tile + (line &* Tile.inputs &+ position) &* Lanes.count
        guard y >= 0, y < window.height.input, x >= 0, x < window.width.input else {
          Lanes.zero.store(to: target)
          continue
        }
        let source = input + (y &* window.width.input &+ x) &* window.channels
        (held == Lanes.count ? Lanes(at: source) : Lanes(at: source, first: held)).store(to: target)
      }
    }
  }

  /// clamp(A' m A + bias + residual) of tiles `first` ..< `first + count` and `columns` channels from `firstColumn` on, written to their places in
  /// the output [.., width, outputs]. `products` holds [product][tile][columns], planes `plane` and tiles `stride` floats apart, each
  /// tile readable up to a whole vector.
  @inline(never)
  package static func transformOutputs(_ values: UnsafePointer<Float>, plane: Int, stride: Int, _ grid: WinogradGrid, first: Int, count: Int,
    firstColumn: Int, columns: Int, output: UnsafeMutablePointer<Float>, outputs: Int, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, low: Float, high: Float, scratch: UnsafeMutablePointer<Float>) {
    let window = grid.window
    let side = Tile.inputs
    let lanes = Lanes.count
    let half = scratch
    let tile = scratch + products &* lanes
    for index in 0..<count {
      let (image, row, column) = grid.place(first &+ index)
      let rows = min(Tile.outputs, window.height.output &- row)
      let across = min(Tile.outputs, window.width.output &- column)
      let corner = ((image &* window.height.output &+ row) &* window.width.output &+ column) &* outputs &+ firstColumn
      var channel = 0
      while channel < columns {
        let held = min(lanes, columns &- channel)
        let source = values + (index &* stride &+ channel)
        for line in 0..<side { Tile.transformOutput(source + line &* side &* plane, plane, half + line &* lanes, side &* lanes) }
        for line in 0..<Tile.outputs {
          Tile.transformOutput(UnsafePointer(half) + line &* side &* lanes, lanes, tile + line &* lanes, Tile.outputs &* lanes)
        }
        var start = Lanes.zero
        if let bias { start = held == lanes ? Lanes(at: bias + firstColumn + channel) : Lanes(at: bias + firstColumn + channel, first: held) }
        for y in 0..<rows {
          for x in 0..<across {
            let place = corner &+ (y &* window.width.output &+ x) &* outputs &+ channel
            var value = Lanes(at: tile + (y &* Tile.outputs &+ x) &* lanes) + start
            if held == lanes {
              if let residual { value += Lanes(at: residual + place) }
              value.maximum(low).minimum(high).store(to: output + place)
            } else {
              if let residual { value += Lanes(at: residual + place, first: held) }
              value.maximum(low).minimum(high).store(to: output + place, first: held)
            }
          }
        }
        channel &+= lanes
      }
    }
  }

  /// Packs weights [3, 3, channels, outputs] as G g G', a set of panels a product.
  package static func packWeights(_ weights: UnsafePointer<Float>, channels: Int, outputs: Int, into packed: UnsafeMutablePointer<Float>) {
    let side = Tile.inputs
    guard let planeFloats = PanelShape.packedFloats(columns: outputs, depth: channels) else { return }
    for panel in 0..<PanelShape.count(outputs) {
      let first = panel &* PanelShape.columns
      let width = PanelShape.width(of: panel, columns: outputs)
      for channel in 0..<channels {
        for lane in 0..<width {
          let target = packed + (first &* channels &+ channel &* width &+ lane)
          transformWeight(weights + (channel &* outputs &+ first &+ lane), channels &* outputs, first &+ lane < outputs, target, planeFloats, side)
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
