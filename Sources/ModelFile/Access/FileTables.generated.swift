// Written by schema/generate.py from model.fbs; do not edit.
// SPDX-License-Identifier: Apache-2.0

package struct Activation {
  package var function: UnaryFunction
  package var alpha: Float
  package var beta: Float
  package init(function: UnaryFunction = .identity, alpha: Float = 0, beta: Float = 0) {
    self.function = function
    self.alpha = alpha
    self.beta = beta
  }
  package init(_ pointer: UnsafeRawPointer?) {
    self.init()
    guard let pointer else { return }
    function = UnaryFunction(rawValue: pointer.loadUnaligned(fromByteOffset: 0, as: UInt8.self)) ?? .identity
    alpha = pointer.loadUnaligned(fromByteOffset: 4, as: Float.self)
    beta = pointer.loadUnaligned(fromByteOffset: 8, as: Float.self)
  }
  package static func isKnown(_ pointer: UnsafeRawPointer?) -> Bool {
    guard let pointer else { return true }
    return UnaryFunction(rawValue: pointer.loadUnaligned(fromByteOffset: 0, as: UInt8.self)) != nil
  }
}

package struct UnaryAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var function: UnaryFunction { UnaryFunction(rawValue: table.scalar(0, default: UInt8(0))) ?? .identity }
  package var alpha: Float { table.scalar(1, default: Float(0)) }
  package var beta: Float { table.scalar(2, default: Float(0)) }
  package var hasKnownEnumValues: Bool { UnaryFunction(rawValue: table.scalar(0, default: UInt8(0))) != nil }
}

package struct BinaryAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var function: BinaryFunction { BinaryFunction(rawValue: table.scalar(0, default: UInt8(0))) ?? .add }
  package var activation: Activation { Activation(table.structure(1)) }
  package var hasKnownEnumValues: Bool { BinaryFunction(rawValue: table.scalar(0, default: UInt8(0))) != nil && Activation.isKnown(table.structure(1)) }
}

package struct CastAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var to: ElementType { ElementType(rawValue: table.scalar(0, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(0, default: UInt8(0))) != nil }
}

package struct ReduceAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var function: ReduceFunction { ReduceFunction(rawValue: table.scalar(0, default: UInt8(0))) ?? .sum }
  package var axes: FileVector<Int32> { table.vector(1) }
  package var keepDimensions: Bool { table.scalar(2, default: false) }
  package var hasKnownEnumValues: Bool { ReduceFunction(rawValue: table.scalar(0, default: UInt8(0))) != nil }
}

package struct ArgReduceAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var minimum: Bool { table.scalar(0, default: false) }
  package var axis: Int32 { table.scalar(1, default: Int32(0)) }
  package var keepDimensions: Bool { table.scalar(2, default: false) }
  package var flatten: Bool { table.scalar(3, default: false) }
  package var selectLast: Bool { table.scalar(4, default: false) }
  package var to: ElementType { ElementType(rawValue: table.scalar(5, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(5, default: UInt8(0))) != nil }
}

package struct CumulativeSumAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(0)) }
  package var exclusive: Bool { table.scalar(1, default: false) }
  package var reverse: Bool { table.scalar(2, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct ConvolutionAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var strides: FileVector<Int32> { table.vector(0) }
  package var dilations: FileVector<Int32> { table.vector(1) }
  package var paddingBegin: FileVector<Int32> { table.vector(2) }
  package var paddingEnd: FileVector<Int32> { table.vector(3) }
  package var paddingMode: PaddingMode { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) ?? .explicit }
  package var groups: Int32 { table.scalar(5, default: Int32(1)) }
  package var activation: Activation { Activation(table.structure(6)) }
  package var algorithm: ConvolutionAlgorithm { ConvolutionAlgorithm(rawValue: table.scalar(7, default: UInt8(0))) ?? .automatic }
  package var hasKnownEnumValues: Bool { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) != nil && Activation.isKnown(table.structure(6)) && ConvolutionAlgorithm(rawValue: table.scalar(7, default: UInt8(0))) != nil }
}

