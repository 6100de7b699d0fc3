// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform

/// A function of two floats, computed on `Lanes.count` pairs at once. Meanings stand in model.fbs at `BinaryFunction`.
package protocol LanePairFunction {
  func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes
}

struct Sum: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
}

struct Difference: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x - y }
}

struct Product: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x * y }
}

struct Quotient: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x / y }
}

/// NaN where either is NaN.
struct Minimum: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x.replacing(with: y, where: x .> y .| y .!= y) }
}

/// NaN where either is NaN.
struct Maximum: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { x.replacing(with: y, where: x .< y .| y .!= y) }
}

struct SquaredDifference: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { (x - y) * (x - y) }
}

struct ParametricRelu: LanePairFunction {
  @inline(__always) func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes { (x * y).replacing(with: x, where: x .> Lanes.zero) }
}

/// The seldom used ones, one pair at a time through the C library.
struct PairByElement: LanePairFunction {
  let function: BinaryFunction

  @inline(never)
  func callAsFunction(_ x: Lanes, _ y: Lanes) -> Lanes {
    var z = x
    for lane in 0..<Lanes.count { z[lane] = value(x[lane], y[lane]) }
    return z
  }

  private func value(_ x: Float, _ y: Float) -> Float {
    switch function {
    case .power: return platform_pow(x, y)
    case .floorDivide: return platform_floor(x / y)
    case .remainder: return platform_fmod(x, y)
    case .atan2: return platform_atan2(x, y)
    default:
      // modulo: C's remainder moved to the sign of the divisor.
      let rest = platform_fmod(x, y)
      return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    }
  }
}

/// result[i] = function(x[i xStep], y[i yStep]) for i in 0 ..< count; steps are 0 or 1, and the result may be the memory of an operand
/// whose step is 1. Functions that give no floats do nothing.
package func combineFloats(
  _ function: BinaryFunction, _ x: UnsafePointer<Float>, _ xStep: Int, _ y: UnsafePointer<Float>, _ yStep: Int,
  to result: UnsafeMutablePointer<Float>, count: Int
) {
  let combine = CombineFloats(x: x, xStep: xStep, y: y, yStep: yStep, result: result, count: count)
  switch function {
  case .add: combine.run(Sum())
  case .subtract: combine.run(Difference())
  case .multiply: combine.run(Product())
  case .divide: combine.run(Quotient())
  case .minimum: combine.run(Minimum())
  case .maximum: combine.run(Maximum())
  case .squaredDifference: combine.run(SquaredDifference())
  case .prelu: combine.run(ParametricRelu())
  case .power:
    // One exponent for all: squares and the like need no call of pow.
    if yStep == 0 && xStep == 1 && count > 0 {
      mapFloats(Activation(function: .power, alpha: y[0]), from: x, to: result, count: count)
    } else {
      combine.run(PairByElement(function: function))
    }
  case .floorDivide, .modulo, .remainder, .atan2: combine.run(PairByElement(function: function))
  default: break
  }
}

private struct CombineFloats {
  let x: UnsafePointer<Float>
  let xStep: Int
  let y: UnsafePointer<Float>
  let yStep: Int
  let result: UnsafeMutablePointer<Float>
  let count: Int

  @inline(never)
  func run<Function: LanePairFunction>(_ function: Function) {
    guard count > 0 else { return }
    var index = 0
    let whole = count & ~(Lanes.count &- 1)
    if xStep == 1 && yStep == 1 {
      while index < whole {
        function(Lanes(at: x + index), Lanes(at: y + index)).store(to: result + index)
        index = index &+ Lanes.count
      }
    } else if xStep == 1 {
      let right = Lanes(repeating: y[0])
      while index < whole {
        function(Lanes(at: x + index), right).store(to: result + index)
        index = index &+ Lanes.count
      }
    } else {
      let left = Lanes(repeating: x[0])
      while index < whole {
        function(left, yStep == 1 ? Lanes(at: y + index) : Lanes(repeating: y[0])).store(to: result + index)
        index = index &+ Lanes.count
      }
    }
    let rest = count &- whole
    if rest > 0 {
      let left = xStep == 1 ? Lanes(at: x + index, first: rest) : Lanes(repeating: x[0])
      let right = yStep == 1 ? Lanes(at: y + index, first: rest) : Lanes(repeating: y[0])
      function(left, right).store(to: result + index, first: rest)
    }
  }
}
