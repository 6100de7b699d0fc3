// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Attention as the card's library computes it: a product of queries and keys, softmax in float32 on the vector cores, and a product of the weights,
/// which are rounded by the largest of all heads, with the values. On one thread, because the second product waits for that maximum.
struct KunlunAttention: KunlunOperator {
  private let settings: KunlunSettings
  private let shapes: AttentionShapes
  private let keyFactor: PackedFactor
  private let valueFactor: PackedFactor
  /// Bytes of all scores, and of the larger of the packed factors behind them.
  private let scoreBytes: Int
  private let packedBytes: Int
  private let scratch: (scores: ThreadScratch, values: ThreadScratch)

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    shapes = try AttentionShapes(node)
    keyFactor = PackedFactor(settings.arithmetic, isPerChannel: false, groups: 1, columns: shapes.keys, depth: shapes.features)
    valueFactor = PackedFactor(settings.arithmetic, isPerChannel: false, groups: 1, columns: shapes.valueFeatures, depth: shapes.keys)
    let scores = Shape(shapes.batch, shapes.heads, shapes.queries, shapes.keys).checkedElementCount
    guard let scores, let keyBytes = keyFactor.byteCount, let valueBytes = valueFactor.byteCount, scores < Shape.maximumElementCount / 4 else {
      throw node.decline()
    }
    scoreBytes = (scores &* 4 &+ 63) / 64 &* 64
    packedBytes = (max(keyBytes, valueBytes) &+ 63) / 64 &* 64
    scratch = (ThreadScratch(keyFactor), ThreadScratch(valueFactor))
  }

  func kernel(threads: Int) -> Kernel {
    Kernel(settings.arithmetic.kernelName, reason: "two products, softmax in float32",
      scratchBytes: scoreBytes &+ packedBytes &+ max(scratch.scores.byteCount, scratch.values.byteCount))
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard run.isFirst, try !node.output(0).shape.containsZero else { return }
    let rows = try AttentionRows(node, shapes)
    let output: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let scores = run.scratch(Float.self)
    weigh(rows, node.optionalInput(3)?.elements(), into: scores, run)

    let maximum = settings.leftMaximum(scores, shapes.batch &* shapes.heads &* shapes.queries &* shapes.keys)
    let valueMaximum = largest(rows.v, rows: shapes.batch &* shapes.keys, shapes.valueWidth, stride: shapes.valueStride)
    let packed = UnsafeMutableRawPointer(run.scratch(UInt8.self, at: scoreBytes))
    eachHead { batch, head, index in
      let value = rows.v + (batch &* shapes.keys &* shapes.valueStride &+ head &* shapes.valueFeatures)
      valueFactor.pack(MatrixFactor(value, stride: shapes.valueStride), group: 0, maximum: valueMaximum, into: packed)
      let product = KunlunProduct(.matrix(scores + index &* shapes.queries &* shapes.keys, stride: shapes.keys), maximum, valueFactor, packed,
        scratch: scratch.values.operands(run, behind: scoreBytes &+ packedBytes))
      product.compute(0, shapes.queries, into: output + (batch &* shapes.queries &* shapes.valueWidth &+ head &* shapes.valueFeatures),
        stride: shapes.valueWidth)
    }
  }

  /// Makes the weights of all heads, [batch, heads, queries, keys].
  private func weigh(_ rows: AttentionRows, _ mask: UnsafePointer<Float>?, into scores: UnsafeMutablePointer<Float>, _ run: Execution) {
    let queryMaximum: LeftMaximum = settings.isEvery16 ? .every16
      : .tensor(largest(rows.q, rows: shapes.batch &* shapes.queries, shapes.modelWidth, stride: shapes.queryStride))
    let keyMaximum = largest(rows.k, rows: shapes.batch &* shapes.keys, shapes.modelWidth, stride: shapes.keyStride)
    let packed = UnsafeMutableRawPointer(run.scratch(UInt8.self, at: scoreBytes))
    eachHead { batch, head, index in
      let key = rows.k + (batch &* shapes.keys &* shapes.keyStride &+ head &* shapes.features)
      keyFactor.pack(MatrixFactor(key, stride: shapes.keyStride, transposed: true), group: 0, maximum: keyMaximum, into: packed)
      let query = rows.q + (batch &* shapes.queries &* shapes.queryStride &+ head &* shapes.features)
      let product = KunlunProduct(.matrix(query, stride: shapes.queryStride), queryMaximum, keyFactor, packed,
        scratch: scratch.scores.operands(run, behind: scoreBytes &+ packedBytes))
      let target = scores + index &* shapes.queries &* shapes.keys
      product.compute(0, shapes.queries, into: target, stride: shapes.keys)
      for row in 0..<shapes.queries {
        let values = target + row &* shapes.keys
        let visible = shapes.visibleKeys(row)
        scaleFloats(values, count: visible, by: shapes.scale)
        if let mask { addFloats(values, mask + shapes.maskStart(batch, head, row), step: shapes.maskStrides[3], count: visible) }
        var weights = ScoreWeights()
        _ = weights.exponentiate(values, count: visible, all: shapes.keys)
        scaleFloats(values, count: visible, by: weights.factor)
      }
    }
  }

  private func eachHead(_ body: (_ batch: Int, _ head: Int, _ index: Int) -> Void) {
    for index in 0..<(shapes.batch &* shapes.heads) { body(index / shapes.heads, index % shapes.heads, index) }
  }

  /// The maximum of `width` columns of rows that may hold others.
  private func largest(_ elements: UnsafePointer<Float>, rows: Int, _ width: Int, stride: Int) -> Float {
    var found = leastMaximum
    for row in 0..<max(rows, 0) { found = max(found, largestMagnitude(elements + row &* stride, width)) }
    return found
  }
}
