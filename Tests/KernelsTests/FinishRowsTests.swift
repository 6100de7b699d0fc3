// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Testing

/// finishRows against a double loop: odd widths, strides wider than the rows, each of bias and residual left out or given.
@Test(arguments: [0, 1, 3, 7, 8, 9, 16, 21])
func finishedRowsEqualADoubleLoop(_ columns: Int) {
  let (rows, rowStride, residualStride) = (3, columns + 5, columns + 2)
  let functions: [(Activation, (Float) -> Float)] = [
    (Activation(), { $0 }),
    (Activation(function: .relu), { max($0, 0) }),
    (Activation(function: .clip, alpha: -0.5, beta: 1), { min(max($0, -0.5), 1) }),
    (Activation(function: .hardSwish), { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
    (Activation(function: .scaledHardSwish, alpha: -0.75, beta: 0.5), { -0.75 * $0 * min(max($0 / 6 + 0.5, 0), 1) + 0.5 }),
    (Activation(function: .absolute), { abs($0) }),
  ]
  let result = (0..<rows * rowStride + 4).map { Float(($0 * 37) % 23) / 7 - 1.6 }
  let bias = (0..<columns).map { Float(($0 * 11) % 13) / 9 - 0.7 }
  let residual = (0..<rows * residualStride + 4).map { Float(($0 * 5) % 17) / 5 - 1.5 }
  for (activation, exact) in functions {
    for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
      var found = result
      found.withUnsafeMutableBufferPointer { found in
        bias.withUnsafeBufferPointer { bias in
          residual.withUnsafeBufferPointer { residual in
            guard let base = found.baseAddress else { return }
            finishRows(base, rows: rows, columns: columns, rowStride: rowStride, bias: hasBias ? bias.baseAddress : nil,
              residual: hasResidual ? residual.baseAddress : nil, residualStride: residualStride, activation: activation)
          }
        }
      }
      for index in result.indices {
        let (row, column) = (index / rowStride, index % rowStride)
        var expected = result[index]
        if row < rows && column < columns {
          if hasBias { expected += bias[column] }
          if hasResidual { expected += residual[row * residualStride + column] }
          expected = exact(expected)
        }
        #expect(abs(found[index] - expected) <= 1e-6, "\(activation.function) at \(index)")
      }
    }
  }
}
