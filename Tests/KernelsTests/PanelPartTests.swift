// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Testing

/// Where parts of a packed right factor lie, which layers fetch before they are read.
@Suite struct PanelPartTests {
  @Test func partsAreThePanelsRows() throws {
    let columns = 2 * PanelShape.columns + PanelShape.grain - 1, depth = 11
    // Each element tells its place; none is 0, which fills up the last panel.
    func element(_ k: Int, _ column: Int) -> Float { Float(1 + k * columns + column) }
    let factor = (0..<depth).flatMap { k in (0..<columns).map { element(k, $0) } }
    var packed = [Float](repeating: -1, count: try #require(PanelShape.packedFloats(columns: columns, depth: depth)))
    factor.withUnsafeBufferPointer { factor in
      packed.withUnsafeMutableBufferPointer { packed in
        guard let source = factor.baseAddress, let target = packed.baseAddress else { return }
        packPanels(MatrixFactor(source, stride: columns), columns: columns, depth: depth, into: target)
        let product = PanelProduct(panels: target, columns: columns, depth: depth, result: target, resultStride: columns, spare: target)
        for panel in 0..<3 {
          let width = panel < 2 ? PanelShape.columns : PanelShape.grain
          for (first, end) in [(0, 4), (4, 11), (0, 11), (11, 11)] {
            let part = product.panelPart(panel, first, end)
            let expected = (first..<end).flatMap { k in
              (panel * PanelShape.columns..<panel * PanelShape.columns + width).map { $0 < columns ? element(k, $0) : 0 }
            }
            #expect(Array(UnsafeBufferPointer(start: part.start, count: part.count)) == expected)
          }
        }
      }
    }
  }
}
