// SPDX-License-Identifier: Apache-2.0
import Platform

/// What happens to a tile besides the sums: result = activation(start + products + residual), start being the bias or what is there.
package struct TileEnd {
  /// One value a column of the panel, or nil for zeros.
  var bias: UnsafePointer<Float>?
  /// Laid out as the result; nil before the last part of the depth.
  var residual: UnsafePointer<Float>?
  /// Bounds of the result: where there is nothing to clamp, the infinities.
  var low, high: Float
  /// Whether the sums start with what the result holds, instead of the bias.
  var accumulates: Bool
  /// Whether an activation is applied: not before the last part of the depth, and not where it would change nothing.
  var activates: Bool
  /// The activation where it is hard swish, instead of the bounds.
  var hardSwish: HardSwish?

  /// Nothing but the sums.
  @inline(__always)
  static var bare: TileEnd { TileEnd(bias: nil, residual: nil, low: -.infinity, high: .infinity, accumulates: false, activates: false) }
}

/// The rows of the left factor that a tile reads: element (row, k) at `elements[row * stride + k]`, or, where
/// `PanelShape.readsInterleaved`, at `elements[k * PanelShape.rows + row]`.
///
/// The depth may lie in several lines, each `lineStep` floats behind the one before, as a window lies in a picture.
struct TileSource {
  var elements: UnsafePointer<Float>
  var stride: Int
  var lines = 1
  var lineStep = 0
  /// What is read after this panel, or nil: it is fetched meanwhile, in `PanelShape.streams` that start `aheadApart` floats apart and are
  /// `aheadStep` floats on after each round.
  var ahead: UnsafePointer<Float>?
  var aheadApart = 0
  var aheadStep = 0
}

#if !arch(arm64)
/// A step of the depth: an element of each row, three rows a pointer and `s` floats apart, times the panel's row `b`.
@_transparent
private func addStep(_ rows: Int, _ halves: Int, _ b: UnsafePointer<Float>, _ p0: UnsafePointer<Float>, _ p3: UnsafePointer<Float>,
  _ p6: UnsafePointer<Float>, _ p9: UnsafePointer<Float>, _ p12: UnsafePointer<Float>, _ s: Int, _ r0: inout TileRow, _ r1: inout TileRow,
  _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow, _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow,
  _ r9: inout TileRow, _ r10: inout TileRow, _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  let s2 = s &* 2
  var x = TileRow()
  x.start(halves, b)
  r0.add(halves, p0[0], x)
  if rows > 1 { r1.add(halves, p0[s], x) }
  if rows > 2 { r2.add(halves, p0[s2], x) }
  if rows > 3 { r3.add(halves, p3[0], x) }
  if rows > 4 { r4.add(halves, p3[s], x) }
  if rows > 5 { r5.add(halves, p3[s2], x) }
  if rows > 6 { r6.add(halves, p6[0], x) }
  if rows > 7 { r7.add(halves, p6[s], x) }
  if rows > 8 { r8.add(halves, p6[s2], x) }
  if rows > 9 { r9.add(halves, p9[0], x) }
  if rows > 10 { r10.add(halves, p9[s], x) }
  if rows > 11 { r11.add(halves, p9[s2], x) }
  if rows > 12 { r12.add(halves, p12[0], x) }
  if rows > 13 { r13.add(halves, p12[s], x) }
}
#endif

