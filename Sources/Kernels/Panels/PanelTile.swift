// SPDX-License-Identifier: Apache-2.0
import Platform

/// What happens to a tile besides the sums: result = activation(start + products + residual), start being the bias or what is there.
package struct TileEnd {
  /// One value a column of the panel, or nil for zeros.
  var bias: UnsafePointer<Float>?
  /// Laid out as the result.
  var residual: UnsafePointer<Float>?
  /// Bounds of the result: where there is nothing to clamp, the infinities.
  var low, high: Float
  /// Whether the sums start with what the result holds, instead of the bias.
  var accumulates: Bool
  /// Whether residual and activation are applied: not before the last part of the depth.
  var finishes: Bool
  /// Whether the activation is hard swish, x clamp(x / 6 + 1/2, 0, 1), instead of the bounds.
  var isHardSwish = false

  /// Nothing but the sums.
  @inline(__always)
  static var bare: TileEnd { TileEnd(bias: nil, residual: nil, low: -.infinity, high: .infinity, accumulates: false, finishes: false) }
}

/// One row of a tile: up to three vectors, then half a one. `halves` counts its half vectors.
struct TileRow {
  var v0 = PanelVector.zero
  var v1 = PanelVector.zero
  var v2 = PanelVector.zero
  var half = PanelHalf.zero

  /// Where the half lies.
  @_transparent
  private static func place(_ halves: Int) -> Int { halves / 2 &* PanelShape.lanes }

