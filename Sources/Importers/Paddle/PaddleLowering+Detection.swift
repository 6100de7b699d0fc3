// Paddle's detection heads.
// SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension PaddleLowering {
  func lowerDetection(_ operation: PaddleOperation) throws -> [Lowered?]? {
    switch operation.name {
    case "multiclass_nms3": return try multiclassNms(operation)
    case "yolo_box":
      let results = builder.append(.yoloBox, [try tensor(operation, 0), builder.cast(try tensor(operation, 1), to: .int32)], [
        "anchors": .integers(operation.integers("anchors")), "classes": .integer(operation.integer("class_num", default: 1)),
        "confidence_threshold": .float(operation.float("conf_thresh", default: 0.01)),
        "downsample": .integer(operation.integer("downsample_ratio", default: 32)),
        "clip_boxes": .boolean(operation.boolean("clip_bbox", default: true)), "scale_x_y": .float(operation.float("scale_x_y", default: 1)),
        "iou_aware": .boolean(operation.boolean("iou_aware")), "iou_aware_factor": .float(operation.float("iou_aware_factor", default: 0.5)),
      ], outputs: 2)
      return results.map { .tensor($0) }
    case "prior_box":
      let results = builder.append(.priorBox, [try tensor(operation, 0), try tensor(operation, 1)], [
        "min_sizes": .floats(operation.floats("min_sizes")), "max_sizes": .floats(operation.floats("max_sizes")),
        "aspect_ratios": .floats(operation.floats("aspect_ratios")), "variances": .floats(operation.floats("variances")),
        "flip": .boolean(operation.boolean("flip", default: true)), "clip": .boolean(operation.boolean("clip", default: true)),
        "step_width": .float(operation.float("step_w", default: 0)), "step_height": .float(operation.float("step_h", default: 0)),
        "offset": .float(operation.float("offset", default: 0.5)),
        "min_max_aspect_ratios_order": .boolean(operation.boolean("min_max_aspect_ratios_order")),
      ], outputs: 2)
      return results.map { .tensor($0) }
    case "box_coder":
      let encodes: Bool
      switch operation.string("code_type", default: "encode_center_size") {
      case "encode_center_size": encodes = true
      case "decode_center_size": encodes = false
      default: throw ImportError.unsupported("box_coder of type \(operation.string("code_type"))")
      }
      let coded: Value = builder.append(.boxCoder, [try tensor(operation, 0), try optional(operation, 1), try tensor(operation, 2)], [
        "encode": .boolean(encodes), "box_normalized": .boolean(operation.boolean("box_normalized", default: true)),
        "axis": .integer(operation.integer("axis", default: 0)), "variances": .floats(operation.floats("variance")),
      ])
      return [.tensor(coded)]
    default: return nil
    }
  }

  private func multiclassNms(_ operation: PaddleOperation) throws -> [Lowered?] {
    let boxes = try tensor(operation, 0)
    if try optional(operation, 2) != nil { throw ImportError.unsupported("multiclass_nms3 with boxes of several images in one list") }
    if let width = boxes.shape?.last, width != 4, width != -1 { throw ImportError.unsupported("multiclass_nms3 of polygons (\(width) coordinates a box)") }
    let results = builder.append(.multiclassNms, [boxes, try tensor(operation, 1)], [
      "background_label": .integer(operation.integer("background_label", default: 0)),
      "score_threshold": .float(operation.float("score_threshold", default: 0)),
      "nms_top_k": .integer(operation.integer("nms_top_k", default: -1)), "nms_threshold": .float(operation.float("nms_threshold", default: 0.3)),
      "nms_eta": .float(operation.float("nms_eta", default: 1)), "keep_top_k": .integer(operation.integer("keep_top_k", default: -1)),
      "normalized": .boolean(operation.boolean("normalized", default: true)),
    ], outputs: 3)
    return results.map { .tensor($0) }
  }
}
