// SPDX-License-Identifier: Apache-2.0
import Foundation
import Kernels
import ModelFile
import Testing

@testable import KunlunNumerics

/// The functions in double precision, by their definitions.
private func exact(_ activation: Activation, _ x: Double) -> Double {
  func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  switch activation.function {
  case .sigmoid: return sigmoid(x)
  case .tanh: return tanh(x)
  case .swish: return x * sigmoid(Double(activation.alpha) * x)
  case .gelu: return x / 2 * erfc(-x / 2.squareRoot())
  case .geluTanh: return x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  case .mish: return x * tanh(log1p(exp(min(x, 700))))
  case .hardSwish: return x * min(max(x + 3, 0), 6) / 6
  case .scaledHardSwish: return Double(activation.alpha) * x * min(max(x + 3, 0), 6) / 6 + Double(activation.beta)
  case .elu: return x > 0 ? x : Double(activation.alpha) * expm1(x)
  default: return .nan
  }
}

private let tabulated = [Activation(function: .sigmoid), Activation(function: .tanh), Activation(function: .swish, alpha: 1),
  Activation(function: .swish, alpha: 1.702), Activation(function: .swish, alpha: -2), Activation(function: .gelu), Activation(function: .geluTanh),
  Activation(function: .mish), Activation(function: .hardSwish), Activation(function: .scaledHardSwish, alpha: -2, beta: 0.5), Activation(function: .elu, alpha: 1), Activation(function: .elu, alpha: -2)]

/// 1e-3 where the lines lie, and as a part of the value beyond.
@Test func tablesAreWithinTheirTolerance() {
  let scratch = UnsafeMutableRawPointer.allocate(byteCount: ActivationTable.scratchBytes, alignment: 4)
  defer { scratch.deallocate() }
  for activation in tabulated {
    #expect(ActivationTable.isTabulated(activation))
    let table = ActivationTable(activation, scratch: scratch)
    var worst = 0.0
    for step in -200_000...200_000 {
      let x = Float(step) * 0x1p-13
      let difference = abs(Double(table(x)) - exact(activation, Double(x)))
      worst = max(worst, difference / max(1, abs(Double(x)) / 16))
    }
    #expect(worst <= 1e-3, "\(activation)")
    #expect(worst > 1e-5, "\(activation): no table is that good")
    for x in [-1e6, -1000, 1000, 1e6] as [Float] {
      #expect(abs(Double(table(x)) - exact(activation, Double(x))) <= 1e-3 * max(1, Double(x.magnitude)), "\(activation) at \(x)")
    }
    #expect(table(.nan).isNaN)
    _ = table(.infinity)
    _ = table(-.infinity)
  }
}

@Test func whatIsComparedOrTooSteepHasNoTable() {
  for activation in [Activation(function: .relu), Activation(function: .clip, alpha: 0, beta: 6), Activation(function: .leakyRelu, alpha: 0.1), Activation(),
    Activation(function: .swish, alpha: 3), Activation(function: .scaledHardSwish, alpha: 3), Activation(function: .elu, alpha: .nan)] {
    #expect(!ActivationTable.isTabulated(activation))
  }
}

/// + bias, + branch, then the activation, which is read from the table on the first generation only.
@Test func epilogueAddsBiasAndBranchBeforeTheActivation() {
  let bias: [Float] = [0.5, -0.25, 1]
  let branch: [Float] = [1, 2, 3, 4, 5, 6]
  let scratch = UnsafeMutableRawPointer.allocate(byteCount: ActivationTable.scratchBytes, alignment: 4)
  defer { scratch.deallocate() }
  for generation in [KunlunGeneration.first, .second] {
    for activation in [Activation(function: .relu), Activation(function: .tanh)] {
      var result: [Float] = [-3, 1.5, 0.1, -8, 0, 2]
      let before = result
      bias.withUnsafeBufferPointer { bias in
        branch.withUnsafeBufferPointer { branch in
          let epilogue = ProductEpilogue(bias: bias.baseAddress, branch: branch.baseAddress, activation: activation, generation, tableScratch: scratch)
          result.withUnsafeMutableBufferPointer { epilogue.finish($0.baseAddress!, offset: 0, rows: 2, columns: 3, stride: 3) }
        }
      }
      let tolerance = ProductEpilogue.needsTable(activation, generation) ? 1e-3 : 1e-6
      for index in 0..<6 {
        let sum = Double(before[index] + bias[index % 3] + branch[index])
        let expected = activation.function == .relu ? max(sum, 0) : tanh(sum)
        #expect(abs(Double(result[index]) - expected) <= tolerance)
      }
    }
  }
}
