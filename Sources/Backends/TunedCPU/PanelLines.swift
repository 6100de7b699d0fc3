// SPDX-License-Identifier: Apache-2.0
import Kernels
import Operators
import Tensors

/// How the lines of a group's channels are copied, with zeros around them: all windows then lie inside, and the taps of one follow each other.
///
/// A float is copied once or, where two copies meet, twice, instead of once for each window that it lies in.
struct PanelLines {
  /// Rows of the output whose lines are copied at once.
  let rows: Int
  /// Floats of a line.
  let lineFloats: Int
  /// Floats of all lines of so many rows.
  let floats: Int

  /// Copied lines, of `channels`, take at most a sixteenth of a second-level cache, and what is to stay there of the input meanwhile, `pitch` floats a
  /// position, half of it, unless a single row's lines take more.
  init(_ window: Window, channels: Int, pitch: Int, caches: CacheSizes) {
    let positions = window.width.lines(of: max(window.width.output, 1))
    lineFloats = sizeProduct(positions, channels)
    let fitting = min(caches.level2 / 16 / max(sizeProduct(4, lineFloats), 1), caches.level2 / 2 / max(sizeProduct(sizeProduct(4, positions), pitch), 1))
    rows = min(max((fitting &- window.height.reach) / max(window.height.stride, 1), 1), max(window.height.output, 1))
    floats = sizeProduct(window.height.lines(of: rows), lineFloats)
  }

  /// Where the positions end whose lines are copied with those of `position`.
  func end(_ position: Int, of window: Window) -> Int {
    let row = position / window.width.output
    let line = row % window.height.output
    return (row &- line &+ min((line / rows &+ 1) &* rows, window.height.output)) &* window.width.output
  }
}

extension PanelLayerRun {
  /// Positions `first` ..< `first + rows` of one group from windows as they lie in copied lines.
  func multiplyCopiedLines(_ product: PanelProduct, group: Int, _ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    let (window, channels, lines) = (plan.window, plan.groupChannels, plan.lines)
    let width = window.width.output
    let step = window.width.stride &* channels
    var position = first
    while position < first &+ rows {
      let row = WindowRow(position / width, of: window)
      let end = min(lines.end(position, of: window), first &+ rows)
      let count = (end &- 1) / width &- position / width &+ 1
      copyLines(input + group &* channels, window, image: row.image, first: window.height.start(row.height), count: window.height.lines(of: count),
        channels: channels, into: scratch, stride: lines.lineFloats)
      for panel in firstPanel..<endPanel {
        var (from, line) = (position, UnsafePointer(scratch))
        while from < end {
          let column = from % width
          let to = min(from &+ width &- column, end)
          product.computeLines(firstRow: from, rows: to &- from, line + column &* step, aStride: step, firstDepth: 0, lines: window.height.kernel,
            lineStep: window.height.dilation &* lines.lineFloats, lineDepth: window.width.kernel &* channels, firstPanel: panel, endPanel: panel &+ 1)
          from = to
          line += window.height.stride &* lines.lineFloats
        }
      }
      position = end
    }
  }

  /// Positions `first` ..< `first + rows` from windows as they lie in the input; those that reach over the sides of the picture are copied.
  func multiplyLines(_ product: PanelProduct, _ first: Int, _ rows: Int, _ firstPanel: Int, _ endPanel: Int) {
    let window = plan.window
    let width = max(window.width.output, 1)
    // The columns whose windows lie within the picture's sides.
    let step = max(window.width.stride, 1)
    let firstInside = min((window.width.padding &+ step &- 1) / step, width)
    let room = window.width.input &+ window.width.padding &- window.width.kernel
    let endInside = room < 0 ? firstInside : max(min(room / step &+ 1, width), firstInside)
    var position = first
    var row = WindowRow(first / width, of: window)
    while position < first &+ rows {
      let column = position % width
      let end = min(position &+ width &- column, first &+ rows)
      let endColumn = column &+ end &- position
      let top = window.height.start(row.height)
      let firstTap = window.height.firstTap(top)
      let lines = window.height.endTap(top) &- firstTap
      let from = min(max(column, firstInside), endColumn)
      let to = max(min(endColumn, endInside), from)
      if to > from {
        let line = (row.image &* window.height.input &+ top &+ firstTap &* window.height.dilation) &* window.width.input
        product.computeLines(firstRow: position &+ from &- column, rows: to &- from,
          input + (line &+ window.width.start(from)) &* window.channels, aStride: step &* window.channels,
          firstDepth: firstTap &* window.width.kernel &* window.channels, lines: lines,
          lineStep: window.height.dilation &* window.width.input &* window.channels, lineDepth: window.width.kernel &* window.channels,
          firstPanel: firstPanel, endPanel: endPanel)
      }
      position = end
      row.advance(in: window)
    }
    multiplySide(product, first, rows, columns: 0..<firstInside, firstPanel, endPanel)
    multiplySide(product, first, rows, columns: endInside..<width, firstPanel, endPanel)
  }

  /// Those of positions `first` ..< `first + rows` that lie in `columns` of their row: a column of several rows at a time, or the columns of a row, whichever
  /// are more, since the sums of a few rows of a product wait for themselves.
  @inline(never)
  private func multiplySide(_ product: PanelProduct, _ first: Int, _ rows: Int, columns: Range<Int>, _ firstPanel: Int, _ endPanel: Int) {
    let width = max(plan.window.width.output, 1)
    let pictureRows = first / width..<(first &+ rows &+ width &- 1) / width
    if pictureRows.count > columns.count {
      for column in columns {
        let firstRow = pictureRows.lowerBound &* width &+ column < first ? pictureRows.lowerBound &+ 1 : pictureRows.lowerBound
        let endRow = (first &+ rows &- column &+ width &- 1) / width
        copyAndMultiply(product, firstRow &* width &+ column, endRow &- firstRow, apart: width, firstPanel, endPanel)
      }
    } else {
      for row in pictureRows {
        let (from, to) = (max(row &* width &+ columns.lowerBound, first), min(row &* width &+ columns.upperBound, first &+ rows))
        copyAndMultiply(product, from, to &- from, apart: 1, firstPanel, endPanel)
      }
    }
  }

  /// `count` positions from `first` on, `apart` from each other, from copied windows.
  private func copyAndMultiply(_ product: PanelProduct, _ first: Int, _ count: Int, apart: Int, _ firstPanel: Int, _ endPanel: Int) {
    var product = product
    let start = first &* product.resultStride
    product.result += start
    product.residual = product.residual.map { $0 + start }
    product.resultStride &*= apart
    var done = 0
    while done < count {
      let rows = min(count &- done, plan.copiedRows)
      for row in 0..<rows {
        gatherWindowRows(input, plan.window, first: first &+ (done &+ row) &* apart, count: 1, firstChannel: 0, channels: plan.groupChannels, firstDepth: 0,
          endDepth: plan.depth, into: scratch + row &* plan.rowFloats, stride: plan.rowFloats)
      }
      product.compute(firstRow: done, rows: rows, scratch, aStride: plan.rowFloats, firstDepth: 0, endDepth: plan.depth,
        firstPanel: firstPanel, endPanel: endPanel)
      done &+= rows
    }
  }
}