package struct SeparableConvolutionAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var strides: FileVector<Int32> { table.vector(0) }
  package var dilations: FileVector<Int32> { table.vector(1) }
  package var paddingBegin: FileVector<Int32> { table.vector(2) }
  package var paddingEnd: FileVector<Int32> { table.vector(3) }
  package var paddingMode: PaddingMode { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) ?? .explicit }
  package var expansionActivation: Activation { Activation(table.structure(5)) }
  package var depthwiseActivation: Activation { Activation(table.structure(6)) }
  package var projectionActivation: Activation { Activation(table.structure(7)) }
  package var hasKnownEnumValues: Bool { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) != nil && Activation.isKnown(table.structure(5)) && Activation.isKnown(table.structure(6)) && Activation.isKnown(table.structure(7)) }
}

package struct ConvolutionTransposeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var strides: FileVector<Int32> { table.vector(0) }
  package var dilations: FileVector<Int32> { table.vector(1) }
  package var paddingBegin: FileVector<Int32> { table.vector(2) }
  package var paddingEnd: FileVector<Int32> { table.vector(3) }
  package var paddingMode: PaddingMode { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) ?? .explicit }
  package var outputPadding: FileVector<Int32> { table.vector(5) }
  package var outputExtents: FileVector<Int32> { table.vector(6) }
  package var groups: Int32 { table.scalar(7, default: Int32(1)) }
  package var activation: Activation { Activation(table.structure(8)) }
  package var hasKnownEnumValues: Bool { PaddingMode(rawValue: table.scalar(4, default: UInt8(0))) != nil && Activation.isKnown(table.structure(8)) }
}

package struct PoolAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var function: PoolFunction { PoolFunction(rawValue: table.scalar(0, default: UInt8(0))) ?? .maximum }
  package var kernel: FileVector<Int32> { table.vector(1) }
  package var strides: FileVector<Int32> { table.vector(2) }
  package var dilations: FileVector<Int32> { table.vector(3) }
  package var paddingBegin: FileVector<Int32> { table.vector(4) }
  package var paddingEnd: FileVector<Int32> { table.vector(5) }
  package var paddingMode: PaddingMode { PaddingMode(rawValue: table.scalar(6, default: UInt8(0))) ?? .explicit }
  package var ceilMode: Bool { table.scalar(7, default: false) }
  package var countPadding: Bool { table.scalar(8, default: false) }
  package var adaptive: Bool { table.scalar(9, default: false) }
  package var hasKnownEnumValues: Bool { PoolFunction(rawValue: table.scalar(0, default: UInt8(0))) != nil && PaddingMode(rawValue: table.scalar(6, default: UInt8(0))) != nil }
}

package struct MatmulAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var transposeA: Bool { table.scalar(0, default: false) }
  package var transposeB: Bool { table.scalar(1, default: false) }
  package var scale: Float { table.scalar(2, default: Float(1)) }
  package var activation: Activation { Activation(table.structure(3)) }
  package var hasKnownEnumValues: Bool { Activation.isKnown(table.structure(3)) }
}

