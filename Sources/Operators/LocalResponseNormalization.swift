// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// y = x / (bias + alpha / size · sum x^2)^beta, the sum over the `size` channels around each (Krizhevsky et al. 2012), from
/// channel - (size - 1) / 2 to channel + size / 2. x [N, spatial..., C], float32.
package enum LocalResponseNormalizationOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    try node.require(x, .float32, "the input")
    guard x.shape.rank >= 2 else { throw node.fail(.invalidShape).text("an input of shape ").shape(x.shape).status }
    let size = Int(LocalResponseNormalizationAttributes(node.attributes).size)
    guard size > 0 else { throw node.fail(.invalidModel).text("a window of ").integer(size).text(" channels").status }
    guard x.shape.checkedElementCount != nil else { throw node.fail(.invalidShape).text("an input of shape ").shape(x.shape).status }
    try node.setOutput(0, .float32, x.shape)
    return .known
  }

  /// The window of a channel: `before` and `after` it, with `channels` squares between zeros as wide in the scratch row.
  private struct Window {
    let channels, before, after: Int

    init(_ shape: Shape, size: Int) {
      // An open extent counts as none: a kernel is also asked for before the shapes are known.
      channels = max(shape[shape.rank - 1], 0)
      before = min((size - 1) / 2, channels)
      after = min(size / 2, channels)
    }

    /// Room for a whole vector of channels at the end.
    var scratchBytes: Int { sizeProduct((sizeSum(channels, sizeSum(before, after)) &+ Lanes.count &+ 15) / 16, 64) }
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let x = node.optionalInput(0) else { return Kernel("nothing") }
    let window = Window(x.shape, size: max(Int(LocalResponseNormalizationAttributes(node.attributes).size), 1))
    return Kernel("along channels", allThreads: x.count &* 8 > worthDividing, scratchBytes: sizeProduct(window.scratchBytes, max(threads, 1)))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (x, y) = (try node.input(0), try node.output(0))
    let attributes = LocalResponseNormalizationAttributes(node.attributes)
    let window = Window(x.shape, size: Int(attributes.size))
    if x.count == 0 { return }
    let squares = run.scratch(Float.self, at: run.threadIndex &* window.scratchBytes)
    let factor = attributes.alpha / Float(attributes.size)
    try run.share(of: x.count / max(window.channels, 1)) { begin, end in
      platform_fill(squares, 0, window.scratchBytes)
      for row in begin..<end {
        let (from, to) = (x.elements(Float.self) + row &* window.channels, y.elements(Float.self) + row &* window.channels)
        mapFloats(Activation(function: .square), from: from, to: squares + window.before, count: window.channels)
        var channel = 0
        while channel < window.channels {
          var sum = Lanes.zero
          for offset in 0...window.before &+ window.after { sum += Lanes(at: squares + channel + offset) }
          let base = sum * factor + attributes.bias
          let width = min(Lanes.count, window.channels &- channel)
          // base^-beta; a base that is not positive gives NaN, as a power would.
          let power = VectorMath.exp(VectorMath.log(base) * (0 - attributes.beta))
          (Lanes(at: from + channel, first: width) * power).store(to: to + channel, first: width)
          channel = channel &+ Lanes.count
        }
      }
    }
  }
}
