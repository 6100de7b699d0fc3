// SPDX-License-Identifier: Apache-2.0
import ModelFile

extension OperatorCode {
  /// The member of the schema's union Attributes that nodes of this operator carry; nil where there is none.
  var attributesTable: String? {
    switch self {
    case .none, .select, .nonZero: nil
    case .unary: "UnaryAttributes"
    case .binary: "BinaryAttributes"
    case .cast: "CastAttributes"
    case .reduce: "ReduceAttributes"
    case .argReduce: "ArgReduceAttributes"
    case .cumulativeSum: "CumulativeSumAttributes"
    case .convolution: "ConvolutionAttributes"
    case .convolutionTranspose: "ConvolutionTransposeAttributes"
    case .pool: "PoolAttributes"
    case .matmul: "MatmulAttributes"
    case .attention: "AttentionAttributes"
    case .recurrent: "RecurrentAttributes"
    case .softmax: "SoftmaxAttributes"
    case .layerNormalization: "LayerNormalizationAttributes"
    case .groupNormalization: "GroupNormalizationAttributes"
    case .localResponseNormalization: "LocalResponseNormalizationAttributes"
    case .reshape: "ReshapeAttributes"
    case .squeeze, .unsqueeze: "AxesAttributes"
    case .flatten: "FlattenAttributes"
    case .transpose: "TransposeAttributes"
    case .concat, .gatherElements: "AxisAttributes"
    case .split: "SplitAttributes"
    case .slice, .sliceUpdate: "SliceAttributes"
    case .pad: "PadAttributes"
    case .expand: "ExpandAttributes"
    case .tile: "TileAttributes"
    case .shape: "ShapeAttributes"
    case .range: "RangeAttributes"
    case .fill: "FillAttributes"
    case .oneHot: "OneHotAttributes"
    case .triangle: "TriangleAttributes"
    case .depthToSpace, .spaceToDepth: "BlockAttributes"
    case .gather: "GatherAttributes"
    case .gatherNd: "GatherNdAttributes"
    case .scatterElements: "ScatterElementsAttributes"
    case .scatterNd: "ScatterNdAttributes"
    case .topK: "TopKAttributes"
    case .resize: "ResizeAttributes"
    case .gridSample: "GridSampleAttributes"
    case .roiAlign: "RoiAlignAttributes"
    case .nonMaximumSuppression: "NonMaximumSuppressionAttributes"
    case .multiclassNms: "MulticlassNmsAttributes"
    case .yoloBox: "YoloBoxAttributes"
    case .priorBox: "PriorBoxAttributes"
    case .boxCoder: "BoxCoderAttributes"
    case .quantizeLinear, .dequantizeLinear: "QuantizeAttributes"
    case .conditional: "ConditionalAttributes"
    case .loop: "LoopAttributes"
    }
  }
}
