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

/// Where an operand of a broadcast stands, in rows: an element's offset is row · rowStep + column · step, with a step of 0 or 1.
package struct BroadcastRows {
  package let elements: UnsafePointer<Float>
  package let step: Int
  package let rowStep: Int

  package init(_ elements: UnsafePointer<Float>, step: Int, rowStep: Int = 0) {
    self.elements = elements
    self.step = step
    self.rowStep = rowStep
  }
}

/// result = function(x, y) over `rows` rows of `count` columns that lie behind each other in the result, which may be the memory of an
/// operand that is laid out like it. Functions that give no floats do nothing.
package func combineFloats(
  _ function: BinaryFunction, _ x: BroadcastRows, _ y: BroadcastRows, to result: UnsafeMutablePointer<Float>, count: Int, rows: Int = 1
) {
  guard count > 0 else { return }
  let combine = CombineFloats(x: x, y: y, result: result, count: count, rows: rows)
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
    // One exponent for a row: squares and the like need no call of pow.
    if y.step == 0 && x.step == 1 {
      for row in 0..<rows {
        let exponent = y.elements[row &* y.rowStep]
        let activation = Activation(function: .power, alpha: exponent)
        mapFloats(activation, from: x.elements + row &* x.rowStep, to: result + row &* count, count: count)
      }
    } else {
      combine.run(PairByElement(function: function))
    }
  case .floorDivide, .modulo, .remainder, .atan2: combine.run(PairByElement(function: function))
  default: break
  }
}

private struct CombineFloats {
  let x, y: BroadcastRows
  let result: UnsafeMutablePointer<Float>
  let count, rows: Int

  @inline(never) @_optimize(size)
  func run<Function: LanePairFunction>(_ function: Function) {
    for row in 0..<rows {
      let (left, right, to) = (x.elements + row &* x.rowStep, y.elements + row &* y.rowStep, result + row &* count)
      if x.step == 1 && y.step == 1 {
        write(to) { function(Lanes(at: left + $0), Lanes(at: right + $0)) } few: {
          function(Lanes(at: left, first: count), Lanes(at: right, first: count))
        }
      } else if x.step == 1 {
        let value = Lanes(repeating: right[0])
        write(to) { function(Lanes(at: left + $0), value) } few: { function(Lanes(at: left, first: count), value) }
      } else {
        let value = Lanes(repeating: left[0])
        let other = Lanes(repeating: right[0])
        if y.step == 1 {
          write(to) { function(value, Lanes(at: right + $0)) } few: { function(value, Lanes(at: right, first: count)) }
        } else {
          write(to) { _ in function(value, other) } few: { function(value, other) }
        }
      }
    }
  }

  /// Writes a row of vectors: `vector` from a column on, or `few` where the row is shorter than one.
  @inline(__always)
  private func write(_ to: UnsafeMutablePointer<Float>, _ vector: (Int) -> Lanes, few: () -> Lanes) {
    guard count >= Lanes.count else {
      few().store(to: to, first: count)
      return
    }
    // The last vector overlaps the one before. It is computed first, because the result may be the memory of an operand.
    let last = count &- Lanes.count
    let end = vector(last)
    var index = 0
    while index < last {
      vector(index).store(to: to + index)
      index = index &+ Lanes.count
    }
    end.store(to: to + last)
  }
}
