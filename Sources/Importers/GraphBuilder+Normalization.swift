// Normalisations. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension GraphBuilder {
  /// Batch normalisation of x [N, C, ...] with given statistics, as a multiplication and an addition by channel (constants where they can be).
  ///
  /// y = scale (x - mean) / sqrt(variance + epsilon) + bias; scale and bias may be left out (Ioffe and Szegedy 2015).
  package func batchNormalization(_ x: Value, scale: Value?, bias: Value?, mean: Value, variance: Value, epsilon: Double) throws -> Value {
    let rank = try rank(x)
    guard rank >= 1 else { throw ImportError.unsupported("a batch normalisation of a scalar") }
    let shape = rank == 1 ? [-1] : [-1] + Array(repeating: 1, count: max(rank - 2, 0))
    if let means = floats(mean), let variances = floats(variance), means.count == variances.count,
      let scales = scale.map({ floats($0) }) ?? Array(repeating: 1, count: means.count), scales.count == means.count,
      let biases = bias.map({ floats($0) }) ?? Array(repeating: 0, count: means.count), biases.count == means.count {
      let constantShape = [means.count] + shape.dropFirst()
      // In double, so that folding loses nothing that the source's own arithmetic keeps.
      let factors = zip(scales, variances).map { Double($0) / (Double($1) + epsilon).squareRoot() }
      let offsets = means.indices.map { Float(Double(biases[$0]) - Double(means[$0]) * factors[$0]) }
      let scaled = binary(.multiply, x, constant(floats: factors.map { Float($0) }, shape: constantShape))
      return binary(.add, scaled, constant(floats: offsets, shape: constantShape))
    }
    var factor = unary(.reciprocalSqrt, binary(.add, variance, epsilon))
    if let scale { factor = binary(.multiply, factor, scale) }
    let shift = binary(.multiply, mean, factor)
    let offset = bias.map { binary(.subtract, $0, shift) } ?? unary(.negate, shift)
    return binary(.add, binary(.multiply, x, reshape(factor, shape)), reshape(offset, shape))
  }

  /// Over the dimensions from `axis` on; scale and bias have those dimensions' shape.
  package func layerNormalization(_ x: Value, scale: Value?, bias: Value?, axis: Int, epsilon: Double, rootMeanSquare: Bool = false,
    residual: Value? = nil) -> Value {
    append(.layerNormalization, [x, scale, bias, residual], ["axis": .integer(axis), "epsilon": .float(epsilon),
      "root_mean_square": .boolean(rootMeanSquare)])
  }

  /// x [N, C, spatial...], scale and bias [C]; groups = -1 is instance normalisation.
  package func groupNormalization(_ x: Value, scale: Value?, bias: Value?, groups: Int, epsilon: Double) throws -> Value {
    try throughChannelsLast(x) { x in
      append(.groupNormalization, [x, scale, bias], ["groups": .integer(groups), "epsilon": .float(epsilon)])
    }
  }

  /// x / (bias + alpha / size sum x^2)^beta over `size` neighbouring channels of x [N, C, spatial...].
  package func localResponseNormalization(_ x: Value, size: Int, alpha: Double, beta: Double, bias: Double) throws -> Value {
    try throughChannelsLast(x) { x in
      append(.localResponseNormalization, [x], ["size": .integer(size), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(bias)])
    }
  }

  /// Applies an operator that keeps the shape between the two layouts; [N, C] passes as [N, 1, C].
  func throughChannelsLast(_ x: Value, _ body: (Value) throws -> Value) throws -> Value {
    let rank = try rank(x)
    if rank == 2 { return squeeze(try body(unsqueeze(x, axes: [1])), axes: [1]) }
    return try channelsFirst(body(channelsLast(x)), rank: rank)
  }
}
