// SPDX-License-Identifier: Apache-2.0
import ModelFile

/// What is done to rows of a result while they are in the cache: y = activation(result + bias + residual).
package struct Epilogue {
  /// One value a column.
  package var bias: UnsafePointer<Float>?
  /// Laid out as the result.
  package var residual: UnsafePointer<Float>?
  package var activation: Activation

  package init(bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, activation: Activation) {
    self.bias = bias
    self.residual = residual
    self.activation = activation
  }

  @inline(__always)
  var isIdentity: Bool { bias == nil && residual == nil && activation.function == .identity }

  /// Finishes `rows` rows of `columns` at element `offset` of `result`; `firstColumn` is the bias value of the first one.
  package func finish(_ result: UnsafeMutablePointer<Float>, offset: Int, rows: Int, columns: Int, stride: Int, firstColumn: Int = 0) {
    if isIdentity || rows <= 0 || columns <= 0 { return }
    finishRows(result + offset, rows: rows, columns: columns, rowStride: stride, bias: bias.map { $0 + firstColumn },
      residual: residual.map { $0 + offset }, residualStride: stride, activation: activation)
  }
}
