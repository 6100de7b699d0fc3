// Paddle operators that read and write by index.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerIndexing(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try indexing(operation).map { [.tensor($0)] }
  }

  private func indexing(_ operation: PaddleOperation) throws -> Value? {
    func operand(_ index: Int) throws -> Value { try tensor(operation, index) }
    switch operation.name {
    case "embedding":
      return builder.gather(try operand(1), try operand(0), axis: 0, paddingIndex: operation.integer("padding_idx", default: -1))
    case "gather":
      let index = try operand(1)
      // A column of indices means the same as a vector.
      let isColumn = index.shape?.count == 2
      return builder.gather(try operand(0), isColumn ? builder.reshape(index, [-1]) : index, axis: try knownNumber(operation, 2, "axis", default: 0))
    case "index_select": return builder.gather(try operand(0), try operand(1), axis: operation.integer("axis", default: 0))
    case "gather_nd": return builder.gatherNd(try operand(0), try operand(1))
    case "index_sample": return builder.gatherElements(try operand(0), try operand(1), axis: 1)
    case "take_along_axis": return builder.gatherElements(try operand(0), try operand(1), axis: operation.integer("axis", default: 0))
    case "put_along_axis": return try putAlongAxis(operation)
    case "scatter": return try scatter(operation)
    case "scatter_nd_add": return builder.scatterNd(try operand(0), try operand(1), try operand(2), reduction: .add)
    case "nonzero": return try builder.transpose(builder.nonZero(operand(0)), [1, 0])
    case "masked_select":
      let x = try operand(0), mask = try operand(1)
      let full = x.shape == mask.shape ? mask : builder.expand(mask, to: builder.shape(x))
      return builder.gatherNd(x, try builder.transpose(builder.nonZero(full), [1, 0]))
    default: return nil
    }
  }

  private func putAlongAxis(_ operation: PaddleOperation) throws -> Value {
    let reduction: ScatterReduction
    switch operation.string("reduce", default: "assign") {
    case "assign": reduction = .none
    case "add": reduction = .add
    case "mul", "multiply": reduction = .multiply
    case "amin": reduction = .minimum
    case "amax": reduction = .maximum
    default: throw ImportError.unsupported("put_along_axis with \(operation.string("reduce"))")
    }
    guard reduction == .none || operation.boolean("include_self", default: true) else { throw ImportError.unsupported("put_along_axis without the tensor itself") }
    let x = try tensor(operation, 0), indices = try tensor(operation, 1)
    var values = try tensor(operation, 2)
    if values.shape != indices.shape { values = builder.expand(values, to: builder.shape(indices)) }
    return builder.scatterElements(x, indices, values, axis: operation.integer("axis", default: 0), reduction: reduction)
  }

  /// Rows replaced, or (without `overwrite`) set to zero and then added to, once for every mention.
  private func scatter(_ operation: PaddleOperation) throws -> Value {
    let x = try tensor(operation, 0), updates = try tensor(operation, 2)
    let rows = builder.reshape(try tensor(operation, 1), [-1, 1])
    if operation.boolean("overwrite", default: true) { return builder.scatterNd(x, rows, updates) }
    let cleared = builder.scatterNd(x, rows, builder.binary(.multiply, updates, 0))
    return builder.scatterNd(cleared, rows, updates, reduction: .add)
  }
}
