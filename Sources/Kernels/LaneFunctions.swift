// SPDX-License-Identifier: Apache-2.0

/// A function of one float, computed on `Lanes.count` at once. Formulas stand in model.fbs at `UnaryFunction`.
package protocol LaneFunction {
  func callAsFunction(_ x: Lanes) -> Lanes
}

package struct Identity: LaneFunction {
  @inline(__always) package init() {}
  @inline(__always) package func callAsFunction(_ x: Lanes) -> Lanes { x }
}

struct Relu: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x.maximum(0) }
}

struct Clip: LaneFunction {
  let low, high: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x.maximum(low).minimum(high) }
}

struct LeakyRelu: LaneFunction {
  let slope: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { (x * slope).replacing(with: x, where: x .> Lanes.zero) }
}

struct Sigmoid: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.sigmoid(x) }
}

struct Tanh: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.tanh(x) }
}

struct HardSigmoid: LaneFunction {
  let slope, offset: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { Lanes(repeating: offset).multiplyAdd(x, slope).maximum(0).minimum(1) }
}

extension HardSwish: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    Lanes(repeating: offset).multiplyAdd(x, Lanes(repeating: middle).multiplyAdd(x, slope).maximum(low).minimum(high))
  }
}

struct Swish: LaneFunction {
  let beta: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.gated(x, by: x * beta) }
}

struct Gelu: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.gelu(x) }
}

/// The tanh approximation.
struct GeluTanh: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.geluTanh(x) }
}

/// By tanh(log(1 + e)) = (e^2 + 2 e) / (e^2 + 2 e + 2) with e = exp(x).
struct Mish: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    let e = VectorMath.expClamped(x.minimum(20))
    let numerator = (e + e).multiplyAdd(e, e)
    return x * (numerator / (numerator + 2))
  }
}

/// slope: of the negative side; scale: of both.
struct Elu: LaneFunction {
  let slope, scale: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    let negative = VectorMath.expm1OfNegative(x.minimum(0), times: slope)
    return negative.replacing(with: x, where: x .> Lanes.zero) * scale
  }
}

struct Celu: LaneFunction {
  let alpha: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    // x / alpha is only looked at where it is negative; alpha = 0 gives the limit, relu.
    let ratio = (x / alpha).minimum(0)
    return x.maximum(0) + VectorMath.expm1OfNegative(ratio.replacing(with: 0, where: ratio .!= ratio .& x .== x), times: alpha)
  }
}

struct Softplus: LaneFunction {
  let beta, threshold: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    let scaled = x * beta
    let smooth = (scaled.maximum(0) + VectorMath.log1pExpOfNegativeMagnitude(scaled)) / beta
    return threshold > 0 ? smooth.replacing(with: x, where: scaled .> Lanes(repeating: threshold)) : smooth
  }
}

struct Softsign: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x / (x.magnitude + 1) }
}

struct ThresholdedRelu: LaneFunction {
  let threshold: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    Lanes.zero.replacing(with: x, where: x .> Lanes(repeating: threshold) .| x .!= x)
  }
}

struct Linear: LaneFunction {
  let slope, offset: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { Lanes(repeating: offset).multiplyAdd(x, slope) }
}

struct HardShrink: LaneFunction {
  let threshold: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    Lanes.zero.replacing(with: x, where: x.magnitude .> Lanes(repeating: threshold) .| x .!= x)
  }
}

struct SoftShrink: LaneFunction {
  let threshold, offset: Float
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    var y = Lanes.zero.replacing(with: x, where: x .!= x)
    y.replace(with: x - offset, where: x .> Lanes(repeating: threshold))
    y.replace(with: x + offset, where: x .< Lanes(repeating: -threshold))
    return y
  }
}

struct Absolute: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x.magnitude }
}

struct Negate: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { Lanes(bits: x.bits ^ Int32(bitPattern: 0x8000_0000)) }
}

/// -1, 0 or 1; NaN stays.
struct Sign: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes {
    var y = x.replacing(with: 1, where: x .> Lanes.zero)
    y.replace(with: -1, where: x .< Lanes.zero)
    return y
  }
}

struct Floor: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.floor(x) }
}

struct Ceil: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.ceil(x) }
}

struct Round: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.roundToEven(x) }
}

struct Truncate: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.truncate(x) }
}

struct Exponential: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.exp(x) }
}

struct Logarithm: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.log(x) }
}

struct Reciprocal: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { Float(1) / x }
}

struct Square: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x * x }
}

struct ErrorFunction: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { VectorMath.erf(x) }
}
