// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16
import Platform
import Tensors

extension HalfPanels {
  /// Bytes of a packed right factor, or nil where that is no size.
  package static func packedBytes(columns: Int, depth: Int) -> Int? {
    let (padded, overflow) = columns.addingReportingOverflow(grain &- 1)
    let (total, overflowAgain) = (padded / grain &* grain).multipliedReportingOverflow(by: depth)
    return overflow || overflowAgain || total > Shape.maximumElementCount ? nil : 2 &* total
  }

  /// Packs the right factor b, [depth, columns] as it is read; columns that the last panel lacks are zeros. `packed` has room for `packedBytes`.
  package static func pack(_ b: MatrixFactor, columns: Int, depth: Int, into packed: UnsafeMutablePointer<Float16>) {
    var target = packed
    for panel in 0..<count(columns) {
      let (first, width) = (panel &* HalfPanels.columns, width(of: panel, columns: columns))
      let held = min(columns &- first, width)
      let (depthStep, columnStep) = b.transposed ? (1, b.stride) : (b.stride, 1)
      for k in 0..<depth {
        let line = b.elements + (first &* columnStep &+ k &* depthStep)
        for column in 0..<held { target[column] = Float16(line[column &* columnStep]) }
        for column in held..<width { target[column] = 0 }
        target += width
      }
    }
  }

  /// Rounds rows of the left factor, `stride` floats apart, and copies them into the order in which tiles read them: groups of 8 rows as
  /// [depth][row]. `target` has room for whole groups; the last one repeats its first row where it lacks some.
  package static func interleave(_ a: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, into target: UnsafeMutablePointer<Float16>) {
    var first = 0
    var cursor = target
    while first < rows {
      let lines = a + first &* stride
      let held = rows &- first
      func line(_ row: Int) -> UnsafePointer<Float> { row < held ? lines + row &* stride : lines }
      let (l0, l1, l2, l3, l4, l5, l6, l7) = (lines, line(1), line(2), line(3), line(4), line(5), line(6), line(7))
      var k = 0
      while k &+ 4 <= depth {
        let low = FloatSquare(l0.lanes4(k), l1.lanes4(k), l2.lanes4(k), l3.lanes4(k))
        let high = FloatSquare(l4.lanes4(k), l5.lanes4(k), l6.lanes4(k), l7.lanes4(k))
        platform_half8_store_rounded(SIMD8(lowHalf: low.v0, highHalf: high.v0), cursor)
        platform_half8_store_rounded(SIMD8(lowHalf: low.v1, highHalf: high.v1), cursor + 8)
        platform_half8_store_rounded(SIMD8(lowHalf: low.v2, highHalf: high.v2), cursor + 16)
        platform_half8_store_rounded(SIMD8(lowHalf: low.v3, highHalf: high.v3), cursor + 24)
        cursor += 32
        k &+= 4
      }
      while k < depth {
        platform_half8_store_rounded(SIMD8(l0[k], l1[k], l2[k], l3[k], l4[k], l5[k], l6[k], l7[k]), cursor)
        cursor += 8
        k &+= 1
      }
      first &+= HalfPanels.rows
    }
  }
}

extension PackedOrder {
  /// A right factor as float16 in `HalfPanels`; `transposed`: of a source whose rows are columns. Not in files.
  package static func halfPanels(transposed: Bool = false) -> PackedOrder {
    PackedOrder(kind: 7, groups: 1, columns: HalfPanels.columns, grain: HalfPanels.grain, detail: transposed ? 1 : 0)
  }
}

/// Four vectors, made of four lines: vector i holds element i of each.
private struct FloatSquare {
  let v0, v1, v2, v3: SIMD4<Float>

  @inline(__always)
  init(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>) {
    let (evenAB, oddAB) = (SIMD4(lowHalf: a.evenHalf, highHalf: b.evenHalf), SIMD4(lowHalf: a.oddHalf, highHalf: b.oddHalf))
    let (evenCD, oddCD) = (SIMD4(lowHalf: c.evenHalf, highHalf: d.evenHalf), SIMD4(lowHalf: c.oddHalf, highHalf: d.oddHalf))
    v0 = SIMD4(lowHalf: evenAB.evenHalf, highHalf: evenCD.evenHalf)
    v1 = SIMD4(lowHalf: oddAB.evenHalf, highHalf: oddCD.evenHalf)
    v2 = SIMD4(lowHalf: evenAB.oddHalf, highHalf: evenCD.oddHalf)
    v3 = SIMD4(lowHalf: oddAB.oddHalf, highHalf: oddCD.oddHalf)
  }
}
#endif
