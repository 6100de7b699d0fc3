// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Attention as the card's library computes it: a product of queries and keys, softmax in float32 on the vector cores, and a product of the weights,
/// which are rounded by the largest of all heads, with the values. Threads divide the queries of all heads, and meet before the second product.
struct KunlunAttention: KunlunOperator {
  private let settings: KunlunSettings
  private let shapes: AttentionShapes
  private let keyFactor: PackedFactor
  private let valueFactor: PackedFactor
  /// Bytes of all scores.
  private let scoreBytes: Int
  private let scratch: ThreadScratch

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    shapes = try AttentionShapes(node)
    keyFactor = PackedFactor(settings.arithmetic, isPerChannel: false, groups: 1, columns: shapes.keys, depth: shapes.features)
    valueFactor = PackedFactor(settings.arithmetic, isPerChannel: false, groups: 1, columns: shapes.valueFeatures, depth: shapes.keys)
    let scores = Shape(shapes.batch, shapes.heads, shapes.queries, shapes.keys).checkedElementCount
    guard let scores, keyFactor.byteCount != nil, valueFactor.byteCount != nil, scores < Shape.maximumElementCount / 4 else { throw node.decline() }
    scoreBytes = (scores &* 4 &+ 63) / 64 &* 64
    scratch = ThreadScratch(keyFactor, packs: true).with(ThreadScratch(valueFactor, packs: true))
  }

  var leavesMaximum: Bool { settings.leavesMaxima }

  func kernel(threads: Int) -> Kernel {
    let allThreads = threads > 1 && shapes.work > 20_000
    return Kernel(settings.arithmetic.kernelName, reason: "two products, softmax in float32", allThreads: allThreads,
      scratchBytes: scoreBytes &+ scratch.byteCount &* (allThreads ? threads : 1))
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let rows = try AttentionRows(node, shapes)
    let output: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let scores = run.scratch(Float.self)
    let scoreMaximum = ResultMaximum(run, scratch, behind: scoreBytes)
    try weigh(rows, node, into: scores, scoreMaximum, run)
    let maximum = settings.left(settings.found(run) { scoreMaximum.whole })
    let valueMaximum = operandMaximum(node, 2, rows.v, rows: shapes.batch &* shapes.keys, shapes.valueWidth, stride: shapes.valueStride, run)
    let found = ResultMaximum(run, scratch, behind: scoreBytes, 1)
    try eachHead(run, found) { share, batch, head, index, begin, end in
      let value = rows.v + (batch &* shapes.keys &* shapes.valueStride &+ head &* shapes.valueFeatures)
      let packed = scratch.packed(share, behind: scoreBytes)
      valueFactor.pack(MatrixFactor(value, stride: shapes.valueStride), group: 0, maximum: valueMaximum, into: packed)
      let product = KunlunProduct(.matrix(scores + index &* shapes.queries &* shapes.keys, stride: shapes.keys), maximum, valueFactor, packed,
        scratch: scratch.operands(share, behind: scoreBytes))
      let target = output + (batch &* shapes.queries &* shapes.valueWidth &+ head &* shapes.valueFeatures)
      product.compute(begin, end, into: target, stride: shapes.valueWidth)
      found.raise(share, target + begin &* shapes.valueWidth, rows: end &- begin, columns: shapes.valueFeatures, stride: shapes.valueWidth)
    }
    found.leave(try node.output(0), settings.generation)
  }

  /// Makes the weights of all queries in [batch, heads, queries, keys].
  private func weigh(_ rows: AttentionRows, _ node: NodeView, into scores: UnsafeMutablePointer<Float>, _ found: ResultMaximum,
    _ run: Execution) throws(Status) {
    let mask: UnsafePointer<Float>? = node.optionalInput(3)?.elements()
    let queryMaximum = settings.left(operandMaximum(node, 0, rows.q, rows: shapes.batch &* shapes.queries, shapes.modelWidth,
      stride: shapes.queryStride, run))
    let keyMaximum = operandMaximum(node, 1, rows.k, rows: shapes.batch &* shapes.keys, shapes.modelWidth, stride: shapes.keyStride, run)
    try eachHead(run, found) { share, batch, head, index, begin, end in
      let packed = scratch.packed(share, behind: scoreBytes)
      let key = rows.k + (batch &* shapes.keys &* shapes.keyStride &+ head &* shapes.features)
      keyFactor.pack(MatrixFactor(key, stride: shapes.keyStride, transposed: true), group: 0, maximum: keyMaximum, into: packed)
      let query = rows.q + (batch &* shapes.queries &* shapes.queryStride &+ head &* shapes.features)
      let product = KunlunProduct(.matrix(query, stride: shapes.queryStride), queryMaximum, keyFactor, packed,
        scratch: scratch.operands(share, behind: scoreBytes))
      let target = scores + index &* shapes.queries &* shapes.keys
      product.compute(begin, end, into: target, stride: shapes.keys)
      for row in begin..<end {
        let values = target + row &* shapes.keys
        let visible = shapes.visibleKeys(row)
        scaleFloats(values, count: visible, by: shapes.scale)
        if let mask { addFloats(values, mask + shapes.maskStart(batch, head, row), step: shapes.maskStrides[3], count: visible) }
        var weights = ScoreWeights()
        _ = weights.exponentiate(values, count: visible, all: shapes.keys)
        scaleFloats(values, count: visible, by: weights.factor)
      }
      found.raise(share, target + begin &* shapes.keys, rows: end &- begin, columns: shapes.keys, stride: shapes.keys)
    }
  }

  /// A phase that calls `body` for the heads in each share of the queries of all heads, with the share's queries in each; `found` gets their maximum.
  private func eachHead(_ run: Execution, _ found: ResultMaximum,
    _ body: (_ share: Execution, _ batch: Int, _ head: Int, _ index: Int, _ begin: Int, _ end: Int) -> Void) throws(Status) {
    let queries = shapes.queries
    try run.phase { share throws(Status) in
      found.clear(share)
      try share.share(of: shapes.batch &* shapes.heads &* queries) { first, last throws(Status) in
        var begin = first
        while begin < last {
          let index = begin / queries
          let end = min(last, (index &+ 1) &* queries)
          body(share, index / shapes.heads, index % shapes.heads, index, begin &- index &* queries, end &- index &* queries)
          begin = end
        }
      }
    }
  }

  /// The maximum of `width` columns of rows that may hold others beside them; of an input of its own, as its producer may have left it.
  private func operandMaximum(_ node: NodeView, _ input: Int, _ elements: UnsafePointer<Float>, rows: Int, _ width: Int, stride: Int,
    _ run: Execution) -> Float {
    if width == stride, let tensor = node.optionalInput(input) { return settings.maximum(tensor, run) }
    return settings.found(run) {
      var found = leastMaximum
      for row in 0..<max(rows, 0) { found = max(found, largestMagnitude(elements + row &* stride, width)) }
      return found
    }
  }
}
