# Cases of the operators on images and boxes. Oracle: onnxruntime for ONNX operators, Paddle for its own. SPDX-License-Identifier: Apache-2.0
import numpy as np
import onnx
import onnxruntime
import paddle
from onnx import TensorProto, helper

from case_file import CaseFile

SHAPE, TYPE, MODEL, RANGE = "CORACLE_INVALID_SHAPE", "CORACLE_INVALID_TYPE", "CORACLE_INVALID_MODEL", "CORACLE_OUT_OF_RANGE"
random = np.random.default_rng(22)
paddle.set_device("cpu")


def floats(*shape):
    return random.standard_normal(shape).astype(np.float32).round(2)


def channels_last(x):
    return np.moveaxis(x, 1, -1)


def onnx_run(operator, inputs, opset=18, **attributes):
    """The first output of one ONNX node; None among the inputs is left out."""
    names = ["" if x is None else f"x{index}" for index, x in enumerate(inputs)]
    node = helper.make_node(operator, names, ["y"], **attributes)
    values = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for name, x in zip(names, inputs) if name]
    graph = helper.make_graph([node], "g", values, [helper.make_tensor_value_info("y", TensorProto.UNDEFINED, None)])
    graph.output[0].type.Clear()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    model = onnx.shape_inference.infer_shapes(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {name: x for name, x in zip(names, inputs) if name})[0]


def resize():
    file = CaseFile("resize")
    coordinates = ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"]
    def case(name, x, mode, coordinate, scales=None, sizes=None, **more):
        onnx_names = {"cubic_coefficient": "cubic_coeff_a", "nearest": "nearest_mode", "exclude_outside": "exclude_outside"}
        if mode == "nearest":
            more.setdefault("nearest", "round_prefer_floor")
        extra = {onnx_names[key]: value if not isinstance(value, bool) else int(value) for key, value in more.items()}
        full = lambda values, type: None if values is None else np.array([1, 1, *values], type)
        if sizes is not None:
            sizes_in = np.array([*x.shape[:2], *sizes], np.int64)
            y = onnx_run("Resize", [x, None, None, sizes_in], opset=19, mode=mode, coordinate_transformation_mode=coordinate, **extra)
        else:
            y = onnx_run("Resize", [x, None, full(scales, np.float32)], opset=19, mode=mode, coordinate_transformation_mode=coordinate, **extra)
        target = {"sizes": list(sizes)} if sizes is not None else {"scales": list(scales)}
        file.add(name, [channels_last(x)], [channels_last(y)], mode=mode, coordinates=coordinate, **target, **more)
    x = floats(2, 2, 5, 4)
    for coordinate in coordinates:
        for mode in ("nearest", "linear", "cubic"):
            case(f"{mode}, {coordinate}, up", x, mode, coordinate, sizes=(8, 7))
            case(f"{mode}, {coordinate}, down", x, mode, coordinate, scales=(0.6, 0.75))
    for nearest in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
        for coordinate in ("half_pixel", "asymmetric", "align_corners"):
            case(f"{nearest}, {coordinate}", x, "nearest", coordinate, sizes=(10, 6), nearest=nearest)
            case(f"{nearest}, {coordinate}, down", x, "nearest", coordinate, scales=(0.5, 0.5), nearest=nearest)
    case("cubic, outside excluded", x, "cubic", "half_pixel", sizes=(9, 9), exclude_outside=True, cubic_coefficient=-0.5)
    wide = floats(1, 17, 3, 4)
    case("many channels", wide, "linear", "half_pixel", scales=(2, 2))
    case("many channels, cubic", wide, "cubic", "half_pixel", scales=(2, 2))
    for channels in (1, 3, 4, 5, 8):
        few = np.random.default_rng(channels).standard_normal((1, channels, 4, 9)).astype(np.float32).round(2)
        case(f"{channels} channels", few, "linear", "half_pixel", sizes=(6, 17))
        case(f"{channels} channels, cubic", few, "cubic", "half_pixel", sizes=(7, 5))
        case(f"{channels} channels, nearest", few, "nearest", "asymmetric", sizes=(8, 13))
    case("to one pixel", x, "linear", "align_corners", sizes=(1, 1))
    case("to one pixel, pytorch", x, "linear", "pytorch_half_pixel", sizes=(1, 1))
    line = floats(2, 3, 7)
    case("one dimension", line, "linear", "half_pixel", sizes=(11,))
    case("one dimension, nearest", line, "nearest", "asymmetric", sizes=(11,), nearest="floor")
    volume = floats(1, 2, 3, 4, 3)
    case("three dimensions", volume, "linear", "half_pixel", sizes=(5, 6, 4))
    case("three dimensions, nearest", volume, "nearest", "asymmetric", scales=(2, 1, 3), nearest="floor")
    y = channels_last(x)
    up = np.repeat(np.repeat(y, 2, 1), 3, 2)
    file.add("sizes as input", [y, np.array([10, 12])], [up], mode="nearest", coordinates="asymmetric", sizes=[1, 1])
    file.add("scales as input", [y, np.zeros(0, np.int64), np.array([2, 3], np.float32)], [up], mode="nearest", coordinates="asymmetric")
    bytes_in = random.integers(0, 255, (1, 2, 2, 3)).astype(np.uint8)
    file.add("bytes", [bytes_in], [np.repeat(bytes_in, 2, 1)], mode="nearest", coordinates="asymmetric", sizes=[4, 2])
    file.add("to nothing", [y], [np.zeros((2, 0, 3, 2), np.float32)], mode="linear", sizes=[0, 3])
    for align, mode in ((True, 0), (False, 0), (False, 1)):
        z = paddle.nn.functional.interpolate(paddle.to_tensor(x), size=[7, 9], mode="bilinear", align_corners=align, align_mode=mode).numpy()
        coordinate = "align_corners" if align else "half_pixel" if mode == 0 else "asymmetric"
        file.add(f"Paddle bilinear {align} {mode}", [y], [channels_last(z)], mode="linear", coordinates=coordinate, sizes=[7, 9])
    file.fail("scale 0", [y], SHAPE, scales=[0, 1])
    file.fail("scale NaN", [y, None, np.array([np.nan, 1], np.float32)], SHAPE)
    file.fail("scale infinite", [y, None, np.array([np.inf, 1], np.float32)], SHAPE)
    file.fail("negative size", [y], SHAPE, sizes=[-1, 4])
    file.fail("from nothing", [np.zeros((1, 0, 2, 1), np.float32)], SHAPE, sizes=[2, 2])
    file.fail("counts differ", [y], MODEL, sizes=[2])
    file.fail("no target", [y], MODEL)
    file.fail("interpolated bytes", [bytes_in], TYPE, mode="linear", sizes=[4, 4])
    file.write()


