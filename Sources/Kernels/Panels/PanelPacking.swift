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
    transposeFloats(source.elements, source.stride, target, width, held, depth)
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
