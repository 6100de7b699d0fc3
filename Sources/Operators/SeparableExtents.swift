// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// What the shapes of a separable convolution decide: its window, and the stripes of rows in which its intermediate maps are computed.
///
/// A stripe's lines of the expanded map and its rows of the depthwise result fit a second-level cache, where the next convolution finds
/// them; a stripe takes over from the one before what both see of the expanded map.
package struct SeparableExtents {
  /// The depthwise convolution's.
  package let window: Window
  /// Channels of input, expanded map and output.
  package let channels, expanded, outputs: Int
  package let hasExpansion, hasProjection: Bool
  /// Each a run of rows of one picture that a thread computes from the top down, or a part of one row's columns.
  package let tasks: Int
  private let columnParts: Int
  /// Output rows of a stripe, the last of a task may have fewer.
  package let stripeRows: Int
  /// Floats of a task's lines of the expanded map, and of both intermediate maps.
  package let lineFloats, mapFloats: Int

  /// Rows of a task at least, where that leaves a task a thread and there is an expansion: where tasks meet, lines of its map are computed twice.
  private static var taskRows: Int { 24 }
  /// Columns of a task at least: two tiles of the projection's rows.
  private static var taskColumns: Int { 28 }

  /// For a node that `infer` has accepted. `cacheBytes` are for both maps of a stripe.
  @_optimize(size)
  package init(_ node: NodeView, threads: Int, cacheBytes: Int) throws(Status) {
    let x = try node.input(0).shape
    let weights = try node.input(3).shape
    window = try separableWindow(node, x, weights)
    channels = x[3]
    expanded = weights[3]
    hasExpansion = node.optionalInput(1) != nil
    hasProjection = node.optionalInput(5) != nil
    outputs = node.optionalInput(5)?.shape[3] ?? expanded
    let (height, rows) = (window.height, max(window.height.output, 1))
    let threads = max(threads, 1)
    let images = max(window.batch, 1)
    let wanted = threads == 1 || images >= 2 &* threads ? 1 : 4 &* threads
    let parts = hasExpansion ? max(min(rows / SeparableExtents.taskRows, wanted), threads) : rows < 2 &* wanted ? rows : wanted
    let rowParts = wanted == 1 ? 1 : min(parts, rows)
    let tooFew = !hasExpansion && rowParts == rows && rows < wanted
    columnParts = tooFew ? max(min((wanted &+ rows &- 1) / rows, window.width.output / SeparableExtents.taskColumns), 1) : 1
    tasks = sizeProduct(sizeProduct(max(window.batch, 0), rowParts), columnParts)

    let line = max(sizeProduct(window.width.input, expanded), 1)
    let row = hasProjection ? max(sizeProduct(window.width.output, expanded), 1) : 0
    let span = (height.kernel &- 1) &* height.dilation &+ 1
    // Without an expansion a stripe's lines are the input's, which the projection before it fetches.
    let room = cacheBytes / 4 &- sizeProduct(max(span &- height.stride, 0), line)
    stripeRows = min(max(room / max(sizeSum(sizeProduct(height.stride, line), row), 1), 1), rows)
    lineFloats = hasExpansion ? sizeProduct((sizeProduct(min((stripeRows &- 1) &* height.stride &+ span, height.input), line) &+ 15) / 16, 16) : 0
    mapFloats = sizeSum(lineFloats, sizeProduct((sizeProduct(stripeRows, row) &+ 15) / 16, 16))
  }

  /// Input and output positions of a stripe at most.
  package var linePositions: Int { hasExpansion ? lineFloats / max(expanded, 1) : 0 }
  package var rowPositions: Int { hasProjection ? stripeRows &* window.width.output : 0 }

  /// Whether threads pay.
  package var isLarge: Bool {
    let depth = window.taps &+ (hasExpansion ? channels : 0) &+ (hasProjection ? outputs : 0)
    return ProductExtents(rows: max(window.outputPositions, 0), columns: expanded, depth: depth).work > 50_000
  }
}

/// Rows of the output, counted through all pictures, and their columns: one row, where these are not all.
package struct SeparablePart {
  package var firstRow, endRow, firstColumn, endColumn: Int
}

