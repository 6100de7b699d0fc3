// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile

/// What follows a product on the card, in this order: + bias, + branch, activation. The result's maximum is taken of what is stored then.
package struct ProductEpilogue {
  private let exact: Epilogue
  private let table: ActivationTable?

  /// `tableScratch` holds `ActivationTable.scratchBytes` where `needsTable` says so.
  package init(bias: UnsafePointer<Float>?, branch: UnsafePointer<Float>?, activation: Activation, _ generation: KunlunGeneration,
    tableScratch: UnsafeMutableRawPointer) {
    if ProductEpilogue.needsTable(activation, generation) {
      exact = Epilogue(bias: bias, residual: branch, activation: Activation())
      table = ActivationTable(activation, scratch: tableScratch)
    } else {
      exact = Epilogue(bias: bias, residual: branch, activation: activation)
      table = nil
    }
  }

  package static func needsTable(_ activation: Activation, _ generation: KunlunGeneration) -> Bool {
    generation.readsActivationsFromTable && ActivationTable.isTabulated(activation)
  }

  /// Finishes `rows` rows of `columns` at element `offset` of `result`, and of the branch; `firstColumn` is the bias value of the first one.
  package func finish(_ result: UnsafeMutablePointer<Float>, offset: Int, rows: Int, columns: Int, stride: Int, firstColumn: Int = 0) {
    exact.finish(result, offset: offset, rows: rows, columns: columns, stride: stride, firstColumn: firstColumn)
    guard let table else { return }
    for row in 0..<max(rows, 0) { table.apply(result + (offset &+ row &* stride), columns) }
  }
}
