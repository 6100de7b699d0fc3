// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// Paddle's yolo_box: boxes in image pixels and class scores from the output of a YOLO head, x [N, anchors (5 + classes), H, W]
/// (or anchors (6 + classes), the first `anchors` channels being overlaps, where iou_aware). Boxes of low confidence are all zeros.
///
/// Inputs: x, image sizes int32 [N, 2] (height, width). Outputs: boxes [N, anchors H W, 4], scores [N, anchors H W, classes].
package enum YoloBoxOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = YoloBoxAttributes(node.attributes)
    let input = try node.input(0)
    let sizes = try node.input(1)
    try node.requireRank(input, 4, "the input")
    try node.require(input, .float32, "the input")
    try node.require(sizes, .int32, "the image sizes")
    let shape = input.shape
    let anchors = attributes.anchors.count / 2
    let (classes, downsample) = (Int(attributes.classes), Int(attributes.downsample))
    guard anchors > 0 && attributes.anchors.count % 2 == 0 && classes > 0 && downsample > 0 else {
      throw node.fail(.invalidModel).integer(attributes.anchors.count).text(" anchor extents, ").integer(classes).text(" classes and a step of ")
        .integer(downsample).status
    }
    guard shape[1] == anchors &* (classes &+ (attributes.iouAware ? 6 : 5)) && sizes.shape == Shape(shape[0], 2) else {
      throw node.fail(.invalidShape).text("an input of the shape ").shape(shape).text(" with image sizes of ").shape(sizes.shape).text(" for ")
        .integer(anchors).text(" anchors and ").integer(classes).text(" classes").status
    }
    let count = shape[2] &* shape[3] &* anchors
    try node.setOutput(0, .float32, Shape(shape[0], count, 4))
    try node.setOutput(1, .float32, Shape(shape[0], count, classes))
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalInput(0)?.count ?? 0, "by cell") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = YoloBoxAttributes(node.attributes)
    let shape = try node.input(0).shape
    let input = try node.input(0).elements(Float.self)
    let sizes = try node.input(1).elements(Int32.self)
    let (height, width, anchors, classes) = (shape[2], shape[3], attributes.anchors.count / 2, Int(attributes.classes))
    let cells = height &* width
    let boxes = node.optionalOutput(0)?.elements(Float.self)
    let scores = node.optionalOutput(1)?.elements(Float.self)
    let bias = -0.5 * (attributes.scaleXY - 1)
    try run.share(of: shape[0] &* anchors &* cells) { (begin, end) throws(Status) in
      for place in begin..<end {
        let (cell, anchor, batch) = (place % cells, place / cells % anchors, place / cells / anchors)
        let box = boxes.map { $0 + place &* 4 }
        let score = scores.map { $0 + place &* classes }
        if let box { for corner in 0..<4 { box[corner] = 0 } }
        if let score { for index in 0..<classes { score[index] = 0 } }
        // Channels lie one plane of cells apart.
        let head = input + batch &* shape[1] &* cells + cell
        let values = head + (anchor &* (5 &+ classes) &+ (attributes.iouAware ? anchors : 0)) &* cells
        var confidence = sigmoid(values[4 &* cells])
        if attributes.iouAware {
          let overlap = sigmoid(head[anchor &* cells])
          confidence = platform_pow(confidence, 1 - attributes.iouAwareFactor) * platform_pow(overlap, attributes.iouAwareFactor)
        }
        if confidence < attributes.confidenceThreshold { continue }
        if let score { for index in 0..<classes { score[index] = confidence * sigmoid(values[(5 &+ index) &* cells]) } }
        guard let box else { continue }
        let (imageHeight, imageWidth) = (Float(sizes[batch &* 2]), Float(sizes[batch &* 2 &+ 1]))
        let downsample = Float(attributes.downsample)
        let x = (Float(cell % width) + sigmoid(values[0]) * attributes.scaleXY + bias) * imageWidth / Float(width)
        let y = (Float(cell / width) + sigmoid(values[cells]) * attributes.scaleXY + bias) * imageHeight / Float(height)
        let halfWidth = platform_exp(values[2 &* cells]) * Float(attributes.anchors[2 * anchor]) * imageWidth / (downsample * Float(width)) / 2
        let halfHeight = platform_exp(values[3 &* cells]) * Float(attributes.anchors[2 * anchor + 1]) * imageHeight / (downsample * Float(height)) / 2
        (box[0], box[1], box[2], box[3]) = (x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight)
        if attributes.clipBoxes {
          (box[0], box[1]) = (max(box[0], 0), max(box[1], 0))
          (box[2], box[3]) = (min(box[2], imageWidth - 1), min(box[3], imageHeight - 1))
        }
      }
    }
  }

  private static func sigmoid(_ x: Float) -> Float { 1 / (1 + platform_exp(-x)) }
}
