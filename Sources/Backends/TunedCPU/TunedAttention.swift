// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Attention in one pass: blocks of queries by blocks of keys, whose scores stay in the first-level cache (Dao et al.,
/// FlashAttention, 2022); the portable one, on this instruction set, for so few queries that packing does not pay.
enum TunedAttention: TunedOperator {
  typealias Portable = AttentionOperator

  static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let shapes = try? AttentionShapes(node), AttentionBlocking.pays(shapes) else { return Portable.kernel(node, threads: threads) }
    let workers = shapes.work > 20_000 ? threads : 1
    return Kernel(.attention, reason: "enough queries to pack keys and values", threads: workers,
      threadFloats: AttentionBlocking(shapes, threads: workers).threadFloats)
  }

  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let shapes = try AttentionShapes(node)
    guard AttentionBlocking.pays(shapes) else { return try Portable.execute(node, run) }
    let blocking = AttentionBlocking(shapes, threads: run.threadCount)
    let pass = AttentionPass(shapes: shapes, blocking: blocking, rows: try AttentionRows(node, shapes), mask: node.optionalInput(3)?.elements(),
      output: try node.output(0).elements(), scratch: run.scratch(Float.self, at: run.threadIndex &* blocking.threadFloats &* 4))
    try run.tiles(blocking.tasks) { task throws(Status) in pass.compute(task) }
  }
}
