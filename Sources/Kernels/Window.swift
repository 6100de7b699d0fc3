// SPDX-License-Identifier: Apache-2.0

/// How a window slides along one spatial dimension. All values come from accepted shapes: products of them cannot overflow.
package struct WindowAxis {
  package var input = 1
  package var output = 1
  package var kernel = 1
  package var stride = 1
  package var dilation = 1
  /// Positions before the first input.
  package var padding = 0
  /// Positions after the last input that are padding; a partial window may reach further.
  package var paddingEnd = 0

  package init() {}

  /// Input position under tap 0 of the window at `position` (negative in the padding).
  @inline(__always)
  package func start(_ position: Int) -> Int { position &* stride &- padding }

  /// Input positions from a window's first tap to its last.
  package var reach: Int { (kernel &- 1) &* dilation }

  /// Input positions from the first one under `rows` windows in a row, above 0, to the last.
  package func lines(of rows: Int) -> Int { (rows &- 1) &* stride &+ reach &+ 1 }

  /// The first tap of the window at `start` that lies in the input.
  @inline(__always)
  package func firstTap(_ start: Int) -> Int {
    if start >= 0 { return 0 }
    return dilation == 1 ? min(kernel, 0 &- start) : min(kernel, (dilation &- 1 &- start) / dilation)
  }

  /// One past the last tap of the window at `start` that lies in the input; never below `firstTap`.
  @inline(__always)
  package func endTap(_ start: Int) -> Int {
    let room = input &- start
    if room <= 0 { return firstTap(start) }
    return max(firstTap(start), dilation == 1 ? min(kernel, room) : min(kernel, (room &+ dilation &- 1) / dilation))
  }

  /// Whether output and input positions are the same.
  package var isIdentity: Bool { kernel == 1 && stride == 1 && padding == 0 && input == output }
}

/// A window over [batch, depth, height, width, channels]; fewer spatial dimensions leave the outer axes at their default.
package struct Window {
  package var batch = 1
  /// Channels of the input.
  package var channels = 1
  /// Floats between the channels of a position of the input and those of the next, which belong to others.
  package var gap = 0
  package var depth = WindowAxis()
  package var height = WindowAxis()
  package var width = WindowAxis()

  package init() {}

  /// Floats from a position of the input to the next.
  package var pitch: Int { channels &+ gap }
  package var taps: Int { depth.kernel &* height.kernel &* width.kernel }
  package var outputPositions: Int { batch &* depth.output &* height.output &* width.output }
  package var outputRows: Int { batch &* depth.output &* height.output }
  package var inputPositions: Int { batch &* depth.input &* height.input &* width.input }
  package var isIdentity: Bool { depth.isIdentity && height.isIdentity && width.isIdentity }

  /// The same window where planes that it does not reach across are pictures of their own.
  package var withoutFreePlanes: Window {
    guard depth.isIdentity else { return self }
    var window = self
    window.batch = batch &* depth.input
    window.depth = WindowAxis()
    return window
  }
}

/// A row of output positions of a window: everything but the position along the width.
package struct WindowRow {
  package var image: Int
  package var depth: Int
  package var height: Int

  /// Row `index` of `Window.outputRows`, which must not be empty.
  @inline(__always)
  package init(_ index: Int, of window: Window) {
    let rows = max(window.height.output, 1)
    let planes = max(window.depth.output, 1)
    height = index % rows
    depth = index / rows % planes
    image = index / rows / planes
  }

  @inline(__always)
  package mutating func advance(in window: Window) {
    height &+= 1
    if height < window.height.output { return }
    height = 0
    depth &+= 1
    if depth < window.depth.output { return }
    depth = 0
    image &+= 1
  }
}
