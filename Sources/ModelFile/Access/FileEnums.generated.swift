// Written by schema/generate.py from model.fbs; do not edit.
// SPDX-License-Identifier: Apache-2.0

package enum ElementType: UInt8 {
  case none = 0
  case float32 = 1
  case float16 = 2
  case int8 = 3
  case uint8 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case boolean = 8

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .none: "none"
    case .float32: "float32"
    case .float16: "float16"
    case .int8: "int8"
    case .uint8: "uint8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .boolean: "boolean"
    }
  }
}

package enum OperatorCode: UInt16 {
  case none = 0
  case unary = 1
  case binary = 2
  case select = 3
  case cast = 4
  case reduce = 5
  case argReduce = 6
  case cumulativeSum = 7
  case convolution = 10
  case convolutionTranspose = 11
  case pool = 12
  case matmul = 13
  case attention = 14
  case recurrent = 15
  case separableConvolution = 16
  case softmax = 20
  case layerNormalization = 21
  case groupNormalization = 22
  case localResponseNormalization = 23
  case reshape = 30
  case squeeze = 31
  case unsqueeze = 32
  case flatten = 33
  case transpose = 34
  case concat = 35
  case split = 36
  case slice = 37
  case sliceUpdate = 38
  case pad = 39
  case expand = 40
  case tile = 41
  case shape = 42
  case range = 43
  case fill = 44
  case oneHot = 45
  case triangle = 46
  case depthToSpace = 47
  case spaceToDepth = 48
  case gather = 60
  case gatherElements = 61
  case gatherNd = 62
  case scatterElements = 63
  case scatterNd = 64
  case topK = 65
  case nonZero = 66
  case resize = 80
  case gridSample = 81
  case roiAlign = 82
  case nonMaximumSuppression = 90
  case multiclassNms = 91
  case yoloBox = 92
  case priorBox = 93
  case boxCoder = 94
  case quantizeLinear = 100
  case dequantizeLinear = 101
  case conditional = 110
  case loop = 111

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .none: "none"
    case .unary: "unary"
    case .binary: "binary"
    case .select: "select"
    case .cast: "cast"
    case .reduce: "reduce"
    case .argReduce: "arg_reduce"
    case .cumulativeSum: "cumulative_sum"
    case .convolution: "convolution"
    case .convolutionTranspose: "convolution_transpose"
    case .pool: "pool"
    case .matmul: "matmul"
    case .attention: "attention"
    case .recurrent: "recurrent"
    case .separableConvolution: "separable_convolution"
    case .softmax: "softmax"
    case .layerNormalization: "layer_normalization"
    case .groupNormalization: "group_normalization"
    case .localResponseNormalization: "local_response_normalization"
    case .reshape: "reshape"
    case .squeeze: "squeeze"
    case .unsqueeze: "unsqueeze"
    case .flatten: "flatten"
    case .transpose: "transpose"
    case .concat: "concat"
    case .split: "split"
    case .slice: "slice"
    case .sliceUpdate: "slice_update"
    case .pad: "pad"
    case .expand: "expand"
    case .tile: "tile"
    case .shape: "shape"
    case .range: "range"
    case .fill: "fill"
    case .oneHot: "one_hot"
    case .triangle: "triangle"
    case .depthToSpace: "depth_to_space"
    case .spaceToDepth: "space_to_depth"
    case .gather: "gather"
    case .gatherElements: "gather_elements"
    case .gatherNd: "gather_nd"
    case .scatterElements: "scatter_elements"
    case .scatterNd: "scatter_nd"
    case .topK: "top_k"
    case .nonZero: "non_zero"
    case .resize: "resize"
    case .gridSample: "grid_sample"
    case .roiAlign: "roi_align"
    case .nonMaximumSuppression: "non_maximum_suppression"
    case .multiclassNms: "multiclass_nms"
    case .yoloBox: "yolo_box"
    case .priorBox: "prior_box"
    case .boxCoder: "box_coder"
    case .quantizeLinear: "quantize_linear"
    case .dequantizeLinear: "dequantize_linear"
    case .conditional: "conditional"
    case .loop: "loop"
    }
  }
}

