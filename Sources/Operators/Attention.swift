// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Scaled dot-product attention of several heads (Vaswani et al. 2017): see AttentionAttributes in model.fbs.
///
/// A causal query s of S sees the keys up to s + max(T - S, 0): earlier keys are a cache. A query that sees no key gives zeros.
package enum AttentionOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = AttentionAttributes(node.attributes)
    if attributes.valueFeatures != 0 { return try inferJoined(node, heads: Int(attributes.heads), valueFeatures: Int(attributes.valueFeatures)) }
    let q = try node.input(0)
    let k = try node.input(1)
    let v = try node.input(2)
    try node.require(q, .float32, "the query")
    try node.require(k, .float32, "the key")
    try node.require(v, .float32, "the value")
    let heads = Int(attributes.heads)
    guard heads > 0, q.shape.rank == 3, k.shape.rank == 3, v.shape.rank == 3, k.shape[0] == q.shape[0], v.shape[0] == q.shape[0],
      k.shape[1] == v.shape[1], k.shape[2] == q.shape[2], q.shape[2] % heads == 0, v.shape[2] % heads == 0 else {
      throw node.fail(.invalidShape).text("query ").shape(q.shape).text(", key ").shape(k.shape).text(" and value ").shape(v.shape)
        .text(" do not fit together with ").integer(heads).text(" heads").status
    }
    try checkMask(node, Shape(q.shape[0], heads, q.shape[1], k.shape[1]))
    try node.setOutput(0, .float32, Shape(q.shape[0], q.shape[1], v.shape[2]))
    return .known
  }

  /// Queries, keys and values side by side in input 0.
  private static func inferJoined(_ node: NodeView, heads: Int, valueFeatures: Int) throws(Status) -> Inference {
    let rows = try node.input(0)
    try node.require(rows, .float32, "the rows of queries, keys and values")
    guard node.optionalInput(1) == nil, node.optionalInput(2) == nil else {
      throw node.fail(.invalidModel).text("value_features says that input 0 holds keys and values, and there are others").status
    }
    // Both numbers have 32 bits, so their product can be counted.
    let shape = rows.shape
    guard heads > 0, valueFeatures > 0, shape.rank == 3, shape[2] >= heads &* valueFeatures,
      (shape[2] &- heads &* valueFeatures) % (2 &* heads) == 0 else {
      throw node.fail(.invalidShape).shape(shape).text(" does not hold queries, keys and values of ").integer(heads).text(" heads with ")
        .integer(valueFeatures).text(" features of a value").status
    }
    try checkMask(node, Shape(shape[0], heads, shape[1], shape[1]))
    try node.setOutput(0, .float32, Shape(shape[0], shape[1], heads &* valueFeatures))
    return .known
  }

  private static func checkMask(_ node: NodeView, _ scores: Shape) throws(Status) {
    guard let mask = node.optionalInput(3) else { return }
    try node.require(mask, .float32, "the mask")
    guard mask.shape.rank <= 4, Shape.broadcast(mask.shape, scores) == scores else {
      throw node.fail(.invalidShape).text("the mask ").shape(mask.shape).text(" does not broadcast to ").shape(scores).status
    }
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    // Blocks depend on how many threads take part.
    guard let single = try? AttentionPlan(node, threads: 1) else { return Kernel("none") }
    let allThreads = threads > 1 && single.shapes.work > 20_000
    guard let plan = allThreads ? try? AttentionPlan(node, threads: threads) : single else { return Kernel("none") }
    return Kernel("blocks of queries, scores in scratch", allThreads: allThreads,
      scratchBytes: sizeProduct(plan.threadFloats &* 4, allThreads ? threads : 1))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let plan = try AttentionPlan(node, threads: run.threadCount)
    let attention = Attention(plan: plan, rows: try AttentionRows(node, plan.shapes), mask: node.optionalInput(3)?.elements(),
      output: try node.output(0).elements(), scratch: run.scratch(Float.self, at: run.threadIndex &* plan.threadFloats &* 4))
    try run.tiles(plan.tiles) { tile throws(Status) in attention.compute(tile) }
  }
}

/// What an attention's inputs and attributes say.
package struct AttentionShapes {
  package let batch: Int
  package let heads: Int
  package let queries: Int
  package let keys: Int
  /// Features of a head in query and key, and in value and output.
  package let features: Int
  package let valueFeatures: Int
  /// Floats from one row to the next, in queries, keys and values.
  package let queryStride: Int
  package let keyStride: Int
  package let valueStride: Int
  package let scale: Float
  package let causal: Bool
  /// Distances in the mask along [batch, heads, queries, keys].
  package let maskStrides: Shape

  /// For a node that `infer` has accepted.
  @_optimize(size)
  package init(_ node: NodeView) throws(Status) {
    let attributes = AttentionAttributes(node.attributes)
    let q = try node.input(0).shape
    batch = q[0]
    heads = max(Int(attributes.heads), 1)
    queries = q[1]
    if attributes.valueFeatures != 0 {
      keys = q[1]
      valueFeatures = Int(attributes.valueFeatures)
      features = (q[2] &- heads &* valueFeatures) / (2 &* heads)
      (queryStride, keyStride, valueStride) = (q[2], q[2], q[2])
    } else {
      let k = try node.input(1).shape
      let v = try node.input(2).shape
      keys = k[1]
      features = q[2] / heads
      valueFeatures = v[2] / heads
      (queryStride, keyStride, valueStride) = (q[2], k[2], v[2])
    }
    scale = attributes.scale
    causal = attributes.causal
    let scores = Shape(batch, heads, queries, keys)
    maskStrides = node.optionalInput(3)?.shape.broadcastStrides(to: scores) ?? Shape()
  }

  /// Floats of a row of queries or keys, and of a row of values or output.
  package var modelWidth: Int { heads &* features }
  package var valueWidth: Int { heads &* valueFeatures }

  /// The keys that query `index` sees.
  package func visibleKeys(_ index: Int) -> Int { causal ? min(keys, index &+ 1 &+ max(keys &- queries, 0)) : keys }

  /// Where the mask of a query begins.
  package func maskStart(_ batch: Int, _ head: Int, _ query: Int) -> Int {
    batch &* maskStrides[0] &+ head &* maskStrides[1] &+ query &* maskStrides[2]
  }

  package var work: Int {
    ProductExtents(rows: max(batch &* queries, 0), columns: max(keys, 0), depth: heads &* max(features &+ valueFeatures, 0)).work
  }
}

