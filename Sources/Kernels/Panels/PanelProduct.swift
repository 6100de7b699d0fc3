// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform

/// A matrix product whose right factor is packed in panels: result = activation(a b + bias + residual), computed block by block so that
/// a block of the left factor and a panel stay in the cache (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication,
/// ACM TOMS 34, 2008).
package struct PanelProduct {
  /// The packed right factor.
  package var panels: UnsafePointer<Float>
  package var columns: Int
  package var depth: Int
  package var result: UnsafeMutablePointer<Float>
  /// Floats between rows of the result and of the residual.
  package var resultStride: Int
  /// One value a column, or nil.
  package var bias: UnsafePointer<Float>?
  /// Laid out as the result, or nil.
  package var residual: UnsafePointer<Float>?
  package let activation: Activation
  /// The bounds that the activation clamps to, or the infinities.
  private let low, high: Float
  private let hardSwish: HardSwish?
  /// Whether those bounds are all that the activation does, and whether it does nothing.
  private let isBounded, isIdentity: Bool
  /// Tiles of rows that meet all panels before the next rows do, above 0; see `PanelBlocking.groupTiles`.
  package var groupTiles = Int.max
  /// Whether everything is added to what the result holds, instead of to the bias.
  package var accumulates = false
  /// Room for `PanelProduct.spareFloats`, this thread's own.
  package var spare: UnsafeMutablePointer<Float>
  /// Whether the left factor's rows have not just been written: they are fetched on the way also where one group of tiles has them all.
  package var rowsAreFar = false
  /// What is read after the product, or nil: it is fetched on the way.
  package var following: FollowingFloats?
  /// Room for `PanelProduct.pairFloats`, this thread's own, or nil.
  package var pairs: UnsafeMutablePointer<Float>?

  /// Floats of working space in which the last panel of a right factor is put in pairs of steps, once a call; 0 where that does not pay.
  package static func pairFloats(columns: Int, depth: Int) -> Int {
    #if CORACLE_LANES_16
    PairPanel.floats(columns: columns, depth: depth)
    #else
    0
    #endif
  }

  /// Floats of working space of one thread.
  package static var spareFloats: Int { PanelShape.rows &* PanelShape.columns }

  package init(panels: UnsafePointer<Float>, columns: Int, depth: Int, result: UnsafeMutablePointer<Float>, resultStride: Int,
    bias: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil, activation: Activation = Activation(),
    spare: UnsafeMutablePointer<Float>) {
    self.panels = panels
    self.columns = columns
    self.depth = depth
    self.result = result
    self.resultStride = resultStride
    self.bias = bias
    self.residual = residual
    self.activation = activation
    let bounds = activation.bounds
    low = bounds?.low ?? -.infinity
    high = bounds?.high ?? .infinity
    hardSwish = HardSwish(activation)
    isBounded = bounds != nil
    isIdentity = activation.function == .identity
    self.spare = spare
  }

  /// Depth `firstDepth` ..< `endDepth` of rows `firstRow` ..< `firstRow + rows` against panels `firstPanel` ..< `endPanel`.
  ///
  /// `a` holds these rows (from the first one) and this part of the depth (from its beginning), `aStride` floats apart; where
  /// `PanelShape.readsInterleaved`, in `interleaveRows`' order instead. Parts of the depth come in order, one call each: the first
  /// starts with the bias, the last finishes.
  @inline(never) // Once in the library: it has many callers, and is called once a task and part.
  package func compute(firstRow: Int, rows: Int, _ a: UnsafePointer<Float>, aStride: Int, firstDepth: Int, endDepth: Int,
    firstPanel: Int, endPanel: Int) {
    let tiles = TileSpread(rows: rows, columns: columns)
    #if CORACLE_LANES_16
    let pairPanel = pairPanel(firstDepth, endDepth, endPanel: endPanel)
    let wholePanels = pairPanel == nil ? endPanel : endPanel &- 1
    // Rows that meet one panel only: enough for tiles of nearly the same height.
    let groupTiles = wholePanels > firstPanel ? groupTiles : max(groupTiles, 6)
    #else
    let wholePanels = endPanel
    #endif
    var tile = 0
    while tile < tiles.count {
      let endTile = min(groupTiles, tiles.count &- tile) &+ tile
      computeGroup(tile, endTile, of: tiles, firstRow: firstRow, a, aStride: aStride, firstDepth: firstDepth, endDepth: endDepth,
        firstPanel: firstPanel, endPanel: wholePanels)
      #if CORACLE_LANES_16
      if let pairPanel {
        let (first, end) = (tiles.start(tile), endTile < tiles.count ? tiles.start(endTile) : rows)
        // Where whole panels stand before it, they have fetched what follows.
        let following = wholePanels > firstPanel ? nil : following(first, end, of: rows)
        multiply(pairPanel, firstRow: firstRow &+ first, rows: end &- first, a + first &* aStride, aStride, following)
      }
      #endif
      tile = endTile
    }
  }

  #if CORACLE_LANES_16
  /// The last panel in pairs of steps, where there is room for it, it ends in whole halves of a vector, and the depth is in one part.
  private func pairPanel(_ firstDepth: Int, _ endDepth: Int, endPanel: Int) -> PairPanel? {
    guard let pairs, !accumulates, endDepth &- firstDepth == depth, endPanel == PanelShape.count(columns) else { return nil }
    // An activation goes over the columns afterwards: beside whole panels, which have it in registers, nothing would be gained.
    guard isIdentity || columns < PanelShape.columns, PairPanel.floats(columns: columns, depth: depth) > 0 else { return nil }
    // The residual is added afterwards too, and would be overwritten where the result takes its memory.
    if let residual, residual == UnsafePointer(result) { return nil }
    let column = (endPanel &- 1) &* PanelShape.columns
    return PairPanel(panelPart(endPanel &- 1, 0, depth).start, width: columns &- column, depth: depth, bias: bias.map { $0 + column }, into: pairs)
  }

  /// What rows `first` ..< `end` of `rows` fetch of what follows.
  private func following(_ first: Int, _ end: Int, of rows: Int) -> FollowingFloats? {
    following.map { FollowingFloats(start: $0.start + $0.count &* first / rows, count: $0.count &* (end &- first) / rows) }
  }

  /// Rows of the result's last columns.
  private func multiply(_ panel: PairPanel, firstRow: Int, rows: Int, _ a: UnsafePointer<Float>, _ aStride: Int, _ following: FollowingFloats?) {
    let offset = firstRow &* resultStride &+ columns &- panel.width
    panel.multiply(rows: rows, a, aStride, result + offset, resultStride, following)
    finishRows(result + offset, rows: rows, columns: panel.width, rowStride: resultStride, bias: nil, residual: residual.map { $0 + offset },
      residualStride: resultStride, activation: activation)
  }
  #endif

  /// Depth `firstDepth` ..< `endDepth` of a panel, within the product's: it lies in one piece.
  package func panelPart(_ panel: Int, _ firstDepth: Int, _ endDepth: Int) -> FollowingFloats {
    let width = PanelShape.width(of: panel, columns: columns)
    return FollowingFloats(start: panels + (panel &* PanelShape.columns &* depth &+ firstDepth &* width), count: width &* (endDepth &- firstDepth))
  }

  /// Tiles `firstTile` ..< `endTile` of them, which meet a panel one after the other.
  private func computeGroup(_ firstTile: Int, _ endTile: Int, of tiles: TileSpread, firstRow: Int, _ a: UnsafePointer<Float>, aStride: Int, firstDepth: Int,
    endDepth: Int, firstPanel: Int, endPanel: Int) {
    let part = endDepth &- firstDepth
    let share = endTile &- firstTile
    let finishes = endDepth == depth
    // What lies between the rows of two tiles, for a row.
    let step = PanelShape.readsInterleaved ? part : aStride
    let following = following.map { FollowingFloats(start: $0.start + $0.count &* firstTile / tiles.count, count: $0.count &* share / tiles.count) }
    let rowsBehind = rowsBehind(firstTile, endTile, of: tiles, a, aStride: aStride, depth: part)
    // The next group's come with the last whole panel, and what follows the product with one before it; a group that is all fetches its own with its
    // first panel.
    let isLast = endTile == tiles.count
    let rowsPanel = rowsBehind == nil ? -1 : isLast ? firstPanel : max(min(endPanel, columns / PanelShape.columns) &- 1, firstPanel)
    let endFollowing = rowsBehind == nil || isLast ? endPanel : rowsPanel
    for panel in firstPanel..<endPanel {
      let column = panel &* PanelShape.columns
      let width = PanelShape.width(of: panel, columns: columns)
      let held = min(columns &- column, width)
      let b = panelPart(panel, firstDepth, endDepth).start
      var end = end(column, accumulates: accumulates || firstDepth > 0, finishes: finishes)
      // Each tile fetches its share of what is read next: if the first one fetched it all, it would wait for memory, and the others not.
      let next = panel == rowsPanel ? rowsBehind
        : next(panel, firstPanel, endFollowing, share, panel &+ 1 < endPanel ? panelPart(panel &+ 1, firstDepth, endDepth) : nil, following)
      // Set up once a panel: the products of a tile of little depth take as long as a few divisions.
      let floats = next.map { $0.count / share } ?? 0
      var source = TileSource(elements: a + tiles.start(firstTile) &* step, stride: aStride)
      source.ahead = next?.start
      source.aheadApart = floats / PanelShape.streams
      source.aheadStep = (PanelShape.round &* source.aheadApart &+ part &- 1) / max(part, 1)
      let firstOffset = (firstRow &+ tiles.start(firstTile)) &* resultStride &+ column
      var offset = firstOffset
      for tile in firstTile..<endTile {
        let rows = tiles.rows(tile)
        if let residual, finishes {
          end.residual = residual + offset
          // The next tile's: the rows below, or the group's first ones for the next panel.
          if tile &+ 1 < endTile {
            fetchRows(residual + (offset &+ rows &* resultStride), rows)
          } else if panel &+ 1 < endPanel {
            fetchRows(residual + (firstOffset &+ PanelShape.columns), rows)
          }
        }
        multiplyPart(rows: rows, held: held, width: width, source, b, depth: part, offset, end)
        source.elements += rows &* step
        source.ahead = source.ahead.map { $0 + floats }
        offset &+= rows &* resultStride
      }
    }
  }

  /// Rows of the left factor that a panel's tiles fetch, each its share, because whoever reads them first would wait for them: the next group's, or of a
  /// group that is all, those behind the first tile. Nil where they do not follow each other in memory, but for a few lines.
  @inline(__always)
  private func rowsBehind(_ firstTile: Int, _ endTile: Int, of tiles: TileSpread, _ a: UnsafePointer<Float>, aStride: Int, depth: Int) -> FollowingFloats? {
    guard !PanelShape.readsInterleaved, aStride >= depth, aStride &- depth < 48 else { return nil }
    let first = endTile < tiles.count ? endTile : firstTile &+ 1
    guard first < tiles.count, endTile < tiles.count || firstTile == 0 && rowsAreFar else { return nil }
    let start = tiles.start(first)
    let behind = FollowingFloats(start: a + start &* aStride, count: (tiles.start(min(first &+ endTile &- firstTile, tiles.count)) &- start) &* aStride)
    // Instead of the second panel, which comes from as far.
    return endTile == tiles.count && behind.count < 8 &* PanelShape.columns &* depth ? nil : behind
  }

  /// What `tiles` tiles of panel `panel` fetch, where `behind` is the panel after it: a share of what follows where all panels stay in the first-level
  /// cache, else the next panel, and all of what follows with the last whole one, since the others' tiles fetch nothing.
  private func next(_ panel: Int, _ first: Int, _ end: Int, _ tiles: Int, _ behind: FollowingFloats?, _ following: FollowingFloats?) -> FollowingFloats? {
    let whole = min(end, columns / PanelShape.columns)
    if let following {
      if columns &* depth <= PanelProduct.cachedFloats, panel < whole { return following.part(panel &- first, of: whole &- first) }
      if panel &+ 1 == whole { return following }
    }
    // Where a tile is alone, what it fetched a whole panel before the use would only displace other lines.
    return tiles > 1 ? behind : nil
  }

  /// Floats of a right factor that stays in a first-level cache: its panels are fetched once.
  private static var cachedFloats: Int { 8192 }

  /// Fetches a tile's `rows` rows of the residual, which the next tile adds at its end: it would wait for them otherwise.
  @inline(__always)
  private func fetchRows(_ tile: UnsafePointer<Float>, _ rows: Int) {
    var line = tile
    for _ in 0..<rows {
      platform_prefetch(line)
      if PanelShape.columns > 16 { platform_prefetch(line + 16) }
      line += resultStride
    }
  }

  /// Rows of a product whose left factor is read where it lies, a window's lines at a time: row `firstRow + row` has its first line
  /// at `a + row * aStride`, the others `lineStep` floats apart, `lineDepth` floats each. `firstDepth` is where the first line stands in
  /// the depth; lines that are left out count as zeros. Not for instruction sets that read interleaved rows.
  @inline(never)
  package func computeLines(firstRow: Int, rows: Int, _ a: UnsafePointer<Float>, aStride: Int, firstDepth: Int, lines: Int, lineStep: Int,
    lineDepth: Int, firstPanel: Int, endPanel: Int) {
    let tiles = TileSpread(rows: rows, columns: columns)
    for panel in firstPanel..<endPanel {
      let column = panel &* PanelShape.columns
      let width = PanelShape.width(of: panel, columns: columns)
      let held = min(columns &- column, width)
      let b = panels + (column &* depth &+ firstDepth &* width)
      var end = end(column, accumulates: false, finishes: true)
      var source = TileSource(elements: a, stride: aStride, lines: lines, lineStep: lineStep)
      var offset = firstRow &* resultStride &+ column
      for tile in 0..<tiles.count {
        let rows = tiles.rows(tile)
        end.residual = residual.map { $0 + offset }
        multiplyPart(rows: rows, held: held, width: width, source, b, depth: lineDepth, offset, end)
        source.elements += rows &* aStride
        offset &+= rows &* resultStride
      }
    }
  }

  /// What ends the tiles of the panel that starts at `column`, but for the residual.
  @inline(__always)
  func end(_ column: Int, accumulates: Bool, finishes: Bool) -> TileEnd {
    TileEnd(bias: bias.map { $0 + column }, residual: nil, low: low, high: high, accumulates: accumulates,
      activates: finishes && !isIdentity, hardSwish: hardSwish)
  }

  /// Applies to a tile of the result, which is in the cache, an activation that its own end could not: `isWhole`, whether it was stored by vectors.
  @inline(__always)
  func activate(_ offset: Int, rows: Int, columns: Int, isWhole: Bool, _ end: TileEnd) {
    guard end.activates, !isBounded, !(isWhole && end.hardSwish != nil) else { return }
    finishRows(result + offset, rows: rows, columns: columns, rowStride: resultStride, bias: nil, residual: nil, residualStride: 0,
      activation: activation)
  }

  @inline(__always)
  private func multiplyPart(rows: Int, held: Int, width: Int, _ source: TileSource, _ b: UnsafePointer<Float>, depth: Int, _ offset: Int,
    _ end: TileEnd) {
    if held == width {
      multiplyWholeTile(rows: rows, width: width, source, b, depth: depth, result + offset, resultStride, end)
    } else {
      multiplyRaggedTile(rows: rows, columns: held, width: width, source, b, depth: depth, result + offset, end)
    }
    activate(offset, rows: rows, columns: held, isWhole: held == width, end)
  }

  /// A tile whose panel reaches over the result's last column: computed aside, then copied.
  private func multiplyRaggedTile(rows: Int, columns: Int, width: Int, _ source: TileSource, _ b: UnsafePointer<Float>, depth: Int,
    _ target: UnsafeMutablePointer<Float>, _ end: TileEnd) {
    multiplyWholeTile(rows: rows, width: width, source, b, depth: depth, spare, width, .bare)
    finishRagged(rows: rows, columns: columns, width: width, target, end)
  }

  /// Adds what `end` says to the sums in `spare`, rows of `width`, and copies their first `columns` to the result.
  @inline(never)
  func finishRagged(rows: Int, columns: Int, width: Int, _ target: UnsafeMutablePointer<Float>, _ end: TileEnd) {
    let (low, high) = (Lanes(repeating: end.low), Lanes(repeating: end.high))
    for row in 0..<rows {
      let sums = spare + row &* width
      let line = target + row &* resultStride
      let residual = end.residual.map { $0 + row &* resultStride }
      joinVectors(columns) { column, held in
        var x = Lanes(at: sums + column, first: held)
        if end.accumulates {
          x += Lanes(at: line + column, first: held)
        } else if let bias = end.bias {
          x += Lanes(at: bias + column, first: held)
        }
        if let residual { x += Lanes(at: residual + column, first: held) }
        if end.activates { x = x.maximum(low).minimum(high) }
        x.store(to: line + column, first: held)
      }
    }
  }
}
