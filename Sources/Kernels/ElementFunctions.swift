// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform

/// The functions that models seldom use, one element at a time through the C library.
struct ByElement: LaneFunction {
  let activation: Activation

  /// The lanes are written to a small buffer of the stack, so that the loop over them stays one call a lane.
  @inline(never)
  func callAsFunction(_ x: Lanes) -> Lanes {
    var y = x
    for lane in 0..<Lanes.count { y[lane] = value(x[lane]) }
    return y
  }

  private func value(_ x: Float) -> Float {
    switch activation.function {
    case .sin: platform_sin(x)
    case .cos: platform_cos(x)
    case .tan: platform_tan(x)
    case .asin: platform_asin(x)
    case .acos: platform_acos(x)
    case .atan: platform_atan(x)
    case .sinh: platform_sinh(x)
    case .cosh: platform_cosh(x)
    case .asinh: platform_asinh(x)
    case .acosh: platform_acosh(x)
    case .atanh: platform_atanh(x)
    case .log1p: platform_log1p(x)
    case .expm1: platform_expm1(x)
    case .power: platform_pow(x, activation.alpha)
    default: x
    }
  }
}

struct SquareRoot: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { x.root }
}

struct ReciprocalSquareRoot: LaneFunction {
  @inline(__always) func callAsFunction(_ x: Lanes) -> Lanes { Float(1) / SquareRoot()(x) }
}

/// Something to be done with a function of floats, compiled once for each function.
package protocol LaneFunctionVisitor {
  associatedtype Result
  func visit<Function: LaneFunction>(_ function: Function) -> Result
}

/// Calls `visitor` with a power: the usual exponents need no call of pow.
@inline(__always)
private func withPower<Visitor: LaneFunctionVisitor>(_ activation: Activation, _ visitor: Visitor) -> Visitor.Result {
  if activation.alpha == 2 { return visitor.visit(Square()) }
  if activation.alpha == 1 { return visitor.visit(Identity()) }
  if activation.alpha == -1 { return visitor.visit(Reciprocal()) }
  return visitor.visit(ByElement(activation: activation))
}

/// Calls `visitor` with the function that `activation` names; nil for the functions that have no float result.
@inline(__always)
package func withLaneFunction<Visitor: LaneFunctionVisitor>(_ activation: Activation, _ visitor: Visitor) -> Visitor.Result? {
  let (a, b) = (activation.alpha, activation.beta)
  // A line a function: a library for certain models (CORACLE_FUNCTIONS) is compiled with some of these lines.
  switch activation.function {
  case .identity: return visitor.visit(Identity())
  case .relu: return visitor.visit(Relu())
  case .clip: return visitor.visit(Clip(low: a, high: b))
  case .leakyRelu: return visitor.visit(LeakyRelu(slope: a))
  case .sigmoid: return visitor.visit(Sigmoid())
  case .tanh: return visitor.visit(Tanh())
  case .hardSigmoid: return visitor.visit(HardSigmoid(slope: a, offset: b))
  case .hardSwish: return visitor.visit(HardSwish(scale: 1, offset: 0))
  case .swish: return visitor.visit(Swish(beta: a))
  case .gelu: return visitor.visit(Gelu())
  case .geluTanh: return visitor.visit(GeluTanh())
  case .mish: return visitor.visit(Mish())
  case .elu: return visitor.visit(Elu(slope: a, scale: 1))
  case .selu: return visitor.visit(Elu(slope: a, scale: b))
  case .celu: return visitor.visit(Celu(alpha: a))
  case .softplus: return visitor.visit(Softplus(beta: a, threshold: b))
  case .scaledHardSwish: return visitor.visit(HardSwish(scale: a, offset: b))
  case .softsign: return visitor.visit(Softsign())
  case .thresholdedRelu: return visitor.visit(ThresholdedRelu(threshold: a))
  case .linear: return visitor.visit(Linear(slope: a, offset: b))
  case .hardShrink: return visitor.visit(HardShrink(threshold: a))
  case .softShrink: return visitor.visit(SoftShrink(threshold: a, offset: b))
  case .absolute: return visitor.visit(Absolute())
  case .negate: return visitor.visit(Negate())
  case .sign: return visitor.visit(Sign())
  case .floor: return visitor.visit(Floor())
  case .ceil: return visitor.visit(Ceil())
  case .round: return visitor.visit(Round())
  case .truncate: return visitor.visit(Truncate())
  case .exp: return visitor.visit(Exponential())
  case .log: return visitor.visit(Logarithm())
  case .reciprocal: return visitor.visit(Reciprocal())
  case .square: return visitor.visit(Square())
  case .erf: return visitor.visit(ErrorFunction())
  case .sqrt: return visitor.visit(SquareRoot())
  case .reciprocalSqrt: return visitor.visit(ReciprocalSquareRoot())
  case .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .log1p, .expm1: return visitor.visit(ByElement(activation: activation))
  case .power: return withPower(activation, visitor)
  case .logicalNot, .isNan, .isInfinite, .isFinite, .bitwiseNot: return nil
  }
}

extension UnaryFunction {
  /// Whether the function maps floats to floats; only such can be an activation.
  package var isFloatFunction: Bool {
    switch self {
    case .logicalNot, .isNan, .isInfinite, .isFinite, .bitwiseNot: false
    default: true
    }
  }
}
