// ONNX normalisations. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func normalizations() throws -> [Value?]? {
    switch node.opType {
    case "BatchNormalization":
      try require("training_mode", 0)
      return [try builder.batchNormalization(try input(0), scale: try input(1), bias: try input(2), mean: try input(3), variance: try input(4),
        epsilon: float("epsilon", default: 1e-5))]
    case "InstanceNormalization":
      return [try builder.groupNormalization(try input(0), scale: try input(1), bias: try input(2), groups: -1, epsilon: float("epsilon", default: 1e-5))]
    case "GroupNormalization": return [try groupNormalization()]
    case "LayerNormalization": return try layerNormalization()
    case "RMSNormalization", "SimplifiedLayerNormalization":
      return [builder.layerNormalization(try input(0), scale: try input(1), bias: nil, axis: int("axis", default: -1),
        epsilon: float("epsilon", default: 1e-5), rootMeanSquare: true)]
    case "LRN":
      return [try builder.localResponseNormalization(try input(0), size: int("size"), alpha: float("alpha", default: 0.0001),
        beta: float("beta", default: 0.75), bias: float("bias", default: 1))]
    case "LpNormalization":
      let x = try input(0), p = int("p", default: 2)
      guard p == 1 || p == 2 else { throw ImportError.unsupported("attribute p = \(p)") }
      let norm = try builder.reduce(p == 1 ? .sumAbsolute : .norm2, x, axes: [int("axis", default: -1)], keepDimensions: true)
      // A norm of 0 gives 0, not a NaN.
      return [builder.binary(.divide, x, builder.binary(.maximum, norm, Double(Float.leastNormalMagnitude)))]
    case "MeanVarianceNormalization":
      let x = try input(0), axes = ints("axes") ?? [0, 2, 3]
      let centered = builder.binary(.subtract, x, try builder.reduce(.mean, x, axes: axes, keepDimensions: true))
      let variance = try builder.reduce(.mean, builder.unary(.square, centered), axes: axes, keepDimensions: true)
      return [builder.binary(.divide, centered, builder.binary(.add, builder.unary(.sqrt, variance), 1e-9))]
    default: return nil
    }
  }

  /// Scale and bias are by group before version 21, by channel from it on.
  private func groupNormalization() throws -> Value {
    let x = try input(0), groups = int("num_groups")
    var scale = try input(1), bias = try input(2)
    guard groups > 0 else { throw ImportError.malformed("num_groups = \(groups)") }
    if version < 21 {
      guard let shape = x.shape, shape.count > 1, shape[1] > 0, shape[1] % groups == 0 else {
        throw ImportError.unsupported("a group normalisation over an open number of channels")
      }
      func byChannel(_ value: Value) -> Value {
        let each = shape[1] / groups
        if let floats = builder.floats(value) { return builder.constant(floats: floats.flatMap { Array(repeating: $0, count: each) }) }
        return builder.reshape(builder.expand(builder.unsqueeze(value, axes: [1]), [groups, each]), [shape[1]])
      }
      scale = byChannel(scale)
      bias = byChannel(bias)
    }
    return try builder.groupNormalization(x, scale: scale, bias: bias, groups: groups, epsilon: float("epsilon", default: 1e-5))
  }

  /// The mean and the reciprocal deviation, where they are wanted, are computed beside.
  private func layerNormalization() throws -> [Value?] {
    let x = try input(0), rank = try builder.rank(x), epsilon = float("epsilon", default: 1e-5)
    let axis = try builder.axis(int("axis", default: -1), rank: rank)
    let y = builder.layerNormalization(x, scale: try input(1), bias: optional(2), axis: axis, epsilon: epsilon)
    guard hasOutput(1) || hasOutput(2) else { return [y] }
    let axes = Array(axis..<rank)
    let mean = try builder.reduce(.mean, x, axes: axes, keepDimensions: true)
    guard hasOutput(2) else { return [y, mean] }
    let variance = try builder.reduce(.mean, builder.unary(.square, builder.binary(.subtract, x, mean)), axes: axes, keepDimensions: true)
    return [y, mean, builder.unary(.reciprocalSqrt, builder.binary(.add, variance, epsilon))]
  }
}
