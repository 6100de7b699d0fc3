# SPDX-License-Identifier: Apache-2.0
"""Cases of ONNX's own operators, one after the other."""
import numpy as np
import onnx
from onnx import TensorProto, helper

from onnx_case import case, floats, ints, node, random

# Element by element.
x23 = floats(2, 3, low=-3, high=3)
for kind in ["Abs", "Neg", "Sign", "Floor", "Ceil", "Round", "Exp", "Erf", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Relu", "Sigmoid",
    "Tanh", "HardSwish", "Mish", "Softsign", "Softplus", "Selu", "Elu", "Celu", "LeakyRelu", "ThresholdedRelu", "HardSigmoid", "IsNaN", "Shrink"]:
  case("unary_" + kind.lower(), 18, node(kind, "x"), {"x": x23})
for kind in ["Log", "Sqrt", "Reciprocal", "Acosh"]:
  case("unary_" + kind.lower(), 13, node(kind, "x"), {"x": floats(2, 3, low=1.1, high=3)})
for kind in ["Asin", "Acos", "Atanh"]:
  case("unary_" + kind.lower(), 13, node(kind, "x"), {"x": floats(2, 3, low=-0.9, high=0.9)})
case("selu_attributes", 13, node("Selu", "x", alpha=2.0, gamma=3.0), {"x": x23})
case("shrink_attributes", 13, node("Shrink", "x", lambd=1.5, bias=0.5), {"x": x23})
case("hardsigmoid_attributes", 13, node("HardSigmoid", "x", alpha=0.3, beta=0.4), {"x": x23})
case("celu_attributes", 13, node("Celu", "x", alpha=2.0), {"x": x23})
case("gelu_20", 20, [node("Gelu", "x", "y"), node("Gelu", "x", "z", approximate="tanh")], {"x": x23}, outputs="y z")
for kind in ["Add", "Sub", "Mul", "Div", "Less", "Greater", "Equal", "LessOrEqual", "GreaterOrEqual"]:
  case("binary_" + kind.lower(), 16, node(kind, "a b"), {"a": floats(2, 1, 3), "b": floats(4, 1, low=0.5, high=2)})
case("binary_pow", 15, node("Pow", "a b"), {"a": floats(2, 3, low=0.1, high=2), "b": floats(3)})
case("integer_division", 13, [node("Div", "a b", "y"), node("Mod", "a b", "z"), node("Mod", "a b", "w", fmod=1)],
  {"a": ints(7, -7, 7, -7), "b": ints(2, 2, -2, -2)}, outputs="y z w")
case("mod_float", 13, node("Mod", "a b", fmod=1), {"a": floats(5, low=-5, high=5), "b": floats(5, low=0.5, high=2)})
case("logic", 13, [node("And", "a b", "p"), node("Or", "a b", "q"), node("Xor", "a b", "r"), node("Not", "a", "s")],
  {"a": np.array([True, True, False, False]), "b": np.array([True, False, True, False])}, outputs="p q r s")
case("bit_shift", 13, [node("BitShift", "a b", "y", direction="LEFT"), node("BitShift", "a b", "z", direction="RIGHT")],
  {"a": np.array([1, 7, 200], np.uint8), "b": np.array([1, 2, 3], np.uint8)}, outputs="y z")
case("bitwise", 18, [node("BitwiseAnd", "a b", "y"), node("BitwiseOr", "a b", "z"), node("BitwiseXor", "a b", "w"), node("BitwiseNot", "a", "v")],
  {"a": np.array([12, -7, 200], np.int32), "b": np.array([10, 3, 77], np.int32)}, outputs="y z w v")
case("variadic", 13, [node("Sum", "a b c", "s"), node("Min", "a b c", "t"), node("Max", "a b c", "u"), node("Mean", "a b c", "v")],
  {"a": floats(2, 3), "b": floats(3), "c": floats(2, 1)}, outputs="s t u v")
case("prelu", 16, node("PRelu", "x s"), {"x": floats(1, 3, 2, 2)}, {"s": floats(3, 1, 1)})
case("where", 16, node("Where", "c a b"), {"c": np.array([[True], [False]]), "a": floats(3), "b": floats(2, 3)})
case("clip_6", 10, node("Clip", "x", min=-0.5, max=0.75), {"x": x23})
case("clip_min_only_6", 7, node("Clip", "x", min=0.0), {"x": x23})
case("clip_13", 13, node("Clip", "x - h"), {"x": x23}, {"h": np.float32(0.5)})
case("clip_computed", 13, node("Clip", "x l h"), {"x": x23, "l": np.float32(-0.25), "h": np.float32(0.5)})
case("clip_integer", 13, node("Clip", "x l h"), {"x": ints(-5, 3, 20)}, {"l": np.int64(-1), "h": np.int64(7)})
case("cast", 13, [node("Cast", "x", "i", to=TensorProto.INT64), node("Cast", "x", "b", to=TensorProto.BOOL), node("Cast", "i", "y", to=TensorProto.FLOAT)],
  {"x": x23}, outputs="i b y")