def grid_sample():
    file = CaseFile("grid_sample")
    x = floats(2, 3, 5, 4)
    grid = (random.random((2, 4, 3, 2)) * 3 - 1.5).astype(np.float32).round(3)
    wide = floats(1, 9, 3, 3)
    wide_grid = (random.random((1, 3, 3, 2)) * 2 - 1).astype(np.float32).round(3)
    for mode, theirs in (("nearest", "nearest"), ("linear", "linear"), ("cubic", "cubic")):
        for padding in ("zeros", "border", "reflection"):
            for align in (False, True):
                for data, places in ((x, grid), (wide, wide_grid)):
                    y = onnx_run("GridSample", [data, places], opset=20, mode=theirs, padding_mode=padding, align_corners=int(align))
                    file.add(f"{mode}, {padding}, {align}, {data.shape[1]} channels", [channels_last(data), places], [channels_last(y)],
                             mode=mode, padding=padding, align_corners=align)
                if mode == "linear":
                    y = paddle.nn.functional.grid_sample(paddle.to_tensor(x), paddle.to_tensor(grid), "bilinear", padding, align).numpy()
                    file.add(f"Paddle, {padding}, {align}", [channels_last(x), grid], [channels_last(y)], mode=mode, padding=padding, align_corners=align)
    odd = np.array([[[[np.nan, np.inf], [-np.inf, 1e30]]]], np.float32)
    one = np.ones((1, 2, 2, 1), np.float32)
    file.add("no numbers", [one, odd], [np.zeros((1, 1, 2, 1), np.float32)], mode="linear")
    file.add("no numbers, border", [one, odd], [np.ones((1, 1, 2, 1), np.float32)], mode="cubic", padding="border")
    file.add("no numbers, reflection", [one, odd], [np.ones((1, 1, 2, 1), np.float32)], mode="nearest", padding="reflection", align_corners=True)
    file.fail("batches differ", [one, np.zeros((2, 1, 1, 2), np.float32)], SHAPE)
    file.fail("three coordinates", [one, np.zeros((1, 1, 1, 3), np.float32)], SHAPE)
    file.write()


