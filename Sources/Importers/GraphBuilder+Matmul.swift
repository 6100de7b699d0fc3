// Matrix products. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension GraphBuilder {
  /// Numpy's matmul, operands of one dimension included; y = scale a b + bias.
  package func matmul(_ a: Value, _ b: Value, transposeA: Bool = false, transposeB: Bool = false, scale: Double = 1, bias: Value? = nil) throws
    -> Value {
    // A rank that is not known is taken for 2 or more: vectors come with shapes.
    let rankA = a.shape?.count ?? 2, rankB = b.shape?.count ?? 2
    guard rankA > 0, rankB > 0 else { throw ImportError.unsupported("a matrix product with a scalar") }
    let left = rankA == 1 ? unsqueeze(a, axes: [0]) : a
    let right = rankB == 1 ? unsqueeze(b, axes: [1]) : b
    let hasVector = rankA == 1 || rankB == 1
    var y: Value = append(.matmul, [left, right, hasVector ? nil : bias], ["transpose_a": .boolean(transposeA && rankA > 1),
      "transpose_b": .boolean(transposeB && rankB > 1), "scale": .float(scale)])
    if hasVector {
      y = squeeze(y, axes: (rankA == 1 ? [-2] : []) + (rankB == 1 ? [-1] : []))
      if let bias { y = binary(.add, y, bias) }
    }
    return y
  }

  /// alpha a' b' + beta c for matrices (ONNX Gemm, Paddle addmm).
  package func gemm(_ a: Value, _ b: Value, _ c: Value?, alpha: Double = 1, beta: Double = 1, transposeA: Bool = false, transposeB: Bool = false)
    throws -> Value {
    var bias = c
    if let c, beta != 1 {
      bias = if let floats = c.constant?.floats, let shape = c.constant?.shape {
        constant(floats: floats.map { $0 * Float(beta) }, shape: shape)
      } else {
        beta == 0 ? nil : binary(.multiply, c, beta)
      }
    }
    return try matmul(a, b, transposeA: transposeA, transposeB: transposeB, scale: alpha, bias: bias)
  }
}
