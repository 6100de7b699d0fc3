// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Matrix product with a packed right factor, where that is a constant; the portable one, on this instruction set, elsewhere.
enum TunedMatmul: TunedOperator {
  typealias Portable = MatmulOperator

  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    guard let plan = try? MatmulPlan(node), canPack(node, plan) else { return try portableKernel(node, threads) }
    let layer = PanelLayer(product: plan.extents, scale: MatmulAttributes(node.attributes).scale, threads: threads, caches: node.caches)
    guard layer.packedFloats > 0 else { return try portableKernel(node, threads) }
    var kernel = Kernel(.product, reason: "a constant right factor", threads: layer.threads, threadFloats: layer.threadFloats)
    kernel.inPlaceInput = layer.inPlaceInput
    guard let order = PackedOrder.panels(transposed: plan.transposeB) else { return try portableKernel(node, threads) }
    kernel.packings.0 = Packing(input: 1, layout: order.rawValue, byteCount: sizeProduct(layer.packedFloats, 4))
    return kernel
  }

  private static func portableKernel(_ node: NodeView, _ threads: Int) throws(Status) -> Kernel {
    #if CORACLE_WITHOUT_COMPUTED_FACTORS // A library for models that do without.
    throw Status.unsupported
    #else
    return Portable.kernel(node, threads: threads)
    #endif
  }

  /// Whether the product is one of rows with a constant right factor, with an epilogue that panels have.
  static func canPack(_ node: NodeView, _ plan: MatmulPlan) -> Bool {
    guard node.optionalInput(1)?.pointee.is_constant == 1, plan.batches == 1, !plan.transposeA else { return false }
    return MatmulBias(node.optionalInput(2), plan.output).isRow
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    #if CORACLE_WITHOUT_COMPUTED_FACTORS
    let packed = try node.packed(run.packed.0)
    #else
    guard let packed = run.packed.0 else { return try Portable.execute(node, run) }
    #endif
    let plan = try MatmulPlan(node)
    if plan.output.containsZero { return }
    let attributes = MatmulAttributes(node.attributes)
    let layer = PanelLayer(product: plan.extents, scale: attributes.scale, threads: run.threadCount, caches: node.caches)
    var part = PanelLayerRun(plan: layer, input: try node.input(0).elements(), panels: packed.assumingMemoryBound(to: Float.self),
      output: try node.output(0).elements(), bias: node.optionalInput(2)?.elements(), residual: node.optionalInput(3)?.elements(),
      activation: attributes.activation, scratch: run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4))
    try run.tiles(layer.blocking.tasks) { task throws(Status) in part.compute(task) }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let plan = try MatmulPlan(node)
    guard let floats = PanelShape.packedFloats(columns: plan.extents.columns, depth: plan.extents.depth), floats &* 4 == packing.byteCount else {
      throw node.fail(.internal).text("its right factor has changed its size").status
    }
    packPanels(MatrixFactor(try node.input(1).elements(), stride: plan.bStride, transposed: plan.transposeB), columns: plan.extents.columns,
      depth: plan.extents.depth, into: packed.assumingMemoryBound(to: Float.self))
  }
}
