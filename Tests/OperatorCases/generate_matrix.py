# SPDX-License-Identifier: Apache-2.0
"""Cases of convolution, convolution_transpose, pool, matmul, attention and recurrent.

The oracles are written from the definitions in Sources/ModelFile/schema/model.fbs.
`python generate_matrix.py --check` also compares them with onnxruntime where an ONNX operator says the same.
"""
from attention_cases import attentions
from convolution_cases import convolutions
from convolution_transpose_cases import convolution_transposes
from matmul_cases import matmuls
from pool_cases import pools
from recurrent_cases import recurrents

# They share one series of random numbers: in another order the values would be others.
convolutions()
convolution_transposes()
pools()
matmuls()
attentions()
recurrents()
