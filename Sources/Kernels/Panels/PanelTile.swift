// SPDX-License-Identifier: Apache-2.0

/// What happens to a tile besides the sums: result = clamp(start + products + residual), start being the bias or what is there.
package struct TileEnd {
  /// One value a column of the panel, or nil for zeros.
  var bias: UnsafePointer<Float>?
  /// Laid out as the result.
  var residual: UnsafePointer<Float>?
  /// Bounds of the result: where there is nothing to clamp, the infinities.
  var low, high: Float
  /// Whether the sums start with what the result holds, instead of the bias.
  var accumulates: Bool
  /// Whether residual and bounds are applied: not before the last part of the depth.
  var finishes: Bool

  /// Nothing but the sums.
  @inline(__always)
  static var bare: TileEnd { TileEnd(bias: nil, residual: nil, low: -.infinity, high: .infinity, accumulates: false, finishes: false) }
}

/// One row of a tile: up to three vectors.
struct TileRow {
  var v0 = PanelVector.zero
  var v1 = PanelVector.zero
  var v2 = PanelVector.zero

  @_transparent
  mutating func start(_ vectors: Int, _ from: UnsafePointer<Float>) {
    v0 = PanelVector(at: from)
    if vectors > 1 { v1 = PanelVector(at: from + PanelShape.lanes) }
    if vectors > 2 { v2 = PanelVector(at: from + 2 &* PanelShape.lanes) }
  }

  /// Adds `element` times a row of the panel.
  @_transparent
  mutating func add(_ vectors: Int, _ element: Float, _ b: TileRow) {
    let x = PanelVector(repeating: element)
    v0 = v0.multiplyAddPanel(x, b.v0)
    if vectors > 1 { v1 = v1.multiplyAddPanel(x, b.v1) }
    if vectors > 2 { v2 = v2.multiplyAddPanel(x, b.v2) }
  }

