// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Operators
import Tensors

/// The operators that the tuned backend has; the generic one runs the rest.
///
/// A `Tuned…` is written for this backend; the others are the portable implementations, whose vectors are wider here. What waits for memory is
/// no faster for the longest vectors: AVX2's backend, which stands behind AVX-512's, runs it.
enum TunedOperators: OperatorSet {
  static func visit<Visitor: OperatorVisitor>(_ code: OperatorCode, _ visitor: Visitor) throws(Status) -> Visitor.Result? {
    switch code {
    case .convolution: try visitor.visit(TunedConvolution.self)
    case .separableConvolution: try visitor.visit(TunedSeparableConvolution.self)
    case .convolutionTranspose: try visitor.visit(TunedConvolutionTranspose.self)
    case .matmul: try visitor.visit(TunedMatmul.self)
    case .attention: try visitor.visit(TunedAttention.self)
    case .recurrent: try visitor.visit(TunedRecurrent.self)
    case .softmax: try visitor.visit(SoftmaxOperator.self)
    case .layerNormalization: try visitor.visit(LayerNormalizationOperator.self)
    #if !arch(arm64) // There the generic backend is compiled for the same vectors.
    case .unary: try visitor.visit(UnaryOperator.self)
    #endif
    #if !arch(arm64) && !CORACLE_BEFORE_AVX2
    case .binary: try visitor.visit(BinaryOperator.self)
    case .reduce: try visitor.visit(ReduceOperator.self)
    case .argReduce: try visitor.visit(ArgReduceOperator.self)
    case .topK: try visitor.visit(TopKOperator.self)
    #endif
    #if !CORACLE_BEFORE_AVX2
    case .groupNormalization: try visitor.visit(GroupNormalizationOperator.self)
    case .pool: try visitor.visit(PoolOperator.self)
    case .resize: try visitor.visit(ResizeOperator.self)
    case .transpose: try visitor.visit(TransposeOperator.self)
    #endif
    default: nil
    }
  }
}
