// SPDX-License-Identifier: Apache-2.0

/// Some rows of windows that lie alike, over one or more blocks of channels and one plane of taps.
struct DepthwiseRun {
  /// The first block's first channel in column 0 of the first line, and its weights there.
  var input, weights: UnsafePointer<Float>
  /// The first block's first channel in column 0 of the first row.
  var output: UnsafeMutablePointer<Float>
  /// What the sums start from: a value a channel, and values laid out as the output.
  var bias, added: UnsafePointer<Float>?
  var end: DepthwiseEnd
  /// Lines, and floats from one to the next.
  var lines, lineStep: Int
  /// Rows, and floats from one to the next in the input and in the output.
  var rows, rowStep, outputRowStep: Int
  /// Floats from a column to the next.
  var step: Int
  /// How many blocks, of one or two vectors, and floats from the weights of one to the next.
  var blocks, vectors, blockWeights: Int
  var width: WindowAxis

  /// Two vectors of zeros.
  var zeros: UnsafePointer<Float>

  func tiles<Line: DepthwiseLine>(_ line: Line, _ tiles: DepthwiseTiles) {
    var tile = tiles.start
    while tile < tiles.first {
      edge(line, tile)
      tile = tile &+ 1
    }
    if tile < tiles.end {
      columns(line, InteriorColumns(step: step), tile, tiles.end)
      tile = tiles.end
    }
    while 4 &* tile < tiles.columns {
      edge(line, tile)
      tile = tile &+ 1
    }
  }

  /// A tile whose windows may reach out of the input, or which is less than four columns wide.
  private func edge<Line: DepthwiseLine>(_ line: Line, _ tile: Int) {
    let source = EdgeColumns(start: width.start(4 &* tile), width: width.input, step: step, count: min(width.output &- 4 &* tile, 4),
      zeros: zeros)
    columns(line, source, tile, tile &+ 1)
  }

  @inline(always)
  private func columns<Line: DepthwiseLine, Source: DepthwiseSource>(_ line: Line, _ source: Source, _ first: Int, _ endTile: Int) {
    if vectors == 2 { pairs(line, source, first, endTile) } else { singles(line, source, first, endTile) }
  }

  /// Tiles `first` ..< `endTile` of four columns of pairs of vectors.
  @inline(never)
  func pairs<Line: DepthwiseLine, Source: DepthwiseSource>(_ line: Line, _ source: Source, _ first: Int, _ endTile: Int) {
    let (step, lineStep, lines, end, rows, blocks) = (step, lineStep, lines, end, rows, blocks)
    let (rowStep, outputRowStep) = (rowStep, outputRowStep)
    let (kernelLine, blockWeights) = (line.taps &* 2 &* Lanes.count, blockWeights)
    var tile = first
    while tile < endTile {
      var rowInput = input + width.start(4 &* tile) &* step
      var offset = 4 &* tile &* step
      var row = rows
      while row > 0 {
        var blockInput = rowInput
        var firstWeights = weights
        var target = output + offset
        var bias = bias
        var residual = added.map { $0 + offset }
        var block = blocks
        while block > 0 {
          var low = DepthwiseColumns(.zero)
          var high = DepthwiseColumns(.zero)
          if let values = bias {
            low = DepthwiseColumns(Lanes(at: values))
            high = DepthwiseColumns(Lanes(at: values + Lanes.count))
            bias = values + 2 &* Lanes.count
          }
          if let values = residual {
            low.add(values, step: step, count: source.count)
            high.add(values + Lanes.count, step: step, count: source.count)
            residual = values + 2 &* Lanes.count
          }
          var input = blockInput
          var weights = firstWeights
          var left = lines
          while left > 0 {
            line.add(input, source, weights, to: &low, &high)
            input += lineStep
            weights += kernelLine
            left = left &- 1
          }
          end.store(low, count: source.count, to: target, step: step)
          end.store(high, count: source.count, to: target + Lanes.count, step: step)
          blockInput += 2 &* Lanes.count
          firstWeights += blockWeights
          target += 2 &* Lanes.count
          block = block &- 1
        }
        rowInput += rowStep
        offset = offset &+ outputRowStep
        row = row &- 1
      }
      tile = tile &+ 1
    }
  }

  /// The same for a block of one vector.
  @inline(never)
  private func singles<Line: DepthwiseLine, Source: DepthwiseSource>(_ line: Line, _ source: Source, _ first: Int, _ endTile: Int) {
    let (step, lineStep, lines, end, rows) = (step, lineStep, lines, end, rows)
    var tile = first
    while tile < endTile {
      var rowInput = input + width.start(4 &* tile) &* step
      var offset = 4 &* tile &* step
      var row = rows
      while row > 0 {
        var sums = DepthwiseColumns(.zero)
        if let bias { sums = DepthwiseColumns(Lanes(at: bias)) }
        if let added { sums.add(added + offset, step: step, count: source.count) }
        var input = rowInput
        var weights = weights
        var left = lines
        while left > 0 {
          line.add(input, source, weights, to: &sums)
          input += lineStep
          weights += line.taps &* Lanes.count
          left = left &- 1
        }
        end.store(sums, count: source.count, to: output + offset, step: step)
        rowInput += rowStep
        offset = offset &+ outputRowStep
        row = row &- 1
      }
      tile = tile &+ 1
    }
  }
}