  @_transparent
  mutating func start(_ halves: Int, _ from: UnsafePointer<Float>) {
    if halves > 1 { v0 = PanelVector(at: from) }
    if halves > 3 { v1 = PanelVector(at: from + PanelShape.lanes) }
    if halves > 5 { v2 = PanelVector(at: from + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { half = PanelHalf(at: from + TileRow.place(halves)) }
  }

  /// Adds `element` times a row of the panel.
  @_transparent
  mutating func add(_ halves: Int, _ element: Float, _ b: TileRow) {
    let x = PanelVector(repeating: element)
    if halves > 1 { v0 = v0.multiplyAddPanel(x, b.v0) }
    if halves > 3 { v1 = v1.multiplyAddPanel(x, b.v1) }
    if halves > 5 { v2 = v2.multiplyAddPanel(x, b.v2) }
    if halves % 2 == 1 { half = half.accumulateHalf(PanelHalf(repeating: element), b.half) }
  }

  @_transparent
  func finish(_ halves: Int, _ target: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ end: TileEnd) {
    var row = self
    if end.finishes {
      if let residual {
        var added = TileRow()
        added.start(halves, residual)
        if halves > 1 { row.v0 += added.v0 }
        if halves > 3 { row.v1 += added.v1 }
        if halves > 5 { row.v2 += added.v2 }
        if halves % 2 == 1 { row.half += added.half }
      }
      if end.isHardSwish {
        if halves > 1 { row.v0 = row.v0.hardSwish() }
        if halves > 3 { row.v1 = row.v1.hardSwish() }
        if halves > 5 { row.v2 = row.v2.hardSwish() }
        if halves % 2 == 1 { row.half = row.half.hardSwish() }
      } else {
        let low = PanelVector(repeating: end.low)
        let high = PanelVector(repeating: end.high)
        if halves > 1 { row.v0 = row.v0.clamped(low, high) }
        if halves > 3 { row.v1 = row.v1.clamped(low, high) }
        if halves > 5 { row.v2 = row.v2.clamped(low, high) }
        if halves % 2 == 1 { row.half = row.half.clamped(PanelHalf(repeating: end.low), PanelHalf(repeating: end.high)) }
      }
    }
    if halves > 1 { row.v0.store(to: target) }
    if halves > 3 { row.v1.store(to: target + PanelShape.lanes) }
    if halves > 5 { row.v2.store(to: target + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { row.half.store(to: target + TileRow.place(halves)) }
  }
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
  /// How far behind each row of the panel lies what is read next: it is fetched meanwhile.
  var ahead = 0
}

#if !arch(arm64)
/// A step of the depth: an element of each row, three rows a pointer and `s` floats apart, times the panel's row `b`.
@_transparent
private func addStep(_ rows: Int, _ halves: Int, _ b: UnsafePointer<Float>, ahead: Int, _ p0: UnsafePointer<Float>, _ p3: UnsafePointer<Float>,
  _ p6: UnsafePointer<Float>, _ p9: UnsafePointer<Float>, _ p12: UnsafePointer<Float>, _ s: Int, _ r0: inout TileRow, _ r1: inout TileRow,
  _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow, _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow,
  _ r9: inout TileRow, _ r10: inout TileRow, _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  let s2 = s &* 2
  var x = TileRow()
  x.start(halves, b)
  // Only the last panel is not full, and nothing comes after that. A line of the cache holds 16 floats.
  if halves == 2 &* PanelShape.vectors {
    platform_prefetch(b + ahead)
    if PanelShape.lanes >= 16 { platform_prefetch(b + (ahead &+ PanelShape.lanes)) }
  }
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
///
/// Named rows instead of an array: an array of accumulators would live in memory.
@_transparent
func multiplyTile(_ rows: Int, _ halves: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  var r0 = TileRow(), r1 = TileRow(), r2 = TileRow(), r3 = TileRow(), r4 = TileRow(), r5 = TileRow(), r6 = TileRow()
  var r7 = TileRow(), r8 = TileRow(), r9 = TileRow(), r10 = TileRow(), r11 = TileRow(), r12 = TileRow(), r13 = TileRow()
  if end.accumulates {
    let s = UnsafePointer(c)
    r0.start(halves, s)
    if rows > 1 { r1.start(halves, s + cStride) }
    if rows > 2 { r2.start(halves, s + 2 &* cStride) }
    if rows > 3 { r3.start(halves, s + 3 &* cStride) }
    if rows > 4 { r4.start(halves, s + 4 &* cStride) }
    if rows > 5 { r5.start(halves, s + 5 &* cStride) }
    if rows > 6 { r6.start(halves, s + 6 &* cStride) }
    if rows > 7 { r7.start(halves, s + 7 &* cStride) }
    if rows > 8 { r8.start(halves, s + 8 &* cStride) }
    if rows > 9 { r9.start(halves, s + 9 &* cStride) }
    if rows > 10 { r10.start(halves, s + 10 &* cStride) }
    if rows > 11 { r11.start(halves, s + 11 &* cStride) }
    if rows > 12 { r12.start(halves, s + 12 &* cStride) }
    if rows > 13 { r13.start(halves, s + 13 &* cStride) }
  } else if let bias = end.bias {
    r0.start(halves, bias)
    r1 = r0; r2 = r0; r3 = r0; r4 = r0; r5 = r0; r6 = r0
    r7 = r0; r8 = r0; r9 = r0; r10 = r0; r11 = r0; r12 = r0; r13 = r0
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
  while lines > 0 {
    // A pointer every third row: the two between are reached by the address's scale.
    var p0 = line, p3 = p0 + 3 &* s, p6 = p0 + 6 &* s, p9 = p0 + 9 &* s, p12 = p0 + 12 &* s
    var steps = depth
    // A round's steps follow each other without a branch: fewer instructions beside the multiply-adds, which counts where two threads share a
    // core.
    while steps >= PanelShape.round {
      var k = 0
      while k < PanelShape.round {
        addStep(rows, halves, b + k &* width, ahead: a.ahead, p0 + k, p3 + k, p6 + k, p9 + k, p12 + k, s, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8,
          &r9, &r10, &r11, &r12, &r13)
        k &+= 1
      }
      p0 += PanelShape.round
      p3 += PanelShape.round
      p6 += PanelShape.round
      p9 += PanelShape.round
      p12 += PanelShape.round
      b += PanelShape.round &* width
      steps &-= PanelShape.round
    }
    while PanelShape.round > 1 && steps > 0 {
      addStep(rows, halves, b, ahead: a.ahead, p0, p3, p6, p9, p12, s, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
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
  let residual = end.residual
  r0.finish(halves, c, residual, end)
  if rows > 1 { r1.finish(halves, c + cStride, residual.map { $0 + cStride }, end) }
  if rows > 2 { r2.finish(halves, c + 2 &* cStride, residual.map { $0 + 2 &* cStride }, end) }
  if rows > 3 { r3.finish(halves, c + 3 &* cStride, residual.map { $0 + 3 &* cStride }, end) }
  if rows > 4 { r4.finish(halves, c + 4 &* cStride, residual.map { $0 + 4 &* cStride }, end) }
  if rows > 5 { r5.finish(halves, c + 5 &* cStride, residual.map { $0 + 5 &* cStride }, end) }
  if rows > 6 { r6.finish(halves, c + 6 &* cStride, residual.map { $0 + 6 &* cStride }, end) }
  if rows > 7 { r7.finish(halves, c + 7 &* cStride, residual.map { $0 + 7 &* cStride }, end) }
  if rows > 8 { r8.finish(halves, c + 8 &* cStride, residual.map { $0 + 8 &* cStride }, end) }
  if rows > 9 { r9.finish(halves, c + 9 &* cStride, residual.map { $0 + 9 &* cStride }, end) }
  if rows > 10 { r10.finish(halves, c + 10 &* cStride, residual.map { $0 + 10 &* cStride }, end) }
  if rows > 11 { r11.finish(halves, c + 11 &* cStride, residual.map { $0 + 11 &* cStride }, end) }
  if rows > 12 { r12.finish(halves, c + 12 &* cStride, residual.map { $0 + 12 &* cStride }, end) }
  if rows > 13 { r13.finish(halves, c + 13 &* cStride, residual.map { $0 + 13 &* cStride }, end) }
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

/// A tile against a panel of `width` columns.
@inline(never)
func multiplyWholeTile(rows: Int, width: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch 2 &* width / PanelShape.lanes {
  case 2: multiplyTile(rows: rows, 2, a, panel, depth: depth, c, cStride, end)
  case 4: multiplyTile(rows: rows, 4, a, panel, depth: depth, c, cStride, end)
  #if arch(arm64)
  case 6: multiplyTile(rows: rows, 6, a, panel, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_FMA
  case 1: multiplyTile(rows: rows, 1, a, panel, depth: depth, c, cStride, end)
  case 3: multiplyTile(rows: rows, 3, a, panel, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}
