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
    add(halves, PanelVector(repeating: element), b)
    if halves % 2 == 1 { half = half.accumulateHalf(PanelHalf(repeating: element), b.half) }
  }

  /// Adds `x` times the whole vectors of a row of the panel.
  @_transparent
  mutating func add(_ halves: Int, _ x: PanelVector, _ b: TileRow) {
    if halves > 1 { v0 = v0.multiplyAdd(x, b.v0) }
    if halves > 3 { v1 = v1.multiplyAdd(x, b.v1) }
    if halves > 5 { v2 = v2.multiplyAdd(x, b.v2) }
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
  mutating func apply(_ hardSwish: HardSwish, _ halves: Int) {
    if halves > 1 { v0 = v0.activated(by: hardSwish) }
    if halves > 3 { v1 = v1.activated(by: hardSwish) }
    if halves > 5 { v2 = v2.activated(by: hardSwish) }
    if halves % 2 == 1 { half = half.activated(by: hardSwish) }
  }

  @_transparent
  mutating func clamp(_ halves: Int, _ low: Float, _ high: Float) {
    if halves > 1 { v0 = v0.clamped(PanelVector(repeating: low), PanelVector(repeating: high)) }
    if halves > 3 { v1 = v1.clamped(PanelVector(repeating: low), PanelVector(repeating: high)) }
    if halves > 5 { v2 = v2.clamped(PanelVector(repeating: low), PanelVector(repeating: high)) }
    if halves % 2 == 1 { half = half.clamped(PanelHalf(repeating: low), PanelHalf(repeating: high)) }
  }

  /// Makes a result of the sum and writes it.
  @_transparent
  func finish(_ halves: Int, _ target: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ end: TileEnd) {
    var row = self
    if let residual { row.add(halves, residual) }
    if end.activates {
      if let hardSwish = end.hardSwish { row.apply(hardSwish, halves) } else { row.clamp(halves, end.low, end.high) }
    }
    row.store(halves, target)
  }

  @_transparent
  func store(_ halves: Int, _ target: UnsafeMutablePointer<Float>) {
    if halves > 1 { v0.store(to: target) }
    if halves > 3 { v1.store(to: target + PanelShape.lanes) }
    if halves > 5 { v2.store(to: target + 2 &* PanelShape.lanes) }
    if halves % 2 == 1 { half.store(to: target + TileRow.place(halves)) }
  }
}

/// Something that is done with each row of a tile. A closure would not be inlined, and the rows would live in memory for it.
protocol TileStep {
  func apply(to row: inout TileRow, _ index: Int)
}

/// Starts the sums with what lies in rows `stride` floats apart.
struct StartRows: TileStep {
  let halves: Int
  let from: UnsafePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) { row.start(halves, from + index &* stride) }
}

/// Adds a residual, in rows `stride` floats apart.
struct AddResidual: TileStep {
  let halves: Int
  let residual: UnsafePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) { row.add(halves, residual + index &* stride) }
}

/// Clamps to the bounds of `end`, and writes, `stride` floats apart.
struct StoreClamped: TileStep {
  let halves: Int
  let end: TileEnd
  let target: UnsafeMutablePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) {
    row.clamp(halves, end.low, end.high)
    row.store(halves, target + index &* stride)
  }
}

/// Applies hard swish, and writes, `stride` floats apart.
struct StoreHardSwish: TileStep {
  let halves: Int
  let hardSwish: HardSwish
  let target: UnsafeMutablePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) {
    row.apply(hardSwish, halves)
    row.store(halves, target + index &* stride)
  }
}

/// Writes the sums, `stride` floats apart.
struct StoreSums: TileStep {
  let halves: Int
  let target: UnsafeMutablePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) { row.store(halves, target + index &* stride) }
}

/// Applies `step` to the first `rows` rows of a tile, a literal. The rows are named: in an array, or in one struct, the accumulators would live
/// in memory.
@_transparent
func eachRow<Step: TileStep>(_ rows: Int, _ step: Step, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  step.apply(to: &r0, 0)
  if rows > 1 { step.apply(to: &r1, 1) }
  if rows > 2 { step.apply(to: &r2, 2) }
  if rows > 3 { step.apply(to: &r3, 3) }
  if rows > 4 { step.apply(to: &r4, 4) }
  if rows > 5 { step.apply(to: &r5, 5) }
  if rows > 6 { step.apply(to: &r6, 6) }
  if rows > 7 { step.apply(to: &r7, 7) }
  if rows > 8 { step.apply(to: &r8, 8) }
  if rows > 9 { step.apply(to: &r9, 9) }
  if rows > 10 { step.apply(to: &r10, 10) }
  if rows > 11 { step.apply(to: &r11, 11) }
  if rows > 12 { step.apply(to: &r12, 12) }
  if rows > 13 { step.apply(to: &r13, 13) }
}

/// Makes results of the sums and writes them to the rows of `c`. Each question is asked once a tile: asked for each row, the answers would be
/// most of the code.
@_transparent
func finishTile(_ rows: Int, _ halves: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ end: TileEnd, _ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow,
  _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow, _ r8: inout TileRow, _ r9: inout TileRow, _ r10: inout TileRow,
  _ r11: inout TileRow, _ r12: inout TileRow, _ r13: inout TileRow) {
  if let residual = end.residual { eachRow(rows, AddResidual(halves: halves, residual: residual, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13) }
  guard end.activates else { return eachRow(rows, StoreSums(halves: halves, target: c, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13) }
  if let hardSwish = end.hardSwish {
    eachRow(rows, StoreHardSwish(halves: halves, hardSwish: hardSwish, target: c, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  } else {
    eachRow(rows, StoreClamped(halves: halves, end: end, target: c, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  }
}
