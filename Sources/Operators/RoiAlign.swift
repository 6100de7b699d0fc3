// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Pools boxes of x [N, H, W, C] to [height, width]: the average (or maximum) of bilinear samples in every cell (He et al. 2017, RoIAlign).
///
/// Inputs: x, boxes [R, 4] (x1, y1, x2, y2), batch indices int32 or int64 [R]. A box that is not finite gives zeros; a cell is sampled
/// at most four times as often as the image has rows or columns.
package enum RoiAlignOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = RoiAlignAttributes(node.attributes)
    let input = try node.input(0)
    let boxes = try node.input(1)
    let batches = try node.input(2)
    try node.requireRank(input, 4, "the input")
    try node.requireRank(boxes, 2, "the boxes")
    try node.requireRank(batches, 1, "the batch indices")
    try node.require(input, .float32, "the input")
    try node.require(boxes, .float32, "the boxes")
    try node.requireIndices(batches, "the batch indices")
    let shape = input.shape
    guard boxes.shape[1] == 4 && batches.count == boxes.shape[0] && shape[1] > 0 && shape[2] > 0 else {
      throw node.fail(.invalidShape).text("boxes of the shape ").shape(boxes.shape).text(" with batch indices of ").shape(batches.shape)
        .text(" over ").shape(shape).status
    }
    guard attributes.height > 0 && attributes.width > 0 else { throw node.fail(.invalidModel).text("no cells").status }
    try node.setOutput(0, .float32, Shape(boxes.shape[0], Int(attributes.height), Int(attributes.width), shape[3]))
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving((node.optionalOutput(0)?.count ?? 0) &* 8, "along channels") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = RoiAlignAttributes(node.attributes)
    let input = try node.input(0)
    let boxes = try node.input(1).elements(Float.self)
    let batches = Indices(try node.input(2))
    guard let output = node.optionalOutput(0), output.count > 0 else { return }
    let (shape, result) = (input.shape, output.shape)
    let (cells, channels) = (result[1] &* result[2], shape[3])
    try run.share(of: result[0] &* cells) { (begin, end) throws(Status) in
      for cell in begin..<end {
        let box = cell / cells
        let batch = try batches.position(box, extent: shape[0], node)
        let rows = CellAxis(attributes, boxes[box &* 4 &+ 1], boxes[box &* 4 &+ 3], cell % cells / result[2], of: result[1], extent: shape[1])
        let columns = CellAxis(attributes, boxes[box &* 4], boxes[box &* 4 &+ 2], cell % result[2], of: result[2], extent: shape[2])
        pool(input.elements(Float.self) + batch &* shape[1] &* shape[2] &* channels, shape, rows, columns, maximum: attributes.maximum,
          output.elements(Float.self) + cell &* channels)
      }
    }
  }

  private static func pool(_ image: UnsafePointer<Float>, _ shape: Shape, _ rows: CellAxis, _ columns: CellAxis, maximum: Bool,
    _ result: UnsafeMutablePointer<Float>) {
    let channels = shape[3]
    for channel in 0..<channels { result[channel] = 0 }
    var isFirst = true
    for row in 0..<rows.samples {
      let (top, bottom, down, isRowInside) = rows.sample(row)
      for column in 0..<columns.samples {
        let (left, right, across, isColumnInside) = columns.sample(column)
        let isInside = isRowInside && isColumnInside
        if !isInside && !maximum { continue }
        let a = image + (top &* shape[2] &+ left) &* channels
        let b = image + (top &* shape[2] &+ right) &* channels
        let c = image + (bottom &* shape[2] &+ left) &* channels
        let d = image + (bottom &* shape[2] &+ right) &* channels
        let scale: Float = isInside ? 1 : 0
        let (p, q) = (scale * (1 - down) * (1 - across), scale * (1 - down) * across)
        let (r, s) = (scale * down * (1 - across), scale * down * across)
        if maximum {
          // As ONNX has it: the largest weighted corner, not the largest sample.
          for channel in 0..<channels {
            let value = max(max(p * a[channel], q * b[channel]), max(r * c[channel], s * d[channel]))
            result[channel] = isFirst || value > result[channel] ? value : result[channel]
          }
          isFirst = false
        } else {
          for channel in 0..<channels {
            result[channel] += p * a[channel] + q * b[channel] + r * c[channel] + s * d[channel]
          }
        }
      }
    }
    let count = Float(max(rows.samples &* columns.samples, 1))
    if !maximum { for channel in 0..<channels { result[channel] /= count } }
  }
}

/// The samples of one cell along one axis.
private struct CellAxis {
  let samples: Int
  private let start: Float
  private let step: Float
  private let extent: Int

  init(_ attributes: RoiAlignAttributes, _ low: Float, _ high: Float, _ cell: Int, of cells: Int, extent: Int) {
    self.extent = extent
    let offset: Float = attributes.halfPixel ? 0.5 : 0
    let begin = low * attributes.spatialScale - offset
    var length = high * attributes.spatialScale - offset - begin
    if !attributes.halfPixel { length = max(length, 1) }
    let size = length / Float(max(cells, 1))
    guard begin > -1e9 && begin < 1e9 && length > -1e9 && length < 1e9 else {
      (samples, start, step) = (0, 0, 0)
      return
    }
    let wanted = attributes.samplingRatio > 0 ? Int(attributes.samplingRatio) : Int(platform_ceil(size))
    samples = max(min(wanted, 4 &* extent &+ 16), 0)
    step = samples > 0 ? size / Float(samples) : 0
    start = begin + Float(cell) * size
  }

  /// Two neighbours, the weight of the second, and whether the sample lies in the image at all.
  @inline(__always)
  func sample(_ index: Int) -> (low: Int, high: Int, weight: Float, isInside: Bool) {
    let place = start + (Float(index) + 0.5) * step
    guard place >= -1 && place <= Float(extent) else { return (0, 0, 0, false) }
    let inside = max(place, 0)
    let low = Int(inside)
    return low >= extent - 1 ? (extent - 1, extent - 1, 0, true) : (low, low + 1, inside - Float(low), true)
  }
}
