# SPDX-License-Identifier: Apache-2.0
"""What the generators of cases of products and windows share: random values, the rows of an operator, a comparison with onnxruntime."""
import sys

import numpy as np

from case_writer import case, tensor, write

rng = np.random.default_rng(7)
CHECK = "--check" in sys.argv


def random(generator, *shape, scale=1.0):
    """Values of few digits, so that the files stay small."""
    return (np.round(generator.uniform(-1, 1, shape), 2) * scale).astype(np.float32)


def single(array):
    """Results of the oracles, computed in float64, as they are recorded: to seven digits."""
    if array is None or array.dtype != np.float64:
        return array
    return np.array([float("%.7g" % value) for value in array.ravel()]).reshape(array.shape).astype(np.float32)


class Cases:
    """The rows of one operator."""

    def __init__(self, operator):
        self.operator = operator
        self.rows = []

    def add(self, name, attributes, inputs, outputs, **tolerances):
        self.rows.append(case(name, attributes, inputs, [single(output) for output in outputs], **tolerances))

    def fail(self, name, attributes, inputs, error="INVALID_SHAPE", outputs=None):
        """A node that must be refused; `outputs`, where given, say which outputs are wanted."""
        row = case(name, attributes, inputs, error=error)
        if outputs is not None:
            row["outputs"] = [tensor(output) for output in outputs]
        self.rows.append(row)

    def write(self):
        write(self.operator, self.rows)


def relu(x):
    return np.maximum(x, 0)


def check(operator, attributes, feeds, expected, index=0, opset=13):
    """Compares with onnxruntime: `feeds` and `expected` are channels first already."""
    if not CHECK:
        return
    import onnx
    import onnxruntime
    names = [name if value is not None else "" for name, value in feeds]
    feeds = {name: value for name, value in feeds if value is not None}
    node = onnx.helper.make_node(operator, names, ["y%d" % i for i in range(index + 1)], **attributes)
    graph = onnx.helper.make_graph(
        [node], "g", [onnx.helper.make_tensor_value_info(n, onnx.helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feeds.items()],
        [onnx.helper.make_tensor_value_info("y%d" % index, onnx.TensorProto.INT64 if expected.dtype == np.int64 else onnx.TensorProto.FLOAT, None)])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, feeds)[0]
    assert found.shape == expected.shape, (operator, attributes, found.shape, expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=str((operator, attributes)))