/// `rows` x `halves` half halves of the result, from `depth` products a line: both are literals where this is called, so that every row lies in registers.
@_transparent
func multiplyTile(_ rows: Int, _ halves: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  var r0 = TileRow(), r1 = TileRow(), r2 = TileRow(), r3 = TileRow(), r4 = TileRow(), r5 = TileRow(), r6 = TileRow()
  var r7 = TileRow(), r8 = TileRow(), r9 = TileRow(), r10 = TileRow(), r11 = TileRow(), r12 = TileRow(), r13 = TileRow()
  if end.accumulates {
    eachRow(rows, StartRows(halves: halves, from: c, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  } else if let bias = end.bias {
    eachRow(rows, StartRows(halves: halves, from: bias, stride: 0), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  }
  var b = panel
  let width = halves &* PanelShape.lanes / 2
  #if arch(arm64)
  var p = a.elements
  var steps = depth
  if rows == 8 && halves == 6 && steps > 1 {
    multiplySteps(&r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, panel: b, p, rounds: steps / 2)
    let done = steps &- steps % 2
    b += done &* width
    p += done &* PanelShape.rows
    steps &-= done
  }
  while steps > 0 {
    var x = TileRow()
    x.start(halves, b)
    let lower = SIMD4<Float>(at: p)
    r0.add(halves, lower[0], x)
    if rows > 1 { r1.add(halves, lower[1], x) }
    if rows > 2 { r2.add(halves, lower[2], x) }
    if rows > 3 { r3.add(halves, lower[3], x) }
    if rows > 4 {
      let upper = SIMD4<Float>(at: p + 4)
      r4.add(halves, upper[0], x)
      if rows > 5 { r5.add(halves, upper[1], x) }
      if rows > 6 { r6.add(halves, upper[2], x) }
      if rows > 7 { r7.add(halves, upper[3], x) }
    }
    p += PanelShape.rows
    b += width
    steps &-= 1
  }
  #else
  let s = a.stride
  var line = a.elements
  var lines = a.lines
  var ahead = a.ahead ?? panel
  while lines > 0 {
    // A pointer every third row: the two between are reached by the address's scale.
    var p0 = line, p3 = p0 + 3 &* s, p6 = p0 + 6 &* s, p9 = p0 + 9 &* s, p12 = p0 + 12 &* s
    var steps = depth
    // A round's steps follow each other without a branch: fewer instructions beside the multiply-adds, which counts where two threads share a
    // core. The last panel of a matrix does without where its tiles are low, so that there is not as much code again for each of its widths.
    let round = halves == 2 &* PanelShape.vectors || rows == PanelShape.rows ? PanelShape.round : 1
    while steps >= round {
      var k = 0
      while k < round {
        // Only the last panel is not full, and nothing comes after that.
        if halves == 2 &* PanelShape.vectors && k % PanelShape.fetchedSteps == 0 {
          platform_prefetch(ahead + k / PanelShape.fetchedSteps &* a.aheadApart)
        }
        addStep(rows, halves, b + k &* width, p0 + k, p3 + k, p6 + k, p9 + k, p12 + k, s, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11,
          &r12, &r13)
        k &+= 1
      }
      ahead += a.aheadStep
      p0 = platform_address_kept(p0 + round)
      if rows > 3 { p3 = platform_address_kept(p3 + round) }
      if rows > 6 { p6 = platform_address_kept(p6 + round) }
      if rows > 9 { p9 = platform_address_kept(p9 + round) }
      if rows > 12 { p12 = platform_address_kept(p12 + round) }
      b += round &* width
      steps &-= round
    }
    while round > 1 && steps > 0 {
      addStep(rows, halves, b, p0, p3, p6, p9, p12, s, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
      p0 += 1
      p3 += 1
      p6 += 1
      p9 += 1
      p12 += 1
      b += width
      steps &-= 1
    }
    line += a.lineStep
    lines &-= 1
  }
  #endif
  finishTile(rows, halves, c, cStride, end, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
}

/// The same for any number of rows up to `PanelShape.rows`, chosen once a tile.
@_transparent
func multiplyTile(rows: Int, _ halves: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch rows {
  case 1: multiplyTile(1, halves, a, panel, depth: depth, c, cStride, end)
  case 2: multiplyTile(2, halves, a, panel, depth: depth, c, cStride, end)
  case 3: multiplyTile(3, halves, a, panel, depth: depth, c, cStride, end)
  case 4: multiplyTile(4, halves, a, panel, depth: depth, c, cStride, end)
  #if CORACLE_FMA || arch(arm64)
  case 5: multiplyTile(5, halves, a, panel, depth: depth, c, cStride, end)
  case 6: multiplyTile(6, halves, a, panel, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_LANES_16 || arch(arm64)
  case 7: multiplyTile(7, halves, a, panel, depth: depth, c, cStride, end)
  case 8: multiplyTile(8, halves, a, panel, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_LANES_16
  case 9: multiplyTile(9, halves, a, panel, depth: depth, c, cStride, end)
  case 10: multiplyTile(10, halves, a, panel, depth: depth, c, cStride, end)
  case 11: multiplyTile(11, halves, a, panel, depth: depth, c, cStride, end)
  case 12: multiplyTile(12, halves, a, panel, depth: depth, c, cStride, end)
  case 13: multiplyTile(13, halves, a, panel, depth: depth, c, cStride, end)
  case 14: multiplyTile(14, halves, a, panel, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}

/// The same for the heights of tiles that narrow panels have.
@_transparent
func multiplyNarrowTile(rows: Int, _ halves: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch rows {
  case 1: multiplyTile(1, halves, a, panel, depth: depth, c, cStride, end)
  case 3: multiplyTile(3, halves, a, panel, depth: depth, c, cStride, end)
  #if CORACLE_LANES_16
  case 6: multiplyTile(6, halves, a, panel, depth: depth, c, cStride, end)
  case 12: multiplyTile(12, halves, a, panel, depth: depth, c, cStride, end)
  case 13: multiplyTile(13, halves, a, panel, depth: depth, c, cStride, end)
  case 14: multiplyTile(14, halves, a, panel, depth: depth, c, cStride, end)
  #elseif CORACLE_FMA
  case 6: multiplyTile(6, halves, a, panel, depth: depth, c, cStride, end)
  #elseif arch(arm64)
  case 8: multiplyTile(8, halves, a, panel, depth: depth, c, cStride, end)
  #else
  case 4: multiplyTile(4, halves, a, panel, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}

/// A tile against a panel of `width` columns.
///
/// For speed, as whatever holds a tile: for size, the compiler leaves the row's steps in functions, and the sums go through memory.
@inline(never) @_optimize(speed)
func multiplyWholeTile(rows: Int, width: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  guard width < PanelShape.columns else { return multiplyTile(rows: rows, 2 &* PanelShape.vectors, a, panel, depth: depth, c, cStride, end) }
  var (a, c, end, rest) = (a, c, end, rows)
  while rest > 0 {
    let part = PanelShape.narrowRows(rest)
    switch 2 &* width / PanelShape.lanes {
    case 2: multiplyNarrowTile(rows: part, 2, a, panel, depth: depth, c, cStride, end)
    #if arch(arm64)
    case 4: multiplyNarrowTile(rows: part, 4, a, panel, depth: depth, c, cStride, end)
    #endif
    #if CORACLE_FMA
    case 1: multiplyNarrowTile(rows: part, 1, a, panel, depth: depth, c, cStride, end)
    case 3: multiplyNarrowTile(rows: part, 3, a, panel, depth: depth, c, cStride, end)
    #endif
    default: break
    }
    a.elements += PanelShape.readsInterleaved ? part : part &* a.stride
    c += part &* cStride
    end.residual = end.residual.map { $0 + part &* cStride }
    rest &-= part
  }
}
