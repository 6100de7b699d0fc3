// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Comparisons of two operands, one byte a result.
struct CompareElements<Element: Comparable & BitwiseCopyable> {
  let function: BinaryFunction
  let x, y: UnsafePointer<Element>
  let z: UnsafeMutablePointer<UInt8>
  let loop: Broadcast

  /// By three comparisons only: x > y is y < x, and x != y the opposite of x == y (for NaN too).
  func run(_ begin: Int, _ end: Int) {
    switch function {
    case .equal, .notEqual: each(begin, end) { $0 == $1 }
    case .less, .greater: each(begin, end) { $0 < $1 }
    default: each(begin, end) { $0 <= $1 }
    }
  }

  @inline(__always)
  private func each(_ begin: Int, _ end: Int, _ holds: (Element, Element) -> Bool) {
    let swapped = function == .greater || function == .greaterOrEqual
    let opposite: UInt8 = function == .notEqual ? 1 : 0
    let (leftStep, rightStep) = swapped ? (loop.secondStep, loop.firstStep) : (loop.firstStep, loop.secondStep)
    loop.runs(begin, end) { output, first, second, _, count in
      let (to, a, b) = (z + output, swapped ? y + second : x + first, swapped ? x + first : y + second)
      for index in 0..<count { to[index] = (holds(a[index &* leftStep], b[index &* rightStep]) ? 1 : 0) ^ opposite }
    }
  }
}

/// Every function of integers and booleans. Nothing here can trap: sums wrap, divisors are looked at, shift amounts are limited.
struct IntegerBinary: IntegerVisitor {
  let function: BinaryFunction
  let x, y: UnsafePointer<UInt8>
  let z: UnsafeMutablePointer<UInt8>
  let loop: Broadcast
  let begin, end: Int
  let areBooleans: Bool

  func visit<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
    let x = UnsafeRawPointer(x).assumingMemoryBound(to: Element.self)
    let y = UnsafeRawPointer(y).assumingMemoryBound(to: Element.self)
    if function.compares {
      CompareElements(function: function, x: x, y: y, z: z, loop: loop).run(begin, end)
      return
    }
    let z = UnsafeMutableRawPointer(z).assumingMemoryBound(to: Element.self)
    // Booleans from outside may hold any byte but 0 for true.
    let (function, areBooleans) = (function, areBooleans)
    let (xStep, yStep) = (loop.firstStep, loop.secondStep)
    loop.runs(begin, end) { output, first, second, _, count in
      let (to, a, b) = (z + output, x + first, y + second)
      switch function {
      case .add where !areBooleans: for index in 0..<count { to[index] = a[index &* xStep] &+ b[index &* yStep] }
      case .subtract: for index in 0..<count { to[index] = a[index &* xStep] &- b[index &* yStep] }
      case .multiply where !areBooleans: for index in 0..<count { to[index] = a[index &* xStep] &* b[index &* yStep] }
      default:
        for index in 0..<count {
          let (left, right) = (a[index &* xStep], b[index &* yStep])
          to[index] = areBooleans ? (logical(function, left != 0, right != 0) ? 1 : 0) : integer(function, left, right)
        }
      }
    }
  }

  private func logical(_ function: BinaryFunction, _ x: Bool, _ y: Bool) -> Bool {
    switch function {
    case .logicalOr, .bitwiseOr, .maximum, .add: x || y
    case .logicalXor, .bitwiseXor: x != y
    default: x && y
    }
  }

  private func integer<Element: FixedWidthInteger>(_ function: BinaryFunction, _ x: Element, _ y: Element) -> Element {
    switch function {
    case .divide: return quotient(x, y)
    case .power: return power(x, y)
    case .minimum: return min(x, y)
    case .maximum: return max(x, y)
    case .floorDivide:
      let rounded = quotient(x, y)
      return remainder(x, y) != 0 && (x < 0) != (y < 0) ? rounded &- 1 : rounded
    case .modulo:
      let rest = remainder(x, y)
      return rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
    case .remainder: return remainder(x, y)
    case .prelu: return x > 0 ? x : x &* y
    case .squaredDifference: return (x &- y) &* (x &- y)
    case .bitwiseAnd: return x & y
    case .bitwiseOr: return x | y
    case .bitwiseXor: return x ^ y
    // Swift's smart shifts: any amount is allowed.
    case .shiftLeft: return x << y
    case .shiftRight: return x >> y
    default: return x
    }
  }

  private func quotient<Element: FixedWidthInteger>(_ x: Element, _ y: Element) -> Element {
    // The overflowing quotient of the smallest number by -1 is that number.
    y == 0 ? 0 : x.dividedReportingOverflow(by: y).partialValue
  }

  private func remainder<Element: FixedWidthInteger>(_ x: Element, _ y: Element) -> Element {
    y == 0 ? 0 : x.remainderReportingOverflow(dividingBy: y).partialValue
  }

  private func power<Element: FixedWidthInteger>(_ x: Element, _ y: Element) -> Element {
    if y < 0 { return x == 1 ? 1 : x == 0 &- 1 ? (y & 1 == 0 ? 1 : 0 &- 1) : 0 }
    var (result, base, exponent): (Element, Element, Element) = (1, x, y)
    while exponent > 0 {
      if exponent & 1 == 1 { result = result &* base }
      base = base &* base
      exponent = exponent &>> 1
    }
    return result
  }
}
