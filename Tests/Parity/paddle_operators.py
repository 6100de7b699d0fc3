"""Small Paddle programs, an operator or two each, and the script that exports them with Paddle's own outputs.

    python paddle_operators.py OUT pir|legacy     writes OUT/NAME/ (model, inputs.npz, outputs.npz) and OUT/refused.txt

A row of CASES: name, shapes of x, y, z (`i:` int64, else float32; `?` is left open), and an expression in paddle, F and W, where
W(extents) are fixed-seed weights. Weights become constants of the program. SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import sys

A = "2,6,5,7"
UNARY = ("abs acos acosh asin asinh atan atanh ceil cos cosh erf expm1 log10 log1p log2 reciprocal round rsqrt sign sin sinh square tan "
         "trunc").split()
ACTIVATIONS = ("celu elu gelu hardshrink hardsigmoid hardswish hardtanh leaky_relu log_sigmoid mish relu6 selu silu softplus softshrink "
               "softsign swish tanhshrink thresholded_relu").split()
REDUCTIONS = "amax amin logsumexp max mean min prod sum".split()

CASES = """
gelu_tanh A F.gelu(x, True)
softplus_steep A F.softplus(x, 2.0, 1.0)
stanh A paddle.stanh(x)
clip A paddle.clip(x, -0.5, 0.7)
clip_below A paddle.clip(x, min=-0.5)
clip_by_tensor 2,6;1 paddle.clip(x, max=y)
cube A x ** 3
power A paddle.pow(paddle.abs(x) + 1, -1.5)
divide_into A 3 / (paddle.abs(x) + 1)
subtract_from A 3 - x
scale_integers i:2,6 x * 3 + 2
divide_integers i:2,6;i:2,6 x / (y + 1)
modulo A;A paddle.remainder(x, y)
modulo_integers i:2,6;i:2,6 paddle.remainder(x, y + 1)
floor_divide A;A paddle.floor_divide(x, y)
compare A;A (x < y).astype('float32') + (x >= y).astype('float32') * 2 + (x == y).astype('float32')
logic A;A paddle.logical_and(x > 0, y > 0) | paddle.logical_xor(x > 1, y > 1) | paddle.logical_not(x > -1)
extremes A;A paddle.maximum(x, y) - paddle.minimum(x, y) + paddle.fmax(x, y) * paddle.fmin(x, y)
atan2 A;A paddle.atan2(x, y)
lerp A;A paddle.lerp(x, y, 0.3)
isnan A paddle.isnan(paddle.log(x)).astype('int32')
isfinite A paddle.isfinite(paddle.log(x))
where A;A paddle.where(x > y, x, y * 2)
masked_fill A paddle.masked_fill(x, x > 0, -1.5)
add_n A;A paddle.add_n([x, y, x])
cast A (x * 3).astype('int32').astype('float32') + (x > 0).astype('float32')
dropout_older A F.dropout(x, 0.3, training=False, mode='downscale_in_infer')
swiglu 2,8 paddle.incubate.nn.functional.swiglu(x)
all A paddle.all(x > -1, axis=1)
any A paddle.any(x > 1)
sum_of_booleans A paddle.sum(x > 0, axis=1)
norm_1 A paddle.norm(x, 1, axis=1)
norm_2 A paddle.norm(x, 2, axis=-1, keepdim=True)
norm_3 A paddle.norm(x, 3, axis=1)
norm_infinite A paddle.norm(x, float('inf'), axis=1)
norm_frobenius A paddle.norm(x, 'fro')
normalize A F.normalize(x, axis=1)
variance A paddle.var(x, axis=1)
deviation A paddle.std(x, axis=[2, 3], keepdim=True)
argmax A paddle.argmax(x, axis=2)
argmax_of_all A paddle.argmax(x)
argmin A paddle.argmin(x, axis=-1, keepdim=True, dtype='int32')
cumsum A paddle.cumsum(x, axis=1)
cumsum_of_all A paddle.cumsum(x)
topk A paddle.topk(x, 3, axis=1)
topk_smallest A paddle.topk(x, 2, largest=False)
argsort A paddle.argsort(x, axis=1, descending=True)
sort A paddle.sort(x, axis=-1)
softmax A F.softmax(x, axis=1)
log_softmax A F.log_softmax(x, axis=-2)
reshape A paddle.reshape(x, [0, -1, 7])
reshape_computed ?,6,?,7 paddle.reshape(x, [paddle.shape(x)[0] * 6, -1, 7])
flatten A paddle.flatten(x, 1, 2)
squeeze 1,3,1,4 paddle.squeeze(x, [0, 2])
squeeze_wide_axis 1,3,1,4 paddle.squeeze(x, [0, 1])
unsqueeze A paddle.unsqueeze(x, [0, -1, 2])
stack A;A paddle.stack([x, y], axis=-2)
unstack A paddle.unstack(x, axis=1)[2]
unbind A paddle.unbind(x, axis=0)[1]
split A paddle.split(x, [1, -1, 2], axis=1)[1]
split_evenly A paddle.split(x, 3, axis=1)[2]
concat A;A paddle.concat([x, y], axis=-1)
expand 2,1 paddle.expand(x, [4, -1, 6])
expand_as 6,1,7;A paddle.expand_as(x, y)
tile 2,6 paddle.tile(x, [2, 1, 3])
tile_fewer A paddle.tile(x, [2, 3])
meshgrid 3;4 paddle.meshgrid(x, y)
roll A paddle.roll(x, [2, -1], axis=[1, 2])
roll_all A paddle.roll(x, 3)
flip A paddle.flip(x, [1, 3])
rot90 A paddle.rot90(x, 1, [2, 3])
tril A paddle.tril(x, 1)
triu A paddle.triu(x, -1)
repeat A paddle.repeat_interleave(x, 3, axis=1)
shape ?,6 paddle.shape(x)
numel A paddle.numel(x)
slice A x[:, 1:-1, ::2, -1]
slice_back A x[:, :, ::-1]
slice_computed 2,6,?,7 x[:, :, :paddle.shape(x)[2] - 1]
set_value A assign(x)
pad A F.pad(x, [1, 2, 0, 1], value=2.0)
pad_reflect A F.pad(x, [1, 2, 2, 1], mode='reflect')
pad_replicate A F.pad(x, [1, 2, 2, 1], mode='replicate')
pad_circular A F.pad(x, [1, 2, 2, 1], mode='circular')
pad_everywhere A F.pad(x, [0, 0, 1, 0, 2, 1, 0, 3], value=1.0)
pad_1d 2,3,5 F.pad(x, [1, 2], data_format='NCL')
pad_3d 2,3,4,5,6 F.pad(x, [1, 2, 0, 1, 1, 0], data_format='NCDHW')
crop A paddle.crop(x, [2, 3, 2, -1], [0, 1, 1, 2])
full_like A paddle.full_like(x, 3.0) * x + paddle.zeros_like(x) + paddle.ones_like(x)
arange_computed 2,? paddle.arange(0, paddle.shape(x)[1], 2).astype('float32') + x[0, 0]
linspace A paddle.linspace(-1, 1, 7) * x
eye 2,6 paddle.eye(6) * x[:, :, None]
one_hot i:2,3 F.one_hot(x, 5)
embedding i:2,3 F.embedding(x, W(5, 4), padding_idx=1)
matmul 2,3,4,5;2,1,6,5 paddle.matmul(x, y, transpose_y=True)
matrix_vector 3,4;4 paddle.mv(x, y)
dot 2,4;2,4 paddle.dot(x, y)
bmm 2,3,4;2,4,5 paddle.bmm(x, y)
addmm 3,5;3,4;4,5 paddle.addmm(x, y, z, beta=0.5, alpha=2.0)
einsum 2,3,4,5;2,3,6,5 paddle.einsum('bhid,bhjd->bhij', x, y)
linear A F.linear(x, W(7, 3), W(3))
outer 3;4 paddle.outer(x, y)
attention 2,5,3,4 F.scaled_dot_product_attention(x, x, x)
conv A F.conv2d(x, W(6, 6, 3, 3), W(6), 1, 1)
conv_grouped A F.conv2d(x, W(6, 3, 3, 3), W(6), 2, [1, 2], 1, 2)
conv_four_paddings A F.conv2d(x, W(6, 6, 3, 3), W(6), [2, 1], [1, 0, 2, 1])
conv_same A F.conv2d(x, W(6, 6, 3, 3), W(6), 2, 'SAME')
conv_valid A F.conv2d(x, W(6, 2, 3, 3), W(6), 2, 'VALID', 1, 3)
conv_dilated A F.conv2d(x, W(6, 6, 3, 3), W(6), 1, 2, 2)
conv_depthwise A F.conv2d(x, W(12, 1, 3, 3), None, 1, 1, 1, 6)
conv_channels_last A F.conv2d(x, W(4, 7, 3, 3), W(4), 2, 1, data_format='NHWC')
conv_1d 2,3,9 F.conv1d(x, W(4, 3, 3), W(4), 2, 1)
conv_3d 2,3,4,5,6 F.conv3d(x, W(4, 3, 2, 3, 3), W(4), [1, 2, 1], [1, 0, 1])
conv_transpose A F.conv2d_transpose(x, W(6, 4, 3, 3), W(4), 2, 1, 1)
conv_transpose_grouped A F.conv2d_transpose(x, W(6, 4, 3, 3), W(8), [2, 1], [1, 0], groups=2)
conv_transpose_dilated A F.conv2d_transpose(x, W(6, 4, 3, 3), W(4), 2, 0, dilation=2)
conv_transpose_size A F.conv2d_transpose(x, W(6, 4, 3, 3), W(4), 2, 1, output_size=[10, 14])
conv_transpose_same A F.conv2d_transpose(x, W(6, 4, 3, 3), W(4), 2, 'SAME')
conv_transpose_1d 2,3,5 F.conv1d_transpose(x, W(3, 4, 3), W(4), 2, 1)
conv_transpose_3d 1,3,3,4,3 F.conv3d_transpose(x, W(3, 4, 2, 3, 3), W(4), 2, 1)
max_pool_ceil A F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
max_pool_same A F.max_pool2d(x, 2, 2, 'SAME')
max_pool_uneven A F.max_pool2d(x, 3, 2, [1, 0, 0, 1])
max_pool_indices A F.max_pool2d(x, 2, 2, return_mask=True)
average_pool A F.avg_pool2d(x, 3, 2, 1)
average_pool_ceil A F.avg_pool2d(x, [3, 2], [1, 2], [1, 0], ceil_mode=True)
average_pool_padding A F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, exclusive=False)
average_pool_3d 2,3,4,5,6 F.avg_pool3d(x, 2, 2)
adaptive_average A F.adaptive_avg_pool2d(x, [3, 2])
adaptive_average_one A F.adaptive_avg_pool2d(x, 1)
adaptive_maximum A F.adaptive_max_pool2d(x, [2, 3])
max_pool_1d 2,3,9 F.max_pool1d(x, 3, 2, 1)
nearest A F.interpolate(x, [8, 11], mode='nearest')
nearest_scale A F.interpolate(x, scale_factor=[2.0, 1.5], mode='nearest')
nearest_channels_last A F.interpolate(x, [4, 9], mode='nearest', data_format='NHWC')
bilinear A F.interpolate(x, [8, 11], mode='bilinear')
bilinear_aligned A F.interpolate(x, [8, 11], mode='bilinear', align_corners=True)
bilinear_asymmetric A F.interpolate(x, [9, 4], mode='bilinear', align_mode=1)
bilinear_scale A F.interpolate(x, scale_factor=[2.0, 1.5], mode='bilinear')
bicubic A F.interpolate(x, [8, 11], mode='bicubic')
bicubic_aligned A F.interpolate(x, [8, 11], mode='bicubic', align_corners=True)
linear_interpolation 2,3,5 F.interpolate(x, [9], mode='linear', data_format='NCW')
trilinear 2,3,4,5,6 F.interpolate(x, [5, 3, 7], mode='trilinear', data_format='NCDHW')
layer_norm A F.layer_norm(x, 7, W(7), W(7), 1e-3)
layer_norm_plain A F.layer_norm(x, [5, 7])
group_norm A F.group_norm(x, 3, 1e-5, W(6), W(6))
instance_norm A F.instance_norm(x, weight=W(6), bias=W(6))
local_response_norm A F.local_response_norm(x, 3)
batch_norm A F.batch_norm(x, W(6), paddle.abs(W(6)) + 0.5, W(6), W(6))
batch_norm_channels_last A F.batch_norm(x, W(7), paddle.abs(W(7)) + 0.5, W(7), W(7), data_format='NHWC')
batch_norm_vector 2,6 F.batch_norm(x, W(6), paddle.abs(W(6)) + 0.5, W(6), W(6))
prelu A F.prelu(x, W(6))
maxout A F.maxout(x, 2)
pixel_shuffle 2,12,3,4 F.pixel_shuffle(x, 2)
pixel_unshuffle 2,3,4,6 F.pixel_unshuffle(x, 2)
channel_shuffle A F.channel_shuffle(x, 3)
temporal_shift 4,8,3,3 F.temporal_shift(x, 2, 0.25)
unfold A F.unfold(x, [3, 3], 2, 1)
glu A F.glu(x, 1)
grid_sample A;2,4,3,2 F.grid_sample(x, F.tanh(y), align_corners=False, padding_mode='border')
grid_sample_nearest A;2,4,3,2 F.grid_sample(x, y, mode='nearest', padding_mode='reflection')
affine_grid 2,2,3;A F.grid_sample(y, F.affine_grid(x, [2, 6, 4, 5]))
gather A;i:3 paddle.gather(x, y, axis=1)
gather_nd A;i:3,2 paddle.gather_nd(x, y)
index_select A;i:3 paddle.index_select(x, y, axis=2)
index_sample 2,6;i:2,3 paddle.index_sample(x, y)
take_along_axis 2,6;i:2,3 paddle.take_along_axis(x, y, 1)
put_along_axis 2,6;i:2,1 paddle.put_along_axis(x, y, 2.0, 1)
put_along_axis_add 2,6;i:2,1 paddle.put_along_axis(x, y, 2.0, 1, reduce='add')
scatter 5,3;i:1;1,3 paddle.scatter(x, y, z)
scatter_add 5,3;i:2;2,3 paddle.scatter(x, y, z, overwrite=False)
scatter_nd_add 5,3;i:2,1;2,3 paddle.scatter_nd_add(x, y, z)
nonzero 2,6 paddle.nonzero(x > 0)
masked_select 2,6 paddle.masked_select(x, x > 0)
lstm 2,5,6 layer(lambda: paddle.nn.LSTM(6, 4, 2, 'bidirect'))
gru 2,5,6 layer(lambda: paddle.nn.GRU(6, 4, 2))
gru_bidirectional 2,5,6 layer(lambda: paddle.nn.GRU(6, 4, 1, 'bidirect'))
rnn_relu 2,5,6 layer(lambda: paddle.nn.SimpleRNN(6, 4, 1, activation='relu'))
branches 2,6 branches(x)
iterations 2,6 iterations(x)
"""


def cases():
    """(name, shapes, expression) of every case; a shape is (element type, extents), None where open."""
    rows = [(name, A, f"paddle.{name}(x)") for name in UNARY] + [(name, A, f"F.{name}(x)") for name in ACTIVATIONS]
    for name in REDUCTIONS:
        several = "3" if name == "prod" else "[1, -1]"
        rows += [(f"{name}_all", A, f"paddle.{name}(x)"), (f"{name}_axes", A, f"paddle.{name}(x, axis={several})"),
                 (f"{name}_kept", A, f"paddle.{name}(x, axis=2, keepdim=True)")]
    rows += [tuple(line.split(" ", 2)) for line in CASES.strip().splitlines()]
    for name, shapes, expression in rows:
        yield name, [shape(text) for text in shapes.replace("A", A).split(";")], expression


def shape(text):
    kind, _, extents = text.rpartition(":")
    return ("int64" if kind == "i" else "float32"), [None if part == "?" else int(part) for part in extents.split(",")]


def branches(x):
    """Paddle turns the statements of functions at the top of a file into its `if` and `while`."""
    if x.max() > 1:
        y, z = x * 2, x + 1
    else:
        y, z = x - 1, x * 0
    return y + z, z


def iterations(x):
    count, total = (x.max() * 0).reshape([1]), x * 0
    while count < 3:
        total = total + x * count
        count = count + 1
    return total


def main(out, form):
    os.environ["FLAGS_enable_pir_api"] = "1" if form == "pir" else "0"
    os.environ["GLOG_minloglevel"] = "3"
    import numpy
    import paddle
    import paddle.nn.functional as F

    def W(*extents):
        return paddle.to_tensor(numpy.random.RandomState(3).randn(*extents).astype("float32"))

    def assign(x):
        x = x * 1
        x[:, 1:3] = 5.0
        x[0, :, 2] = x[0, :, 3]
        x[:, :, ::2] = W(1, 6, 3, 7)
        return x

    def layer(make):
        return make

    class Program(paddle.nn.Layer):
        def __init__(self, function):
            super().__init__()
            self.function = function

    # Paddle names the inputs by the parameters of `forward`, so there is one class a number of them.
    class One(Program):
        def forward(self, x):
            return self.function(x)

    class Two(Program):
        def forward(self, x, y):
            return self.function(x, y)

    class Three(Program):
        def forward(self, x, y, z):
            return self.function(x, y, z)

    names = dict(paddle=paddle, F=F, W=W, assign=assign, layer=layer, branches=branches, iterations=iterations)
    random, refused = numpy.random.RandomState(0), []
    for name, shapes, expression in cases():
        folder = pathlib.Path(out) / name
        inputs = {}
        for key, (kind, extents) in zip("xyz", shapes):
            extents = [7 - index if extent is None else extent for index, extent in enumerate(extents)]
            inputs[key] = random.randint(0, 2, extents).astype(kind) if kind == "int64" else random.randn(*extents).astype(kind)
        try:
            paddle.seed(1)
            keys = ", ".join(inputs)
            function = eval(expression if "layer(" in expression else f"lambda {keys}: {expression}", names)
            if expression in ("branches(x)", "iterations(x)"):
                function = names[name]
            program = One(function()) if "layer(" in expression else [One, Two, Three][len(shapes) - 1](function)
            program.eval()
            spec = [paddle.static.InputSpec(extents, kind, key) for key, (kind, extents) in zip("xyz", shapes)]
            paddle.jit.save(paddle.jit.to_static(program, input_spec=spec, full_graph=True), str(folder / "model"))
            outputs = run(folder, form, inputs)
        except Exception as error:  # what this version of Paddle cannot export or run itself
            refused.append(f"{name}: {type(error).__name__}")
            continue
        numpy.savez(folder / "inputs.npz", **inputs)
        numpy.savez(folder / "outputs.npz", *outputs)
    (pathlib.Path(out) / "refused.txt").write_text("\n".join(refused))


def run(folder, form, inputs):
    from paddle import inference
    parameters = folder / "model.pdiparams"
    config = inference.Config(str(folder / ("model.json" if form == "pir" else "model.pdmodel")), str(parameters) if parameters.exists() else "")
    config.disable_gpu()
    config.disable_mkldnn()
    config.disable_glog_info()
    config.switch_ir_optim(False)
    predictor = inference.create_predictor(config)
    for name in predictor.get_input_names():
        predictor.get_input_handle(name).copy_from_cpu(inputs[name])
    predictor.run()
    return [predictor.get_output_handle(name).copy_to_cpu() for name in predictor.get_output_names()]


if __name__ == "__main__":
    main(*sys.argv[1:])