package enum UnaryFunction: UInt8 {
  case identity = 0
  case relu = 1
  case clip = 2
  case leakyRelu = 3
  case sigmoid = 4
  case tanh = 5
  case hardSigmoid = 6
  case hardSwish = 7
  case swish = 8
  case gelu = 9
  case geluTanh = 10
  case mish = 11
  case elu = 12
  case selu = 13
  case celu = 14
  case softplus = 15
  case softsign = 16
  case thresholdedRelu = 17
  case linear = 18
  case hardShrink = 19
  case softShrink = 20
  case scaledHardSwish = 21
  case absolute = 30
  case negate = 31
  case sign = 32
  case floor = 33
  case ceil = 34
  case round = 35
  case exp = 36
  case log = 37
  case sqrt = 38
  case reciprocalSqrt = 39
  case reciprocal = 40
  case square = 41
  case erf = 42
  case sin = 43
  case cos = 44
  case tan = 45
  case asin = 46
  case acos = 47
  case atan = 48
  case sinh = 49
  case cosh = 50
  case asinh = 51
  case acosh = 52
  case atanh = 53
  case log1p = 54
  case expm1 = 55
  case power = 56
  case truncate = 57
  case logicalNot = 70
  case isNan = 71
  case isInfinite = 72
  case isFinite = 73
  case bitwiseNot = 80

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .clip: "clip"
    case .leakyRelu: "leaky_relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .hardSigmoid: "hard_sigmoid"
    case .hardSwish: "hard_swish"
    case .swish: "swish"
    case .gelu: "gelu"
    case .geluTanh: "gelu_tanh"
    case .mish: "mish"
    case .elu: "elu"
    case .selu: "selu"
    case .celu: "celu"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .thresholdedRelu: "thresholded_relu"
    case .linear: "linear"
    case .hardShrink: "hard_shrink"
    case .softShrink: "soft_shrink"
    case .scaledHardSwish: "scaled_hard_swish"
    case .absolute: "absolute"
    case .negate: "negate"
    case .sign: "sign"
    case .floor: "floor"
    case .ceil: "ceil"
    case .round: "round"
    case .exp: "exp"
    case .log: "log"
    case .sqrt: "sqrt"
    case .reciprocalSqrt: "reciprocal_sqrt"
    case .reciprocal: "reciprocal"
    case .square: "square"
    case .erf: "erf"
    case .sin: "sin"
    case .cos: "cos"
    case .tan: "tan"
    case .asin: "asin"
    case .acos: "acos"
    case .atan: "atan"
    case .sinh: "sinh"
    case .cosh: "cosh"
    case .asinh: "asinh"
    case .acosh: "acosh"
    case .atanh: "atanh"
    case .log1p: "log1p"
    case .expm1: "expm1"
    case .power: "power"
    case .truncate: "truncate"
    case .logicalNot: "logical_not"
    case .isNan: "is_nan"
    case .isInfinite: "is_infinite"
    case .isFinite: "is_finite"
    case .bitwiseNot: "bitwise_not"
    }
  }
}

package enum BinaryFunction: UInt8 {
  case add = 0
  case subtract = 1
  case multiply = 2
  case divide = 3
  case power = 4
  case minimum = 5
  case maximum = 6
  case floorDivide = 7
  case modulo = 8
  case remainder = 9
  case prelu = 10
  case squaredDifference = 11
  case atan2 = 12
  case equal = 20
  case notEqual = 21
  case less = 22
  case lessOrEqual = 23
  case greater = 24
  case greaterOrEqual = 25
  case logicalAnd = 30
  case logicalOr = 31
  case logicalXor = 32
  case bitwiseAnd = 40
  case bitwiseOr = 41
  case bitwiseXor = 42
  case shiftLeft = 43
  case shiftRight = 44

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    case .power: "power"
    case .minimum: "minimum"
    case .maximum: "maximum"
    case .floorDivide: "floor_divide"
    case .modulo: "modulo"
    case .remainder: "remainder"
    case .prelu: "prelu"
    case .squaredDifference: "squared_difference"
    case .atan2: "atan2"
    case .equal: "equal"
    case .notEqual: "not_equal"
    case .less: "less"
    case .lessOrEqual: "less_or_equal"
    case .greater: "greater"
    case .greaterOrEqual: "greater_or_equal"
    case .logicalAnd: "logical_and"
    case .logicalOr: "logical_or"
    case .logicalXor: "logical_xor"
    case .bitwiseAnd: "bitwise_and"
    case .bitwiseOr: "bitwise_or"
    case .bitwiseXor: "bitwise_xor"
    case .shiftLeft: "shift_left"
    case .shiftRight: "shift_right"
    }
  }
}

