// SPDX-License-Identifier: Apache-2.0
import Tensors

/// Packs the right factor b, [depth, columns] as it is read, into panels of `PanelShape.columns` columns:
/// panel after panel, each [depth][width], the last one padded with zeros to whole vectors.
///
/// `packed` has room for `PanelShape.packedFloats`.
package func packPanels(_ b: MatrixFactor, columns: Int, depth: Int, into packed: UnsafeMutablePointer<Float>) {
  var target = packed
  for panel in 0..<PanelShape.count(columns) {
    packPanel(b, panel, columns: columns, depth: depth, into: target)
    target += PanelShape.width(of: panel, columns: columns) &* depth
  }
}

/// Packs one panel of it, to where it lies by itself.
package func packPanel(_ b: MatrixFactor, _ panel: Int, columns: Int, depth: Int, into target: UnsafeMutablePointer<Float>) {
  let width = PanelShape.width(of: panel, columns: columns)
  let first = panel &* PanelShape.columns
  let held = min(columns &- first, width)
  let source = b.dropping(columns: first)
  if b.transposed {
    // Stored rows are columns of the panel: four by four elements at a time.
    var column = 0
    while column &+ 4 <= held {
      transposeLines(source.elements + column &* source.stride, stride: source.stride, depth: depth, into: target + column, width: width)
      column &+= 4
    }
    while column < held {
      let line = source.elements + column &* source.stride
      for k in 0..<depth { target[column &+ k &* width] = line[k] }
      column &+= 1
    }
  } else {
    var line = source.elements
    var cursor = target
    for _ in 0..<depth {
      copyFloats(line, cursor, held)
      line += source.stride
      cursor += width
    }
  }
  guard held < width else { return }
  var cursor = target
  for _ in 0..<depth {
    for column in held..<width { cursor[column] = 0 }
    cursor += width
  }
}

/// Makes four lines of `depth` floats the columns of `target`, whose rows are `width` floats apart.
@inline(__always)
private func transposeLines(_ lines: UnsafePointer<Float>, stride: Int, depth: Int, into target: UnsafeMutablePointer<Float>, width: Int) {
  let (l0, l1, l2, l3) = (lines, lines + stride, lines + 2 &* stride, lines + 3 &* stride)
  var cursor = target
  var k = 0
  while k &+ 4 <= depth {
    let (a, b, c, d) = (l0.lanes4(k), l1.lanes4(k), l2.lanes4(k), l3.lanes4(k))
    // Pairs of rows (0, 2) and (1, 3) of each two lines, then of all four.
    let (evenAB, oddAB) = (SIMD4(lowHalf: a.evenHalf, highHalf: b.evenHalf), SIMD4(lowHalf: a.oddHalf, highHalf: b.oddHalf))
    let (evenCD, oddCD) = (SIMD4(lowHalf: c.evenHalf, highHalf: d.evenHalf), SIMD4(lowHalf: c.oddHalf, highHalf: d.oddHalf))
    cursor.store4(SIMD4(lowHalf: evenAB.evenHalf, highHalf: evenCD.evenHalf), 0)
    cursor.store4(SIMD4(lowHalf: oddAB.evenHalf, highHalf: oddCD.evenHalf), width)
    cursor.store4(SIMD4(lowHalf: evenAB.oddHalf, highHalf: evenCD.oddHalf), 2 &* width)
    cursor.store4(SIMD4(lowHalf: oddAB.oddHalf, highHalf: oddCD.oddHalf), 3 &* width)
    cursor += 4 &* width
    k &+= 4
  }
  while k < depth {
    cursor.store4(SIMD4(l0[k], l1[k], l2[k], l3[k]), 0)
    cursor += width
    k &+= 1
  }
}

/// Copies rows of the left factor, `stride` floats apart, into the order in which NEON's tiles read them: groups of
/// `PanelShape.rows` rows as [depth][rows]; the rows that the last group lacks stay as they are.
package func interleaveRows(_ a: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, into target: UnsafeMutablePointer<Float>) {
  var first = 0
  var group = target
  while first < rows {
    let held = min(rows &- first, PanelShape.rows)
    for row in 0..<held {
      let line = a + (first &+ row) &* stride
      var cursor = group + row
      for k in 0..<depth {
        cursor.pointee = line[k]
        cursor += PanelShape.rows
      }
    }
    group += PanelShape.rows &* depth
    first &+= PanelShape.rows
  }
}

extension PanelShape {
  /// Floats of a packed right factor, or nil where that is no size.
  package static func packedFloats(columns: Int, depth: Int) -> Int? {
    let (padded, overflow) = columns.addingReportingOverflow(grain &- 1)
    let (total, overflowAgain) = (padded / grain &* grain).multipliedReportingOverflow(by: depth)
    return overflow || overflowAgain || total > Shape.maximumElementCount ? nil : total
  }
}
