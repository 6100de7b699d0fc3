#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the recurrent network that streaming.py runs: make_streaming_model.py levels.onnx

A GRU (ONNX's operator of that name) whose weights are set, not trained: each of its units is a running average of tanh(level), with its own time
constant. With no weights on the state but the update gate's bias b, the unit's rule h' = (1 - z) tanh(level) + z h has z = sigmoid(b); the
average forgets by a factor of z a frame, so that z = exp(-1 / frames).
"""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

TIME_CONSTANTS = [4, 200]  # frames


def main():
    units = len(TIME_CONSTANTS)
    keep = numpy.exp(-1 / numpy.float64(TIME_CONSTANTS))
    # ONNX's order of gates: update, reset, hidden; biases of the input, then those of the state.
    weights = numpy.concatenate([numpy.zeros(2 * units), numpy.ones(units)]).reshape(1, 3 * units, 1)
    bias = numpy.concatenate([numpy.log(keep / (1 - keep)), numpy.zeros(5 * units)]).reshape(1, 6 * units)
    constants = {"weights": weights, "state_weights": numpy.zeros((1, 3 * units, units)), "bias": bias}
    graph = helper.make_graph(
        [helper.make_node("GRU", ["levels", "weights", "state_weights", "bias", "", "state"], ["by_direction", "next_state"], hidden_size=units),
         helper.make_node("Squeeze", ["by_direction", "axes"], ["averages"])],
        "levels",
        [helper.make_tensor_value_info("levels", TensorProto.FLOAT, ["frames", 1, 1]),
         helper.make_tensor_value_info("state", TensorProto.FLOAT, [1, 1, units])],
        [helper.make_tensor_value_info("averages", TensorProto.FLOAT, ["frames", 1, units]),
         helper.make_tensor_value_info("next_state", TensorProto.FLOAT, [1, 1, units])],
        [*(numpy_helper.from_array(value.astype(numpy.float32), name) for name, value in constants.items()),
         numpy_helper.from_array(numpy.array([1]), "axes")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])


if __name__ == "__main__":
    main()
