// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Paddle's multiclass_nms3 over boxes [B, N, 4] and scores [B, C, N]: per image and class the nms_top_k best above the score threshold, fewer
/// those that overlap a better one; of these the keep_top_k best of the image. Rows (label, score, x1, y1, x2, y2) by image, label, score.
///
/// Outputs: rows [n, 6], index [n, 1] (int32, box counted over all images), count int32 [B]. n is bounded by what every image may keep.
package enum MulticlassNmsOperator: Operator {
  /// The most boxes of a class before and of an image after the choice, for N boxes and C classes.
  private static func limits(_ node: NodeView) -> (perClass: Int, perImage: Int) {
    let attributes = MulticlassNmsAttributes(node.attributes)
    let shape = node.optionalInput(1)?.shape ?? Shape(0, 0, 0)
    let perClass = attributes.nmsTopK < 0 ? shape[2] : min(Int(attributes.nmsTopK), shape[2])
    let all = shape[1] &* perClass
    return (perClass, attributes.keepTopK < 0 ? all : min(Int(attributes.keepTopK), all))
  }

  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let boxes = try node.input(0)
    let scores = try node.input(1)
    try node.requireRank(boxes, 3, "the boxes")
    try node.requireRank(scores, 3, "the scores")
    try node.require(boxes, .float32, "the boxes")
    try node.require(scores, .float32, "the scores")
    guard boxes.shape[2] == 4 && boxes.shape[0] == scores.shape[0] && boxes.shape[1] == scores.shape[2] else {
      throw node.fail(.invalidShape).text("boxes of the shape ").shape(boxes.shape).text(" with scores of ").shape(scores.shape).status
    }
    let (rows, overflow) = scores.shape[0].multipliedReportingOverflow(by: limits(node).perImage)
    guard !overflow else { throw node.fail(.invalidShape).text("too many boxes").status }
    try node.setOutput(0, .float32, Shape(rows, 6))
    try node.setOutput(1, .int32, Shape(rows, 1))
    try node.setOutput(2, .int32, Shape(scores.shape[0]))
    return .bounded
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    let shape = node.optionalInput(1)?.shape ?? Shape(0, 0, 0)
    return Kernel("sorted by class", scratchBytes: (shape[2] &+ shape[1] &* limits(node).perClass) &* MemoryLayout<Int>.stride)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = MulticlassNmsAttributes(node.attributes)
    let boxes = try node.input(0).elements(Float.self)
    let scores = try node.input(1)
    let (batches, classes, count) = (scores.shape[0], scores.shape[1], scores.shape[2])
    let limits = limits(node)
    let order = run.scratch(Int.self)
    // A kept box of the image is class * N + box: where its score lies.
    let kept = run.scratch(Int.self, at: count &* MemoryLayout<Int>.stride)
    var found = 0
    for batch in 0..<batches {
      let imageScores = scores.elements(Float.self) + batch &* classes &* count
      let imageBoxes = boxes + batch &* count &* 4
      var keptCount = 0
      for label in 0..<(count > 0 ? classes : 0) where label != Int(attributes.backgroundLabel) {
        keptCount = keptCount &+ suppress(attributes, imageBoxes, imageScores + label &* count, count, limits.perClass, order,
          kept + keptCount, first: label &* count)
      }
      if keptCount > limits.perImage {
        sortByScore(kept, keptCount, imageScores)
        keptCount = limits.perImage
        heapSort(kept, keptCount) { i, j in
          let (a, b) = (i / max(count, 1), j / max(count, 1))
          if a != b { return a < b }
          return imageScores[i] == imageScores[j] ? i < j : imageScores[i] > imageScores[j]
        }
      }
      for position in 0..<keptCount {
        let (label, index) = (kept[position] / max(count, 1), kept[position] % max(count, 1))
        if let rows = node.optionalOutput(0)?.elements(Float.self) {
          let row = rows + (found &+ position) &* 6
          row[0] = Float(label)
          row[1] = imageScores[kept[position]]
          for corner in 0..<4 { row[2 + corner] = imageBoxes[index &* 4 &+ corner] }
        }
        node.optionalOutput(1)?.elements(Int32.self)[found &+ position] = Int32(truncatingIfNeeded: batch &* count &+ index)
      }
      node.optionalOutput(2)?.elements(Int32.self)[batch] = Int32(truncatingIfNeeded: keptCount)
      found = found &+ keptCount
    }
    node.optionalOutput(0)?.pointee.dimensions = Shape(found, 6)
    node.optionalOutput(1)?.pointee.dimensions = Shape(found, 1)
  }

  /// Writes the boxes that one class keeps, best first, each as `first` + box, and gives their number.
  private static func suppress(_ attributes: MulticlassNmsAttributes, _ boxes: UnsafePointer<Float>, _ scores: UnsafePointer<Float>, _ count: Int,
    _ most: Int, _ order: UnsafeMutablePointer<Int>, _ kept: UnsafeMutablePointer<Int>, first: Int) -> Int {
    var candidates = 0
    for index in 0..<count where scores[index] > attributes.scoreThreshold {
      order[candidates] = index
      candidates = candidates &+ 1
    }
    sortByScore(order, candidates, scores)
    let unit: Float = attributes.normalized ? 0 : 1
    var threshold = attributes.nmsThreshold
    var keptCount = 0
    for candidate in 0..<min(candidates, most) {
      let box = Box(boxes + order[candidate] &* 4)
      var isFree = true
      for other in 0..<keptCount where !(Box(boxes + (kept[other] &- first) &* 4).overlap(box, unit: unit) <= threshold) {
        isFree = false
        break
      }
      guard isFree else { continue }
      kept[keptCount] = first &+ order[candidate]
      keptCount = keptCount &+ 1
      if attributes.nmsEta < 1 && threshold > 0.5 { threshold *= attributes.nmsEta }
    }
    return keptCount
  }
}
