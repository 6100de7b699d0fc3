// SPDX-License-Identifier: Apache-2.0
import Kernels

/// How the left factor's elements find the maximum that they are rounded by.
package enum LeftMaximum {
  /// One for the tensor, as `MaximumSlots.maximum` gives it.
  case tensor(Float)
  /// Every 16 elements along the depth have their own.
  case every16
}

/// A matrix product with the numerics of the card: the left factor is rounded as it is read, sums of a slice of the depth are exact for integers,
/// and slices and passes meet in float32: result = sum over slices and passes of float32(sum) times (left maximum times right maximum times unit).
///
/// An element of the result depends on its row and column only, never on how rows and columns are divided.
package struct KunlunProduct {
  let rows: ProductRows
  let maximum: LeftMaximum
  let factor: PackedFactor
  let packed: UnsafeRawPointer
  let group: Int
  let scratch: UnsafeMutableRawPointer

  /// `packed` holds what `factor` describes; `scratch`, aligned to 64, `scratchBytes(factor)`.
  package init(_ rows: ProductRows, _ maximum: LeftMaximum, _ factor: PackedFactor, _ packed: UnsafeRawPointer, group: Int = 0,
    scratch: UnsafeMutableRawPointer) {
    self.rows = rows
    self.maximum = maximum
    self.factor = factor
    self.packed = packed
    self.group = group
    self.scratch = scratch
  }

  /// Writes columns of panels `firstPanel` ..< `endPanel` of rows `first` ..< `end` to `result`, where row 0 and column 0 of the group's product
  /// would lie; rows are `stride` floats apart.
  package func compute(_ first: Int, _ end: Int, firstPanel: Int = 0, endPanel: Int? = nil, into result: UnsafeMutablePointer<Float>, stride: Int) {
    let endPanel = min(endPanel ?? factor.panels, factor.panels)
    if factor.precision.isInteger {
      multiply(IntegerArithmetic(precision: factor.precision), first, end, firstPanel, endPanel, result, stride)
    } else {
      multiply(FloatArithmetic(precision: factor.precision), first, end, firstPanel, endPanel, result, stride)
    }
  }

  private func multiply<Arithmetic: ProductArithmetic>(_ arithmetic: Arithmetic, _ first: Int, _ end: Int, _ firstPanel: Int, _ endPanel: Int,
    _ result: UnsafeMutablePointer<Float>, _ stride: Int) {
    guard firstPanel < endPanel else { return }
    let work = ProductWork<Arithmetic.Sums>(factor, scratch)
    let longest: Int
    if case .every16 = maximum, factor.precision.isInteger { longest = 16 } else { longest = KunlunPrecision.sliceDepth }
    var row = first
    while row < end {
      let count = min(ProductTile.rows, end &- row)
      clear(result, row, count, firstPanel, endPanel, stride)
      var begin = 0
      while begin < factor.depth {
        let depth = min(longest, factor.depth &- begin)
        rows.read(row, count, begin, begin &+ depth, into: work.floats, rowFloats: work.stride)
        readLeft(arithmetic, work, count, depth)
        for panel in firstPanel..<endPanel {
          readRight(arithmetic, work, panel, begin, depth)
          for group in 0..<((count &+ 3) / 4) {
            addTile(arithmetic, work, group &* 4, min(count &- group &* 4, 4), panel, depth, result + (row &* stride), stride)
          }
        }
        begin &+= depth
      }
      if let maxima = factor.channelMaxima(packed, group: group) {
        scaleColumns(maxima, row, count, firstPanel, endPanel, result, stride)
      }
      row &+= count
    }
  }

  private func readLeft<Arithmetic: ProductArithmetic>(_ arithmetic: Arithmetic, _ work: ProductWork<Arithmetic.Sums>, _ count: Int, _ depth: Int) {
    for row in 0..<count {
      let source = work.floats + row &* work.stride
      // The last eight may reach beyond the slice, into what nobody multiplies.
      for index in depth..<((depth &+ 7) / 8 &* 8) { source[index] = 0 }
      let limit: Float
      switch maximum {
      case .tensor(let shared): limit = shared
      case .every16: limit = max(largestMagnitude(source, depth), leastMaximum)
      }
      work.maxima[row] = limit
      let quantiser = Quantiser(factor.precision, maximum: limit)
      var index = 0
      while index < depth {
        let planes = arithmetic.left(UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<Float>.self), quantiser)
        let target = row &* work.stride &+ index
        UnsafeMutableRawPointer(work.left(0) + target).storeBytes(of: planes.0, as: Arithmetic.Sums.self)
        if factor.precision.hasHalves { UnsafeMutableRawPointer(work.left(1) + target).storeBytes(of: planes.1, as: Arithmetic.Sums.self) }
        index &+= 8
      }
    }
  }

  private func readRight<Arithmetic: ProductArithmetic>(_ arithmetic: Arithmetic, _ work: ProductWork<Arithmetic.Sums>, _ panel: Int, _ begin: Int,
    _ depth: Int) {
    let source = factor.panel(packed, group: group, panel)
    for index in 0..<depth {
      let planes = arithmetic.right(source, begin &+ index)
      work.right(0)[index] = planes.0
      if factor.precision.hasHalves { work.right(1)[index] = planes.1 }
    }
  }

  /// Adds all passes over a slice for rows `first` ..< `first + count` of the tile, at most four.
  private func addTile<Arithmetic: ProductArithmetic>(_ arithmetic: Arithmetic, _ work: ProductWork<Arithmetic.Sums>, _ first: Int, _ count: Int,
    _ panel: Int, _ depth: Int, _ result: UnsafeMutablePointer<Float>, _ stride: Int) {
    let column = panel &* 8
    let width = min(factor.columns &- column, 8)
    for index in 0..<factor.precision.passCount {
      let pass = factor.precision.pass(index)
      let left = work.left(pass.leftIsLow ? 1 : 0)
      // Rows that are not there repeat the last one.
      func row(_ index: Int) -> UnsafePointer<Arithmetic.Sums.Scalar> { UnsafePointer(left + (first &+ min(index, count &- 1)) &* work.stride) }
      let sums = TileSums<Arithmetic.Sums>(row(0), row(1), row(2), row(3), UnsafePointer(work.right(pass.rightIsLow ? 1 : 0)), depth: depth)
      for row in 0..<count {
        let unit = factor.precision.isInteger ? work.maxima[first &+ row] * factor.maximum(packed) * pass.unit : 1
        let value = arithmetic.rounded(sums[row]) * unit
        let target = result + ((first &+ row) &* stride &+ column)
        if width == 8 {
          let raw = UnsafeMutableRawPointer(target)
          raw.storeBytes(of: raw.loadUnaligned(as: SIMD8<Float>.self) + value, as: SIMD8<Float>.self)
        } else {
          for lane in 0..<width { target[lane] += value[lane] }
        }
      }
    }
  }

  private func clear(_ result: UnsafeMutablePointer<Float>, _ first: Int, _ count: Int, _ firstPanel: Int, _ endPanel: Int, _ stride: Int) {
    for row in first..<(first &+ count) {
      for column in (firstPanel &* 8)..<min(endPanel &* 8, factor.columns) { result[row &* stride &+ column] = 0 }
    }
  }

  private func scaleColumns(_ maxima: UnsafePointer<Float>, _ first: Int, _ count: Int, _ firstPanel: Int, _ endPanel: Int,
    _ result: UnsafeMutablePointer<Float>, _ stride: Int) {
    for row in first..<(first &+ count) {
      for column in (firstPanel &* 8)..<min(endPanel &* 8, factor.columns) { result[row &* stride &+ column] *= maxima[column] }
    }
  }
}

