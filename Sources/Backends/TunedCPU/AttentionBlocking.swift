// SPDX-License-Identifier: Apache-2.0
import Kernels
import Operators
import Tensors

/// How an attention is divided: tasks of queries of one head, which meet blocks of keys; in a task, groups of queries whose scores
/// with such a block are in scratch.
struct AttentionBlocking {
  let taskQueries: Int
  let queryTasks: Int
  let tasks: Int
  let blockKeys: Int
  let groupQueries: Int
  /// Floats between rows of scores, and between copied queries.
  let scoreFloats: Int
  let queryFloats: Int
  /// Where things lie in a thread's scratch, in floats; scores come first.
  let queryOffset, interleavedOffset, keyOffset, valueOffset, weightOffset, spareOffset: Int
  let threadFloats: Int

  /// Floats of scores that are in scratch at once.
  private static var scoreBudget: Int { 6 * 1024 }

  /// Whether there is something to compute, and packed keys are used often enough.
  static func pays(_ shapes: AttentionShapes) -> Bool {
    shapes.batch > 0 && shapes.queries >= 8 && shapes.keys > 0 && shapes.features > 0 && shapes.valueFeatures > 0
  }

  /// For shapes that `pays` accepts; `threads` are to share the tasks.
  init(_ shapes: AttentionShapes, threads: Int) {
    let rows = PanelShape.rows
    let blocks = shapes.keys <= 384 ? 1 : (shapes.keys &+ 255) / 256
    blockKeys = (shapes.keys &+ blocks &* PanelShape.columns &- 1) / (blocks &* PanelShape.columns) &* PanelShape.columns
    groupQueries = max(min(AttentionBlocking.scoreBudget / blockKeys, 8 &* rows) / rows, 1) &* rows
    let heads = shapes.batch &* shapes.heads
    // A few tasks a thread; not so few queries that packing the keys for them takes its time, not so many that their sums leave the cache.
    let wanted = threads > 1 ? min((4 &* threads &+ heads &- 1) / max(heads, 1), (shapes.queries &+ 63) / 64) : 1
    let divided = max(max(wanted, (shapes.queries &+ 511) / 512), 1)
    taskQueries = (shapes.queries &+ divided &* rows &- 1) / (divided &* rows) &* rows
    queryTasks = (shapes.queries &+ taskQueries &- 1) / taskQueries
    tasks = heads &* queryTasks
    scoreFloats = blockKeys &+ 16
    queryFloats = (shapes.features &+ 31) / 32 &* 32 &+ 16
    queryOffset = groupQueries &* scoreFloats
    interleavedOffset = sizeSum(queryOffset, sizeProduct(groupQueries, queryFloats))
    keyOffset = sizeSum(interleavedOffset, PanelShape.readsInterleaved ? sizeProduct(groupQueries, max(blockKeys, queryFloats)) : 0)
    valueOffset = sizeSum(keyOffset, sizeProduct(blockKeys, shapes.features))
    weightOffset = sizeSum(valueOffset, sizeProduct(blockKeys, PanelShape.padded(shapes.valueFeatures)))
    spareOffset = sizeSum(weightOffset, 2 &* taskQueries)
    threadFloats = sizeProduct((sizeSum(spareOffset, PanelProduct.spareFloats) &+ 15) / 16, 16)
  }
}
