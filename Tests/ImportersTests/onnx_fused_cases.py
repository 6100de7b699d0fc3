# SPDX-License-Identifier: Apache-2.0
"""Cases of what stands for several operators: those of com.microsoft, attention, and small networks."""
import numpy as np

from onnx_case import case, floats, ints, node, random


# Quantised operators of com.microsoft.
def microsoft(kind, inputs, outputs="y", **attributes):
  return node(kind, inputs, outputs, domain="com.microsoft", **attributes)
steps = {"s": np.float32(0.02), "z": np.uint8(120), "r": np.float32(0.03), "w": np.uint8(100)}
first, second = (random.integers(0, 255, (1, 4, 3, 5)).astype(np.uint8) for _ in range(2))
case("qlinear_elementwise", 13, [microsoft("QLinearAdd", "a s z b r w s z", "y"), microsoft("QLinearMul", "a s z b r w r z", "x"), microsoft("QLinearSigmoid", "a s z q o", "v"),
  microsoft("QLinearLeakyRelu", "a s z r w", "u", alpha=0.25), microsoft("QLinearConcat", "r w a s z b r w", "t", axis=1)],
  {"a": first, "b": second}, {**steps, "q": np.float32(1 / 256), "o": np.uint8(0)}, outputs="y x v u t", domains=("com.microsoft",))
case("qlinear_pools", 13, [microsoft("QLinearAveragePool", "a s z s z", "y", kernel_shape=[2, 3], strides=[1, 2], pads=[0, 1, 0, 1]),
  microsoft("QLinearGlobalAveragePool", "a s z r w", "x"), microsoft("QLinearSoftmax", "a s z q o", "u", axis=-1, opset=13)],
  {"a": first}, {**steps, "q": np.float32(1 / 256), "o": np.uint8(0)}, outputs="y x u", domains=("com.microsoft",))
case("qlinear_where", 13, microsoft("QLinearWhere", "c a s z b r w r z"), {"c": first > second, "a": first, "b": second}, steps, domains=("com.microsoft",))
matrix = random.integers(-63, 63, (6, 4)).astype(np.int8)
columns = {"m": matrix, "ms": np.array([0.01, 0.02, 0.03, 0.015], np.float32), "mz": np.zeros(4, np.int8), "c": floats(4)}
case("qgemm", 13, [microsoft("QGemm", "a s z m ms mz d r w", "y"), microsoft("QGemm", "a s z n r v", "x", transB=1, alpha=0.5)], {"a": random.integers(0, 255, (3, 6)).astype(np.uint8)},
  {**steps, **columns, "n": np.ascontiguousarray(matrix.T), "v": np.int8(0), "d": np.array([100, -50, 0, 7], np.int32)}, outputs="y x", domains=("com.microsoft",))
case("matmul_integer_to_float", 13, microsoft("MatMulIntegerToFloat", "a m s ms z mz c"), {"a": random.integers(0, 255, (3, 6)).astype(np.uint8)}, {**steps, **columns}, domains=("com.microsoft",))
case("dynamic_quantize_matmul", 13, microsoft("DynamicQuantizeMatMul", "a m ms mz c"), {"a": floats(3, 6, low=-2, high=3)}, columns, domains=("com.microsoft",))
# One step from a state of zeros, over whole steps of 1/64 from -128 to 127: nothing that onnxruntime quantises on the way is rounded.
steady = np.array([[[-128, 127, 5], [9, -77, 64]]], np.float32) / 64
case("dynamic_quantize_lstm", 13, microsoft("DynamicQuantizeLSTM", "x w r b - - - - ws wz rs rz", "y h c", hidden_size=2, direction="bidirectional"), {"x": steady},
  {"w": random.integers(-63, 63, (2, 3, 8)).astype(np.int8), "r": random.integers(-63, 63, (2, 2, 8)).astype(np.int8), "b": floats(2, 16), "ws": np.array([0.01, 0.02], np.float32),
   "wz": np.zeros(2, np.int8), "rs": np.array([0.03, 0.01], np.float32), "rz": np.zeros(2, np.int8)}, outputs="y h c", domains=("com.microsoft",))

# Small networks, which scripts/check_threads.sh shares between threads too.
def layer(kind, inputs, output, *weights, **attributes):
  """A node and its weights' shapes by name; weights are scaled by the elements that a result sums."""
  for name, shape in weights:
    network[name] = floats(*shape) / np.float32(max(np.prod(shape[1:]), 1) ** 0.5)
  return node(kind, inputs, output, **attributes)
network = {}
separable = [layer("Conv", "x w0 b0", "c0", ("w0", (8, 3, 3, 3)), ("b0", (8,)), pads=[1, 1, 1, 1], strides=[2, 2]), layer("Clip", "c0 zero six", "r0"),
  layer("Conv", "r0 w1 b1", "c1", ("w1", (16, 8, 1, 1)), ("b1", (16,))), layer("Clip", "c1 zero six", "r1"),
  layer("Conv", "r1 w2", "c2", ("w2", (16, 1, 3, 3)), group=16, pads=[1, 1, 1, 1]), layer("Clip", "c2 zero six", "r2"),
  layer("Conv", "r2 w3 b3", "c3", ("w3", (8, 16, 1, 1)), ("b3", (8,))), layer("Add", "r0 c3", "s3"),
  layer("Conv", "s3 w4", "c4", ("w4", (8, 1, 5, 5)), group=8, pads=[2, 2, 2, 2], strides=[2, 2]), layer("HardSwish", "c4", "r4"),
  layer("Conv", "r4 w5", "c5", ("w5", (24, 8, 1, 1))), layer("GlobalAveragePool", "c5", "p"), layer("Flatten", "p", "f"),
  layer("Gemm", "f w6 b6", "y", ("w6", (10, 24)), ("b6", (10,)), transB=1)]
