// SPDX-License-Identifier: Apache-2.0
#if CORACLE_LANES_16
import Platform

// A last panel of 16 or 24 columns: with one vector a row of the result each load serves a single multiply-add, and half a vector costs as much as a whole
// one. So two steps of the depth lie side by side in a vector: one load broadcasts a row's two elements to its even and odd lanes for two or three
// multiply-adds, and neighbouring lanes are added at the end. 24 columns cost one and a half vectors a step.

/// A panel whose steps lie in pairs: [1 + depth / 2][2 width]. The first row are values to start from, in the even lanes.
struct PairPanel {
  let width, steps: Int
  let rows: UnsafeMutablePointer<Float>

  /// Floats of the last panel of a right factor in pairs; 0 where it does not lie so: an odd depth, or another width.
  static func floats(columns: Int, depth: Int) -> Int {
    let width = columns % PanelShape.columns
    return depth % 2 == 0 && depth > 0 && (width == 16 || width == 24) ? (depth &+ 2) &* width : 0
  }

  /// Puts `panel`, [depth][width], in pairs into `rows`; `bias` has a value a column, or is nil for zeros.
  init(_ panel: UnsafePointer<Float>, width: Int, depth: Int, bias: UnsafePointer<Float>?, into rows: UnsafeMutablePointer<Float>) {
    (self.width, steps, self.rows) = (width, depth / 2, rows)
    pair(at: rows, bias, nil)
    for step in 0..<steps { pair(at: rows + 2 &* width &* (step &+ 1), panel + 2 &* step &* width, panel + (2 &* step &+ 1) &* width) }
  }

  private func pair(at target: UnsafeMutablePointer<Float>, _ even: UnsafePointer<Float>?, _ odd: UnsafePointer<Float>?) {
    let (x, y) = (even.map { PanelVector(at: $0) } ?? .zero, odd.map { PanelVector(at: $0) } ?? .zero)
    platform_float16_interleave_lower(x, y).store(to: target)
    platform_float16_interleave_upper(x, y).store(to: target + 16)
    guard width == 24 else { return }
    platform_float16_interleave(even.map { PanelHalf(at: $0 + 16) } ?? .zero, odd.map { PanelHalf(at: $0 + 16) } ?? .zero).store(to: target + 32)
  }

  /// The tallest tile: as many rows as leave registers for a row of the panel and two elements.
  private var tallest: Int { width == 16 ? 14 : 8 }

  /// `rows` rows of a left factor, `stride` floats apart, times the panel, plus what the sums start from; fetches `following` on the way.
  @inline(never) @_optimize(speed) // See `multiplyWholeTile`.
  func multiply(rows: Int, _ a: UnsafePointer<Float>, _ stride: Int, _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ following: FollowingFloats?) {
    let pairs = UnsafePointer(self.rows)
    var (a, c, rest) = (a, c, rows)
    // Two lines a step, from two places: see `PanelShape.streams`. Where nothing follows, what is there already.
    var ahead = PairAhead(start: following?.start ?? pairs)
    let rowFloats = (following?.count ?? 0) / max(rows, 1)
    while rest > 0 {
      // Tiles as equal as they can be; the heights that few rows need are put together from low ones.
      let tiles = (rest &+ tallest &- 1) / tallest
      let even = (rest &+ tiles &- 1) / tiles
      let part = even &+ 2 >= tallest ? even : min(rest, 3) == 3 ? 3 : 1
      ahead.apart = part &* rowFloats / 2
      ahead.step = (ahead.apart &+ steps &- 1) / steps
      switch (width, part) {
      case (16, 14): multiplyPairTile(14, 4, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (16, 13): multiplyPairTile(13, 4, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (16, 12): multiplyPairTile(12, 4, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (16, 3): multiplyPairTile(3, 4, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (16, _): multiplyPairTile(1, 4, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (_, 8): multiplyPairTile(8, 6, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (_, 7): multiplyPairTile(7, 6, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (_, 6): multiplyPairTile(6, 6, a, stride, pairs, steps: steps, c, cStride, ahead)
      case (_, 3): multiplyPairTile(3, 6, a, stride, pairs, steps: steps, c, cStride, ahead)
      default: multiplyPairTile(1, 6, a, stride, pairs, steps: steps, c, cStride, ahead)
      }
      a += part &* stride
      c += part &* cStride
      ahead.start += part &* rowFloats
      rest &-= part
    }
  }
}
#endif
