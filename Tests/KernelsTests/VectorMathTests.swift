// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kernels
import ModelFile
import Testing

/// A vector function, its double-precision counterpart, and how far the two may be apart.
struct VectorFunctionRow: CustomStringConvertible {
  let function: UnaryFunction
  var alpha: Float = 0
  var beta: Float = 0
  /// Where it is compared: every 257th float of the range.
  let range: ClosedRange<Float>
  /// The bound in units in the last place of the exact result, or of `unit` where that is larger.
  let units: Double
  var unit: Double = 0
  let exact: (Double) -> Double

  var description: String { "\(function)(\(alpha), \(beta))" }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
private func gelu(_ x: Double) -> Double { x * 0.5 * Foundation.erfc(-x * 0.5.squareRoot()) }
private func geluTanh(_ x: Double) -> Double { x * sigmoid((8 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)) }
private func softplus(_ x: Double) -> Double { max(x, 0) + Foundation.log1p(Foundation.exp(-abs(x))) }

/// The table of errors: measured maxima, rounded up to a quarter.
let vectorFunctionRows: [VectorFunctionRow] = [
  VectorFunctionRow(function: .exp, range: -87...88.7, units: 1.25) { Foundation.exp($0) },
  VectorFunctionRow(function: .exp, range: -110 ... -87, units: 1, unit: 1.2e-38) { Foundation.exp($0) },
  VectorFunctionRow(function: .log, range: .leastNonzeroMagnitude...3e38, units: 1) { Foundation.log($0) },
  VectorFunctionRow(function: .sigmoid, range: -80...80, units: 2) { sigmoid($0) },
  VectorFunctionRow(function: .tanh, range: -20...20, units: 2) { Foundation.tanh($0) },
  VectorFunctionRow(function: .erf, range: -6...6, units: 1.5) { Foundation.erf($0) },
  VectorFunctionRow(function: .swish, alpha: 1, range: -80...80, units: 2) { $0 * sigmoid($0) },
  VectorFunctionRow(function: .gelu, range: -2...(.greatestFiniteMagnitude), units: 2) { gelu($0) },
  VectorFunctionRow(function: .gelu, range: -.greatestFiniteMagnitude ... -2, units: 2, unit: 0.0455) { gelu($0) },
  VectorFunctionRow(function: .geluTanh, range: -2.75...(.greatestFiniteMagnitude), units: 2) { geluTanh($0) },
  VectorFunctionRow(function: .geluTanh, range: -.greatestFiniteMagnitude ... -2.75, units: 2, unit: 0.008) { geluTanh($0) },
  VectorFunctionRow(function: .mish, range: -80...80, units: 4) { $0 * Foundation.tanh(softplus($0)) },
  VectorFunctionRow(function: .elu, alpha: 1.5, range: -40...40, units: 1.75) { $0 > 0 ? $0 : 1.5 * Foundation.expm1($0) },
  VectorFunctionRow(function: .softplus, alpha: 1, beta: 20, range: -80...80, units: 2) { $0 > 20 ? $0 : softplus($0) },
  VectorFunctionRow(function: .celu, alpha: 0.7, range: -40...40, units: 2) { max($0, 0) + min(0, Double(Float(0.7)) * Foundation.expm1($0 / Double(Float(0.7)))) },
  VectorFunctionRow(function: .floor, range: -3e7...3e7, units: 0) { Foundation.floor($0) },
  VectorFunctionRow(function: .ceil, range: -3e7...3e7, units: 0) { Foundation.ceil($0) },
  VectorFunctionRow(function: .round, range: -3e7...3e7, units: 0) { $0.rounded(.toNearestOrEven) },
  VectorFunctionRow(function: .truncate, range: -3e7...3e7, units: 0) { Foundation.trunc($0) },
]

/// Every `step`th float of the range, in the order of bit patterns.
private func samples(_ range: ClosedRange<Float>, step: Int32 = 257) -> [Float] {
  func key(_ x: Float) -> Int32 { x.bitPattern >> 31 == 0 ? Int32(bitPattern: x.bitPattern) : -Int32(bitPattern: x.bitPattern & 0x7FFF_FFFF) }
  var result = stride(from: key(range.lowerBound), through: key(range.upperBound), by: Int(step)).map { key in
    key >= 0 ? Float(bitPattern: UInt32(key)) : -Float(bitPattern: UInt32(-key))
  }
  result += [0.5, 1, 1.5, 2.5, 0.625, 3.9999998, 20].filter(range.contains)
  return result
}

private func mapped(_ activation: Activation, _ input: [Float]) -> [Float] {
  var output = [Float](repeating: -7, count: input.count)
  input.withUnsafeBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      if let from = input.baseAddress, let to = output.baseAddress { mapFloats(activation, from: from, to: to, count: input.count) }
    }
  }
  return output
}