case("double_computes_as_float", 13, [node("Cast", "x", "d", to=TensorProto.DOUBLE), node("Mul", "d k", "e"), node("Cast", "e", "y", to=TensorProto.FLOAT)],
  {"x": x23}, {"k": np.array([1.5, -2.0, 0.25], np.float64)})
case("half_weights", 13, [node("Cast", "k", "f", to=TensorProto.FLOAT), node("Mul", "x f", "y")], {"x": x23}, {"k": np.array([1.5, -2.0, 1e-7], np.float16)})
case("isinf", 13, [node("IsInf", "x", "y"), node("IsInf", "x", "z", detect_negative=0), node("IsInf", "x", "w", detect_positive=0)],
  {"x": np.array([1, np.inf, -np.inf, np.nan], np.float32)}, outputs="y z w")
case("dropout_12", 12, node("Dropout", "x", "y m"), {"x": x23}, outputs="y m")
case("dropout_7", 7, node("Dropout", "x", "y", ratio=0.3), {"x": x23})

# Reductions and softmax.
x345 = floats(3, 4, 5)
for kind in ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp"]:
  case("reduce_" + kind.lower(), 11, [node("Reduce" + kind, "x", "y", axes=[1, -1], keepdims=0), node("Reduce" + kind, "x", "z")],
    {"x": x345}, outputs="y z")
case("reduce_logsum", 11, node("ReduceLogSum", "x", axes=[1]), {"x": floats(2, 3, low=0.1, high=2)})
case("reduce_sum_input_13", 13, node("ReduceSum", "x a", keepdims=0), {"x": x345}, {"a": ints(0, 2)})
case("reduce_sum_input_noop", 13, node("ReduceSum", "x a", keepdims=0, noop_with_empty_axes=1), {"x": x345}, {"a": ints(0, 2)})
case("reduce_sum_noop", 13, node("ReduceSum", "x", noop_with_empty_axes=1), {"x": x345})
case("reduce_mean_input_18", 18, node("ReduceMean", "x a"), {"x": x345}, {"a": ints(-2)})
case("argmax", 13, [node("ArgMax", "x", "y", axis=1), node("ArgMin", "x", "z", axis=-1, keepdims=0), node("ArgMax", "d", "w", axis=0, select_last_index=1)],
  {"x": x345, "d": np.array([1, 3, 3, 2], np.float32)}, outputs="y z w")
case("cumsum", 14, [node("CumSum", "x a", "y"), node("CumSum", "x a", "z", exclusive=1, reverse=1)], {"x": x345}, {"a": np.array(1, np.int64)}, outputs="y z")
case("softmax_13", 13, [node("Softmax", "x", "y"), node("Softmax", "x", "z", axis=1), node("LogSoftmax", "x", "w", axis=0)], {"x": x345}, outputs="y z w")
case("softmax_11_coerces", 11, [node("Softmax", "x", "y"), node("LogSoftmax", "x", "z", axis=1), node("Softmax", "x", "w", axis=2)],
  {"x": x345}, outputs="y z w")
case("softmax_11_open", 11, node("Softmax", "x"), {"x": x345}, dynamic=("x",))
case("hardmax", 13, [node("Hardmax", "x", "y", axis=1), node("Hardmax", "x", "z")], {"x": x345}, outputs="y z")
case("hardmax_11", 11, node("Hardmax", "x", axis=1), {"x": x345})

# Convolutions and pools.
image = floats(2, 4, 7, 6)
case("conv", 11, node("Conv", "x w b", pads=[1, 0, 2, 1], strides=[2, 1], kernel_shape=[3, 2]), {"x": image}, {"w": floats(5, 4, 3, 2), "b": floats(5)})
case("conv_groups_dilations", 11, node("Conv", "x w", group=2, dilations=[2, 1]), {"x": image}, {"w": floats(6, 2, 3, 3)})
case("conv_depthwise_same", 11, node("Conv", "x w b", group=4, auto_pad="SAME_UPPER", strides=[2, 2]), {"x": image}, {"w": floats(4, 1, 3, 3), "b": floats(4)})
case("conv_same_lower", 11, node("Conv", "x w", auto_pad="SAME_LOWER", strides=[2, 2]), {"x": image}, {"w": floats(3, 4, 2, 2)})
case("conv_1d", 11, node("Conv", "x w b", pads=[1, 1]), {"x": floats(2, 3, 9)}, {"w": floats(4, 3, 3), "b": floats(4)})
case("conv_3d", 11, node("Conv", "x w", strides=[1, 2, 1]), {"x": floats(1, 2, 4, 5, 6)}, {"w": floats(3, 2, 2, 3, 2)})
case("conv_computed_weights", 11, node("Conv", "x w"), {"x": image, "w": floats(3, 4, 2, 2)})
case("conv_open", 11, node("Conv", "x w", pads=[1, 1, 1, 1]), {"x": image}, {"w": floats(3, 4, 3, 3)}, dynamic=("x",))
case("conv_transpose", 11, node("ConvTranspose", "x w b", strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 0]),
  {"x": floats(2, 4, 3, 4)}, {"w": floats(4, 3, 3, 2), "b": floats(3)})
