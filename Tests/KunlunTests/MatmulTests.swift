// SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler
@testable import KunlunNumerics

/// [batches, rows, depth] times [depth, columns] or [batches, depth, columns].
private struct MatmulCase: OracleCase {
  var batches = 1, rows = 3, depth = 5, columns = 4
  /// The right factor is a constant; otherwise an input with a matrix a batch.
  var isConstant = true
  var transposeA = false
  var transposeB = false
  var scale: Float = 1
  /// A bias for every element instead of every column.
  var hasWholeBias = false

  private var rightBatches: Int { isConstant ? 1 : batches }

  func values() -> (a: [Float], b: [Float], bias: [Float]) {
    var random = TestRandom(23)
    return (random.floats(batches * rows * depth, scale: 2), random.floats(rightBatches * depth * columns), random.floats(hasWholeBias ? rows * columns : columns))
  }

  func inputs() -> [[Float]] { isConstant ? [values().a] : [values().a, values().b] }

  func graph() -> Graph {
    let graph = Graph(name: "matmul")
    let (_, b, bias) = values()
    let left = Value(name: "a", type: .float32, shape: transposeA ? [batches, depth, rows] : [batches, rows, depth])
    let shape = (isConstant ? [] : [batches]) + (transposeB ? [columns, depth] : [depth, columns])
    let right = isConstant ? Value(name: "b", constant: Constant(shape: shape, floats: b)) : Value(name: "b", type: .float32, shape: shape)
    let output = Value(name: "y", type: .float32, shape: [batches, rows, columns])
    graph.inputs = isConstant ? [left] : [left, right]
    graph.outputs = [output]
    let added = Value(name: "c", constant: Constant(shape: hasWholeBias ? [rows, columns] : [columns], floats: bias))
    graph.nodes = [Node(.matmul, name: "n", inputs: [left, right, added], outputs: [output], attributes: ["transpose_a": .boolean(transposeA),
      "transpose_b": .boolean(transposeB), "scale": .float(Double(scale))])]
    return graph
  }

  func expected(_ settings: KunlunSettings) -> [Float] {
    let (a, b, bias) = values()
    let precision = settings.arithmetic
    var result: [Float] = []
    for batch in 0..<batches {
      for row in 0..<rows {
        let left = (0..<depth).map { a[batch * rows * depth + (transposeA ? $0 * rows + row : row * depth + $0)] }
        for column in 0..<columns {
          let base = isConstant ? 0 : batch * depth * columns
          let right = (0..<depth).map { b[base + (transposeB ? column * depth + $0 : $0 * columns + column)] }
          let leftMaximum = settings.isEvery16 ? nil : ProductCase.maximum(a)
          var value: Float
          if settings.isPerChannel && isConstant && precision.isInteger {
            let maximum = ProductCase.maximum(right)
            value = ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: maximum, rightWorth: 1) * maximum
          } else {
            value = ScalarOracle.dot(left, right, precision, leftMaximum: leftMaximum, rightMaximum: ProductCase.maximum(b))
          }
          result.append(value * scale + bias[hasWholeBias ? row * columns + column : column])
        }
      }
    }
    return result
  }
}

/// Bit for bit: constant factors and those of the moment, transposed or not, scaled, with a bias a column or an element, one to three threads.
@Test func matrixProductsAreThoseOfTheOracle() throws {
  let cases = [MatmulCase(), MatmulCase(batches: 2, rows: 40, depth: 30, columns: 33), MatmulCase(rows: 1, depth: 300, columns: 100, scale: 0.5),
    MatmulCase(rows: 7, depth: 20, columns: 9, transposeB: true), MatmulCase(rows: 7, depth: 20, columns: 9, transposeA: true, hasWholeBias: true),
    MatmulCase(batches: 3, rows: 9, depth: 17, columns: 10, isConstant: false), MatmulCase(batches: 2, rows: 5, depth: 8, columns: 11, isConstant: false,
      transposeB: true, scale: 0.125, hasWholeBias: true), MatmulCase(rows: 2, depth: 2100, columns: 3)]
  try expectOracle(cases, threads: [1, 2, 3])
}
