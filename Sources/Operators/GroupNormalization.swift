// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// y = (x - mean) / sqrt(variance + epsilon) · scale + bias, mean and variance of each example and group of channels (Wu and He 2018).
/// Inputs x [N, spatial..., C], scale [C]?, bias [C]?, all float32. groups = -1, or C, is instance normalisation.
package enum GroupNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    try node.require(x, .float32, "the input")
    let shape = x.shape
    guard shape.rank >= 2, shape.checkedElementCount != nil else {
      throw node.fail(.invalidShape).text("an input of shape ").shape(shape).text(", expected [batch, spatial..., channels]").status
    }
    let channels = shape[shape.rank - 1]
    let groups = Int(GroupNormalizationAttributes(node.attributes).groups)
    guard groups == -1 || (groups > 0 && channels % groups == 0) else {
      throw node.fail(.invalidShape).integer(channels).text(" channels in ").integer(groups).text(" groups").status
    }
    for index in 1...2 {
      guard let parameter = node.optionalInput(index) else { continue }
      try node.require(parameter, .float32, index == 1 ? "the scale" : "the bias")
      guard parameter.shape.checkedElementCount == channels else {
        throw node.fail(.invalidShape).text(index == 1 ? "a scale" : "a bias").text(" of shape ").shape(parameter.shape).text(" for ")
          .integer(channels).text(" channels").status
      }
    }
    try node.setOutput(0, .float32, shape)
    return .known
  }

  /// How the channels of an example are divided: whole groups, about 32 channels at a time.
  private struct Blocks {
    let batch, positions, channels, groupSize, blockSize: Int

    init(_ shape: Shape, groups: Int) {
      batch = shape[0]
      positions = shape.product(1, shape.rank - 1)
      channels = shape[shape.rank - 1]
      groupSize = groups <= 0 ? 1 : max(channels / max(groups, 1), 1)
      blockSize = max(min((32 &+ groupSize &- 1) / groupSize &* groupSize, channels), 1)
    }

    var perExample: Int { (channels &+ blockSize &- 1) / blockSize }
    /// Three rows of floats a thread: sums, then factors and offsets.
    var scratchBytes: Int { (blockSize &* 3 &* 4 &+ 63) & ~63 }
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let x = node.optionalInput(0) else { return Kernel("nothing") }
    let blocks = Blocks(x.shape, groups: Int(GroupNormalizationAttributes(node.attributes).groups))
    let large = x.count &* 3 > worthDividing && blocks.batch &* blocks.perExample > 1
    return Kernel(blocks.groupSize == 1 ? "each channel" : "groups of channels", reason: large ? "large" : "small", allThreads: large,
      scratchBytes: sizeProduct(blocks.scratchBytes, max(threads, 1)))
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    if x.count == 0 { return }
    let attributes = GroupNormalizationAttributes(node.attributes)
    let blocks = Blocks(x.shape, groups: Int(attributes.groups))
    let sums = run.scratch(Float.self, at: run.threadIndex &* blocks.scratchBytes)
    let scale = node.optionalInput(1).map { $0.elements(Float.self) }
    let bias = node.optionalInput(2).map { $0.elements(Float.self) }
    let perExample = max(blocks.perExample, 1)
    try run.share(of: blocks.batch &* perExample) { begin, end in
      for unit in begin..<end {
        let channel = unit % perExample &* blocks.blockSize
        let offset = unit / perExample &* blocks.positions &* blocks.channels &+ channel
        let block = NormalizedBlock(x: x.elements() + offset, y: y.elements() + offset, positions: blocks.positions, stride: blocks.channels,
          width: min(blocks.blockSize, blocks.channels &- channel), groupSize: blocks.groupSize, sums: sums,
          factors: sums + blocks.blockSize, offsets: sums + 2 &* blocks.blockSize)
        block.run(scale: scale.map { $0 + channel }, bias: bias.map { $0 + channel }, epsilon: attributes.epsilon)
      }
    }
  }
}

/// Some channels of one example, of all positions.
private struct NormalizedBlock {
  let x: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let positions, stride, width, groupSize: Int
  let sums, factors, offsets: UnsafeMutablePointer<Float>

  func run(scale: UnsafePointer<Float>?, bias: UnsafePointer<Float>?, epsilon: Float) {
    // Means into `offsets`, then the sums of squares around them, then factors and offsets of y = x · factor + offset.
    gather(.sum, shift: nil)
    averages(into: offsets)
    gatherSquares()
    averages(into: sums)
    for channel in 0..<width {
      let factor = (scale.map { $0[channel] } ?? 1) / platform_sqrt(sums[channel] + epsilon)
      offsets[channel] = (bias.map { $0[channel] } ?? 0) - offsets[channel] * factor
      factors[channel] = factor
    }
    for position in 0..<positions {
      let (from, to) = (x + position &* stride, y + position &* stride)
      var channel = 0
      while channel &+ Lanes.count <= width {
        (Lanes(at: from + channel) * Lanes(at: factors + channel) + Lanes(at: offsets + channel)).store(to: to + channel)
        channel = channel &+ Lanes.count
      }
      while channel < width {
        to[channel] = from[channel] * factors[channel] + offsets[channel]
        channel = channel &+ 1
      }
    }
  }

  private func gather(_ kind: FloatReductionKind, shift: UnsafePointer<Float>?) {
    for channel in 0..<width { sums[channel] = 0 }
    kind.columns(x, rows: positions, stride: stride, columns: width, shift: shift, into: sums)
  }

  private func gatherSquares() {
    for channel in 0..<width { sums[channel] = 0 }
    var position = 0
    while position < positions {
      // Blocks of positions, so that rounding errors do not pile up.
      let blockEnd = min(positions, position &+ 512)
      for channel in 0..<width { factors[channel] = 0 }
      while position < blockEnd {
        let from = x + position &* stride
        var channel = 0
        while channel &+ Lanes.count <= width {
          let difference = Lanes(at: from + channel) - Lanes(at: offsets + channel)
          (Lanes(at: factors + channel) + difference * difference).store(to: factors + channel)
          channel = channel &+ Lanes.count
        }
        while channel < width {
          let difference = from[channel] - offsets[channel]
          factors[channel] += difference * difference
          channel = channel &+ 1
        }
        position = position &+ 1
      }
      for channel in 0..<width { sums[channel] += factors[channel] }
    }
  }

  /// Each channel's sum becomes the mean of its group.
  private func averages(into means: UnsafeMutablePointer<Float>) {
    let inverse = 1 / (Float(positions) * Float(groupSize))
    var first = 0
    while first < width {
      var total: Float = 0
      for channel in first..<min(first &+ groupSize, width) { total += sums[channel] }
      for channel in first..<min(first &+ groupSize, width) { means[channel] = total * inverse }
      first = first &+ groupSize
    }
  }
}
