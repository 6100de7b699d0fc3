# SPDX-License-Identifier: Apache-2.0
"""How a case is described, evaluated and written; make_onnx_cases.py tells what it is for."""
import os
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ONNXCases")
cases = []
random = np.random.default_rng(7)


def floats(*shape, low=-1.0, high=1.0):
  return random.uniform(low, high, shape).astype(np.float32)


def ints(*values):
  return np.array(values, dtype=np.int64)


def node(kind, inputs, outputs="y", **attributes):
  split = lambda names: names.split(" ") if names else []
  clean = lambda names: ["" if name == "-" else name for name in split(names)]
  return helper.make_node(kind, clean(inputs), clean(outputs), **attributes)


def case(name, version, nodes, inputs, constants=None, outputs="y", dynamic=(), domains=(), functions=(), expected=None):
  inputs = {key: np.asarray(value) for key, value in inputs.items()}
  cases.append((name, version, nodes if isinstance(nodes, list) else [nodes], inputs, constants or {}, outputs.split(" "), dynamic, domains, functions, expected))


def value_info(name, array, open_count=0):
  shape = [f"{name}_{i}" if i < open_count else extent for i, extent in enumerate(array.shape)]
  return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)


def open_count(array, name, dynamic):
  """How many of the first extents are open: all where `dynamic` is a list of names with this one in it."""
  return dynamic.get(name, 0) if isinstance(dynamic, dict) else array.ndim if name in dynamic else 0


def evaluate(model, inputs):
  import onnxruntime
  onnxruntime.set_default_logger_severity(4)
  try:
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)
  except Exception as error:  # What it has no kernel for.
    print("  by the reference evaluator:", str(error).split("\n")[0][:100])
    from onnx.reference import ReferenceEvaluator
    return ReferenceEvaluator(model).run(None, inputs)


def write():
  os.makedirs(FOLDER, exist_ok=True)
  for old in os.listdir(FOLDER):
    os.remove(os.path.join(FOLDER, old))
  for name, version, nodes, inputs, constants, outputs, dynamic, domains, functions, given in cases:
    def model(results):
      graph = helper.make_graph(nodes, name, [value_info(k, v, open_count(v, k, dynamic)) for k, v in inputs.items()], results,
        [numpy_helper.from_array(v, k) for k, v in constants.items()])
      sets = [helper.make_opsetid("", version)] + [helper.make_opsetid(domain, 1) for domain in domains]
      return helper.make_model(graph, opset_imports=sets, ir_version=8 if version < 20 else 10, functions=list(functions))
    untyped = [helper.make_empty_tensor_value_info(o) for o in outputs]
    try:
      expected = [np.asarray(e) for e in given or evaluate(model(untyped), inputs)]
    except Exception as error:
      sys.exit(f"{name}: {error}")
    full = model([value_info(o, e) for o, e in zip(outputs, expected)])
    if not domains and not functions and version <= onnx.defs.onnx_opset_version():
      onnx.checker.check_model(full)
    data = [numpy_helper.from_array(v, "input:" + k) for k, v in inputs.items()]
    data += [numpy_helper.from_array(e, f"output:{i}") for i, e in enumerate(expected)]
    full.graph.initializer.extend(data)
    onnx.save(full, os.path.join(FOLDER, name + ".onnx"))
    assert os.path.getsize(os.path.join(FOLDER, name + ".onnx")) < 20000, name
  print(len(cases), "cases")
