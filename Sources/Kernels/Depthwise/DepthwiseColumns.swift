// SPDX-License-Identifier: Apache-2.0

/// Sums of four neighbouring output columns over one vector of channels.
struct DepthwiseColumns {
  var a, b, c, d: Lanes

  /// The same values in every column.
  @inline(always)
  init(_ lanes: Lanes) { (a, b, c, d) = (lanes, lanes, lanes, lanes) }

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
  let isHardSwish: Bool
  /// Whether another pass must apply the activation.
  let isPartial: Bool

  init(low: Float, high: Float, isHardSwish: Bool = false, isPartial: Bool = false) {
    (self.low, self.high) = (Lanes(repeating: low), Lanes(repeating: high))
    (self.isHardSwish, self.isPartial) = (isHardSwish, isPartial)
  }

  @inline(always)
  func clamp(_ x: Lanes) -> Lanes { x.maximum(low).minimum(high) }

  /// Stores the first `count` columns, clamped, `step` floats apart, of two vectors.
  @inline(always)
  func store(_ low: DepthwiseColumns, _ high: DepthwiseColumns, count: Int, to output: UnsafeMutablePointer<Float>, step: Int) {
    let second = output + Lanes.count
    clamp(low.a).store(to: output)
    clamp(high.a).store(to: second)
    if count > 1 {
      clamp(low.b).store(to: output + step)
      clamp(high.b).store(to: second + step)
    }
    if count > 2 {
      clamp(low.c).store(to: output + 2 &* step)
      clamp(high.c).store(to: second + 2 &* step)
    }
    if count > 3 {
      clamp(low.d).store(to: output + 3 &* step)
      clamp(high.d).store(to: second + 3 &* step)
    }
    if isHardSwish { applyHardSwish(output, step: step, count: count, vectors: 2) }
  }

  /// The same of one vector.
  @inline(always)
  func store(_ sums: DepthwiseColumns, count: Int, to output: UnsafeMutablePointer<Float>, step: Int) {
    clamp(sums.a).store(to: output)
    if count > 1 { clamp(sums.b).store(to: output + step) }
    if count > 2 { clamp(sums.c).store(to: output + 2 &* step) }
    if count > 3 { clamp(sums.d).store(to: output + 3 &* step) }
    if isHardSwish { applyHardSwish(output, step: step, count: count, vectors: 1) }
  }

  /// What `clamp` leaves to do, for `count` columns, `step` floats apart, of `vectors` vectors of channels that have just been stored.
  @inline(never)
  func applyHardSwish(_ output: UnsafeMutablePointer<Float>, step: Int, count: Int, vectors: Int) {
    let function = HardSwish()
    var target = output
    var column = count
    while column > 0 {
      function(Lanes(at: target)).store(to: target)
      if vectors == 2 { function(Lanes(at: target + Lanes.count)).store(to: target + Lanes.count) }
      target += step
      column = column &- 1
    }
  }
}