/// Where an attention's queries, keys and values begin: in three tensors, or side by side in one.
package struct AttentionRows {
  package let q: UnsafePointer<Float>
  package let k: UnsafePointer<Float>
  package let v: UnsafePointer<Float>

  package init(_ node: NodeView, _ shapes: AttentionShapes) throws(Status) {
    q = try node.input(0).elements()
    guard AttentionAttributes(node.attributes).valueFeatures == 0 else {
      k = q + shapes.modelWidth
      v = k + shapes.modelWidth
      return
    }
    k = try node.input(1).elements()
    v = try node.input(2).elements()
  }
}

/// How the portable attention is divided.
private struct AttentionPlan {
  let shapes: AttentionShapes
  /// Queries whose scores are in scratch at once.
  let block: Int
  /// Floats of the scores, and of all scratch of a thread.
  let scoreFloats: Int
  let threadFloats: Int

  private static var scoreBudget: Int { 64 * 1024 }

  init(_ node: NodeView, threads: Int) throws(Status) {
    shapes = try AttentionShapes(node)
    let (queries, keys) = (shapes.queries, max(shapes.keys, 0))
    // Few heads: smaller blocks, so that every thread has some.
    let share = shapes.batch &* shapes.heads < 2 &* threads ? (queries &+ threads &- 1) / max(threads, 1) : queries
    block = max(min(min(share, 64), AttentionPlan.scoreBudget / max(keys, 1)), 1)
    scoreFloats = (block &* keys &+ 15) / 16 &* 16
    let product = max(multiplyScratch(ProductExtents(rows: block, columns: keys, depth: max(shapes.features, 0))),
      multiplyScratch(ProductExtents(rows: block, columns: max(shapes.valueFeatures, 0), depth: keys)))
    threadFloats = scoreFloats &+ (product &+ 15) / 16 &* 16
  }

  var blocks: Int { (shapes.queries &+ block &- 1) / block }
  var tiles: Int { shapes.batch &* shapes.heads &* blocks }
}

/// An attention on one thread.
private struct Attention {
  let plan: AttentionPlan
  let rows: AttentionRows
  let mask: UnsafePointer<Float>?
  let output: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>

  /// One block of queries of one head of one batch.
  func compute(_ tile: Int) {
    let shapes = plan.shapes
    let first = tile % plan.blocks &* plan.block
    let head = tile / plan.blocks % shapes.heads
    let batch = tile / plan.blocks / shapes.heads
    let count = min(plan.block, shapes.queries &- first)
    let product = scratch + plan.scoreFloats
    // Keys behind the last query of a causal block are not looked at.
    let keys = shapes.visibleKeys(first &+ count &- 1)
    let query = MatrixFactor(rows.q + ((batch &* shapes.queries &+ first) &* shapes.queryStride &+ head &* shapes.features),
      stride: shapes.queryStride)
    let key = MatrixFactor(rows.k + (batch &* shapes.keys &* shapes.keyStride &+ head &* shapes.features), stride: shapes.keyStride, transposed: true)
    multiply(query, key, ProductExtents(rows: count, columns: keys, depth: shapes.features), scale: shapes.scale, into: scratch,
      stride: keys, scratch: product)
    let value = MatrixFactor(rows.v + (batch &* shapes.keys &* shapes.valueStride &+ head &* shapes.valueFeatures), stride: shapes.valueStride)
    let target = output + ((batch &* shapes.queries &+ first) &* shapes.valueWidth &+ head &* shapes.valueFeatures)
    for row in 0..<count {
      let scores = scratch + row &* keys
      let visible = shapes.visibleKeys(first &+ row)
      if let mask {
        addFloats(scores, mask + shapes.maskStart(batch, head, first &+ row), step: shapes.maskStrides[3], count: visible)
      }
      var weights = ScoreWeights()
      _ = weights.exponentiate(scores, count: visible, all: keys)
      scaleFloats(scores, count: visible, by: weights.factor)
    }
    multiply(MatrixFactor(scratch, stride: keys), value, ProductExtents(rows: count, columns: shapes.valueFeatures, depth: keys),
      into: target, stride: shapes.valueWidth, scratch: product)
  }
}
