// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

// A line an operator: a library for certain models (CORACLE_OPERATORS) is compiled with some of these lines.

/// Every operator, in its portable implementation: the only place where operators are registered.
package enum PortableOperators: OperatorSet {
  /// Control flow (conditional, loop) is the runtime's own and gives nil.
  package static func visit<Visitor: OperatorVisitor>(_ code: OperatorCode, _ visitor: Visitor) throws(Status) -> Visitor.Result? {
    switch code {
    case .unary: try visitor.visit(UnaryOperator.self)
    case .binary: try visitor.visit(BinaryOperator.self)
    case .select: try visitor.visit(SelectOperator.self)
    case .cast: try visitor.visit(CastOperator.self)
    case .reduce: try visitor.visit(ReduceOperator.self)
    case .argReduce: try visitor.visit(ArgReduceOperator.self)
    case .cumulativeSum: try visitor.visit(CumulativeSumOperator.self)
    case .softmax: try visitor.visit(SoftmaxOperator.self)
    case .layerNormalization: try visitor.visit(LayerNormalizationOperator.self)
    case .groupNormalization: try visitor.visit(GroupNormalizationOperator.self)
    case .localResponseNormalization: try visitor.visit(LocalResponseNormalizationOperator.self)
    case .quantizeLinear: try visitor.visit(QuantizeLinearOperator.self)
    case .dequantizeLinear: try visitor.visit(DequantizeLinearOperator.self)
    case .convolution: try visitor.visit(ConvolutionOperator.self)
    case .separableConvolution: try visitor.visit(SeparableConvolutionOperator.self)
    case .convolutionTranspose: try visitor.visit(ConvolutionTransposeOperator.self)
    case .pool: try visitor.visit(PoolOperator.self)
    case .matmul: try visitor.visit(MatmulOperator.self)
    case .attention: try visitor.visit(AttentionOperator.self)
    case .recurrent: try visitor.visit(RecurrentOperator.self)
    case .reshape: try visitor.visit(ReshapeOperator.self)
    case .squeeze: try visitor.visit(SqueezeOperator.self)
    case .unsqueeze: try visitor.visit(UnsqueezeOperator.self)
    case .flatten: try visitor.visit(FlattenOperator.self)
    case .transpose: try visitor.visit(TransposeOperator.self)
    case .concat: try visitor.visit(ConcatOperator.self)
    case .split: try visitor.visit(SplitOperator.self)
    case .slice: try visitor.visit(SliceOperator.self)
    case .sliceUpdate: try visitor.visit(SliceUpdateOperator.self)
    case .pad: try visitor.visit(PadOperator.self)
    case .expand: try visitor.visit(ExpandOperator.self)
    case .tile: try visitor.visit(TileOperator.self)
    case .shape: try visitor.visit(ShapeOperator.self)
    case .range: try visitor.visit(RangeOperator.self)
    case .fill: try visitor.visit(FillOperator.self)
    case .oneHot: try visitor.visit(OneHotOperator.self)
    case .triangle: try visitor.visit(TriangleOperator.self)
    case .depthToSpace: try visitor.visit(DepthToSpaceOperator.self)
    case .spaceToDepth: try visitor.visit(SpaceToDepthOperator.self)
    case .gather: try visitor.visit(GatherOperator.self)
    case .gatherElements: try visitor.visit(GatherElementsOperator.self)
    case .gatherNd: try visitor.visit(GatherNdOperator.self)
    case .scatterElements: try visitor.visit(ScatterElementsOperator.self)
    case .scatterNd: try visitor.visit(ScatterNdOperator.self)
    case .topK: try visitor.visit(TopKOperator.self)
    case .nonZero: try visitor.visit(NonZeroOperator.self)
    case .resize: try visitor.visit(ResizeOperator.self)
    case .gridSample: try visitor.visit(GridSampleOperator.self)
    case .roiAlign: try visitor.visit(RoiAlignOperator.self)
    case .nonMaximumSuppression: try visitor.visit(NonMaximumSuppressionOperator.self)
    case .multiclassNms: try visitor.visit(MulticlassNmsOperator.self)
    case .yoloBox: try visitor.visit(YoloBoxOperator.self)
    case .priorBox: try visitor.visit(PriorBoxOperator.self)
    case .boxCoder: try visitor.visit(BoxCoderOperator.self)
    case .none, .conditional, .loop: nil
    }
  }
}

/// Every operator's shape rule.
package typealias ShapeRules = PortableOperators
