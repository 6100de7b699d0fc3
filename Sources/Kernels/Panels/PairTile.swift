// SPDX-License-Identifier: Apache-2.0
#if CORACLE_LANES_16
import Platform

// A tile against a panel of 16 or 24 columns whose steps lie in pairs: see `PairPanel`.

/// What a tile fetches: a line of each of two places, `apart` floats apart, and each `step` floats on after a step.
struct PairAhead {
  var start: UnsafePointer<Float>
  var apart = 0
  var step = 0
}

/// Adds neighbouring lanes and writes, `stride` floats apart.
private struct StorePairs: TileStep {
  let halves: Int
  let target: UnsafeMutablePointer<Float>
  let stride: Int
  @_transparent
  func apply(to row: inout TileRow, _ index: Int) {
    platform_float16_add_pairs(row.v0, row.v1).store(to: target + index &* stride)
    if halves > 5 { platform_float8_add_pairs(row.v2).store(to: target + (index &* stride &+ 16)) }
  }
}

/// `rows` rows of 16 columns (`halves` is 4) or 24 (6), from a `PairPanel` of `steps` pairs: literals where this is called, so that every row lies in registers.
@_transparent
func multiplyPairTile(_ rows: Int, _ halves: Int, _ a: UnsafePointer<Float>, _ s: Int, _ pairs: UnsafePointer<Float>, steps: Int,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ ahead: PairAhead) {
  var r0 = TileRow(), r1 = TileRow(), r2 = TileRow(), r3 = TileRow(), r4 = TileRow(), r5 = TileRow(), r6 = TileRow()
  var r7 = TileRow(), r8 = TileRow(), r9 = TileRow(), r10 = TileRow(), r11 = TileRow(), r12 = TileRow(), r13 = TileRow()
  var b = pairs
  eachRow(rows, StartRows(halves: halves, from: b, stride: 0), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
  // A pointer every third row: the two between are reached by the address's scale.
  var p0 = a, p3 = p0 + 3 &* s, p6 = p0 + 6 &* s, p9 = p0 + 9 &* s, p12 = p0 + 12 &* s
  let s2 = 2 &* s
  var steps = steps
  var next = ahead.start
  while steps > 0 {
    platform_prefetch(next)
    platform_prefetch(next + ahead.apart)
    next += ahead.step
    b += halves &* PanelShape.lanes / 2
    var x = TileRow()
    x.start(halves, b)
    r0.add(halves, platform_float16_repeat_pair(p0), x)
    if rows > 1 { r1.add(halves, platform_float16_repeat_pair(p0 + s), x) }
    if rows > 2 { r2.add(halves, platform_float16_repeat_pair(p0 + s2), x) }
    if rows > 3 { r3.add(halves, platform_float16_repeat_pair(p3), x) }
    if rows > 4 { r4.add(halves, platform_float16_repeat_pair(p3 + s), x) }
    if rows > 5 { r5.add(halves, platform_float16_repeat_pair(p3 + s2), x) }
    if rows > 6 { r6.add(halves, platform_float16_repeat_pair(p6), x) }
    if rows > 7 { r7.add(halves, platform_float16_repeat_pair(p6 + s), x) }
    if rows > 8 { r8.add(halves, platform_float16_repeat_pair(p6 + s2), x) }
    if rows > 9 { r9.add(halves, platform_float16_repeat_pair(p9), x) }
    if rows > 10 { r10.add(halves, platform_float16_repeat_pair(p9 + s), x) }
    if rows > 11 { r11.add(halves, platform_float16_repeat_pair(p9 + s2), x) }
    if rows > 12 { r12.add(halves, platform_float16_repeat_pair(p12), x) }
    if rows > 13 { r13.add(halves, platform_float16_repeat_pair(p12 + s), x) }
    p0 = platform_address_kept(p0 + 2)
    if rows > 3 { p3 = platform_address_kept(p3 + 2) }
    if rows > 6 { p6 = platform_address_kept(p6 + 2) }
    if rows > 9 { p9 = platform_address_kept(p9 + 2) }
    if rows > 12 { p12 = platform_address_kept(p12 + 2) }
    steps &-= 1
  }
  eachRow(rows, StorePairs(halves: halves, target: c, stride: cStride), &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7, &r8, &r9, &r10, &r11, &r12, &r13)
}
#endif
