// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// Paddle's box_coder: boxes as offsets from prior boxes, and back.
///
/// Inputs: priors [M, 4], prior variances [M, 4]? (else the attribute, else 1), targets. Encoding: targets [N, 4] against every prior,
/// output [N, M, 4]. Decoding: targets [N, M, 4] (priors along dimension 1 for axis 0, along dimension 0 for axis 1), output of that shape.
package enum BoxCoderOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = BoxCoderAttributes(node.attributes)
    let priors = try node.input(0)
    let targets = try node.input(2)
    try node.requireRank(priors, 2, "the priors")
    try node.requireRank(targets, attributes.encode ? 2 : 3, "the targets")
    try node.require(priors, .float32, "the priors")
    try node.require(targets, .float32, "the targets")
    guard attributes.variances.isEmpty || attributes.variances.count == 4, attributes.axis == 0 || attributes.axis == 1 else {
      throw node.fail(.invalidModel).integer(attributes.variances.count).text(" variances and axis ").integer(Int(attributes.axis)).status
    }
    let (shape, count) = (targets.shape, priors.shape[0])
    guard priors.shape[1] == 4 && shape[shape.rank - 1] == 4 && (attributes.encode || shape[attributes.axis == 0 ? 1 : 0] == count) else {
      throw node.fail(.invalidShape).text("priors of the shape ").shape(priors.shape).text(" with targets of ").shape(shape).status
    }
    if let variances = node.optionalInput(1) {
      try node.require(variances, .float32, "the variances")
      guard variances.shape == priors.shape else {
        throw node.fail(.invalidShape).text("variances of the shape ").shape(variances.shape).text(" for priors of ").shape(priors.shape).status
      }
    }
    try node.setOutput(0, .float32, attributes.encode ? Shape(shape[0], count, 4) : shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "by box") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = BoxCoderAttributes(node.attributes)
    let priors = try node.input(0).elements(Float.self)
    let variances = node.optionalInput(1)?.elements(Float.self)
    let targets = try node.input(2).elements(Float.self)
    guard let output = node.optionalOutput(0) else { return }
    let (rows, columns) = (output.shape[0], output.shape[1])
    let unit: Float = attributes.boxNormalized ? 0 : 1
    try run.share(of: rows &* columns) { (begin, end) throws(Status) in
      for place in begin..<end {
        let prior = attributes.encode || attributes.axis == 0 ? place % columns : place / columns
        let anchor = Anchor(priors + prior &* 4, unit)
        var scale = SIMD4<Float>(repeating: 1)
        if let variances {
          for index in 0..<4 { scale[index] = variances[prior &* 4 &+ index] }
        } else if !attributes.variances.isEmpty {
          for index in 0..<4 { scale[index] = attributes.variances[index] }
        }
        let to = output.elements(Float.self) + place &* 4
        if attributes.encode {
          let target = targets + place / columns &* 4
          // Paddle takes the target's centre without the unit, and its extent with it.
          let (width, height) = (target[2] - target[0] + unit, target[3] - target[1] + unit)
          to[0] = ((target[0] + target[2]) / 2 - anchor.x) / anchor.width / scale.x
          to[1] = ((target[1] + target[3]) / 2 - anchor.y) / anchor.height / scale.y
          to[2] = platform_log(abs(width / anchor.width)) / scale.z
          to[3] = platform_log(abs(height / anchor.height)) / scale.w
        } else {
          let target = targets + place &* 4
          let x = scale.x * target[0] * anchor.width + anchor.x
          let y = scale.y * target[1] * anchor.height + anchor.y
          let width = platform_exp(scale.z * target[2]) * anchor.width
          let height = platform_exp(scale.w * target[3]) * anchor.height
          (to[0], to[1], to[2], to[3]) = (x - width / 2, y - height / 2, x + width / 2 - unit, y + height / 2 - unit)
        }
      }
    }
  }

  /// Centre and extents of a prior box.
  private struct Anchor {
    let x: Float, y: Float, width: Float, height: Float

    init(_ box: UnsafePointer<Float>, _ unit: Float) {
      width = box[2] - box[0] + unit
      height = box[3] - box[1] + unit
      x = box[0] + width / 2
      y = box[1] + height / 2
    }
  }
}
