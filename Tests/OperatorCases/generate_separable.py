# SPDX-License-Identifier: Apache-2.0
"""Cases of separable_convolution. The oracle is the three convolutions one after the other, each a plain loop in float64."""
import numpy as np

from convolution_cases import convolution
from matrix_cases import Cases, random, relu

rng = np.random.default_rng(16)
cases = Cases("separable_convolution")
RELU = {"function": "relu", "alpha": 0, "beta": 0}
SIX = {"function": "clip", "alpha": 0, "beta": 6}


def separable(inputs, attributes, activations):
    x, expansion, bias, depthwise, depthwise_bias, projection, projection_bias, residual = [*inputs, *[None] * (8 - len(inputs))]
    y = x.astype(np.float64)
    if expansion is not None:
        y = convolution(y, expansion, {}, bias, None, activations[0])
    last = residual if projection is None else None
    window = {key: value for key, value in attributes.items() if not key.endswith("activation")}
    y = convolution(y, depthwise, {**window, "groups": depthwise.shape[3]}, depthwise_bias, last, activations[1])
    return y if projection is None else convolution(y, projection, {}, projection_bias, residual, activations[2])


def add(name, shape, expanded, outputs, kernel=(3, 3), bias=True, residual=False, activations=(None, None, None), **attributes):
    """`expanded` None: no expansion; `outputs` None: no projection."""
    channels = expanded or shape[3]
    vector = lambda count: random(rng, count) if bias else None
    inputs = [random(rng, *shape), None if expanded is None else random(rng, 1, 1, shape[3], expanded), None if expanded is None else vector(expanded),
              random(rng, *kernel, 1, channels), vector(channels), None if outputs is None else random(rng, 1, 1, channels, outputs),
              None if outputs is None else vector(outputs)]
    functions = {None: None, "relu": relu, "six": lambda y: np.clip(y, 0, 6)}
    for stage, activation in zip(("expansion", "depthwise", "projection"), activations):
        if activation:
            attributes[f"{stage}_activation"] = RELU if activation == "relu" else SIX
    functions = [functions[activation] for activation in activations]
    y = separable(inputs, attributes, functions)
    if residual:
        inputs.append(random(rng, *y.shape))
        y = separable(inputs, attributes, functions)
    while inputs[-1] is None:
        inputs.pop()
    cases.add(name, attributes, inputs, [y])


pads = {"padding_begin": [1, 1], "padding_end": [1, 1]}
add("inverted residual", (1, 6, 5, 4), 10, 4, residual=True, activations=("six", "six", None), **pads)
add("stride 2", (1, 7, 9, 3), 12, 5, activations=("relu", "relu", None), strides=[2, 2], **pads)
add("without expansion", (1, 5, 6, 9), None, 7, activations=(None, "relu", "relu"), **pads)
add("without projection", (2, 5, 4, 5), 11, None, residual=True, activations=("relu", "six", None), **pads)
add("5x5, dilated, batch 3", (3, 9, 8, 2), 5, 3, kernel=(5, 5), dilations=[2, 1], padding_begin=[4, 2], padding_end=[4, 2])
add("no bias, no padding", (1, 4, 4, 3), 8, 6, bias=False)
add("same padding, uneven strides", (1, 8, 7, 3), 9, 4, strides=[1, 2], padding_mode="same_upper", activations=("relu", None, "six"))
add("windows that skip lines", (1, 10, 6, 2), 4, 2, kernel=(1, 1), strides=[3, 2])
add("wider than high", (1, 1, 12, 4), 6, 2, kernel=(1, 5), padding_begin=[0, 2], padding_end=[0, 2])
add("all in the padding", (1, 2, 2, 2), 3, 2, kernel=(2, 2), strides=[4, 4], padding_begin=[4, 4], padding_end=[4, 4])
cases.add("no rows", {}, [np.zeros((0, 4, 4, 2), np.float32), None, None, random(rng, 3, 3, 1, 2), None, random(rng, 1, 1, 2, 3)],
          [np.zeros((0, 2, 2, 3), np.float32)])

x, depthwise = random(rng, 1, 4, 4, 2), random(rng, 3, 3, 1, 6)
expansion, projection = random(rng, 1, 1, 2, 6), random(rng, 1, 1, 6, 3)
cases.fail("neither expansion nor projection", {}, [x, None, None, random(rng, 3, 3, 1, 2)], "INVALID_MODEL")
cases.fail("no depthwise weights", {}, [x, expansion, None, None, None, projection], "INVALID_MODEL")
cases.fail("depthwise weights of other channels", {}, [x, None, None, depthwise, None, projection])
cases.fail("an expansion of other channels", {}, [x, random(rng, 1, 1, 3, 6), None, depthwise, None, projection])
cases.fail("an expansion of 3x3", {}, [x, random(rng, 3, 3, 2, 6), None, depthwise, None, projection])
cases.fail("a projection of other channels", {}, [x, expansion, None, depthwise, None, random(rng, 1, 1, 5, 3)])
cases.fail("a projection of rank 2", {}, [x, expansion, None, depthwise, None, random(rng, 6, 3)])
cases.fail("a bias of other channels", {}, [x, expansion, random(rng, 5), depthwise, None, projection])
cases.fail("a residual of another shape", {}, [x, expansion, None, depthwise, None, projection, None, random(rng, 1, 4, 4, 3)])
cases.fail("depthwise weights with groups", {}, [x, expansion, None, random(rng, 3, 3, 2, 6), None, projection])
cases.fail("a window larger than the picture", {}, [x, expansion, None, random(rng, 5, 5, 1, 6), None, projection])
cases.fail("a stride of 0", {"strides": [0, 1]}, [x, expansion, None, depthwise, None, projection], "INVALID_MODEL")
cases.fail("integers", {}, [x, expansion.astype(np.int32), None, depthwise, None, projection], "INVALID_TYPE")
cases.fail("a text line", {}, [random(rng, 1, 4, 2), expansion, None, depthwise, None, projection])
cases.write()
