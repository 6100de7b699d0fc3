// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Platform
import Tensors

/// Paddle's prior_box: the default boxes of an SSD head, relative to the image, for every cell of the feature map.
///
/// Inputs: feature [N, C, H, W], image [N, C, H, W] (only their shapes are read). Outputs: boxes and variances [H, W, priors, 4].
package enum PriorBoxOperator: Operator {
  private static var mostRatios: Int { 64 }

  /// 1, then every aspect ratio that is not there yet, each followed by its inverse where `flip` says so.
  private struct Ratios {
    private var ratios = InlineArray<64, Float>(repeating: 1)
    private(set) var count = 1

    init(_ attributes: PriorBoxAttributes) {
      for index in 0..<min(attributes.aspectRatios.count, (mostRatios - 1) / 2) {
        let ratio = attributes.aspectRatios[index]
        var isKnown = false
        for other in 0..<count where abs(ratio - ratios[other]) < 1e-6 { isKnown = true }
        if isKnown { continue }
        append(ratio)
        if attributes.flip { append(1 / ratio) }
      }
    }

    private mutating func append(_ ratio: Float) {
      guard count < mostRatios else { return }
      ratios[count] = ratio
      count += 1
    }

    subscript(_ index: Int) -> Float { ratios[index] }
  }

  private static func priorCount(_ attributes: PriorBoxAttributes) -> Int {
    Ratios(attributes).count &* attributes.minSizes.count &+ attributes.maxSizes.count
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = PriorBoxAttributes(node.attributes)
    let feature = try node.input(0)
    let image = try node.input(1)
    try node.requireRank(feature, 4, "the feature map")
    try node.requireRank(image, 4, "the image")
    guard attributes.aspectRatios.count <= (mostRatios - 1) / 2, attributes.minSizes.count > 0, attributes.variances.count == 4,
      attributes.maxSizes.isEmpty || attributes.maxSizes.count == attributes.minSizes.count
    else {
      throw node.fail(.invalidModel).integer(attributes.aspectRatios.count).text(" ratios, ").integer(attributes.minSizes.count).text(" and ")
        .integer(attributes.maxSizes.count).text(" sizes, ").integer(attributes.variances.count).text(" variances").status
    }
    let shape = Shape(feature.shape[2], feature.shape[3], priorCount(attributes), 4)
    try node.setOutput(0, .float32, shape)
    try node.setOutput(1, .float32, shape)
    return .known
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = PriorBoxAttributes(node.attributes)
    let feature = try node.input(0).shape
    let image = try node.input(1).shape
    let priors = priorCount(attributes)
    if let variances = node.optionalOutput(1) {
      let to = variances.elements(Float.self)
      for index in 0..<variances.count { to[index] = attributes.variances[index & 3] }
    }
    guard let output = node.optionalOutput(0) else { return }
    let (height, width) = (feature[2], feature[3])
    let (imageHeight, imageWidth) = (Float(image[2]), Float(image[3]))
    let stepWidth = attributes.stepWidth == 0 ? imageWidth / Float(width) : attributes.stepWidth
    let stepHeight = attributes.stepHeight == 0 ? imageHeight / Float(height) : attributes.stepHeight
    var writer = Writer(to: output.elements(Float.self), imageWidth: imageWidth, imageHeight: imageHeight, clip: attributes.clip)
    let ratios = Ratios(attributes)
    for cell in 0..<(priors > 0 ? height &* width : 0) {
      writer.x = (Float(cell % width) + attributes.offset) * stepWidth
      writer.y = (Float(cell / width) + attributes.offset) * stepHeight
      for size in 0..<attributes.minSizes.count {
        let smallest = attributes.minSizes[size]
        let square = attributes.maxSizes.isEmpty ? nil : platform_sqrt(smallest * attributes.maxSizes[size]) / 2
        // The first ratio is 1; Caffe's order has the square of the larger size right behind it.
        for index in 0..<ratios.count {
          let root = platform_sqrt(ratios[index])
          writer.write(halfWidth: smallest * root / 2, halfHeight: smallest / root / 2)
          if index == 0, attributes.minMaxAspectRatiosOrder, let square { writer.write(halfWidth: square, halfHeight: square) }
        }
        if !attributes.minMaxAspectRatiosOrder, let square { writer.write(halfWidth: square, halfHeight: square) }
      }
    }
  }

  private struct Writer {
    var to: UnsafeMutablePointer<Float>
    let imageWidth: Float
    let imageHeight: Float
    let clip: Bool
    var x: Float = 0
    var y: Float = 0

    init(to: UnsafeMutablePointer<Float>, imageWidth: Float, imageHeight: Float, clip: Bool) {
      self.to = to
      self.imageWidth = imageWidth
      self.imageHeight = imageHeight
      self.clip = clip
    }

    mutating func write(halfWidth: Float, halfHeight: Float) {
      (to[0], to[1]) = ((x - halfWidth) / imageWidth, (y - halfHeight) / imageHeight)
      (to[2], to[3]) = ((x + halfWidth) / imageWidth, (y + halfHeight) / imageHeight)
      if clip { for corner in 0..<4 { to[corner] = min(max(to[corner], 0), 1) } }
      to += 4
    }
  }
}
