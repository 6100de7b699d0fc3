// Paddle normalisations.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerNormalization(_ operation: PaddleOperation) throws -> [Lowered?]? {
    try normalization(operation).map { [.tensor($0)] }
  }

  private func normalization(_ operation: PaddleOperation) throws -> Value? {
    switch operation.name {
    case "batch_norm", "sync_batch_norm":
      let x = try tensor(operation, 0)
      return try imageLayout(operation, x) {
        try builder.batchNormalization($0, scale: optional(operation, 3), bias: optional(operation, 4), mean: tensor(operation, 1),
          variance: tensor(operation, 2), epsilon: operation.float("epsilon", default: 1e-5))
      }
    case "layer_norm":
      let x = try tensor(operation, 0)
      let axis = try builder.axis(operation.integer("begin_norm_axis", default: 1), rank: builder.rank(x))
      let scale = try optional(operation, 1).map { try normalized($0, like: x, from: axis) }
      let bias = try optional(operation, 2).map { try normalized($0, like: x, from: axis) }
      return builder.layerNormalization(x, scale: scale, bias: bias, axis: axis, epsilon: operation.float("epsilon", default: 1e-5))
    case "rms_norm":
      let x = try tensor(operation, 0)
      let axis = max(try builder.rank(x) - max(operation.integers("normalized_shape").count, 1), 0)
      let scale = try optional(operation, 1).map { try normalized($0, like: x, from: axis) }
      return builder.layerNormalization(x, scale: scale, bias: nil, axis: axis, epsilon: operation.float("epsilon", default: 1e-5), rootMeanSquare: true)
    case "group_norm":
      let x = try tensor(operation, 0)
      return try imageLayout(operation, x) {
        try builder.groupNormalization($0, scale: optional(operation, 1), bias: optional(operation, 2), groups: operation.integer("groups", default: 1),
          epsilon: operation.float("epsilon", default: 1e-5))
      }
    case "instance_norm":
      return try builder.groupNormalization(tensor(operation, 0), scale: optional(operation, 1), bias: optional(operation, 2), groups: -1,
        epsilon: operation.float("epsilon", default: 1e-5))
    case "lrn":
      // Paddle does not divide alpha by the size.
      let x = try tensor(operation, 0)
      let size = operation.integer("n", default: 5)
      return try imageLayout(operation, x) {
        try builder.localResponseNormalization($0, size: size, alpha: operation.float("alpha", default: 1e-4) * Double(size),
          beta: operation.float("beta", default: 0.75), bias: operation.float("k", default: 2))
      }
    default: return nil
    }
  }

  /// Paddle keeps scale and bias of several dimensions as one vector.
  private func normalized(_ value: Value, like x: Value, from axis: Int) throws -> Value {
    guard let shape = x.shape else { return value }
    let extents = Array(shape[axis...])
    if value.shape == extents || extents.count == 1 { return value }
    guard extents.allSatisfy({ $0 >= 0 }) else { throw ImportError.unsupported("a normalisation over several dimensions of open extent") }
    return reshaped(value, extents)
  }
}
