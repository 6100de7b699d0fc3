// SPDX-License-Identifier: Apache-2.0
#if arch(arm64)
import Platform

// The full tile of NEON, two steps of the depth a round: what a step multiplies is loaded while the step before is computed, because a
// core that issues in order (Cortex-A53, A55) waits where a multiply-add follows the load of its factor. The loads of a step stay together:
// the compiler would spread them, and needs more registers then than there are.

/// What one step of a full tile multiplies: a row of the panel, 12 columns, and an element of each of 8 rows of the left factor.
struct PanelStep {
  var b0, b1, b2, lower, upper: SIMD4<Float>

  @_transparent
  init(panel: UnsafePointer<Float>, _ rows: UnsafePointer<Float>) {
    b0 = SIMD4(at: panel)
    b1 = SIMD4(at: panel + 4)
    lower = SIMD4(at: rows)
    upper = SIMD4(at: rows + 4)
    b2 = SIMD4(at: panel + 8)
  }

  /// All products but those of the last vector with the upper rows: then two registers are all that the step still needs, and there is
  /// room for the next one's.
  @_transparent
  func multiplyFirst(_ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow, _ r5: inout TileRow,
    _ r6: inout TileRow, _ r7: inout TileRow) {
    PanelStep.add(&r0.v0, &r1.v0, &r2.v0, &r3.v0, lower, b0)
    PanelStep.add(&r4.v0, &r5.v0, &r6.v0, &r7.v0, upper, b0)
    PanelStep.add(&r0.v1, &r1.v1, &r2.v1, &r3.v1, lower, b1)
    PanelStep.add(&r4.v1, &r5.v1, &r6.v1, &r7.v1, upper, b1)
    PanelStep.add(&r0.v2, &r1.v2, &r2.v2, &r3.v2, lower, b2)
  }

  /// The others.
  @_transparent
  func multiplyLast(_ r4: inout TileRow, _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow) {
    PanelStep.add(&r4.v2, &r5.v2, &r6.v2, &r7.v2, upper, b2)
  }

  /// The step at `panel` and `rows`, loaded between the first products of this one, which are `r0` to `r7`, and the last.
  @_transparent
  mutating func following(_ panel: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ r0: inout TileRow, _ r1: inout TileRow,
    _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow, _ r5: inout TileRow, _ r6: inout TileRow, _ r7: inout TileRow) -> PanelStep {
    PanelStep.order(&r0.v0, &r1.v0, &r2.v0, &r3.v0)
    PanelStep.order(&r4.v0, &r5.v0, &r6.v0, &r7.v0)
    PanelStep.order(&r0.v1, &r1.v1, &r2.v1, &r3.v1)
    PanelStep.order(&r4.v1, &r5.v1, &r6.v1, &r7.v1)
    PanelStep.order(&r0.v2, &r1.v2, &r2.v2, &r3.v2)
    let next = PanelStep(panel: panel, rows)
    b2 = platform_float4_ordered(b2)
    upper = platform_float4_ordered(upper)
    return next
  }

  @_transparent
  private static func order(_ c0: inout SIMD4<Float>, _ c1: inout SIMD4<Float>, _ c2: inout SIMD4<Float>, _ c3: inout SIMD4<Float>) {
    c0 = platform_float4_ordered(c0)
    c1 = platform_float4_ordered(c1)
    c2 = platform_float4_ordered(c2)
    c3 = platform_float4_ordered(c3)
  }

  @_transparent
  private static func add(_ c0: inout SIMD4<Float>, _ c1: inout SIMD4<Float>, _ c2: inout SIMD4<Float>, _ c3: inout SIMD4<Float>,
    _ a: SIMD4<Float>, _ b: SIMD4<Float>) {
    c0 = c0.multiplyAdd(SIMD4(repeating: a[0]), b)
    c1 = c1.multiplyAdd(SIMD4(repeating: a[1]), b)
    c2 = c2.multiplyAdd(SIMD4(repeating: a[2]), b)
    c3 = c3.multiplyAdd(SIMD4(repeating: a[3]), b)
  }
}

/// Adds `rounds` times two steps, at least once: of a panel of 12 columns with 8 interleaved rows. Reads nothing behind them.
@_transparent
func multiplySteps(_ r0: inout TileRow, _ r1: inout TileRow, _ r2: inout TileRow, _ r3: inout TileRow, _ r4: inout TileRow, _ r5: inout TileRow,
  _ r6: inout TileRow, _ r7: inout TileRow, panel: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, rounds: Int) {
  var b = panel, p = rows
  var now = PanelStep(panel: b, p)
  now.multiplyFirst(&r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
  var next = PanelStep(panel: b + 12, p + 8)
  b += 24
  p += 16
  var left = rounds &- 1
  while left != 0 {
    now.multiplyLast(&r4, &r5, &r6, &r7)
    next.multiplyFirst(&r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
    now = next.following(b, p, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
    next.multiplyLast(&r4, &r5, &r6, &r7)
    now.multiplyFirst(&r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
    next = now.following(b + 12, p + 8, &r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
    // Behind the loads as well: also the counter waits for the multiply-adds before it.
    left = platform_count_ordered(left) &- 1
    b += 24
    p += 16
  }
  now.multiplyLast(&r4, &r5, &r6, &r7)
  next.multiplyFirst(&r0, &r1, &r2, &r3, &r4, &r5, &r6, &r7)
  next.multiplyLast(&r4, &r5, &r6, &r7)
}
#endif