/// The three convolutions of a separable convolution, as a backend computes them; positions count from the first of all pictures.
package protocol SeparableStages {
  /// Positions `first` ..< `first + count` of the expanded map.
  func expand(_ first: Int, _ count: Int, into lines: UnsafeMutablePointer<Float>)
  /// A part of the depthwise result, from the whole expanded map (of which only what it sees is there); `output` is where column 0 of the
  /// part's first row would be.
  func filter(_ part: SeparablePart, _ map: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>)
  /// Output positions `first` ..< `first + count`, whose depthwise results are at `rows`; `following` is read soon after.
  func project(_ first: Int, _ count: Int, _ rows: UnsafePointer<Float>, following: FollowingFloats?)
}

extension SeparableExtents {
  /// Task `task` on one thread; `scratch` has room for `mapFloats`.
  package func compute<Stages: SeparableStages>(_ task: Int, _ stages: Stages, input: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
    let parts = max(tasks / max(window.batch, 1) / columnParts, 1)
    let (height, image, part) = (window.height, task / columnParts / parts, task / columnParts % parts)
    let tiles = (window.width.output &+ 3) / 4
    let firstColumn = partStart(task % columnParts, of: columnParts, tiles) &* 4
    let endColumn = min(partStart(task % columnParts &+ 1, of: columnParts, tiles) &* 4, window.width.output)
    let line = window.width.input &* expanded
    // Lines `firstLine` ..< `endLine` of the picture's expanded map lie at the start of the scratch.
    var firstLine = 0
    var endLine = 0
    var row = partStart(part, of: parts, height.output)
    let endRow = partStart(part &+ 1, of: parts, height.output)
    while row < endRow {
      let end = min(row &+ stripeRows, endRow)
      var map = input
      if hasExpansion {
        let first = min(max(height.start(row), firstLine), height.input)
        let last = height.start(end &- 1) &+ (height.kernel &- 1) &* height.dilation
        let needed = max(min(last &+ 1, height.input), first)
        let kept = max(endLine &- first, 0)
        if kept > 0 { platform_copy(scratch, scratch + (first &- firstLine) &* line, kept &* line &* 4) }
        (firstLine, endLine) = (first, needed)
        stages.expand((image &* height.input &+ first &+ kept) &* window.width.input, (needed &- first &- kept) &* window.width.input,
          into: scratch + kept &* line)
        // Where the map would begin if all of it were there.
        let missing = UInt(bitPattern: (image &* height.input &+ first) &* line &* 4)
        map = UnsafePointer(bitPattern: UInt(bitPattern: scratch) &- missing) ?? input
      }
      let globalRow = image &* height.output &+ row
      let position = globalRow &* window.width.output
      let part = SeparablePart(firstRow: globalRow, endRow: globalRow &+ end &- row, firstColumn: firstColumn, endColumn: endColumn)
      if hasProjection {
        stages.filter(part, map, into: scratch + lineFloats)
        let count = (end &- row &- 1) &* window.width.output &+ endColumn &- firstColumn
        stages.project(position &+ firstColumn, count, scratch + (lineFloats &+ firstColumn &* expanded),
          following: hasExpansion ? nil : lines(image, after: end, min(end &+ stripeRows, endRow), input))
      } else {
        stages.filter(part, map, into: output + position &* expanded)
      }
      row = end
    }
  }

  /// Lines of a picture that the rows before `row` do not see, and those from there to `end` do.
  private func lines(_ image: Int, after row: Int, _ end: Int, _ input: UnsafePointer<Float>) -> FollowingFloats? {
    let span = (window.height.kernel &- 1) &* window.height.dilation &+ 1
    let first = max(window.height.start(row &- 1) &+ span, 0)
    let count = min(window.height.start(end &- 1) &+ span, window.height.input) &- first
    let line = window.width.input &* expanded
    return count > 0 ? FollowingFloats(start: input + (image &* window.height.input &+ first) &* line, count: count &* line) : nil
  }
}

/// How the windows of a separable convolution's depthwise part lie; fails where they cannot.
func separableWindow(_ node: NodeView, _ x: Shape, _ weights: Shape) throws(Status) -> Window {
  let attributes = SeparableConvolutionAttributes(node.attributes)
  return try WindowAttributes(strides: attributes.strides, dilations: attributes.dilations, paddingBegin: attributes.paddingBegin,
    paddingEnd: attributes.paddingEnd, mode: attributes.paddingMode).window(node, x, weights, channels: weights[3])
}
