// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Chooses boxes by score, class by class, and drops those that overlap a chosen one by more than the threshold: rows
/// (batch, class, box) of int64, as ONNX has it. Bounded by every class choosing as many as it may.
package enum NonMaximumSuppressionOperator: Operator {
  /// The most boxes that a class may choose: input 2 (none where it is left out), at most all.
  private static func limit(_ node: NodeView) -> Int {
    let boxes = node.optionalInput(0)?.shape[1] ?? 0
    guard let most = node.optionalInput(2) else { return 0 }
    return most.hasData && most.count == 1 ? min(max(node.integer(most, 0), 0), boxes) : boxes
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
    if let most = node.optionalInput(2) {
      try node.requireIndices(most, "the number of boxes")
      try node.requireOneElement(most, "the number of boxes")
    }
    for index in 3..<5 {
      guard let threshold = node.optionalInput(index) else { continue }
      try node.require(threshold, .float32, "a threshold")
      try node.requireOneElement(threshold, "a threshold")
    }
    let classes = scores.shape[0].multipliedReportingOverflow(by: scores.shape[1])
    let rows = classes.partialValue.multipliedReportingOverflow(by: limit(node))
    guard !classes.overflow && !rows.overflow else { throw node.fail(.invalidShape).text("too many boxes").status }
    try node.setOutput(0, .int64, Shape(rows.partialValue, 3))
    return .bounded
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    Kernel("sorted by class", scratchBytes: 2 &* (node.optionalInput(0)?.shape[1] ?? 0) &* MemoryLayout<Int>.stride)
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let boxes = try node.input(0)
    let scores = try node.input(1)
    guard let output = node.optionalOutput(0) else { return }
    let (batches, classes, count) = (scores.shape[0], scores.shape[1], scores.shape[2])
    let most = limit(node)
    let overlapThreshold = node.optionalInput(3).map { $0.elements(Float.self)[0] } ?? 0
    let scoreThreshold = node.optionalInput(4).map { $0.elements(Float.self)[0] }
    let isCentred = NonMaximumSuppressionAttributes(node.attributes).centerPointBox
    let order = run.scratch(Int.self)
    let chosen = run.scratch(Int.self, at: count &* MemoryLayout<Int>.stride)
    let rows = output.elements(Int64.self)
    var found = 0
    for group in 0..<(most > 0 ? batches &* classes : 0) {
      let classScores = scores.elements(Float.self) + group &* count
      let batchBoxes = boxes.elements(Float.self) + group / max(classes, 1) &* count &* 4
      var candidates = 0
      for index in 0..<count where scoreThreshold.map({ classScores[index] > $0 }) ?? true {
        order[candidates] = index
        candidates = candidates &+ 1
      }
      sortByScore(order, candidates, classScores)
      var kept = 0
      for candidate in 0..<candidates where kept < most {
        let index = order[candidate]
        let box = Box(batchBoxes + index &* 4, isCentred: isCentred)
        var isFree = true
        for other in 0..<kept where Box(batchBoxes + chosen[other] &* 4, isCentred: isCentred).overlap(box) > overlapThreshold {
          isFree = false
          break
        }
        guard isFree else { continue }
        chosen[kept] = index
        kept = kept &+ 1
        rows[found &* 3] = Int64(group / max(classes, 1))
        rows[found &* 3 &+ 1] = Int64(group % max(classes, 1))
        rows[found &* 3 &+ 2] = Int64(index)
        found = found &+ 1
      }
    }
    output.pointee.dimensions = Shape(found, 3)
  }
}

/// Sorts indices by falling score, equal ones by rising index; NaN comes last.
func sortByScore(_ indices: UnsafeMutablePointer<Int>, _ count: Int, _ scores: UnsafePointer<Float>) {
  heapSort(indices, count) { i, j in
    let (a, b) = (scores[i], scores[j])
    if a == b || (a != a && b != b) { return i < j }
    return a > b || b != b
  }
}