def roi_align():
    file = CaseFile("roi_align")
    x = floats(2, 3, 8, 9)
    boxes = np.array([[0, 0, 8, 8], [1.5, 2.25, 6.5, 5], [-3, -2, 4, 20], [5, 5, 5.5, 6], [3, 1, 12, 3]], np.float32)
    batch = np.array([0, 1, 1, 0, 1])
    for half in (True, False):
        for ratio in (0, 2):
            for scale in (1.0, 0.5):
                y = paddle.vision.ops.roi_align(paddle.to_tensor(x), paddle.to_tensor(boxes[[0, 3, 1, 2, 4]]), paddle.to_tensor([2, 3], dtype="int32"),
                                                [3, 2], scale, ratio, half).numpy()
                file.add(f"Paddle {half} {ratio} {scale}", [channels_last(x), boxes[[0, 3, 1, 2, 4]], np.array([0, 0, 1, 1, 1], np.int32)],
                         [channels_last(y)], height=3, width=2, spatial_scale=scale, sampling_ratio=ratio, half_pixel=half)
        y = onnx_run("RoiAlign", [x, boxes, batch], opset=16, output_height=2, output_width=3, sampling_ratio=2, spatial_scale=0.8, mode="max",
                     coordinate_transformation_mode="half_pixel" if half else "output_half_pixel")
        file.add(f"maximum {half}", [channels_last(x), boxes, batch], [channels_last(y)], height=2, width=3, spatial_scale=0.8, sampling_ratio=2,
                 half_pixel=half, maximum=True)
    odd = np.array([[np.nan, 0, 1, 1], [0, 0, np.inf, 1]], np.float32)
    file.add("no numbers", [channels_last(x), odd, np.array([0, 1])], [np.zeros((2, 1, 1, 3), np.float32)], height=1, width=1, spatial_scale=1)
    file.fail("batch outside", [channels_last(x), boxes[:1], np.array([2])], RANGE, height=1, width=1, spatial_scale=1)
    file.fail("counts differ", [channels_last(x), boxes, np.array([0])], SHAPE, height=1, width=1)
    file.fail("no cells", [channels_last(x), boxes, batch], MODEL, height=0, width=1)
    file.write()


def boxes_and_scores(batches, classes, count, normalized=True):
    corner = random.random((batches, count, 2)) * 0.6
    boxes = np.concatenate([corner, corner + 0.1 + random.random((batches, count, 2)) * 0.3], -1)
    scores = random.random((batches, classes, count))
    return (boxes * (1 if normalized else 100)).astype(np.float32).round(3), scores.astype(np.float32).round(3)


