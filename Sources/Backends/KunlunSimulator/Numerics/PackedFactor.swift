// SPDX-License-Identifier: Apache-2.0
import Kernels

/// How a right factor [depth, columns], or one a group of a convolution, lies in memory once it is rounded.
///
/// At the start 16 floats, of which the first is the factor's maximum (1 where every channel has its own); then, where every channel has its
/// own, the channels' maxima; then for each group its panels: eight columns side by side, row after row, with zeros for columns that are not there.
package struct PackedFactor {
  package let precision: KunlunPrecision
  /// Whether every column is rounded by its own maximum.
  package let isPerChannel: Bool
  package let groups: Int
  /// Columns of one group.
  package let columns: Int
  package let depth: Int

  package static var panelColumns: Int { 8 }

  package init(_ precision: KunlunPrecision, isPerChannel: Bool, groups: Int, columns: Int, depth: Int) {
    self.precision = precision
    self.isPerChannel = isPerChannel && precision.isInteger
    self.groups = groups
    self.columns = columns
    self.depth = depth
  }

  package var panels: Int { (columns &+ 7) / 8 }
  private var panelBytes: Int { depth &* 8 &* precision.packedBytes }
  private var headBytes: Int { 64 &+ (isPerChannel ? (groups &* panels &* 32 &+ 63) / 64 &* 64 : 0) }

  /// Bytes of all of it, or nil where there is nothing to multiply or too much.
  package var byteCount: Int? {
    guard groups > 0, columns > 0, depth > 0 else { return nil }
    let rows = panels.multipliedReportingOverflow(by: groups)
    let (elements, overflow) = rows.partialValue.multipliedReportingOverflow(by: depth)
    guard !rows.overflow, !overflow, elements < 1 << 44 else { return nil }
    return headBytes &+ elements &* 8 &* precision.packedBytes
  }

  /// The maximum that a sum is multiplied by.
  package func maximum(_ packed: UnsafeRawPointer) -> Float { packed.load(as: Float.self) }

  /// The maxima of a group's columns, or nil where they have none of their own.
  package func channelMaxima(_ packed: UnsafeRawPointer, group: Int) -> UnsafePointer<Float>? {
    isPerChannel ? (packed + (64 &+ group &* panels &* 32)).assumingMemoryBound(to: Float.self) : nil
  }

  /// Panel `panel` of group `group`.
  package func panel(_ packed: UnsafeRawPointer, group: Int, _ panel: Int) -> UnsafeRawPointer {
    packed + (headBytes &+ (group &* panels &+ panel) &* panelBytes)
  }

  /// Rounds one group's factor. `maximum` is that of all groups together.
  package func pack(_ factor: MatrixFactor, group: Int, maximum: Float, into packed: UnsafeMutableRawPointer) {
    packed.storeBytes(of: isPerChannel ? 1 : maximum, as: Float.self)
    for index in 0..<panels {
      let first = index &* 8
      let width = min(columns &- first, 8)
      var maxima = SIMD8<Float>(repeating: maximum)
      if isPerChannel {
        maxima = SIMD8(repeating: leastMaximum)
        for row in 0..<depth {
          let found = magnitude(factor.lanes(row, first, width))
          maxima.replace(with: found, where: found .> maxima)
        }
        packed.storeBytes(of: maxima, toByteOffset: 64 &+ (group &* panels &+ index) &* 32, as: SIMD8<Float>.self)
      }
      let quantiser = Quantiser(precision, maxima: maxima)
      let target = UnsafeMutableRawPointer(mutating: panel(packed, group: group, index))
      for row in 0..<depth {
        let lanes = factor.lanes(row, first, width)
        switch precision {
        case .int8, .int16:
          target.storeBytes(of: SIMD8<Int16>(truncatingIfNeeded: quantiser(lanes)), toByteOffset: row &* 16, as: SIMD8<Int16>.self)
        case .int31, .int31WithLL: target.storeBytes(of: quantiser(lanes), toByteOffset: row &* 32, as: SIMD8<Int32>.self)
        case .float16, .bfloat16, .tfloat32:
          var rounded = lanes
          for lane in 0..<width { rounded[lane] = precision.rounded(lanes[lane]) }
          target.storeBytes(of: rounded, toByteOffset: row &* 32, as: SIMD8<Float>.self)
        }
      }
    }
  }
}

extension MatrixFactor {
  /// `width` (at most eight) elements of a row from column `first` on, then zeros.
  @inline(__always)
  fileprivate func lanes(_ row: Int, _ first: Int, _ width: Int) -> SIMD8<Float> {
    let source = transposed ? elements + (first &* stride &+ row) : elements + (row &* stride &+ first)
    if width == 8 && !transposed { return UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self) }
    var result = SIMD8<Float>(repeating: 0)
    for lane in 0..<width { result[lane] = source[transposed ? lane &* stride : lane] }
    return result
  }
}
