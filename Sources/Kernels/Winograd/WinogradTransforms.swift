// Winograd's minimal filtering of whole blocks of tiles: see WinogradTile.swift. SPDX-License-Identifier: Apache-2.0
import Platform

/// How the tiles of a 3x3 convolution with stride 1 lie over its output.
package struct WinogradGrid {
  package let window: Window
  package let tileOutputs: Int
  package let tilesDown: Int
  package let tilesAcross: Int

  @inline(never)
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

  /// The lines of a tile to go over: 0 ..< `count`.
  @inline(__always)
  private static func lines(_ count: Int) -> Range<Int> {
    #if arch(arm64)
    // Unrolled, as so few turns would be, they need more registers than there are.
    0..<platform_count_ordered(count)
    #else
    0..<count
    #endif
  }

  /// B' d B of tiles `first` ..< `first + count`: to `target` [product][tile][channels], planes `plane` floats and tiles `stride` floats
  /// apart. A tile's channels are filled with whatever up to a whole vector: `stride` has room for it.
  @inline(never)
  package static func transformInputs(_ input: UnsafePointer<Float>, _ grid: WinogradGrid, first: Int, count: Int,
    into target: UnsafeMutablePointer<Float>, plane: Int, stride: Int, scratch: UnsafeMutablePointer<Float>) {
    let window = grid.window
    let (channels, pitch) = (window.channels, window.pitch)
    let side = Tile.inputs
    let lanes = Lanes.count
    let half = scratch + products &* lanes
    for index in 0..<count {
      let (image, outputRow, outputColumn) = grid.place(first &+ index)
      let row = outputRow &- window.height.padding
      let column = outputColumn &- window.width.padding
      let isInside = row >= 0 && column >= 0 && row &+ side <= window.height.input && column &+ side <= window.width.input
      let image0 = input + image &* window.height.input &* window.width.input &* pitch
      var channel = 0
      while channel < channels {
        let held = min(lanes, channels &- channel)
        var source = UnsafePointer(scratch)
        var rowStep = side &* lanes
        var columnStep = lanes
        if isInside && held == lanes {
          source = image0 + ((row &* window.width.input &+ column) &* pitch &+ channel)
          rowStep = window.width.input &* pitch
          columnStep = pitch
        } else {
          copyTile(image0 + channel, window, row, column, held, scratch)
        }
        for line in lines(side) { Tile.transformInput(source + line &* rowStep, columnStep, half + line &* side &* lanes, lanes) }
        let place = target + (index &* stride &+ channel)
        for line in lines(side) { Tile.transformInput(UnsafePointer(half) + line &* lanes, side &* lanes, place + line &* plane, side &* plane) }
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
        let source = input + (y &* window.width.input &+ x) &* window.pitch
        (held == Lanes.count ? Lanes(at: source) : Lanes(at: source, first: held)).store(to: target)
      }
    }
  }

  /// clamp(A' m A + bias + residual) of tiles `first` ..< `first + count` and `columns` channels from `firstColumn` on, written to their places in
  /// the output, whose positions are `outputStride` floats apart, as are the residual's. `values` holds [product][tile][columns], planes `plane`
  /// and tiles `stride` floats apart, each tile readable up to a whole vector.
  @inline(never)
  package static func transformOutputs(_ values: UnsafePointer<Float>, plane: Int, stride: Int, _ grid: WinogradGrid, first: Int, count: Int,
    firstColumn: Int, columns: Int, output: UnsafeMutablePointer<Float>, outputStride: Int, bias: UnsafePointer<Float>?,
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
      let corner = ((image &* window.height.output &+ row) &* window.width.output &+ column) &* outputStride &+ firstColumn
      var channel = 0
      while channel < columns {
        let held = min(lanes, columns &- channel)
        let source = values + (index &* stride &+ channel)
        for line in lines(side) { Tile.transformOutput(source + line &* side &* plane, plane, half + line &* lanes, side &* lanes) }
        for line in lines(Tile.outputs) {
          Tile.transformOutput(UnsafePointer(half) + line &* side &* lanes, lanes, tile + line &* lanes, Tile.outputs &* lanes)
        }
        var start = Lanes.zero
        if let bias { start = held == lanes ? Lanes(at: bias + firstColumn + channel) : Lanes(at: bias + firstColumn + channel, first: held) }
        for y in 0..<rows {
          for x in 0..<across {
            let place = corner &+ (y &* window.width.output &+ x) &* outputStride &+ channel
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
}
