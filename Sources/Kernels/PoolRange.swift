// SPDX-License-Identifier: Apache-2.0

/// What pooling at one output position covers along one dimension.
package struct PoolRange {
  /// The first covered input position.
  package var first: Int
  /// Covered input positions, `step` apart.
  package var count: Int
  package var step: Int
  /// What the divisor of an average counts.
  package var counted: Int
}

/// One spatial dimension of pooling.
package struct PoolAxis {
  package var window: WindowAxis
  /// Whether windows divide the input evenly: from floor(i H / O) to ceil((i + 1) H / O), not included.
  package var adaptive: Bool
  package var countsPadding: Bool

  package init(_ window: WindowAxis, adaptive: Bool = false, countsPadding: Bool = false) {
    self.window = window
    self.adaptive = adaptive
    self.countsPadding = countsPadding
  }

  @inline(__always)
  package func range(_ position: Int) -> PoolRange {
    if adaptive {
      let outputs = max(window.output, 1)
      let first = position &* window.input / outputs
      let end = ((position &+ 1) &* window.input &+ outputs &- 1) / outputs
      return PoolRange(first: first, count: end &- first, step: 1, counted: end &- first)
    }
    let start = window.start(position)
    let firstTap = window.firstTap(start)
    let count = window.endTap(start) &- firstTap
    var counted = count
    if countsPadding {
      // The part of a window that only ceil_mode added lies behind the padding and never counts.
      let room = window.input &+ window.paddingEnd &- start
      counted = min(window.kernel, (max(room, 0) &+ window.dilation &- 1) / window.dilation)
    }
    return PoolRange(first: start &+ firstTap &* window.dilation, count: count, step: window.dilation, counted: counted)
  }
}

/// The inputs under one window: rows of channels at `first`, repeated along three dimensions.
package struct PoolPatch {
  package var depth: PoolRange
  package var height: PoolRange
  package var width: PoolRange
  /// Elements from an input row to the next, and from a plane to the next.
  package var rowStride: Int
  package var planeStride: Int
  package var channels: Int

  package init(depth: PoolRange, height: PoolRange, width: PoolRange, rowStride: Int, planeStride: Int, channels: Int) {
    self.depth = depth
    self.height = height
    self.width = width
    self.rowStride = rowStride
    self.planeStride = planeStride
    self.channels = channels
  }

  /// The first element of covered row (depthIndex, heightIndex) in an image.
  @inline(__always)
  func row(_ depthIndex: Int, _ heightIndex: Int) -> Int {
    (depth.first &+ depthIndex &* depth.step) &* planeStride &+ (height.first &+ heightIndex &* height.step) &* rowStride
      &+ width.first &* channels
  }

  package var isEmpty: Bool { depth.count <= 0 || height.count <= 0 || width.count <= 0 }
  package var divisor: Int { max(depth.counted &* height.counted &* width.counted, 1) }
}