package struct AttentionAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var heads: Int32 { table.scalar(0, default: Int32(0)) }
  package var scale: Float { table.scalar(1, default: Float(0)) }
  package var causal: Bool { table.scalar(2, default: false) }
  package var valueFeatures: Int32 { table.scalar(3, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct RecurrentAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var cell: RecurrentCell { RecurrentCell(rawValue: table.scalar(0, default: UInt8(0))) ?? .lstm }
  package var direction: Direction { Direction(rawValue: table.scalar(1, default: UInt8(0))) ?? .forward }
  package var hidden: Int32 { table.scalar(2, default: Int32(0)) }
  package var linearBeforeReset: Bool { table.scalar(3, default: false) }
  package var hasKnownEnumValues: Bool { RecurrentCell(rawValue: table.scalar(0, default: UInt8(0))) != nil && Direction(rawValue: table.scalar(1, default: UInt8(0))) != nil }
}

package struct SoftmaxAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(-1)) }
  package var logarithm: Bool { table.scalar(1, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct LayerNormalizationAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(-1)) }
  package var epsilon: Float { table.scalar(1, default: Float(0)) }
  package var rootMeanSquare: Bool { table.scalar(2, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct GroupNormalizationAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var groups: Int32 { table.scalar(0, default: Int32(0)) }
  package var epsilon: Float { table.scalar(1, default: Float(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct LocalResponseNormalizationAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var size: Int32 { table.scalar(0, default: Int32(0)) }
  package var alpha: Float { table.scalar(1, default: Float(0)) }
  package var beta: Float { table.scalar(2, default: Float(0)) }
  package var bias: Float { table.scalar(3, default: Float(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct ReshapeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var shape: FileVector<Int64> { table.vector(0) }
  package var allowZero: Bool { table.scalar(1, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct AxesAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axes: FileVector<Int32> { table.vector(0) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FlattenAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var first: Int32 { table.scalar(0, default: Int32(0)) }
  package var last: Int32 { table.scalar(1, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct TransposeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var permutation: FileVector<Int32> { table.vector(0) }
  package var hasKnownEnumValues: Bool { true }
}

package struct AxisAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct SplitAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(0)) }
  package var sizes: FileVector<Int64> { table.vector(1) }
  package var hasKnownEnumValues: Bool { true }
}

package struct SliceAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axes: FileVector<Int32> { table.vector(0) }
  package var starts: FileVector<Int64> { table.vector(1) }
  package var ends: FileVector<Int64> { table.vector(2) }
  package var steps: FileVector<Int64> { table.vector(3) }
  package var hasKnownEnumValues: Bool { true }
}

package struct PadAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var mode: PadMode { PadMode(rawValue: table.scalar(0, default: UInt8(0))) ?? .constant }
  package var pads: FileVector<Int64> { table.vector(1) }
  package var value: Float { table.scalar(2, default: Float(0)) }
  package var hasKnownEnumValues: Bool { PadMode(rawValue: table.scalar(0, default: UInt8(0))) != nil }
}

package struct ExpandAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var shape: FileVector<Int64> { table.vector(0) }
  package var hasKnownEnumValues: Bool { true }
}

package struct TileAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var repeats: FileVector<Int64> { table.vector(0) }
  package var hasKnownEnumValues: Bool { true }
}

package struct ShapeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var start: Int32 { table.scalar(0, default: Int32(0)) }
  package var end: Int32 { table.scalar(1, default: Int32(2147483647)) }
  package var to: ElementType { ElementType(rawValue: table.scalar(2, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(2, default: UInt8(0))) != nil }
}

package struct RangeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var reserved: Bool { table.scalar(0, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FillAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var shape: FileVector<Int64> { table.vector(0) }
  package var value: Double { table.scalar(1, default: Double(0)) }
  package var to: ElementType { ElementType(rawValue: table.scalar(2, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(2, default: UInt8(0))) != nil }
}

package struct OneHotAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(-1)) }
  package var depth: Int64 { table.scalar(1, default: Int64(0)) }
  package var to: ElementType { ElementType(rawValue: table.scalar(2, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(2, default: UInt8(0))) != nil }
}

package struct TriangleAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var upper: Bool { table.scalar(0, default: false) }
  package var diagonal: Int64 { table.scalar(1, default: Int64(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct BlockAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var block: Int32 { table.scalar(0, default: Int32(0)) }
  package var columnRow: Bool { table.scalar(1, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct GatherAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(0)) }
  package var paddingIndex: Int64 { table.scalar(1, default: Int64(-1)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct GatherNdAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var batchDimensions: Int32 { table.scalar(0, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct ScatterElementsAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(0)) }
  package var reduction: ScatterReduction { ScatterReduction(rawValue: table.scalar(1, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ScatterReduction(rawValue: table.scalar(1, default: UInt8(0))) != nil }
}

package struct ScatterNdAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var reduction: ScatterReduction { ScatterReduction(rawValue: table.scalar(0, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ScatterReduction(rawValue: table.scalar(0, default: UInt8(0))) != nil }
}

package struct TopKAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var k: Int64 { table.scalar(0, default: Int64(0)) }
  package var axis: Int32 { table.scalar(1, default: Int32(-1)) }
  package var smallest: Bool { table.scalar(2, default: false) }
  package var unsorted: Bool { table.scalar(3, default: false) }
  package var to: ElementType { ElementType(rawValue: table.scalar(4, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(4, default: UInt8(0))) != nil }
}

package struct ResizeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var mode: ResizeMode { ResizeMode(rawValue: table.scalar(0, default: UInt8(0))) ?? .nearest }
  package var coordinates: CoordinateMode { CoordinateMode(rawValue: table.scalar(1, default: UInt8(0))) ?? .halfPixel }
  package var nearest: NearestMode { NearestMode(rawValue: table.scalar(2, default: UInt8(0))) ?? .floor }
  package var cubicCoefficient: Float { table.scalar(3, default: Float(-0.75)) }
  package var excludeOutside: Bool { table.scalar(4, default: false) }
  package var sizes: FileVector<Int64> { table.vector(5) }
  package var scales: FileVector<Float> { table.vector(6) }
  package var hasKnownEnumValues: Bool { ResizeMode(rawValue: table.scalar(0, default: UInt8(0))) != nil && CoordinateMode(rawValue: table.scalar(1, default: UInt8(0))) != nil && NearestMode(rawValue: table.scalar(2, default: UInt8(0))) != nil }
}

package struct GridSampleAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var mode: ResizeMode { ResizeMode(rawValue: table.scalar(0, default: UInt8(0))) ?? .nearest }
  package var padding: GridPaddingMode { GridPaddingMode(rawValue: table.scalar(1, default: UInt8(0))) ?? .zeros }
  package var alignCorners: Bool { table.scalar(2, default: false) }
  package var hasKnownEnumValues: Bool { ResizeMode(rawValue: table.scalar(0, default: UInt8(0))) != nil && GridPaddingMode(rawValue: table.scalar(1, default: UInt8(0))) != nil }
}

package struct RoiAlignAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var height: Int32 { table.scalar(0, default: Int32(0)) }
  package var width: Int32 { table.scalar(1, default: Int32(0)) }
  package var spatialScale: Float { table.scalar(2, default: Float(0)) }
  package var samplingRatio: Int32 { table.scalar(3, default: Int32(0)) }
  package var halfPixel: Bool { table.scalar(4, default: false) }
  package var maximum: Bool { table.scalar(5, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct NonMaximumSuppressionAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var centerPointBox: Bool { table.scalar(0, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct MulticlassNmsAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var backgroundLabel: Int32 { table.scalar(0, default: Int32(-1)) }
  package var scoreThreshold: Float { table.scalar(1, default: Float(0)) }
  package var nmsTopK: Int32 { table.scalar(2, default: Int32(-1)) }
  package var nmsThreshold: Float { table.scalar(3, default: Float(0)) }
  package var nmsEta: Float { table.scalar(4, default: Float(1)) }
  package var keepTopK: Int32 { table.scalar(5, default: Int32(-1)) }
  package var normalized: Bool { table.scalar(6, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct YoloBoxAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var anchors: FileVector<Int32> { table.vector(0) }
  package var classes: Int32 { table.scalar(1, default: Int32(0)) }
  package var confidenceThreshold: Float { table.scalar(2, default: Float(0)) }
  package var downsample: Int32 { table.scalar(3, default: Int32(0)) }
  package var clipBoxes: Bool { table.scalar(4, default: false) }
  package var scaleXY: Float { table.scalar(5, default: Float(1)) }
  package var iouAware: Bool { table.scalar(6, default: false) }
  package var iouAwareFactor: Float { table.scalar(7, default: Float(0.5)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct PriorBoxAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var minSizes: FileVector<Float> { table.vector(0) }
  package var maxSizes: FileVector<Float> { table.vector(1) }
  package var aspectRatios: FileVector<Float> { table.vector(2) }
  package var variances: FileVector<Float> { table.vector(3) }
  package var flip: Bool { table.scalar(4, default: false) }
  package var clip: Bool { table.scalar(5, default: false) }
  package var stepWidth: Float { table.scalar(6, default: Float(0)) }
  package var stepHeight: Float { table.scalar(7, default: Float(0)) }
  package var offset: Float { table.scalar(8, default: Float(0.5)) }
  package var minMaxAspectRatiosOrder: Bool { table.scalar(9, default: false) }
  package var hasKnownEnumValues: Bool { true }
}

package struct BoxCoderAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var encode: Bool { table.scalar(0, default: false) }
  package var boxNormalized: Bool { table.scalar(1, default: false) }
  package var axis: Int32 { table.scalar(2, default: Int32(0)) }
  package var variances: FileVector<Float> { table.vector(3) }
  package var hasKnownEnumValues: Bool { true }
}

package struct QuantizeAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var axis: Int32 { table.scalar(0, default: Int32(1)) }
  package var minimum: Int32 { table.scalar(1, default: Int32(-128)) }
  package var maximum: Int32 { table.scalar(2, default: Int32(127)) }
  package var roundHalfAway: Bool { table.scalar(3, default: false) }
  package var to: ElementType { ElementType(rawValue: table.scalar(4, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(4, default: UInt8(0))) != nil }
}

package struct ConditionalAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var thenSubgraph: Int32 { table.scalar(0, default: Int32(0)) }
  package var elseSubgraph: Int32 { table.scalar(1, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct LoopAttributes {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var body: Int32 { table.scalar(0, default: Int32(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FileTensor {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var name: FileString { table.string(0) }
  package var type: ElementType { ElementType(rawValue: table.scalar(1, default: UInt8(0))) ?? .none }
  package var shape: FileVector<Int64> { table.vector(2) }
  package var segment: Int32 { table.scalar(3, default: Int32(-1)) }
  package var offset: UInt64 { table.scalar(4, default: UInt64(0)) }
  package var byteCount: UInt64 { table.scalar(5, default: UInt64(0)) }
  package var plannedOffset: Int64 { table.scalar(6, default: Int64(-1)) }
  package var packing: UInt64 { table.scalar(7, default: UInt64(0)) }
  package var storedType: ElementType { ElementType(rawValue: table.scalar(8, default: UInt8(0))) ?? .none }
  package var hasKnownEnumValues: Bool { ElementType(rawValue: table.scalar(1, default: UInt8(0))) != nil && ElementType(rawValue: table.scalar(8, default: UInt8(0))) != nil }
}

package struct FileNode {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var operatorCode: OperatorCode { OperatorCode(rawValue: table.scalar(0, default: UInt16(0))) ?? .none }
  package var name: FileString { table.string(1) }
  package var inputs: FileVector<Int32> { table.vector(2) }
  package var outputs: FileVector<Int32> { table.vector(3) }
  package var attributesType: UInt8 { table.scalar(4, default: UInt8(0)) }
  package var attributes: FileTable? { table.table(5) }
  package var hasKnownEnumValues: Bool { OperatorCode(rawValue: table.scalar(0, default: UInt16(0))) != nil }
}

package struct FileSubgraph {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var name: FileString { table.string(0) }
  package var inputs: FileVector<Int32> { table.vector(1) }
  package var outputs: FileVector<Int32> { table.vector(2) }
  package var nodes: FileTables { table.tables(3) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FileSegment {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var offset: UInt64 { table.scalar(0, default: UInt64(0)) }
  package var size: UInt64 { table.scalar(1, default: UInt64(0)) }
  package var checksum: UInt64 { table.scalar(2, default: UInt64(0)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FileOperatorUse {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var operatorCode: OperatorCode { OperatorCode(rawValue: table.scalar(0, default: UInt16(0))) ?? .none }
  package var version: UInt16 { table.scalar(1, default: UInt16(1)) }
  package var count: UInt32 { table.scalar(2, default: UInt32(0)) }
  package var hasKnownEnumValues: Bool { OperatorCode(rawValue: table.scalar(0, default: UInt16(0))) != nil }
}

package struct FileKeyValue {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var key: FileString { table.string(0) }
  package var value: FileString { table.string(1) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FileTestVector {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var inputs: FileVector<Int32> { table.vector(0) }
  package var outputs: FileVector<Int32> { table.vector(1) }
  package var absoluteTolerance: Float { table.scalar(2, default: Float(0.0001)) }
  package var relativeTolerance: Float { table.scalar(3, default: Float(0.001)) }
  package var hasKnownEnumValues: Bool { true }
}

package struct FileModel {
  package let table: FileTable
  @inline(__always) package init(_ table: FileTable) { self.table = table }
  package var producer: FileString { table.string(0) }
  package var operators: FileTables { table.tables(1) }
  package var tensors: FileTables { table.tables(2) }
  package var subgraphs: FileTables { table.tables(3) }
  package var segments: FileTables { table.tables(4) }
  package var metadata: FileTables { table.tables(5) }
  package var testVectors: FileTables { table.tables(6) }
  package var arenaBytes: UInt64 { table.scalar(7, default: UInt64(0)) }
  package var profile: FileString { table.string(8) }
  package var hasKnownEnumValues: Bool { true }
}

/// The member of the union Attributes that a node carries.
package enum AttributesType: UInt8 {
  case none = 0
  case unaryAttributes = 1
  case binaryAttributes = 2
  case castAttributes = 3
  case reduceAttributes = 4
  case argReduceAttributes = 5
  case cumulativeSumAttributes = 6
  case convolutionAttributes = 7
  case convolutionTransposeAttributes = 8
  case poolAttributes = 9
  case matmulAttributes = 10
  case attentionAttributes = 11
  case recurrentAttributes = 12
  case softmaxAttributes = 13
  case layerNormalizationAttributes = 14
  case groupNormalizationAttributes = 15
  case localResponseNormalizationAttributes = 16
  case reshapeAttributes = 17
  case axesAttributes = 18
  case flattenAttributes = 19
  case transposeAttributes = 20
  case axisAttributes = 21
  case splitAttributes = 22
  case sliceAttributes = 23
  case padAttributes = 24
  case expandAttributes = 25
  case tileAttributes = 26
  case shapeAttributes = 27
  case rangeAttributes = 28
  case fillAttributes = 29
  case oneHotAttributes = 30
  case triangleAttributes = 31
  case blockAttributes = 32
  case gatherAttributes = 33
  case gatherNdAttributes = 34
  case scatterElementsAttributes = 35
  case scatterNdAttributes = 36
  case topKAttributes = 37
  case resizeAttributes = 38
  case gridSampleAttributes = 39
  case roiAlignAttributes = 40
  case nonMaximumSuppressionAttributes = 41
  case multiclassNmsAttributes = 42
  case yoloBoxAttributes = 43
  case priorBoxAttributes = 44
  case boxCoderAttributes = 45
  case quantizeAttributes = 46
  case conditionalAttributes = 47
  case loopAttributes = 48
  case separableConvolutionAttributes = 49

  /// Whether every enum in the attributes has a value that this version knows.
  package func hasKnownEnumValues(_ table: FileTable) -> Bool {
    switch self {
    case .unaryAttributes: UnaryAttributes(table).hasKnownEnumValues
    case .binaryAttributes: BinaryAttributes(table).hasKnownEnumValues
    case .castAttributes: CastAttributes(table).hasKnownEnumValues
    case .reduceAttributes: ReduceAttributes(table).hasKnownEnumValues
    case .argReduceAttributes: ArgReduceAttributes(table).hasKnownEnumValues
    case .cumulativeSumAttributes: CumulativeSumAttributes(table).hasKnownEnumValues
    case .convolutionAttributes: ConvolutionAttributes(table).hasKnownEnumValues
    case .convolutionTransposeAttributes: ConvolutionTransposeAttributes(table).hasKnownEnumValues
    case .poolAttributes: PoolAttributes(table).hasKnownEnumValues
    case .matmulAttributes: MatmulAttributes(table).hasKnownEnumValues
    case .attentionAttributes: AttentionAttributes(table).hasKnownEnumValues
    case .recurrentAttributes: RecurrentAttributes(table).hasKnownEnumValues
    case .softmaxAttributes: SoftmaxAttributes(table).hasKnownEnumValues
    case .layerNormalizationAttributes: LayerNormalizationAttributes(table).hasKnownEnumValues
    case .groupNormalizationAttributes: GroupNormalizationAttributes(table).hasKnownEnumValues
    case .localResponseNormalizationAttributes: LocalResponseNormalizationAttributes(table).hasKnownEnumValues
    case .reshapeAttributes: ReshapeAttributes(table).hasKnownEnumValues
    case .axesAttributes: AxesAttributes(table).hasKnownEnumValues
    case .flattenAttributes: FlattenAttributes(table).hasKnownEnumValues
    case .transposeAttributes: TransposeAttributes(table).hasKnownEnumValues
    case .axisAttributes: AxisAttributes(table).hasKnownEnumValues
    case .splitAttributes: SplitAttributes(table).hasKnownEnumValues
    case .sliceAttributes: SliceAttributes(table).hasKnownEnumValues
    case .padAttributes: PadAttributes(table).hasKnownEnumValues
    case .expandAttributes: ExpandAttributes(table).hasKnownEnumValues
    case .tileAttributes: TileAttributes(table).hasKnownEnumValues
    case .shapeAttributes: ShapeAttributes(table).hasKnownEnumValues
    case .rangeAttributes: RangeAttributes(table).hasKnownEnumValues
    case .fillAttributes: FillAttributes(table).hasKnownEnumValues
    case .oneHotAttributes: OneHotAttributes(table).hasKnownEnumValues
    case .triangleAttributes: TriangleAttributes(table).hasKnownEnumValues
    case .blockAttributes: BlockAttributes(table).hasKnownEnumValues
    case .gatherAttributes: GatherAttributes(table).hasKnownEnumValues
    case .gatherNdAttributes: GatherNdAttributes(table).hasKnownEnumValues
    case .scatterElementsAttributes: ScatterElementsAttributes(table).hasKnownEnumValues
    case .scatterNdAttributes: ScatterNdAttributes(table).hasKnownEnumValues
    case .topKAttributes: TopKAttributes(table).hasKnownEnumValues
    case .resizeAttributes: ResizeAttributes(table).hasKnownEnumValues
    case .gridSampleAttributes: GridSampleAttributes(table).hasKnownEnumValues
    case .roiAlignAttributes: RoiAlignAttributes(table).hasKnownEnumValues
    case .nonMaximumSuppressionAttributes: NonMaximumSuppressionAttributes(table).hasKnownEnumValues
    case .multiclassNmsAttributes: MulticlassNmsAttributes(table).hasKnownEnumValues
    case .yoloBoxAttributes: YoloBoxAttributes(table).hasKnownEnumValues
    case .priorBoxAttributes: PriorBoxAttributes(table).hasKnownEnumValues
    case .boxCoderAttributes: BoxCoderAttributes(table).hasKnownEnumValues
    case .quantizeAttributes: QuantizeAttributes(table).hasKnownEnumValues
    case .conditionalAttributes: ConditionalAttributes(table).hasKnownEnumValues
    case .loopAttributes: LoopAttributes(table).hasKnownEnumValues
    case .separableConvolutionAttributes: SeparableConvolutionAttributes(table).hasKnownEnumValues
    case .none: true
    }
  }
}
