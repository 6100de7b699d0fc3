// SPDX-License-Identifier: Apache-2.0
import Kernels
import Operators
import Tensors

/// A one-pass attention on one thread.
struct AttentionPass {
  let shapes: AttentionShapes
  let blocking: AttentionBlocking
  let rows: AttentionRows
  let mask: UnsafePointer<Float>?
  let output: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>

  /// Some queries of one head of one batch.
  func compute(_ task: Int) {
    let first = task % blocking.queryTasks &* blocking.taskQueries
    let head = task / blocking.queryTasks % shapes.heads
    let batch = task / blocking.queryTasks / shapes.heads
    let count = min(blocking.taskQueries, shapes.queries &- first)
    guard count > 0 else { return }
    let part = AttentionTask(pass: self, batch: batch, head: head, first: first, count: count)
    let weights = scratch + blocking.weightOffset
    for query in 0..<count {
      weights[2 &* query] = -.infinity
      weights[2 &* query &+ 1] = 0
    }
    let groups = (count &+ blocking.groupQueries &- 1) / blocking.groupQueries
    // Keys behind the last query of a causal task are not looked at.
    let keys = shapes.visibleKeys(first &+ count &- 1)
    var key = 0
    while key < keys {
      let held = min(blocking.blockKeys, keys &- key)
      part.pack(key, held)
      for group in 0..<groups {
        let begin = group &* blocking.groupQueries
        part.compute(begin, min(blocking.groupQueries, count &- begin), firstKey: key, keys: held)
      }
      key &+= held
    }
  }
}

/// Some queries of one head of one batch.
private struct AttentionTask {
  let pass: AttentionPass
  let batch: Int
  let head: Int
  let first: Int
  let count: Int

  private var shapes: AttentionShapes { pass.shapes }
  private var blocking: AttentionBlocking { pass.blocking }
  private var keyPanels: UnsafeMutablePointer<Float> { pass.scratch + blocking.keyOffset }
  private var valuePanels: UnsafeMutablePointer<Float> { pass.scratch + blocking.valueOffset }

  /// Packs keys, transposed, and values from key `key` on.
  func pack(_ key: Int, _ held: Int) {
    let row = batch &* shapes.keys &+ key
    packPanels(MatrixFactor(pass.rows.k + (row &* shapes.keyStride &+ head &* shapes.features), stride: shapes.keyStride, transposed: true),
      columns: held, depth: shapes.features, into: keyPanels)
    packPanels(MatrixFactor(pass.rows.v + (row &* shapes.valueStride &+ head &* shapes.valueFeatures), stride: shapes.valueStride),
      columns: shapes.valueFeatures, depth: held, into: valuePanels)
  }

  /// `rows` of the task's queries, from `begin` on, against the packed keys: adds their part to the output, and where it is the last
  /// part that they see, divides by the weights' sum.
  func compute(_ begin: Int, _ rows: Int, firstKey: Int, keys: Int) {
    let query = first &+ begin
    let visible = shapes.visibleKeys(query &+ rows &- 1) &- firstKey
    guard visible > 0 else { return }
    let seen = min(visible, keys)
    let scores = pass.scratch
    multiplyKeys(query, rows, seen, of: keys)
    let target = pass.output + ((batch &* shapes.queries &+ query) &* shapes.valueWidth &+ head &* shapes.valueFeatures)
    let isLast = firstKey &+ seen == shapes.visibleKeys(query &+ rows &- 1)
    for row in 0..<rows {
      let line = scores + row &* blocking.scoreFloats
      let own = max(min(shapes.visibleKeys(query &+ row) &- firstKey, seen), 0)
      if let mask = pass.mask {
        let step = shapes.maskStrides[3]
        addFloats(line, mask + (shapes.maskStart(batch, head, query &+ row) &+ firstKey &* step), step: step, count: own)
      }
      let place = pass.scratch + (blocking.weightOffset &+ 2 &* (begin &+ row))
      var weights = ScoreWeights(largest: place[0], sum: place[1])
      let kept = weights.exponentiate(line, count: own, all: seen)
      place[0] = weights.largest
      place[1] = weights.sum
      if firstKey > 0 && kept != 1 { scaleFloats(target + row &* shapes.valueWidth, count: shapes.valueFeatures, by: kept) }
    }
    var product = PanelProduct(panels: valuePanels, columns: shapes.valueFeatures, depth: keys, result: target,
      resultStride: shapes.valueWidth, spare: pass.scratch + blocking.spareOffset)
    product.accumulates = firstKey > 0
    multiply(product, scores, stride: blocking.scoreFloats, rows: rows, depth: seen, columns: shapes.valueFeatures)
    guard isLast else { return }
    for row in 0..<rows {
      let place = pass.scratch + (blocking.weightOffset &+ 2 &* (begin &+ row))
      scaleFloats(target + row &* shapes.valueWidth, count: shapes.valueFeatures,
        by: ScoreWeights(largest: place[0], sum: place[1]).factor)
    }
  }

  /// scores = scale q k for `rows` queries and the first `seen` of the packed keys (and others of the last panel).
  private func multiplyKeys(_ query: Int, _ rows: Int, _ seen: Int, of keys: Int) {
    let copy = pass.scratch + blocking.queryOffset
    // Copied, because rows of all heads displace each other in the cache.
    for row in 0..<rows {
      let source = pass.rows.q + ((batch &* shapes.queries &+ query &+ row) &* shapes.queryStride &+ head &* shapes.features)
      copyScaled(source, copy + row &* blocking.queryFloats, count: shapes.features, by: shapes.scale)
    }
    // All that is packed: rows of scores have room behind the last key.
    let product = PanelProduct(panels: keyPanels, columns: PanelShape.padded(keys), depth: shapes.features, result: pass.scratch,
      resultStride: blocking.scoreFloats, spare: pass.scratch + blocking.spareOffset)
    multiply(product, copy, stride: blocking.queryFloats, rows: rows, depth: shapes.features, columns: seen)
  }

  /// Rows of the left factor against the panels of `product` that hold its first `columns`, as far as `depth`.
  private func multiply(_ product: PanelProduct, _ left: UnsafeMutablePointer<Float>, stride: Int, rows: Int, depth: Int, columns: Int) {
    var lines = UnsafePointer(left)
    if PanelShape.readsInterleaved {
      let interleaved = pass.scratch + blocking.interleavedOffset
      interleaveRows(lines, stride: stride, rows: rows, depth: depth, into: interleaved)
      lines = UnsafePointer(interleaved)
    }
    product.compute(firstRow: 0, rows: rows, lines, aStride: stride, firstDepth: 0, endDepth: depth, firstPanel: 0,
      endPanel: PanelShape.count(columns))
  }
}
