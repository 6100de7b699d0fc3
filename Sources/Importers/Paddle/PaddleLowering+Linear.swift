// Paddle matrix products.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerLinear(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try linear(operation).map { [.tensor($0)] }
  }

  private func linear(_ operation: PaddleOperation) throws -> Value? {
    func operand(_ index: Int) throws -> Value { try tensor(operation, index) }
    switch operation.name {
    case "matmul", "legacy_matmul":
      return try builder.matmul(operand(0), operand(1), transposeA: operation.boolean("transpose_x"),
        transposeB: operation.boolean("transpose_y"), scale: operation.float("alpha", default: 1))
    case "bmm", "mv": return try builder.matmul(operand(0), operand(1))
    case "dot":
      return try builder.reduce(.sum, builder.binary(.multiply, operand(0), operand(1)), axes: [-1], keepDimensions: false)
    case "matmul_with_flatten":
      return try flattenedProduct(operand(0), operand(1), columns: operation.integer("x_num_col_dims", default: 1),
        rows: operation.integer("y_num_col_dims", default: 1), bias: nil)
    case "fc", "gemm_epilogue":
      let activation = operation.string("activation_type")
      let y = try flattenedProduct(operand(0), operand(1), columns: operation.integer("in_num_col_dims", default: 1), rows: 1,
        bias: optional(operation, 2))
      guard activation.isEmpty || activation == "relu" || activation == "identity" else { throw ImportError.unsupported("fc with activation \(activation)") }
      return activation == "relu" ? builder.unary(.relu, y) : y
    case "addmm", "baddbmm":
      return try builder.gemm(operand(1), operand(2), operand(0), alpha: operation.float("alpha", default: 1), beta: operation.float("beta", default: 1))
    case "einsum": return try builder.einsum(operation.string("equation"), tensors(operation, 0))
    default: return nil
    }
  }

  /// x with its dimensions from `columns` on as one, by y with its first `rows` dimensions as one.
  private func flattenedProduct(_ x: Value, _ y: Value, columns: Int, rows: Int, bias: Value?) throws -> Value {
    let rankX = try builder.rank(x), rankY = try builder.rank(y)
    guard columns > 0, columns < rankX, rows > 0, rows < rankY else {
      throw ImportError.unsupported("a flattened product of \(rankX) and \(rankY) dimensions at \(columns) and \(rows)")
    }
    let left = columns == rankX - 1 ? x : builder.flatten(x, first: columns, last: rankX - 1)
    var right = y
    if rows < rankY - 1 { right = builder.flatten(right, first: rows, last: rankY - 1) }
    if rows > 1 { right = builder.flatten(right, first: 0, last: rows - 1) }
    let product = try builder.matmul(left, right, bias: bias)
    if rows == rankY - 1 { return product }
    return try builder.reshape(product, extents: (0..<columns).map { builder.extent(x, $0) } + (rows..<rankY).map { builder.extent(y, $0) })
  }
}