case("conv_transpose_groups", 11, node("ConvTranspose", "x w", group=2, strides=[2, 2], dilations=[1, 2]), {"x": floats(1, 4, 3, 4)}, {"w": floats(4, 3, 2, 2)})
case("conv_transpose_shape", 11, node("ConvTranspose", "x w", strides=[2, 2], output_shape=[6, 9]), {"x": floats(1, 2, 3, 4)}, {"w": floats(2, 2, 3, 3)})
case("conv_transpose_1d", 11, node("ConvTranspose", "x w", strides=[2]), {"x": floats(1, 2, 5)}, {"w": floats(2, 3, 4)})
case("max_pool", 12, node("MaxPool", "x", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]), {"x": image})
case("max_pool_ceil_dilated", 12, node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2], dilations=[2, 1], ceil_mode=1), {"x": image})
case("max_pool_indices", 12, node("MaxPool", "x", "y i", kernel_shape=[2, 2], strides=[2, 2]), {"x": image}, outputs="y i")
case("max_pool_1d", 8, node("MaxPool", "x", kernel_shape=[3], auto_pad="SAME_UPPER", strides=[2]), {"x": floats(2, 3, 8)})
case("average_pool", 11, [node("AveragePool", "x", "y", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
  node("AveragePool", "x", "z", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1)], {"x": image}, outputs="y z")
case("average_pool_ceil", 11, node("AveragePool", "x", kernel_shape=[2, 4], strides=[2, 3], ceil_mode=1), {"x": image})
case("global_pools", 11, [node("GlobalAveragePool", "x", "y"), node("GlobalMaxPool", "x", "z")], {"x": image}, outputs="y z")
case("lp_pool", 11, [node("LpPool", "x", "y", kernel_shape=[2, 2], strides=[2, 2]), node("LpPool", "x", "z", kernel_shape=[2, 2], p=1)], {"x": image}, outputs="y z")

# Matrix products.
case("matmul", 13, node("MatMul", "a b"), {"a": floats(2, 1, 3, 4), "b": floats(5, 4, 6)})
case("matmul_vectors", 13, [node("MatMul", "v m", "y"), node("MatMul", "m w", "z"), node("MatMul", "v v", "s")],
  {"v": floats(4), "m": floats(4, 3), "w": floats(3)}, outputs="y z s")
case("gemm", 13, node("Gemm", "a b c", alpha=0.5, beta=2.0, transA=1, transB=1), {"a": floats(4, 3)}, {"b": floats(5, 4), "c": floats(5)})
case("gemm_7", 7, node("Gemm", "a b c"), {"a": floats(2, 3)}, {"b": floats(3, 4), "c": floats(1, 4)})
case("gemm_without_c", 13, node("Gemm", "a b", transB=1), {"a": floats(2, 3), "b": floats(4, 3)})
for index, (equation, shapes) in enumerate([("bhwc,hkc->bhwk", [(2, 3, 4, 5), (3, 6, 5)]), ("bnqd,bnkd->bnqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("i,j->ij", [(3,), (4,)]), ("ij->ji", [(3, 4)]), ("ij->j", [(3, 4)]), ("abc,cd,def->abef", [(2, 3, 4), (4, 2), (2, 3, 2)]),
    ("...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)]), ("bij,bjk", [(2, 3, 4), (2, 4, 2)]), ("abcd,abcd->ab", [(2, 3, 2, 2), (2, 3, 2, 2)])]):
  names = "abc"[:len(shapes)]
  case(f"einsum_{index}", 13, node("Einsum", " ".join(names), equation=equation), {n: floats(*s) for n, s in zip(names, shapes)})

# Normalisations.
case("batch_norm", 9, node("BatchNormalization", "x s b m v", epsilon=0.01), {"x": image},
  {"s": floats(4), "b": floats(4), "m": floats(4), "v": floats(4, low=0.1, high=2)})
case("batch_norm_2d", 14, node("BatchNormalization", "x s b m v"), {"x": floats(3, 4)},
  {"s": floats(4), "b": floats(4), "m": floats(4), "v": floats(4, low=0.1, high=2)})
case("batch_norm_computed", 9, node("BatchNormalization", "x s b m v"), {"x": image, "s": floats(4), "b": floats(4), "m": floats(4), "v": floats(4, low=0.1, high=2)})
case("instance_norm", 6 + 1, node("InstanceNormalization", "x s b", epsilon=0.01), {"x": image}, {"s": floats(4), "b": floats(4)})
case("group_norm_18", 18, node("GroupNormalization", "x s b", num_groups=2), {"x": image}, {"s": floats(2), "b": floats(2)})
case("group_norm_21", 21, node("GroupNormalization", "x s b", num_groups=2), {"x": image}, {"s": floats(4), "b": floats(4)})
case("layer_norm", 17, node("LayerNormalization", "x s b", "y m d", axis=-1), {"x": x345}, {"s": floats(5), "b": floats(5)}, outputs="y m d")
case("layer_norm_axis", 17, node("LayerNormalization", "x s", axis=1, epsilon=0.001), {"x": x345}, {"s": floats(4, 5)})
case("lrn", 13, node("LRN", "x", size=3, alpha=0.1, beta=0.6, bias=2.0), {"x": image})
case("lp_normalization", 13, [node("LpNormalization", "x", "y"), node("LpNormalization", "x", "z", p=1, axis=0)], {"x": x345}, outputs="y z")
case("mean_variance", 13, node("MeanVarianceNormalization", "x"), {"x": image})

# Shapes.
case("reshape", 13, node("Reshape", "x s"), {"x": x345}, {"s": ints(0, -1, 2)})
case("reshape_computed", 13, [node("Shape", "x", "s"), node("Gather", "s i", "t", axis=0), node("Unsqueeze", "t a", "u"), node("Concat", "u m", "v", axis=0),
  node("Reshape", "x v", "y")], {"x": x345}, {"i": np.array(0, np.int64), "a": ints(0), "m": ints(-1)}, dynamic=("x",))
case("flatten", 13, [node("Flatten", "x", "y"), node("Flatten", "x", "z", axis=0), node("Flatten", "x", "w", axis=-1), node("Flatten", "x", "v", axis=3)],
  {"x": x345}, outputs="y z w v")
case("squeeze_11", 11, [node("Squeeze", "x", "y", axes=[1]), node("Squeeze", "x", "z"), node("Unsqueeze", "x", "w", axes=[0, 4])],
  {"x": floats(2, 1, 3, 1)}, outputs="y z w")
case("squeeze_13", 13, [node("Squeeze", "x a", "y"), node("Unsqueeze", "x b", "z")], {"x": floats(2, 1, 3)}, {"a": ints(-2), "b": ints(-1, 0)}, outputs="y z")
case("transpose", 13, [node("Transpose", "x", "y", perm=[1, 2, 0]), node("Transpose", "x", "z")], {"x": x345}, outputs="y z")
case("concat", 13, node("Concat", "a b a", axis=-1), {"a": floats(2, 3), "b": floats(2, 1)})
case("split_11", 11, node("Split", "x", "a b", axis=1, split=[1, 3]), {"x": x345}, outputs="a b")
case("split_even", 11, node("Split", "x", "a b", axis=1), {"x": x345}, outputs="a b")
case("split_13", 13, node("Split", "x s", "a b c", axis=-1), {"x": x345}, {"s": ints(1, 2, 2)}, outputs="a b c")
case("split_18_uneven", 18, node("Split", "x", "a b", axis=2, num_outputs=2), {"x": x345}, outputs="a b")
case("slice_9", 9, node("Slice", "x", axes=[0, 2], starts=[1, -3], ends=[3, 100]), {"x": x345})
case("slice_10", 10, node("Slice", "x s e a t"), {"x": x345}, {"s": ints(-1, 4), "e": ints(-100, 0), "a": ints(0, 2), "t": ints(-1, -2)})
case("slice_computed", 13, node("Slice", "x s e a"), {"x": x345, "s": ints(1), "e": ints(3)}, {"a": ints(1)})
case("slice_without_axes", 13, node("Slice", "x s e"), {"x": x345}, {"s": ints(1, 0), "e": ints(3, 2)})
case("pad_10", 10, node("Pad", "x", pads=[0, 1, 0, 2, 0, 1], value=0.5), {"x": floats(2, 3, 2)})
case("pad_11", 11, node("Pad", "x p v"), {"x": floats(2, 3)}, {"p": ints(0, 1, 2, 3), "v": np.float32(1.5)})
case("pad_reflect", 11, node("Pad", "x p", mode="reflect"), {"x": floats(4, 5)}, {"p": ints(1, 2, 2, 3)})
case("pad_edge_negative", 11, node("Pad", "x p", mode="constant"), {"x": floats(4, 5)}, {"p": ints(-1, 2, 0, -2)})
case("pad_edge", 11, node("Pad", "x p", mode="edge"), {"x": floats(4, 5)}, {"p": ints(1, 2, 0, 2)})
case("pad_18_axes", 18, node("Pad", "x p - a"), {"x": floats(2, 3, 4)}, {"p": ints(1, 2), "a": ints(-1)})
case("pad_computed", 13, node("Pad", "x p"), {"x": floats(2, 3), "p": ints(0, 1, 2, 3)})
case("expand", 13, node("Expand", "x s"), {"x": floats(3, 1)}, {"s": ints(2, 1, 4)})
case("expand_computed", 13, [node("Shape", "r", "s"), node("Expand", "x s", "y")], {"x": floats(1, 3), "r": floats(2, 1)}, dynamic=("r",))
case("tile", 13, node("Tile", "x r"), {"x": floats(2, 3)}, {"r": ints(2, 3)})
case("tile_computed", 13, node("Tile", "x r"), {"x": floats(2, 3), "r": ints(2, 3)})
case("shape", 15, [node("Shape", "x", "y"), node("Shape", "x", "z", start=1), node("Shape", "x", "w", start=-2, end=-1), node("Size", "x", "v")],
  {"x": x345}, outputs="y z w v")
case("constant_of_shape", 13, [node("ConstantOfShape", "s", "y", value=helper.make_tensor("v", TensorProto.INT64, [1], [3])), node("ConstantOfShape", "s", "z")],
  {"s": ints(2, 3)}, outputs="y z")
case("range", 13, [node("Range", "a b c", "y"), node("Range", "p q r", "z")],
  {"a": np.float32(1), "b": np.float32(4), "c": np.float32(0.75)}, {"p": np.int64(5), "q": np.int64(-3), "r": np.int64(-2)}, outputs="y z")
case("eye_like", 13, [node("EyeLike", "x", "y"), node("EyeLike", "x", "z", k=-1, dtype=TensorProto.INT64)], {"x": floats(3, 4)}, outputs="y z")
case("one_hot", 13, node("OneHot", "i d v", axis=1), {"i": np.array([[0, 2], [-1, 1]], np.int64)}, {"d": np.int64(3), "v": np.array([-1, 5], np.float32)})
case("trilu", 14, [node("Trilu", "x", "y"), node("Trilu", "x k", "z", upper=0)], {"x": floats(2, 3, 4)}, {"k": np.array(-1, np.int64)}, outputs="y z")
case("constants", 13, [node("Constant", "", "a", value_floats=[1.0, 2.0, 3.0]), node("Constant", "", "b", value_float=0.5), node("Mul", "a b", "c"),
  node("Add", "x c", "y")], {"x": x23})

# Indexing.
case("gather", 13, [node("Gather", "x i", "y", axis=1), node("Gather", "x j", "z", axis=-1)], {"x": x345},
  {"i": np.array([[0, -1], [2, 1]], np.int64), "j": np.array(2, np.int64)}, outputs="y z")
case("gather_elements", 13, node("GatherElements", "x i", axis=1), {"x": floats(2, 3)}, {"i": np.array([[0, -1], [2, 1]], np.int64)})
case("gather_nd", 13, [node("GatherND", "x i", "y"), node("GatherND", "x j", "z", batch_dims=1)], {"x": x345},
  {"i": np.array([[0, 1], [2, -1]], np.int64), "j": np.array([[1], [0], [3]], np.int64)}, outputs="y z")
case("scatter_elements", 16, [node("ScatterElements", "x i u", "y", axis=1), node("ScatterElements", "x i u", "z", axis=1, reduction="add")],
  {"x": floats(2, 4), "u": floats(2, 2)}, {"i": np.array([[0, -1], [2, 1]], np.int64)}, outputs="y z")
case("scatter_9", 10, node("Scatter", "x i u", axis=0), {"x": floats(3, 2), "u": floats(1, 2)}, {"i": np.array([[2, 0]], np.int64)})
case("scatter_nd", 16, [node("ScatterND", "x i u", "y"), node("ScatterND", "x i u", "z", reduction="mul")],
  {"x": x345, "u": floats(2, 5)}, {"i": np.array([[0, 1], [2, 3]], np.int64)}, outputs="y z")
case("top_k", 11, [node("TopK", "x k", "y i"), node("TopK", "x k", "z j", axis=0, largest=0)], {"x": x345}, {"k": ints(2)}, outputs="y i z j")
case("top_k_1", 9, node("TopK", "x", "y i", k=3, axis=1), {"x": x345}, outputs="y i")
case("top_k_computed", 11, node("TopK", "x k", "y i"), {"x": x345, "k": ints(2)}, outputs="y i")
case("non_zero", 13, node("NonZero", "x"), {"x": np.array([[1, 0, 2], [0, 0, 3]], np.float32)})
case("compress", 11, [node("Compress", "x c", "y", axis=1), node("Compress", "x c", "z")], {"x": floats(2, 3), "c": np.array([True, False, True])}, outputs="y z")
boxes = np.sort(random.uniform(0, 1, (1, 8, 2, 2)), axis=2).reshape(1, 8, 4).astype(np.float32)
case("non_max_suppression", 11, node("NonMaxSuppression", "b s m i t"), {"b": boxes, "s": floats(1, 2, 8, low=0)},
  {"m": ints(3), "i": np.array([0.4], np.float32), "t": np.array([0.2], np.float32)})

# Images.
small = floats(1, 2, 4, 5)
for mode in ["nearest", "linear", "cubic"]:
  for transform in ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]:
    case(f"resize_{mode}_{transform}", 13, [node("Resize", "x - s", "y", mode=mode, coordinate_transformation_mode=transform),
      node("Resize", "x - - n", "z", mode=mode, coordinate_transformation_mode=transform)], {"x": small},
      {"s": np.array([1, 1, 1.5, 2], np.float32), "n": ints(1, 2, 3, 7)}, outputs="y z")
case("resize_nearest_modes", 13, [node("Resize", "x - s", "abcd"[i], nearest_mode=m) for i, m in enumerate(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"])],
  {"x": small}, {"s": np.array([1, 1, 1.3, 2.5], np.float32)}, outputs="a b c d")
case("resize_10", 10, node("Resize", "x s", mode="linear"), {"x": small}, {"s": np.array([1, 1, 2, 1.5], np.float32)})
case("upsample_9", 9, node("Upsample", "x s", mode="nearest"), {"x": small}, {"s": np.array([1, 1, 2, 3], np.float32)})
case("upsample_7", 7, node("Upsample", "x", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]), {"x": small})
case("resize_18_axes", 18, node("Resize", "x - - n", mode="linear", axes=[2, 3]), {"x": small}, {"n": ints(6, 8)})
case("resize_channels_last", 13, node("Resize", "x - s", mode="linear"), {"x": floats(1, 4, 5, 2)}, {"s": np.array([1, 2, 2, 1], np.float32)})
case("resize_matrix", 13, node("Resize", "x - s", mode="linear"), {"x": floats(4, 5)}, {"s": np.array([2, 2], np.float32)})
case("resize_computed_sizes", 13, [node("Shape", "r", "s"), node("Slice", "s a b", "h"), node("Shape", "x", "t"), node("Slice", "t z a", "nc"),
  node("Concat", "nc h", "n", axis=0), node("Resize", "x - - n", "y", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
  {"x": small, "r": floats(1, 2, 8, 10)}, {"a": ints(2), "b": ints(4), "z": ints(0)}, dynamic=("x", "r"))
case("grid_sample", 16, [node("GridSample", "x g", "y"), node("GridSample", "x g", "z", mode="nearest", padding_mode="border"),
  node("GridSample", "x g", "w", align_corners=1, padding_mode="reflection")], {"x": small, "g": floats(1, 3, 2, 2, low=-1.2, high=1.2)}, outputs="y z w")
rois = np.array([[0, 0, 3, 3], [1, 0.5, 4, 2.5]], np.float32)
case("roi_align_10", 10, node("RoiAlign", "x r b", output_height=2, output_width=3, sampling_ratio=2, spatial_scale=0.5), {"x": small, "r": rois}, {"b": ints(0, 0)})
case("roi_align_16", 16, node("RoiAlign", "x r b", output_height=2, output_width=2), {"x": small, "r": rois}, {"b": ints(0, 0)})
case("depth_to_space", 13, [node("DepthToSpace", "x", "y", blocksize=2), node("DepthToSpace", "x", "z", blocksize=2, mode="CRD")], {"x": floats(1, 8, 2, 3)}, outputs="y z")
case("space_to_depth", 13, node("SpaceToDepth", "x", blocksize=2), {"x": floats(1, 3, 4, 6)})

# Recurrent layers.
steps, batch, width, hidden = 4, 2, 3, 5
sequence = floats(steps, batch, width)
for kind, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
  outputs = "y h c" if kind == "LSTM" else "y h"
  def weights(directions):
    return {"w": floats(directions, gates * hidden, width), "r": floats(directions, gates * hidden, hidden), "b": floats(directions, 2 * gates * hidden)}
  low = kind.lower()
  case(low, 14, node(kind, "x w r b", outputs, hidden_size=hidden), {"x": sequence}, weights(1), outputs=outputs)
  case(low + "_reverse", 7, node(kind, "x w r", outputs, hidden_size=hidden, direction="reverse"), {"x": sequence},
    {k: v for k, v in weights(1).items() if k != "b"}, outputs=outputs)
  case(low + "_bidirectional", 14, node(kind, "x w r b n i" + (" j" if kind == "LSTM" else ""), outputs, hidden_size=hidden, direction="bidirectional"),
    {"x": sequence, "i": floats(2, batch, hidden), **({"j": floats(2, batch, hidden)} if kind == "LSTM" else {})},
    {**weights(2), "n": np.array([4, 2], np.int32)}, outputs=outputs)
case("gru_linear_before_reset", 14, node("GRU", "x w r b", "y", hidden_size=hidden, linear_before_reset=1), {"x": sequence},
  {"w": floats(1, 3 * hidden, width), "r": floats(1, 3 * hidden, hidden), "b": floats(1, 6 * hidden)})
case("rnn_relu", 14, node("RNN", "x w r", "y", hidden_size=hidden, activations=["Relu"]), {"x": sequence},
  {"w": floats(1, hidden, width), "r": floats(1, hidden, hidden)})
case("lstm_computed_weights", 14, node("LSTM", "x w r", "y", hidden_size=hidden),
  {"x": sequence, "w": floats(1, 4 * hidden, width), "r": floats(1, 4 * hidden, hidden)})

# Quantisation. Weights of 7 bits: onnxruntime's kernels for AVX2 saturate sums of two products of 8 bits.
case("quantize", 13, [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "y")], {"x": floats(2, 5, low=-3, high=3)},
  {"s": np.float32(0.02), "z": np.uint8(100)}, outputs="q y")
case("quantize_axis", 13, [node("QuantizeLinear", "x s z", "q", axis=1), node("DequantizeLinear", "q s z", "y", axis=1)], {"x": floats(2, 3, 2, low=-3, high=3)},
  {"s": np.array([0.02, 0.01, 0.05], np.float32), "z": np.array([0, 3, -5], np.int8)}, outputs="q y")
case("dequantize_weights", 13, [node("DequantizeLinear", "w s", "v", axis=0), node("Conv", "x v", "y")], {"x": image},
  {"w": random.integers(-127, 127, (3, 4, 2, 2)).astype(np.int8), "s": np.array([0.01, 0.02, 0.03], np.float32)})
case("dynamic_quantize", 11, node("DynamicQuantizeLinear", "x", "y s z"), {"x": floats(3, 4, low=-2, high=3)}, outputs="y s z")
case("matmul_integer", 10, node("MatMulInteger", "a b z w"), {"a": random.integers(0, 255, (3, 4)).astype(np.uint8)},
  {"b": random.integers(-63, 63, (4, 5)).astype(np.int8), "z": np.uint8(12), "w": np.int8(-3)})
case("qlinear_conv", 10, node("QLinearConv", "x xs xz w ws wz ys yz b", pads=[1, 1, 1, 1]), {"x": random.integers(0, 255, (1, 2, 4, 4)).astype(np.uint8)},
  {"xs": np.float32(0.02), "xz": np.uint8(128), "w": random.integers(-63, 63, (3, 2, 3, 3)).astype(np.int8), "ws": np.array([0.01, 0.02, 0.03], np.float32),
   "wz": np.zeros(3, np.int8), "ys": np.float32(0.1), "yz": np.uint8(100), "b": np.array([100, -200, 50], np.int32)})

# Control flow, functions, other domains.
def branch(name, kind, result="r"):
  return helper.make_graph([node(kind, "x k", result)], name, [], [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)])
case("if", 13, node("If", "c", then_branch=branch("t", "Add"), else_branch=branch("e", "Mul")), {"c": np.array(False), "x": x23}, {"k": floats(3)})
case("if_constant", 13, node("If", "c", then_branch=branch("t", "Add"), else_branch=branch("e", "Mul")), {"x": x23}, {"k": floats(3), "c": np.array(True)})
body = helper.make_graph([node("Add", "v x", "w"), node("Less", "w limit", "l"), node("ReduceMin", "w", "m", keepdims=0), node("Less", "m limit", "go"),
  node("Identity", "w", "s")], "body",
  [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go_in", TensorProto.BOOL, []), helper.make_tensor_value_info("v", TensorProto.FLOAT, [2, 3])],
  [helper.make_tensor_value_info("go", TensorProto.BOOL, []), helper.make_tensor_value_info("w", TensorProto.FLOAT, [2, 3]), helper.make_tensor_value_info("s", TensorProto.FLOAT, [2, 3])])
case("loop", 13, node("Loop", "n c v0", "y z", body=body), {"x": floats(2, 3, low=0.5, high=1), "v0": floats(2, 3)},
  {"n": np.array(10, np.int64), "c": np.array(True), "limit": np.float32(3)}, outputs="y z")
case("microsoft", 17, [helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft"), helper.make_node("FusedMatMul", ["x", "x"], ["z"], domain="com.microsoft", transB=1, alpha=0.5),
  helper.make_node("SkipLayerNormalization", ["x", "k", "g", "b"], ["w"], domain="com.microsoft", epsilon=1e-5), helper.make_node("BiasGelu", ["x", "g"], ["v"], domain="com.microsoft"),
  helper.make_node("QuickGelu", ["x"], ["u"], domain="com.microsoft")],
  {"x": floats(2, 4), "k": floats(2, 4)}, {"g": floats(4), "b": floats(4)}, outputs="y z w v u", domains=("com.microsoft",))
affine = helper.make_function("local", "affine", ["a", "b"], ["r"], [node("Mul", "a b", "t"), helper.make_node("LeakyRelu", ["t"], ["r"])],
  [helper.make_opsetid("", 17)], ["slope"])
affine.node[1].attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
case("function", 17, helper.make_node("affine", ["x", "k"], ["y"], domain="local", slope=0.25), {"x": x23}, {"k": floats(3)}, domains=("local",), functions=(affine,))
case("unsorted_outputs", 13, [node("Identity", "x", "y"), node("Identity", "k", "z"), node("Relu", "x", "r"), node("Identity", "r", "s")],
  {"x": x23}, {"k": floats(2)}, outputs="y z r s")

# Operator set 6, which onnxruntime does not run: the second operand's place is an attribute.
channels, scale = floats(4), floats(1)
case("binary_axis_6", 6, [node("Add", "x b", "y", broadcast=1, axis=1), node("Mul", "y s", "z", broadcast=1)], {"x": image}, {"b": channels, "s": scale}, outputs="z",
  expected=[(image + channels[:, None, None]) * scale])
case("prelu_6", 6, node("PRelu", "x s"), {"x": image}, {"s": channels}, expected=[np.where(image > 0, image, channels[:, None, None] * image)])
case("pow_types", 15, [node("Pow", "x n", "y"), node("Pow", "i x", "z"), node("Pow", "i n", "w")],
  {"x": floats(3, low=0.5, high=2), "n": np.array([2, 3, 0], np.int64), "i": np.array([2, 3, 5], np.int32)}, outputs="y z w")

# Ranks that only a run tells, and extents that two short inputs have in common.
def squeezed(kind, result):
  return helper.make_graph([node(kind, "x last" if kind == "Squeeze" else "x", result)], kind, [], [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)])
case("if_changes_rank", 13, [node("Shape", "x", "s"), node("Gather", "s last", "n"), node("Equal", "n one", "p"), node("Not", "p", "q"), node("Not", "q", "c"),
  node("If", "c", "v", then_branch=squeezed("Squeeze", "t"), else_branch=squeezed("Identity", "e")), node("Unsqueeze", "v last", "u"), node("Conv", "u w", "y")],
  {"x": floats(2, 3, 1)}, {"last": ints(-1), "one": ints(1), "w": floats(4, 3, 1)}, dynamic=("x",))
case("frames_open", 13, [node("Unsqueeze", "x a", "u"), node("Conv", "u w", "f", strides=[200]), node("Shape", "f", "s"), node("Slice", "s a b", "t"), node("Concat", "k t", "r", axis=0),
  node("Reshape", "f r", "y")], {"x": floats(1, 900)}, {"a": ints(1), "b": ints(3), "w": floats(4, 1, 3), "k": ints(1, 1)}, dynamic=("x",))

# Signals.
case("dft_17", 17, [node("DFT", "x", "y"), node("DFT", "x", "z", onesided=1), node("DFT", "y", "w", inverse=1), node("DFT", "x n", "v"), node("DFT", "x m", "u")],
  {"x": floats(2, 10, 1)}, {"n": np.int64(7), "m": np.int64(13)}, outputs="y z w v u")
case("dft_20", 20, [node("DFT", "x", "y"), node("DFT", "x - a", "z"), node("DFT", "x - a", "w", inverse=1)], {"x": floats(3, 6, 5, 2)}, {"a": np.int64(1)}, outputs="y z w")
case("stft", 17, [node("STFT", "x h w", "y"), node("STFT", "x h - n", "z", onesided=0)], {"x": floats(2, 60, 1)},
  {"h": np.int64(7), "w": floats(16, low=0), "n": np.int64(11)}, outputs="y z")
case("stft_open", 17, node("STFT", "x h w"), {"x": floats(2, 60)}, {"h": np.int64(9), "w": floats(16, low=0)}, dynamic=("x",))
case("windows", 17, [node(kind, "n", f"{kind}{periodic}", periodic=periodic) for kind in ("HannWindow", "HammingWindow", "BlackmanWindow") for periodic in (0, 1)], {"x": x23},
  {"n": np.int64(9)}, outputs=" ".join(f"{kind}{periodic}" for kind in ("HannWindow", "HammingWindow", "BlackmanWindow") for periodic in (0, 1)))
case("reverse_sequence", 10, [node("ReverseSequence", "x l", "y", time_axis=0, batch_axis=1), node("ReverseSequence", "x m", "z", time_axis=1, batch_axis=0)],
  {"x": floats(4, 3, 2)}, {"l": ints(4, 1, 2), "m": ints(3, 2, 1, 1)}, outputs="y z")
running = helper.make_graph([node("Add", "sum a", "next"), node("Mul", "next b", "out")], "running",
  [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in ("sum", "a", "b")],
  [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in ("next", "out")])
case("scan", 11, [node("Scan", "s a b", "t y", body=running, num_scan_inputs=2),
  node("Scan", "s a c", "u z", body=running, num_scan_inputs=2, scan_input_axes=[0, -1], scan_input_directions=[1, 0], scan_output_axes=[1], scan_output_directions=[1])],
  {"s": floats(3), "a": floats(5, 3), "b": floats(5, 3), "c": floats(3, 5)}, outputs="t y u z")
