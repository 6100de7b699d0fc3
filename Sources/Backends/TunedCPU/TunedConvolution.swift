// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Convolution by matrix products with packed weights.
enum TunedConvolution: TunedOperator {
  typealias Portable = ConvolutionOperator

  static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let plan = try? PanelLayer(convolution: node, threads: threads), plan.isWorthPacking else { return Portable.kernel(node, threads: threads) }
    var kernel = Kernel(plan.kernelName, reason: plan.reason, allThreads: plan.threads > 1, scratchBytes: plan.threadFloats &* 4 &* plan.threads)
    kernel.packings.0 = Packing(input: 1, layout: PackedLayout.panels(transposed: false), byteCount: plan.packedFloats &* 4)
    return kernel
  }

  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let packed = run.packed.0 else { return try Portable.execute(node, run) }
    if try node.output(0).shape.containsZero { return }
    let plan = try PanelLayer(convolution: node, threads: run.threadCount)
    let activation = ConvolutionAttributes(node.attributes).activation
    let layer = PanelLayerRun(plan: plan, input: try node.input(0).elements(), panels: packed.assumingMemoryBound(to: Float.self),
      output: try node.output(0).elements(), bias: node.optionalInput(2)?.elements(), residual: node.optionalInput(3)?.elements(),
      activation: activation, scratch: run.scratch(Float.self, at: run.threadIndex &* plan.threadFloats &* 4))
    try run.tiles(plan.blocking.tasks) { task throws(Status) in layer.compute(task) }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let weights = try node.input(1)
    let rank = weights.shape.rank
    let groups = max(Int(ConvolutionAttributes(node.attributes).groups), 1)
    let outputs = weights.shape[rank &- 1]
    let columns = outputs / groups
    let depth = weights.shape.product(0, rank &- 1)
    guard let floats = PanelShape.packedFloats(columns: columns, depth: depth), floats &* groups &* 4 == packing.byteCount else {
      throw node.fail(.internal).text("its weights have changed their size").status
    }
    let source: UnsafePointer<Float> = weights.elements()
    for group in 0..<groups {
      packPanels(MatrixFactor(source + group &* columns, stride: outputs), columns: columns, depth: depth,
        into: packed.assumingMemoryBound(to: Float.self) + group &* floats)
    }
  }
}
