// SPDX-License-Identifier: Apache-2.0

/// The lines of the input that the windows of an output row lie on.
struct DepthwiseRowLines {
  /// Column 0 of the first line.
  let source: UnsafePointer<Float>
  /// The kernel's line that lies on it.
  let firstKernelLine: Int
  /// Lines that lie in the input: `lines` of each of `planes`.
  let planes, lines: Int
  /// How many rows, from this one, lie alike: their windows see all lines of the kernel.
  let alike: Int

  init(_ row: WindowRow, of window: Window, input: UnsafePointer<Float>) {
    let height = window.height
    let z = window.depth.start(row.depth)
    let y = height.start(row.height)
    let firstZ = window.depth.firstTap(z)
    let firstY = height.firstTap(y)
    planes = window.depth.endTap(z) &- firstZ
    lines = planes > 0 ? height.endTap(y) &- firstY : 0
    firstKernelLine = firstZ &* height.kernel &+ firstY
    let plane = row.image &* window.depth.input &+ z &+ firstZ &* window.depth.dilation
    let line = plane &* height.input &+ y &+ firstY &* height.dilation
    source = input + line &* window.width.input &* window.channels
    let room = height.input &- y &- (height.kernel &- 1) &* height.dilation &- 1
    alike = lines < height.kernel ? 1 : min(room / max(height.stride, 1) &+ 1, height.output &- row.height)
  }
}

/// Columns of an output row in tiles of four.
struct DepthwiseTiles {
  /// The first tile, and the column behind the last.
  let start, columns: Int
  /// The windows of tiles `first` ..< `end` lie inside of the input.
  let first, end: Int

  /// Columns `firstColumn` ..< `endColumn`, the first a multiple of four, the other too unless it is the output's end.
  init(_ width: WindowAxis, _ firstColumn: Int, _ endColumn: Int) {
    let tile = max(4 &* width.stride, 1)
    let room = width.input &+ width.padding &- (width.kernel &- 1) &* width.dilation &- 1 &- 3 &* width.stride
    start = firstColumn / 4
    columns = endColumn
    first = max(min((width.padding &+ tile &- 1) / tile, (columns &+ 3) / 4), start)
    end = room < 0 ? first : max(min(room / tile &+ 1, columns / 4), first)
  }
}
