// How legacy Paddle operators read as PIR operators: the plain cases, as a table.
// SPDX-License-Identifier: Apache-2.0

/// A row of the table, parsed. The grammar of a row, parts separated by blanks:
///
///     legacy pir operand... > result... | attribute=renamed...
///
/// An operand is a slot with one variable (`X`), a slot with a list (`X*`, combined), `_` (left out), or an attribute that PIR takes
/// as an operand: `i:` whole number, `f:` float, `n:` list of whole numbers, followed by the attribute's name and by the slots that
/// override it where they hold variables (`n:shape/ShapeTensor*/Shape`). A result is a slot (`Out`), a list (`Out*`) or `_`.
/// Attributes keep their names unless the row renames them; `-name` drops one.
struct LegacyRule {
  enum Operand: Equatable {
    case none
    case variable(String)
    case list(String)
    case attribute(kind: Character, name: String, overrides: [Operand])
  }

  let name: String
  let operands: [Operand]
  let results: [Operand]
  let renamed: [String: String]

  /// nil where the row breaks the grammar.
  init?(_ row: Substring) {
    var sections = row.split(separator: "|", omittingEmptySubsequences: false).map { $0.split(separator: " ") }
    if sections.count == 1 { sections.append([]) }
    guard sections.count == 2, let arrow = sections[0].firstIndex(of: ">"), arrow >= 2 else { return nil }
    name = String(sections[0][1])
    operands = sections[0][2..<arrow].map { Self.operand($0) }
    results = sections[0][(arrow + 1)...].map { Self.operand($0) }
    var renamed: [String: String] = [:]
    for part in sections[1] {
      let sides = part.split(separator: "=")
      guard sides.count == 2 else { return nil }
      renamed[String(sides[0])] = String(sides[1])
    }
    self.renamed = renamed
  }

  private static func operand(_ text: Substring) -> Operand {
    if text == "_" { return .none }
    if text.count > 2, text[text.index(after: text.startIndex)] == ":", let kind = text.first {
      let parts = text.dropFirst(2).split(separator: "/")
      return .attribute(kind: kind, name: parts.first.map(String.init) ?? "", overrides: parts.dropFirst().map { operand($0) })
    }
    return text.hasSuffix("*") ? .list(String(text.dropLast())) : .variable(String(text))
  }

  /// The rows by legacy operator name.
  static let all: [String: LegacyRule] = {
    var rules: [String: LegacyRule] = [:]
    for row in (table + unaryTable).split(separator: "\n") {
      guard let name = row.split(separator: " ").first, let rule = LegacyRule(row) else { continue }
      rules[String(name)] = rule
    }
    return rules
  }()

  /// Operators `X > Out` that keep their name and their attributes.
  private static let unaryTable = [
    "relu", "relu6", "sigmoid", "tanh", "exp", "log", "sqrt", "rsqrt", "abs", "ceil", "floor", "round", "sin", "cos", "tan", "asin",
    "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "square", "reciprocal", "erf", "sign", "log1p", "log2", "log10", "expm1",
    "softsign", "silu", "logsigmoid", "tanh_shrink", "logical_not", "bitwise_not", "trunc", "gelu", "elu", "selu", "celu", "softplus",
    "swish", "stanh", "thresholded_relu", "softmax", "log_softmax", "pixel_shuffle", "pixel_unshuffle", "share_data", "increment",
    "flip", "assign", "memcpy", "channel_shuffle", "p_norm", "logsumexp", "isnan", "isinf", "isfinite", "temporal_shift",
  ].map { "\($0) \($0) X > Out\n" }.joined()