/// The part of a product that is computed at once.
package enum ProductTile {
  package static var rows: Int { 32 }
  /// Elements of a slice, rounded up to whole vectors and a cache line more, so that rows do not displace each other.
  static func stride(_ factor: PackedFactor) -> Int { (min(KunlunPrecision.sliceDepth, factor.depth) &+ 15) / 16 &* 16 &+ 16 }

  /// Bytes of scratch of one thread.
  package static func scratchBytes(_ factor: PackedFactor) -> Int {
    let stride = stride(factor)
    let scalar = factor.precision.isInteger ? 8 : 4
    let planes = factor.precision.hasHalves ? 2 : 1
    return 128 &+ rows &* stride &* 4 &+ (rows &* stride &+ 8 &* stride) &* scalar &* planes
  }
}

/// Where a thread's rounded operands lie in its scratch.
private struct ProductWork<Sums: SIMD> {
  let stride: Int
  /// Of each row of the tile.
  let maxima: UnsafeMutablePointer<Float>
  let floats: UnsafeMutablePointer<Float>
  private let leftBase: UnsafeMutablePointer<Sums.Scalar>
  private let rightBase: UnsafeMutablePointer<Sums>

  init(_ factor: PackedFactor, _ scratch: UnsafeMutableRawPointer) {
    stride = ProductTile.stride(factor)
    maxima = scratch.assumingMemoryBound(to: Float.self)
    floats = maxima + 32
    let left = scratch + (128 &+ ProductTile.rows &* stride &* 4)
    leftBase = left.assumingMemoryBound(to: Sums.Scalar.self)
    let planes = factor.precision.hasHalves ? 2 : 1
    rightBase = UnsafeMutableRawPointer(leftBase + ProductTile.rows &* stride &* planes).assumingMemoryBound(to: Sums.self)
  }

  func left(_ plane: Int) -> UnsafeMutablePointer<Sums.Scalar> { leftBase + plane &* ProductTile.rows &* stride }
  func right(_ plane: Int) -> UnsafeMutablePointer<Sums> { rightBase + plane &* stride }
}
