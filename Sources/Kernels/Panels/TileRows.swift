// SPDX-License-Identifier: Apache-2.0

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
  mutating func add(_ halves: Int, _ residual: UnsafePointer<Float>) {
    var added = TileRow()
    added.start(halves, residual)
    if halves > 1 { v0 += added.v0 }
    if halves > 3 { v1 += added.v1 }
    if halves > 5 { v2 += added.v2 }
    if halves % 2 == 1 { half += added.half }
  }

  @_transparent
  func storeHardSwish(_ halves: Int, _ target: UnsafeMutablePointer<Float>) {
    if halves > 1 { v0.hardSwish().store(to: target) }
    if halves > 3 { v1.hardSwish().store(to: target + PanelShape.lanes) }
    if halves > 5 { v2.hardSwish().store(to: target + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { half.hardSwish().store(to: target + TileRow.place(halves)) }
  }

  @_transparent
  func storeClamped(_ halves: Int, _ low: Float, _ high: Float, _ target: UnsafeMutablePointer<Float>) {
    let (from, to) = (PanelVector(repeating: low), PanelVector(repeating: high))
    if halves > 1 { v0.clamped(from, to).store(to: target) }
    if halves > 3 { v1.clamped(from, to).store(to: target + PanelShape.lanes) }
    if halves > 5 { v2.clamped(from, to).store(to: target + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { half.clamped(PanelHalf(repeating: low), PanelHalf(repeating: high)).store(to: target + TileRow.place(halves)) }
  }

  /// Makes a result of the sum and writes it.
  @_transparent
  func finish(_ halves: Int, _ target: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ end: TileEnd) {
    guard end.finishes else { return store(halves, target) }
    var row = self
    if let residual { row.add(halves, residual) }
    if end.isHardSwish { row.storeHardSwish(halves, target) } else { row.storeClamped(halves, end.low, end.high, target) }
  }

  @_transparent
  func store(_ halves: Int, _ target: UnsafeMutablePointer<Float>) {
    if halves > 1 { v0.store(to: target) }
    if halves > 3 { v1.store(to: target + PanelShape.lanes) }
    if halves > 5 { v2.store(to: target + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { half.store(to: target + TileRow.place(halves)) }
  }
}

// What is done with the first `rows` rows of a tile, a literal, one after the other. The rows are named: in an array, in one struct, or handed to a
// closure, the accumulators would live in memory.

/// Starts the sums with what lies in rows `stride` floats apart.
@_transparent
func startRows(_ rows: Int, _ halves: Int, _ from: UnsafePointer<Float>, _ stride: Int, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  r0.start(halves, from)
  if rows > 1 { r1.start(halves, from + stride) }
  if rows > 2 { r2.start(halves, from + 2 &* stride) }
  if rows > 3 { r3.start(halves, from + 3 &* stride) }
  if rows > 4 { r4.start(halves, from + 4 &* stride) }
  if rows > 5 { r5.start(halves, from + 5 &* stride) }
  if rows > 6 { r6.start(halves, from + 6 &* stride) }
  if rows > 7 { r7.start(halves, from + 7 &* stride) }
  if rows > 8 { r8.start(halves, from + 8 &* stride) }
  if rows > 9 { r9.start(halves, from + 9 &* stride) }
  if rows > 10 { r10.start(halves, from + 10 &* stride) }
  if rows > 11 { r11.start(halves, from + 11 &* stride) }
  if rows > 12 { r12.start(halves, from + 12 &* stride) }
  if rows > 13 { r13.start(halves, from + 13 &* stride) }
}

/// Adds a residual, in rows `stride` floats apart.
@_transparent
func addRows(_ rows: Int, _ halves: Int, _ residual: UnsafePointer<Float>, _ stride: Int, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  r0.add(halves, residual)
  if rows > 1 { r1.add(halves, residual + stride) }
  if rows > 2 { r2.add(halves, residual + 2 &* stride) }
  if rows > 3 { r3.add(halves, residual + 3 &* stride) }
  if rows > 4 { r4.add(halves, residual + 4 &* stride) }
  if rows > 5 { r5.add(halves, residual + 5 &* stride) }
  if rows > 6 { r6.add(halves, residual + 6 &* stride) }
  if rows > 7 { r7.add(halves, residual + 7 &* stride) }
  if rows > 8 { r8.add(halves, residual + 8 &* stride) }
  if rows > 9 { r9.add(halves, residual + 9 &* stride) }
  if rows > 10 { r10.add(halves, residual + 10 &* stride) }
  if rows > 11 { r11.add(halves, residual + 11 &* stride) }
  if rows > 12 { r12.add(halves, residual + 12 &* stride) }
  if rows > 13 { r13.add(halves, residual + 13 &* stride) }
}

/// Writes the sums, in rows `stride` floats apart.
@_transparent
func storeRows(_ rows: Int, _ halves: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  r0.store(halves, target)
  if rows > 1 { r1.store(halves, target + stride) }
  if rows > 2 { r2.store(halves, target + 2 &* stride) }
  if rows > 3 { r3.store(halves, target + 3 &* stride) }
  if rows > 4 { r4.store(halves, target + 4 &* stride) }
  if rows > 5 { r5.store(halves, target + 5 &* stride) }
  if rows > 6 { r6.store(halves, target + 6 &* stride) }
  if rows > 7 { r7.store(halves, target + 7 &* stride) }
  if rows > 8 { r8.store(halves, target + 8 &* stride) }
  if rows > 9 { r9.store(halves, target + 9 &* stride) }
  if rows > 10 { r10.store(halves, target + 10 &* stride) }
  if rows > 11 { r11.store(halves, target + 11 &* stride) }
  if rows > 12 { r12.store(halves, target + 12 &* stride) }
  if rows > 13 { r13.store(halves, target + 13 &* stride) }
}

/// Clamps the sums and writes them, in rows `stride` floats apart.
@_transparent
func storeClampedRows(_ rows: Int, _ halves: Int, _ end: TileEnd, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  r0.storeClamped(halves, end.low, end.high, target)
  if rows > 1 { r1.storeClamped(halves, end.low, end.high, target + stride) }
  if rows > 2 { r2.storeClamped(halves, end.low, end.high, target + 2 &* stride) }
  if rows > 3 { r3.storeClamped(halves, end.low, end.high, target + 3 &* stride) }
  if rows > 4 { r4.storeClamped(halves, end.low, end.high, target + 4 &* stride) }
  if rows > 5 { r5.storeClamped(halves, end.low, end.high, target + 5 &* stride) }
  if rows > 6 { r6.storeClamped(halves, end.low, end.high, target + 6 &* stride) }
  if rows > 7 { r7.storeClamped(halves, end.low, end.high, target + 7 &* stride) }
  if rows > 8 { r8.storeClamped(halves, end.low, end.high, target + 8 &* stride) }
  if rows > 9 { r9.storeClamped(halves, end.low, end.high, target + 9 &* stride) }
  if rows > 10 { r10.storeClamped(halves, end.low, end.high, target + 10 &* stride) }
  if rows > 11 { r11.storeClamped(halves, end.low, end.high, target + 11 &* stride) }
  if rows > 12 { r12.storeClamped(halves, end.low, end.high, target + 12 &* stride) }
  if rows > 13 { r13.storeClamped(halves, end.low, end.high, target + 13 &* stride) }
}

/// Applies hard swish to the sums and writes them, in rows `stride` floats apart.
@_transparent
func storeHardSwishRows(_ rows: Int, _ halves: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  r0.storeHardSwish(halves, target)
  if rows > 1 { r1.storeHardSwish(halves, target + stride) }
  if rows > 2 { r2.storeHardSwish(halves, target + 2 &* stride) }
  if rows > 3 { r3.storeHardSwish(halves, target + 3 &* stride) }
  if rows > 4 { r4.storeHardSwish(halves, target + 4 &* stride) }
  if rows > 5 { r5.storeHardSwish(halves, target + 5 &* stride) }
  if rows > 6 { r6.storeHardSwish(halves, target + 6 &* stride) }
  if rows > 7 { r7.storeHardSwish(halves, target + 7 &* stride) }
  if rows > 8 { r8.storeHardSwish(halves, target + 8 &* stride) }
  if rows > 9 { r9.storeHardSwish(halves, target + 9 &* stride) }
  if rows > 10 { r10.storeHardSwish(halves, target + 10 &* stride) }
  if rows > 11 { r11.storeHardSwish(halves, target + 11 &* stride) }
  if rows > 12 { r12.storeHardSwish(halves, target + 12 &* stride) }
  if rows > 13 { r13.storeHardSwish(halves, target + 13 &* stride) }
}

/// Makes results of the sums and writes them to the rows of `c`. Each question is asked once a tile: asked for each row, the answers would be
/// most of the code.
@_transparent
func finishTile(_ rows: Int, _ halves: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  guard end.finishes else { return storeRows(rows, halves, c, cStride, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13) }
  if let residual = end.residual { addRows(rows, halves, residual, cStride, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13) }
  if end.isHardSwish {
    storeHardSwishRows(rows, halves, c, cStride, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  } else {
    storeClampedRows(rows, halves, end, c, cStride, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  }
}