def suppression():
    file = CaseFile("non_maximum_suppression")
    boxes, scores = boxes_and_scores(2, 3, 20)
    def case(name, boxes, scores, most, overlap, score=None, centred=False):
        inputs = [boxes, scores, np.array([most]), np.array([overlap], np.float32)] + ([] if score is None else [np.array([score], np.float32)])
        file.add(name, inputs, [onnx_run("NonMaxSuppression", inputs, opset=11, center_point_box=int(centred))], center_point_box=centred)
    case("three a class", boxes, scores, 3, 0.3)
    case("all", boxes, scores, 100, 0.5)
    case("score threshold", boxes, scores, 5, 0.4, 0.5)
    case("nothing is good enough", boxes, scores, 5, 0.4, 2)
    case("corners in any order", boxes[..., [2, 1, 0, 3]], scores, 4, 0.3)
    centred = np.concatenate([(boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]], -1).round(3)
    case("centres", centred, scores, 4, 0.35, 0.2, True)
    case("equal scores", boxes, np.full_like(scores, 0.5), 4, 0.3)
    file.add("no number of boxes", [boxes, scores], [np.zeros((0, 3), np.int64)])
    file.add("no boxes", [np.zeros((1, 0, 4), np.float32), np.zeros((1, 2, 0), np.float32), np.array([3])], [np.zeros((0, 3), np.int64)])
    file.fail("counts differ", [boxes, scores[:, :, 1:]], SHAPE)
    file.write()

    file = CaseFile("multiclass_nms")
    def multiclass(name, boxes, scores, **attributes):
        names = {"score_threshold": 0.0, "nms_top_k": -1, "keep_top_k": -1, "nms_threshold": 0.3, "normalized": True, "nms_eta": 1.0, "background_label": -1}
        names.update(attributes)
        rows, count, index = paddle_nms(boxes, scores, names)
        file.add(name, [boxes, scores], [rows, index, count], **names)
    def paddle_nms(boxes, scores, a):
        out, index, count = paddle._C_ops.multiclass_nms3(paddle.to_tensor(boxes), paddle.to_tensor(scores), None, a["score_threshold"], a["nms_top_k"],
                                                          a["keep_top_k"], a["nms_threshold"], a["normalized"], a["nms_eta"], a["background_label"])
        return out.numpy(), count.numpy(), index.numpy()
    multiclass("all", boxes, scores)
    multiclass("score threshold", boxes, scores, score_threshold=0.4)
    multiclass("the ten best a class", boxes, scores, nms_top_k=10, nms_threshold=0.5)
    multiclass("seven an image", boxes, scores, keep_top_k=7, score_threshold=0.1)
    multiclass("background", boxes, scores, background_label=1, keep_top_k=9)
    multiclass("falling threshold", boxes, scores, nms_threshold=0.7, nms_eta=0.8)
    multiclass("nothing", boxes, scores, score_threshold=5.0)
    pixels, more = boxes_and_scores(1, 4, 25, False)
    multiclass("whole pixels", pixels, more, normalized=False, keep_top_k=20, score_threshold=0.05)
    multiclass("equal scores", boxes, (scores * 4).round() / 4, keep_top_k=11)
    rows, count, index = paddle_nms(boxes, scores, {"score_threshold": 0.3, "nms_top_k": 5, "keep_top_k": 4, "nms_threshold": 0.3, "normalized": True,
                                                    "nms_eta": 1.0, "background_label": -1})
    file.add("rows only", [boxes, scores], [rows, None, None], score_threshold=0.3, nms_top_k=5, keep_top_k=4, nms_threshold=0.3, normalized=True)
    file.fail("counts differ", [boxes, scores[:, :, 1:]], SHAPE, outputs=3)
    file.write()


