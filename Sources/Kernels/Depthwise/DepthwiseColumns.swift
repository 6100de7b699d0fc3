// SPDX-License-Identifier: Apache-2.0

/// Sums of four neighbouring output columns over one vector of channels.
struct DepthwiseColumns {
  var a, b, c, d: Lanes

  /// The same values in every column.
  @inline(always)
  init(_ lanes: Lanes) { (a, b, c, d) = (lanes, lanes, lanes, lanes) }

  /// Changes every column.
  @inline(always)
  mutating func change(_ step: (Lanes) -> Lanes) { (a, b, c, d) = (step(a), step(b), step(c), step(d)) }

  /// Adds the first `count` columns of a residual.
  @inline(always)
  mutating func add(_ residual: UnsafePointer<Float>, step: Int, count: Int) {
    a += Lanes(at: residual)
    if count > 1 { b += Lanes(at: residual + step) }
    if count > 2 { c += Lanes(at: residual + 2 &* step) }
    if count > 3 { d += Lanes(at: residual + 3 &* step) }
  }
}

/// The activations that are applied in registers.
struct DepthwiseEnd {
  private let low, high: Lanes
  private let hardSwish: HardSwish?
  /// Whether another pass must apply the activation.
  let isPartial: Bool

  init(low: Float, high: Float, hardSwish: HardSwish? = nil, isPartial: Bool = false) {
    (self.low, self.high) = (Lanes(repeating: low), Lanes(repeating: high))
    (self.hardSwish, self.isPartial) = (hardSwish, isPartial)
  }

  /// The activation of one vector of channels.
  @inline(always)
  private func activate(_ sums: DepthwiseColumns) -> DepthwiseColumns {
    var sums = sums
    if let hardSwish { sums.change { $0.activated(by: hardSwish) } } else { sums.change { $0.clamped(low, high) } }
    return sums
  }

  /// Stores the first `count` columns, activated, `step` floats apart.
  @inline(always)
  func store(_ sums: DepthwiseColumns, count: Int, to output: UnsafeMutablePointer<Float>, step: Int) {
    let results = activate(sums)
    results.a.store(to: output)
    if count > 1 { results.b.store(to: output + step) }
    if count > 2 { results.c.store(to: output + 2 &* step) }
    if count > 3 { results.d.store(to: output + 3 &* step) }
  }
}