  @_transparent
  func finish(_ vectors: Int, _ target: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ end: TileEnd) {
    var row = self
    if end.finishes {
      if let residual {
        row.v0 += PanelVector(at: residual)
        if vectors > 1 { row.v1 += PanelVector(at: residual + PanelShape.lanes) }
        if vectors > 2 { row.v2 += PanelVector(at: residual + 2 &* PanelShape.lanes) }
      }
      let low = PanelVector(repeating: end.low)
      let high = PanelVector(repeating: end.high)
      row.v0 = row.v0.clamped(low, high)
      if vectors > 1 { row.v1 = row.v1.clamped(low, high) }
      if vectors > 2 { row.v2 = row.v2.clamped(low, high) }
    }
    row.v0.store(to: target)
    if vectors > 1 { row.v1.store(to: target + PanelShape.lanes) }
    if vectors > 2 { row.v2.store(to: target + 2 &* PanelShape.lanes) }
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
}

/// `rows` x `vectors` vectors of the result, from `depth` products a line: both are literals where this is called, so that every row lies in registers.
///
/// Named rows instead of an array: an array of accumulators would live in memory.
@_transparent
func multiplyTile(_ rows: Int, _ vectors: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  var r0 = TileRow(), r1 = TileRow(), r2 = TileRow(), r3 = TileRow(), r4 = TileRow(), r5 = TileRow(), r6 = TileRow()
  var r7 = TileRow(), r8 = TileRow(), r9 = TileRow(), r10 = TileRow(), r11 = TileRow(), r12 = TileRow(), r13 = TileRow()
  if end.accumulates {
    let s = UnsafePointer(c)
    r0.start(vectors, s)
    if rows > 1 { r1.start(vectors, s + cStride) }
    if rows > 2 { r2.start(vectors, s + 2 &* cStride) }
    if rows > 3 { r3.start(vectors, s + 3 &* cStride) }
    if rows > 4 { r4.start(vectors, s + 4 &* cStride) }
    if rows > 5 { r5.start(vectors, s + 5 &* cStride) }
    if rows > 6 { r6.start(vectors, s + 6 &* cStride) }
    if rows > 7 { r7.start(vectors, s + 7 &* cStride) }
    if rows > 8 { r8.start(vectors, s + 8 &* cStride) }
    if rows > 9 { r9.start(vectors, s + 9 &* cStride) }
    if rows > 10 { r10.start(vectors, s + 10 &* cStride) }
    if rows > 11 { r11.start(vectors, s + 11 &* cStride) }
    if rows > 12 { r12.start(vectors, s + 12 &* cStride) }
    if rows > 13 { r13.start(vectors, s + 13 &* cStride) }
  } else if let bias = end.bias {
    r0.start(vectors, bias)
    r1 = r0; r2 = r0; r3 = r0; r4 = r0; r5 = r0; r6 = r0
    r7 = r0; r8 = r0; r9 = r0; r10 = r0; r11 = r0; r12 = r0; r13 = r0
  }
  var b = panel
  let width = vectors &* PanelShape.lanes
  #if arch(arm64)
  var p = a.elements
  var steps = depth
  while steps > 0 {
    var x = TileRow()
    x.start(vectors, b)
    let lower = SIMD4<Float>(at: p)
    r0.add(vectors, lower[0], x)
    if rows > 1 { r1.add(vectors, lower[1], x) }
    if rows > 2 { r2.add(vectors, lower[2], x) }
    if rows > 3 { r3.add(vectors, lower[3], x) }
    if rows > 4 {
      let upper = SIMD4<Float>(at: p + 4)
      r4.add(vectors, upper[0], x)
      if rows > 5 { r5.add(vectors, upper[1], x) }
      if rows > 6 { r6.add(vectors, upper[2], x) }
      if rows > 7 { r7.add(vectors, upper[3], x) }
    }
    p += PanelShape.rows
    b += width
    steps &-= 1
  }
  #else
  let s = a.stride
  let s2 = s &* 2
  var line = a.elements
  var lines = a.lines
  while lines > 0 {
    // A pointer every third row: the two between are reached by the address's scale.
    var p0 = line, p3 = p0 + 3 &* s, p6 = p0 + 6 &* s, p9 = p0 + 9 &* s, p12 = p0 + 12 &* s
    var steps = depth
    while steps > 0 {
      var x = TileRow()
      x.start(vectors, b)
      r0.add(vectors, p0[0], x)
      if rows > 1 { r1.add(vectors, p0[s], x) }
      if rows > 2 { r2.add(vectors, p0[s2], x) }
      if rows > 3 { r3.add(vectors, p3[0], x) }
      if rows > 4 { r4.add(vectors, p3[s], x) }
      if rows > 5 { r5.add(vectors, p3[s2], x) }
      if rows > 6 { r6.add(vectors, p6[0], x) }
      if rows > 7 { r7.add(vectors, p6[s], x) }
      if rows > 8 { r8.add(vectors, p6[s2], x) }
      if rows > 9 { r9.add(vectors, p9[0], x) }
      if rows > 10 { r10.add(vectors, p9[s], x) }
      if rows > 11 { r11.add(vectors, p9[s2], x) }
      if rows > 12 { r12.add(vectors, p12[0], x) }
      if rows > 13 { r13.add(vectors, p12[s], x) }
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
  r0.finish(vectors, c, residual, end)
  if rows > 1 { r1.finish(vectors, c + cStride, residual.map { $0 + cStride }, end) }
  if rows > 2 { r2.finish(vectors, c + 2 &* cStride, residual.map { $0 + 2 &* cStride }, end) }
  if rows > 3 { r3.finish(vectors, c + 3 &* cStride, residual.map { $0 + 3 &* cStride }, end) }
  if rows > 4 { r4.finish(vectors, c + 4 &* cStride, residual.map { $0 + 4 &* cStride }, end) }
  if rows > 5 { r5.finish(vectors, c + 5 &* cStride, residual.map { $0 + 5 &* cStride }, end) }
  if rows > 6 { r6.finish(vectors, c + 6 &* cStride, residual.map { $0 + 6 &* cStride }, end) }
  if rows > 7 { r7.finish(vectors, c + 7 &* cStride, residual.map { $0 + 7 &* cStride }, end) }
  if rows > 8 { r8.finish(vectors, c + 8 &* cStride, residual.map { $0 + 8 &* cStride }, end) }
  if rows > 9 { r9.finish(vectors, c + 9 &* cStride, residual.map { $0 + 9 &* cStride }, end) }
  if rows > 10 { r10.finish(vectors, c + 10 &* cStride, residual.map { $0 + 10 &* cStride }, end) }
  if rows > 11 { r11.finish(vectors, c + 11 &* cStride, residual.map { $0 + 11 &* cStride }, end) }
  if rows > 12 { r12.finish(vectors, c + 12 &* cStride, residual.map { $0 + 12 &* cStride }, end) }
  if rows > 13 { r13.finish(vectors, c + 13 &* cStride, residual.map { $0 + 13 &* cStride }, end) }
}

/// The same for any number of rows up to `PanelShape.rows`, chosen once a tile.
@_transparent
func multiplyTile(rows: Int, _ vectors: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch rows {
  case 1: multiplyTile(1, vectors, a, panel, depth: depth, c, cStride, end)
  case 2: multiplyTile(2, vectors, a, panel, depth: depth, c, cStride, end)
  case 3: multiplyTile(3, vectors, a, panel, depth: depth, c, cStride, end)
  case 4: multiplyTile(4, vectors, a, panel, depth: depth, c, cStride, end)
  #if CORACLE_FMA || arch(arm64)
  case 5: multiplyTile(5, vectors, a, panel, depth: depth, c, cStride, end)
  case 6: multiplyTile(6, vectors, a, panel, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_LANES_16 || arch(arm64)
  case 7: multiplyTile(7, vectors, a, panel, depth: depth, c, cStride, end)
  case 8: multiplyTile(8, vectors, a, panel, depth: depth, c, cStride, end)
  #endif
  #if CORACLE_LANES_16
  case 9: multiplyTile(9, vectors, a, panel, depth: depth, c, cStride, end)
  case 10: multiplyTile(10, vectors, a, panel, depth: depth, c, cStride, end)
  case 11: multiplyTile(11, vectors, a, panel, depth: depth, c, cStride, end)
  case 12: multiplyTile(12, vectors, a, panel, depth: depth, c, cStride, end)
  case 13: multiplyTile(13, vectors, a, panel, depth: depth, c, cStride, end)
  case 14: multiplyTile(14, vectors, a, panel, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}

/// A tile against a panel of 1 to `PanelShape.vectors` vectors.
@inline(never)
func multiplyWholeTile(rows: Int, vectors: Int, _ a: TileSource, _ panel: UnsafePointer<Float>, depth: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd) {
  switch vectors {
  case 1: multiplyTile(rows: rows, 1, a, panel, depth: depth, c, cStride, end)
  case 2: multiplyTile(rows: rows, 2, a, panel, depth: depth, c, cStride, end)
  #if arch(arm64)
  case 3: multiplyTile(rows: rows, 3, a, panel, depth: depth, c, cStride, end)
  #endif
  default: break
  }
}