def detection():
    file = CaseFile("yolo_box")
    sizes = np.array([[416, 320], [200, 333]], np.int32)
    for name, aware, more in (("plain", False, {}), ("clipped", False, {"clip_boxes": True}), ("scaled", False, {"scale_x_y": 1.2}),
                              ("overlap aware", True, {"iou_aware": True, "iou_aware_factor": 0.4})):
        x = floats(2, 2 * (8 if not aware else 9), 3, 5)
        boxes, scores = paddle.vision.ops.yolo_box(paddle.to_tensor(x), paddle.to_tensor(sizes), [10, 13, 16, 30], 3, 0.45, 32,
                                                   more.get("clip_boxes", False), None, more.get("scale_x_y", 1.0), aware, more.get("iou_aware_factor", 0.5))
        file.add(name, [x, sizes], [boxes.numpy(), scores.numpy()], anchors=[10, 13, 16, 30], classes=3, confidence_threshold=0.45, downsample=32,
                 absolute=1e-3, **more)
    file.fail("channels", [x, sizes], SHAPE, outputs=2, anchors=[1, 2], classes=3, downsample=32)
    file.fail("odd anchors", [x, sizes], MODEL, outputs=2, anchors=[1, 2, 3], classes=3, downsample=32)
    file.fail("no step", [x, sizes], MODEL, outputs=2, anchors=[1, 2], classes=3)
    file.write()

    file = CaseFile("prior_box")
    feature, image = np.zeros((1, 2, 3, 4), np.float32), np.zeros((1, 3, 30, 50), np.float32)
    for name, steps, attributes in (
        ("one size", (0.0, 0.0), {"min_sizes": [10.0]}),
        ("ratios", (0.0, 0.0), {"min_sizes": [10.0, 15.0], "aspect_ratios": [1.0, 2.0, 3.0], "flip": True, "clip": True}),
        ("largest sizes", (9.0, 11.0), {"min_sizes": [10.0, 15.0], "max_sizes": [12.0, 20.0], "aspect_ratios": [2.0], "flip": True}),
        ("Caffe's order", (0.0, 0.0), {"min_sizes": [10.0], "max_sizes": [12.0], "aspect_ratios": [2.0, 0.5], "flip": True,
                                       "min_max_aspect_ratios_order": True, "offset": 0.25})):
        boxes, variances = paddle.vision.ops.prior_box(
            paddle.to_tensor(feature), paddle.to_tensor(image), attributes["min_sizes"], attributes.get("max_sizes"), attributes.get("aspect_ratios", [1.0]),
            [0.1, 0.1, 0.2, 0.2], attributes.get("flip", False), attributes.get("clip", False), list(steps), attributes.get("offset", 0.5),
            attributes.get("min_max_aspect_ratios_order", False))
        file.add(name, [feature, image], [boxes.numpy(), variances.numpy()], variances=[0.1, 0.1, 0.2, 0.2], step_width=steps[0], step_height=steps[1],
                 **{"aspect_ratios": [1.0], **attributes})
    file.fail("no sizes", [feature, image], MODEL, outputs=2, variances=[1, 1, 1, 1])
    file.fail("three variances", [feature, image], MODEL, outputs=2, min_sizes=[1], variances=[1, 1, 1])
    file.write()

    file = CaseFile("box_coder")
    priors, _ = boxes_and_scores(1, 1, 5)
    targets, _ = boxes_and_scores(1, 1, 3)
    priors, targets = priors[0], targets[0]
    variances = (random.random((5, 4)) + 0.1).astype(np.float32).round(2)
    offsets = (floats(3, 5, 4) * 0.3).round(3)
    for normalized in (True, False):
        for kind, theirs, attributes in (("tensor", variances, {}), ("attribute", [0.1, 0.1, 0.2, 0.2], {"variances": [0.1, 0.1, 0.2, 0.2]}), ("none", None, {})):
            if kind == "none":
                theirs_in = [1.0, 1.0, 1.0, 1.0]
            else:
                theirs_in = paddle.to_tensor(theirs) if kind == "tensor" else theirs
            tensor_in = variances if kind == "tensor" else None
            y = paddle.vision.ops.box_coder(paddle.to_tensor(priors), theirs_in, paddle.to_tensor(targets), "encode_center_size", normalized)
            file.add(f"encode {normalized} {kind}", [priors, tensor_in, targets], [y.numpy()], encode=True, box_normalized=normalized, absolute=1e-4,
                     relative=1e-4, **attributes)
            y = paddle.vision.ops.box_coder(paddle.to_tensor(priors), theirs_in, paddle.to_tensor(offsets), "decode_center_size", normalized, axis=0)
            file.add(f"decode {normalized} {kind}", [priors, tensor_in, offsets], [y.numpy()], box_normalized=normalized, **attributes)
    turned = offsets.transpose(1, 0, 2).copy()
    y = paddle.vision.ops.box_coder(paddle.to_tensor(priors), paddle.to_tensor(variances), paddle.to_tensor(turned), "decode_center_size", True, axis=1)
    file.add("decode along axis 1", [priors, variances, turned], [y.numpy()], box_normalized=True, axis=1)
    file.fail("counts differ", [priors, None, offsets[:, 1:]], SHAPE)
    file.fail("three variances", [priors, None, offsets], MODEL, variances=[1, 2, 3])
    file.write()


for generate in (resize, grid_sample, roi_align, suppression, detection):
    generate()
