// ONNX operators that index, sort and select. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func indexing() throws -> [Value?]? {
    switch node.opType {
    case "Gather": return [builder.gather(try input(0), try input(1), axis: int("axis"))]
    case "GatherElements": return [builder.gatherElements(try input(0), try input(1), axis: int("axis"))]
    case "GatherND": return [builder.gatherNd(try input(0), try input(1), batchDimensions: int("batch_dims"))]
    case "Scatter", "ScatterElements":
      return [builder.scatterElements(try input(0), try input(1), try input(2), axis: int("axis"), reduction: try reduction())]
    case "ScatterND": return [builder.scatterNd(try input(0), try input(1), try input(2), reduction: try reduction())]
    case "TopK": return try topK()
    case "NonZero": return [builder.nonZero(try input(0))]
    case "Compress": return [try compress()]
    case "ReverseSequence": return [try reverseSequence()]
    case "NonMaxSuppression":
      return [builder.nonMaximumSuppression(boxes: try input(0), scores: try input(1), maxBoxes: optional(2), overlapThreshold: optional(3),
        scoreThreshold: optional(4), centerPointBox: flag("center_point_box"))]
    default: return nil
    }
  }

  private func reduction() throws -> ScatterReduction {
    switch string("reduction", default: "none") {
    case "none": .none
    case "add": .add
    case "mul": .multiply
    case "min": .minimum
    case "max": .maximum
    case let other: throw ImportError.malformed("reduction '\(other)'")
    }
  }

  /// k is an attribute before version 10, an input after.
  private func topK() throws -> [Value?] {
    let x = try input(0), axis = int("axis", default: -1), smallest = !flag("largest", default: true), unsorted = !flag("sorted", default: true)
    let known = version < 10 ? int("k") : constantNumber(try input(1)).flatMap { Int(exactly: $0) }
    if let known, known < 0 { throw ImportError.malformed("k = \(known)") }
    let (values, indices) = builder.topK(x, k: known ?? -1, computedK: known == nil ? try input(1) : nil, axis: axis, smallest: smallest, unsorted: unsorted)
    return [values, indices]
  }

  /// The first lengths[b] steps of sequence b turned round, the others as they are. x [T, B, ...] or [B, T, ...].
  private func reverseSequence() throws -> Value {
    let x = try input(0), lengths = builder.cast(try input(1), to: .int64), time = int("time_axis"), batch = int("batch_axis", default: 1)
    guard (time, batch) == (0, 1) || (time, batch) == (1, 0) else { throw ImportError.malformed("time_axis = \(time), batch_axis = \(batch)") }
    let step = builder.unsqueeze(builder.positions(x, axis: time), axes: [batch]), length = builder.unsqueeze(lengths, axes: [time])
    let turned = builder.binary(.subtract, builder.binary(.subtract, length, 1), step)
    let from = builder.select(builder.binary(.less, step, length), turned, step)
    let trailing = builder.unsqueeze(from, axes: Array(2..<max(2, try builder.rank(x))))
    return builder.gatherElements(x, builder.expand(trailing, to: builder.shape(x)), axis: time)
  }

  /// The rows along `axis` (of the flattened input without it) where the condition holds.
  private func compress() throws -> Value {
    let indices = builder.reshape(builder.nonZero(try input(1)), [-1])
    if has("axis") { return builder.gather(try input(0), indices, axis: int("axis")) }
    return builder.gather(builder.reshape(try input(0), [-1]), indices, axis: 0)
  }
}