case("network_separable", 14, separable, {"x": floats(2, 3, 16, 16)}, {**network, "zero": np.float32(0), "six": np.float32(6)}, dynamic={"x": 1})
network = {}
encoder = [node_ for name in "qkv" for node_ in (layer("MatMul", f"x w{name}", f"{name}0", (f"w{name}", (16, 16))), layer("Reshape", f"{name}0 split", f"{name}1"),
    layer("Transpose", f"{name}1", f"{name}2", perm=[0, 2, 3, 1] if name == "k" else [0, 2, 1, 3]))]
encoder += [layer("MatMul", "q2 k2", "s0"), layer("Div", "s0 root", "s1"), layer("Softmax", "s1", "s2", axis=-1), layer("MatMul", "s2 v2", "a0"),
  layer("Transpose", "a0", "a1", perm=[0, 2, 1, 3]), layer("Reshape", "a1 join", "a2"), layer("MatMul", "a2 wo", "a3", ("wo", (16, 16))), layer("Add", "x a3", "a4"),
  layer("LayerNormalization", "a4 g b", "n", axis=-1), layer("MatMul", "n w1", "f0", ("w1", (16, 32))), layer("Gelu", "f0", "f1"),
  layer("MatMul", "f1 w2", "f2", ("w2", (32, 16))), layer("Add", "n f2", "y")]
case("network_encoder", 20, encoder, {"x": floats(2, 12, 16)}, {**network, "split": ints(0, 0, 2, 8), "join": ints(0, 0, 16), "root": np.float32(8 ** 0.5), "g": floats(16), "b": floats(16)},
  dynamic={"x": 2})

# Attention.
hidden_states = floats(2, 5, 8)
case("attention_23", 23, [node("Attention", "q k v", "y", q_num_heads=2, kv_num_heads=2), node("Attention", "q k v m", "z", q_num_heads=2, kv_num_heads=2, scale=0.25),
  node("Attention", "q k v b", "w", q_num_heads=2, kv_num_heads=2), node("Attention", "q q q", "u", q_num_heads=4, kv_num_heads=4, is_causal=1),
  node("Attention", "q k v", "t", q_num_heads=2, kv_num_heads=2, is_causal=1)],
  {"q": hidden_states, "k": floats(2, 7, 8), "v": floats(2, 7, 6), "m": floats(5, 7), "b": random.integers(0, 2, (2, 1, 5, 7)).astype(bool) | (np.arange(7) == 0)}, outputs="y z w u t")
case("attention_23_heads", 23, [node("Attention", "q k v", "y", is_causal=1), node("Attention", "q k v - e f", "z g h", is_causal=1)],
  {"q": floats(2, 4, 3, 8), "k": floats(2, 2, 3, 8), "v": floats(2, 2, 3, 6), "e": floats(2, 2, 4, 8), "f": floats(2, 2, 4, 6)}, outputs="y z g h")
word_mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], np.int32)
case("microsoft_embeddings", 17, microsoft("EmbedLayerNormalization", "i s w p t g b m", "y n e", epsilon=1e-5),
  {"i": random.integers(0, 9, (2, 5)).astype(np.int32), "s": random.integers(0, 2, (2, 5)).astype(np.int32), "m": word_mask},
  {"w": floats(9, 8), "p": floats(6, 8), "t": floats(2, 8), "g": floats(8), "b": floats(8)}, outputs="y n e", domains=("com.microsoft",))
case("microsoft_attention", 17, [microsoft("Attention", "x w b", "y", num_heads=2), microsoft("Attention", "x w b m", "z", num_heads=4),
  microsoft("Attention", "x w b l", "v", num_heads=2, mask_filter_value=-100.0), microsoft("Attention", "x w b", "u", num_heads=2, unidirectional=1, scale=0.25)],
  {"x": hidden_states, "m": word_mask, "l": np.array([5, 3], np.int32)}, {"w": floats(8, 24), "b": floats(24)}, outputs="y z v u", domains=("com.microsoft",))
case("microsoft_multi_head_attention", 17, [microsoft("MultiHeadAttention", "q k v b", "y", num_heads=2), microsoft("MultiHeadAttention", "q k v - m a", "z", num_heads=2)],
  {"q": hidden_states, "k": floats(2, 6, 8), "v": floats(2, 6, 8), "m": np.array([[1, 1, 1, 1, 0, 1], [1, 1, 0, 0, 0, 0]], np.int32), "a": floats(1, 2, 5, 6)}, {"b": floats(24)},
  outputs="y z", domains=("com.microsoft",))