package enum ReduceFunction: UInt8 {
  case sum = 0
  case mean = 1
  case maximum = 2
  case minimum = 3
  case product = 4
  case any = 5
  case all = 6
  case sumAbsolute = 7
  case norm2 = 8
  case sumSquare = 9
  case logSum = 10
  case logSumExp = 11

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .sum: "sum"
    case .mean: "mean"
    case .maximum: "maximum"
    case .minimum: "minimum"
    case .product: "product"
    case .any: "any"
    case .all: "all"
    case .sumAbsolute: "sum_absolute"
    case .norm2: "norm2"
    case .sumSquare: "sum_square"
    case .logSum: "log_sum"
    case .logSumExp: "log_sum_exp"
    }
  }
}

package enum PaddingMode: UInt8 {
  case explicit = 0
  case sameUpper = 1
  case sameLower = 2
  case valid = 3

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .explicit: "explicit"
    case .sameUpper: "same_upper"
    case .sameLower: "same_lower"
    case .valid: "valid"
    }
  }
}

package enum ConvolutionAlgorithm: UInt8 {
  case automatic = 0
  case panels = 1
  case winograd2 = 2
  case winograd4 = 3
  case winograd6 = 4

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .automatic: "automatic"
    case .panels: "panels"
    case .winograd2: "winograd2"
    case .winograd4: "winograd4"
    case .winograd6: "winograd6"
    }
  }
}

package enum PoolFunction: UInt8 {
  case maximum = 0
  case average = 1

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .maximum: "maximum"
    case .average: "average"
    }
  }
}

package enum PadMode: UInt8 {
  case constant = 0
  case reflect = 1
  case edge = 2
  case wrap = 3

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .constant: "constant"
    case .reflect: "reflect"
    case .edge: "edge"
    case .wrap: "wrap"
    }
  }
}

package enum ResizeMode: UInt8 {
  case nearest = 0
  case linear = 1
  case cubic = 2

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .nearest: "nearest"
    case .linear: "linear"
    case .cubic: "cubic"
    }
  }
}

package enum CoordinateMode: UInt8 {
  case halfPixel = 0
  case alignCorners = 1
  case asymmetric = 2
  case pytorchHalfPixel = 3
  case halfPixelSymmetric = 4

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .halfPixel: "half_pixel"
    case .alignCorners: "align_corners"
    case .asymmetric: "asymmetric"
    case .pytorchHalfPixel: "pytorch_half_pixel"
    case .halfPixelSymmetric: "half_pixel_symmetric"
    }
  }
}

package enum NearestMode: UInt8 {
  case floor = 0
  case roundPreferFloor = 1
  case roundPreferCeil = 2
  case ceil = 3

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .floor: "floor"
    case .roundPreferFloor: "round_prefer_floor"
    case .roundPreferCeil: "round_prefer_ceil"
    case .ceil: "ceil"
    }
  }
}

package enum GridPaddingMode: UInt8 {
  case zeros = 0
  case border = 1
  case reflection = 2

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .zeros: "zeros"
    case .border: "border"
    case .reflection: "reflection"
    }
  }
}

package enum ScatterReduction: UInt8 {
  case none = 0
  case add = 1
  case multiply = 2
  case minimum = 3
  case maximum = 4

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .none: "none"
    case .add: "add"
    case .multiply: "multiply"
    case .minimum: "minimum"
    case .maximum: "maximum"
    }
  }
}

package enum RecurrentCell: UInt8 {
  case lstm = 0
  case gru = 1
  case rnnTanh = 2
  case rnnRelu = 3

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .lstm: "lstm"
    case .gru: "gru"
    case .rnnTanh: "rnn_tanh"
    case .rnnRelu: "rnn_relu"
    }
  }
}

package enum Direction: UInt8 {
  case forward = 0
  case reverse = 1
  case bidirectional = 2

  /// The name in the schema, for reports.
  package var name: StaticString {
    switch self {
    case .forward: "forward"
    case .reverse: "reverse"
    case .bidirectional: "bidirectional"
    }
  }
}