@Test(arguments: vectorFunctionRows.indices)
func vectorFunctionsStayWithinTheirTable(_ index: Int) {
  let row = vectorFunctionRows[index]
  let input = samples(row.range)
  let output = mapped(Activation(function: row.function, alpha: row.alpha, beta: row.beta), input)
  var worst = 0.0
  var at: Float = 0
  for (x, y) in zip(input, output) {
    let exact = row.exact(Double(x))
    let error = abs(Double(y) - exact)
    let units = error == 0 ? 0 : error / max(Double(Float(exact).ulp), Double(Float(row.unit).ulp))
    if !(units <= worst) { (worst, at) = (units, x) }
  }
  #expect(worst <= row.units, "\(row): \(worst) units in the last place at \(at)")
  let of = row.unit == 0 ? "the exact result" : "the exact result, or of \(row.unit) where that is larger"
  print("\(row) over \(row.range): at most \((worst * 1000).rounded() / 1000) units in the last place of \(of), at \(at)")
}

@Test func vectorFunctionsBearSpecialValues() {
  let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -Float.leastNonzeroMagnitude]
  let expected: [(UnaryFunction, [Float])] = [
    (.exp, [.nan, .infinity, 0, 1, 1, .infinity, 0, 1, 1]),
    (.tanh, [.nan, 1, -1, 0, -0.0, 1, -1, .leastNonzeroMagnitude, -Float.leastNonzeroMagnitude]),
    (.erf, [.nan, 1, -1, 0, -0.0, 1, -1, .leastNonzeroMagnitude, -Float.leastNonzeroMagnitude]),
    (.sigmoid, [.nan, 1, 0, 0.5, 0.5, 1, 0, 0.5, 0.5]),
    (.gelu, [.nan, .infinity, 0, 0, 0, .greatestFiniteMagnitude, 0, 0, 0]),
    (.geluTanh, [.nan, .infinity, 0, 0, -0.0, .greatestFiniteMagnitude, 0, 0, 0]),
    (.round, [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, -0.0]),
    (.relu, [.nan, .infinity, 0, 0, 0, .greatestFiniteMagnitude, 0, .leastNonzeroMagnitude, 0]),
    (.sign, [.nan, 1, -1, 0, 0, 1, -1, 1, -1]),
    (.floor, [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, -1]),
    (.sqrt, [.nan, .infinity, .nan, 0, -0.0, 1.8446743e19, .nan, Float.leastNonzeroMagnitude.squareRoot(), .nan]),
  ]
  for (function, values) in expected {
    for (found, value) in zip(mapped(Activation(function: function), special), values) {
      // Sigmoid and both forms of gelu go to 0 as far as 1e-8.
      let near = value == 0 && (function == .sigmoid || function == .gelu || function == .geluTanh) && abs(found) < 1e-8
      #expect(value.isNaN ? found.isNaN : found == value || near, "\(function): \(found), expected \(value)")
    }
  }
  let logarithm = mapped(Activation(function: .log), special)
  #expect(logarithm[0].isNaN && logarithm[1] == .infinity && logarithm[2].isNaN && logarithm[3] == -.infinity && logarithm[8].isNaN)
  #expect(abs(logarithm[7] - Foundation.log(1.401298464324817e-45 as Double).asFloat) < 1e-5)
  // Every function of every value gives a number or NaN, and touches nothing behind the count.
  for raw in UInt8.min...UInt8.max {
    guard let function = UnaryFunction(rawValue: raw), function.isFloatFunction else { continue }
    for alpha in [0, -1, .nan, .infinity, 3] as [Float] {
      let output = mapped(Activation(function: function, alpha: alpha, beta: -alpha), special)
      #expect(output.count == special.count)
    }
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