  static let table = """
    hard_swish hardswish X > Out
    hard_sigmoid hardsigmoid X > Out
    hard_shrink hardshrink X > Out
    softshrink softshrink X > Out | lambda=threshold
    leaky_relu leaky_relu X > Out | alpha=negative_slope
    brelu hardtanh X > Out
    mish mish X > Out | threshold=lambda
    pow pow X FactorTensor > Out | factor=y
    isnan_v2 isnan X > Out
    isinf_v2 isinf X > Out
    isfinite_v2 isfinite X > Out
    equal equal X Y > Out
    not_equal not_equal X Y > Out
    less_than less_than X Y > Out
    less_equal less_equal X Y > Out
    greater_than greater_than X Y > Out
    greater_equal greater_equal X Y > Out
    logical_and logical_and X Y > Out
    logical_or logical_or X Y > Out
    logical_xor logical_xor X Y > Out
    bitwise_and bitwise_and X Y > Out
    bitwise_or bitwise_or X Y > Out
    bitwise_xor bitwise_xor X Y > Out
    atan2 atan2 X1 X2 > Out
    matmul_v2 matmul X Y > Out | trans_x=transpose_x trans_y=transpose_y
    matmul legacy_matmul X Y > Out | transpose_X=transpose_x transpose_Y=transpose_y
    mul matmul_with_flatten X Y > Out
    bmm bmm X Y > Out
    dot dot X Y > Out
    mv mv X Vec > Out
    addmm addmm Input X Y > Out | Alpha=alpha Beta=beta
    fc fc Input W Bias > Out
    mean mean_all X > Out
    frobenius_norm frobenius_norm X n:dim > Out | keep_dim=keepdim
    reshape2 reshape X n:shape/ShapeTensor*/Shape > Out XShape
    reshape reshape X n:shape/ShapeTensor*/Shape > Out
    transpose2 transpose X > Out XShape | axis=perm
    transpose transpose X > Out | axis=perm
    squeeze2 squeeze X n:axes > Out XShape
    squeeze squeeze X n:axes > Out
    unsqueeze2 unsqueeze X n:axes/AxesTensorList*/AxesTensor > Out XShape
    unsqueeze unsqueeze X n:axes/AxesTensorList*/AxesTensor > Out
    flatten_contiguous_range flatten X > Out XShape
    concat concat X* i:axis/AxisTensor > Out
    stack stack X* > Y
    unstack unstack X > Y*
    unbind unbind X > Out*
    meshgrid meshgrid X* > Out*
    slice slice Input n:starts/StartsTensorList*/StartsTensor n:ends/EndsTensorList*/EndsTensor > Out
    strided_slice strided_slice Input n:starts/StartsTensorList*/StartsTensor n:ends/EndsTensorList*/EndsTensor n:strides/StridesTensorList*/StridesTensor > Out
    expand_v2 expand X n:shape/expand_shapes_tensor*/Shape > Out
    expand tile X n:expand_times/expand_times_tensor*/ExpandTimes > Out
    expand_as_v2 expand_as X Y > Out
    tile tile X n:repeat_times/repeat_times_tensor*/RepeatTimes > Out
    shape shape Input > Out
    size numel Input > Out
    gather gather X Index i:axis/Axis > Out
    gather_nd gather_nd X Index > Out
    index_select index_select X Index > Out | dim=axis
    index_sample index_sample X Index > Out
    take_along_axis take_along_axis Input Index > Result | Axis=axis
    put_along_axis put_along_axis Input Index Value > Result | Axis=axis Reduce=reduce
    scatter scatter X Ids Updates > Out
    scatter_nd_add scatter_nd_add X Index Updates > Out
    lookup_table_v2 embedding Ids W > Out
    where where Condition X Y > Out
    where_index nonzero Condition > Out
    masked_select masked_select X Mask > Y
    cast cast X > Out | out_dtype=dtype
    fill_any_like full_like X f:value > Out
    fill_zeros_like full_like X f:value > Out
    fill_constant_batch_size_like full_batch_size_like Input > Out
    range arange Start End Step > Out
    linspace linspace Start Stop Num > Out
    one_hot_v2 one_hot X i:depth/depth_tensor > Out
    cumsum cumsum X i:axis > Out
    arg_max argmax X i:axis > Out
    arg_min argmin X i:axis > Out
    top_k_v2 topk X i:k/K > Out Indices
    top_k topk X i:k/K > Out Indices
    argsort argsort X > Out Indices
    roll roll X n:shifts/ShiftsTensor > Out
    reverse flip X > Out
    scale scale X f:scale/ScaleTensor > Out
    clip clip X f:min/Min f:max/Max > Out
    sum add_n X* > Out
    conv2d conv2d Input Filter > Output
    depthwise_conv2d depthwise_conv2d Input Filter > Output
    conv3d conv3d Input Filter > Output
    conv2d_transpose conv2d_transpose Input Filter n:output_size > Output
    depthwise_conv2d_transpose depthwise_conv2d_transpose Input Filter n:output_size > Output
    conv3d_transpose conv3d_transpose Input Filter n:output_size > Output
    pool2d pool2d X n:ksize > Out
    pool3d pool3d X > Out | ksize=kernel_size
    max_pool2d_with_index max_pool2d_with_index X > Out Mask | ksize=kernel_size
    batch_norm batch_norm X Mean Variance Scale Bias > Y MeanOut VarianceOut SavedMean SavedVariance ReserveSpace | data_layout=data_format
    sync_batch_norm batch_norm X Mean Variance Scale Bias > Y MeanOut VarianceOut SavedMean SavedVariance ReserveSpace | data_layout=data_format
    layer_norm layer_norm X Scale Bias > Y Mean Variance
    group_norm group_norm X Scale Bias > Y Mean Variance | data_layout=data_format
    instance_norm instance_norm X Scale Bias > Y SavedMean SavedVariance
    norm norm X > Out Norm
    lrn lrn X > Out MidOut
    affine_channel affine_channel X Scale Bias > Out | data_layout=data_format
    prelu prelu X Alpha > Out
    maxout maxout X > Out
    shuffle_channel shuffle_channel X > Out
    dropout dropout X Seed f:dropout_prob > Out Mask | dropout_implementation=mode
    nearest_interp_v2 nearest_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    bilinear_interp_v2 bilinear_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    bicubic_interp_v2 bicubic_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    linear_interp_v2 linear_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    trilinear_interp_v2 trilinear_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    nearest_interp nearest_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    bilinear_interp bilinear_interp X OutSize SizeTensor* Scale > Out | data_layout=data_format
    pad3d pad3d X n:paddings/Paddings > Out | value=pad_value
    pad pad X > Out
    grid_sampler grid_sample X Grid > Output
    roi_align roi_align X ROIs RoisNum > Out
    yolo_box yolo_box X ImgSize > Boxes Scores
    prior_box prior_box Input Image > Boxes Variances
    box_coder box_coder PriorBox PriorBoxVar TargetBox > OutputBox
    multiclass_nms3 multiclass_nms3 BBoxes Scores RoisNum > Out Index NmsRoisNum
    multiclass_nms2 multiclass_nms3 BBoxes Scores RoisNum > Out Index NmsRoisNum
    multiclass_nms multiclass_nms3 BBoxes Scores RoisNum > Out Index NmsRoisNum
    matrix_nms matrix_nms BBoxes Scores > Out Index RoisNum
    rnn rnn Input PreState* WeightList* SequenceLength _ > Out DropoutState State* Reserve
    quantize_linear quantize_linear X Scale ZeroPoint InAccum InState > Y OutState OutAccum OutScale
    dequantize_linear dequantize_linear X Scale ZeroPoint InAccum InState > Y OutState OutAccum OutScale
    fake_quantize_abs_max fake_quantize_abs_max X > Out OutScale
    fake_quantize_range_abs_max fake_quantize_range_abs_max X InScale Iter > Out OutScale OutScales
    fake_quantize_moving_average_abs_max fake_quantize_moving_average_abs_max X InScale InAccum InState > Out OutScale OutState OutAccum
    fake_quantize_dequantize_moving_average_abs_max fake_quantize_dequantize_moving_average_abs_max X InScale InAccum InState > Out OutScale OutState OutAccum
    fake_quantize_dequantize_abs_max fake_quantize_dequantize_abs_max X > Out OutScale
    fake_channel_wise_quantize_abs_max fake_channel_wise_quantize_abs_max X > Out OutScale
    fake_channel_wise_quantize_dequantize_abs_max fake_channel_wise_quantize_dequantize_abs_max X > Out OutScale
    fake_dequantize_max_abs fake_dequantize_max_abs X Scale > Out
    fake_channel_wise_dequantize_max_abs fake_channel_wise_dequantize_max_abs X Scales* > Out
    moving_average_abs_max_scale assign X > Out
    einsum einsum Operands* > Out
    unfold unfold X > Y
    crop_tensor crop X n:shape/ShapeTensor*/Shape n:offsets/OffsetsTensor*/Offsets > Out
    masked_fill masked_fill x mask value > out
    repeat_interleave repeat_interleave X > Out | Repeats=repeats dim=axis
    affine_grid affine_grid Theta n:output_shape/OutputShape > Output
    eye eye i:num_rows i:num_columns > Out
    print assign In > Out

    """
}
