// SPDX-License-Identifier: Apache-2.0
#if CORACLE_FLOAT16
import Kernels
import ModelFile
import Operators
import Tensors

/// What is computed in float16: convolutions and matrix products with constant weights. The backends behind run the rest, in float32.
enum HalfOperators: OperatorSet {
  static func visit<Visitor: OperatorVisitor>(_ code: OperatorCode, _ visitor: Visitor) throws(Status) -> Visitor.Result? {
    switch code {
    case .convolution: try visitor.visit(HalfConvolution.self)
    case .matmul: try visitor.visit(HalfMatmul.self)
    default: nil
    }
  }
}

enum HalfConvolution: TunedOperator {
  typealias Portable = ConvolutionOperator

  private static func layer(_ node: NodeView, threads: Int) throws(Status) -> HalfLayer {
    guard node.optionalInput(1)?.pointee.is_constant == 1, let layer = HalfLayer(try PanelLayer(convolution: node, threads: threads), caches: node.caches)
    else { throw Status.unsupported }
    return layer
  }

  @_optimize(size)
  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    try layer(node, threads: threads).kernel(order: PackedOrder.halfPanels().rawValue)
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    try HalfOperators.execute(try layer(node, threads: run.threadCount), node, ConvolutionAttributes(node.attributes).activation, run)
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let layer = try layer(node, threads: 1)
    try HalfOperators.pack(layer, MatrixFactor(try node.input(1).elements(), stride: layer.layer.outputs), node, packing, into: packed)
  }
}

enum HalfMatmul: TunedOperator {
  typealias Portable = MatmulOperator

  private static func layer(_ node: NodeView, _ plan: MatmulPlan, threads: Int) throws(Status) -> HalfLayer {
    guard TunedMatmul.canPack(node, plan), MatmulAttributes(node.attributes).scale == 1,
      let layer = HalfLayer(PanelLayer(product: plan.extents, threads: threads, caches: node.caches), caches: node.caches)
    else { throw Status.unsupported }
    return layer
  }

  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    let plan = try MatmulPlan(node)
    return try layer(node, plan, threads: threads).kernel(order: PackedOrder.halfPanels(transposed: plan.transposeB).rawValue)
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let plan = try MatmulPlan(node)
    if plan.output.containsZero { return }
    try HalfOperators.execute(try layer(node, plan, threads: run.threadCount), node, MatmulAttributes(node.attributes).activation, run)
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let plan = try MatmulPlan(node)
    let factor = MatrixFactor(try node.input(1).elements(), stride: plan.bStride, transposed: plan.transposeB)
    try HalfOperators.pack(try layer(node, plan, threads: 1), factor, node, packing, into: packed)
  }
}

extension HalfOperators {
  /// Inputs 0 to 3 are the left factor, the weights, bias and residual for both operators.
  fileprivate static func execute(_ layer: HalfLayer, _ node: NodeView, _ activation: Activation, _ run: Execution) throws(Status) {
    let packed = try node.packed(run.packed.0).assumingMemoryBound(to: Float16.self)
    let (input, output) = (try node.input(0).elements(Float.self), try node.output(0).elements(Float.self))
    let epilogue = Epilogue(bias: node.optionalInput(2)?.elements(), residual: node.optionalInput(3)?.elements(), activation: activation)
    let scratch = run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4)
    try run.tiles(layer.blocking.tasks) { task throws(Status) in
      layer.compute(task, input: input, packed: packed, output: output, epilogue, scratch: scratch)
    }
  }

  fileprivate static func pack(_ layer: HalfLayer, _ factor: MatrixFactor, _ node: NodeView, _ packing: Packing,
    into packed: UnsafeMutableRawPointer) throws(Status) {
    // The room is what the weights' shape says, whatever the rest of the node says.
    guard packing.byteCount == layer.packedBytes else { throw node.fail(.internal).text("its weights have changed their size").status }
    HalfPanels.pack(factor, columns: layer.layer.outputs, depth: layer.layer.depth, into: packed.assumingMemoryBound(to: Float16.self))
  }
}
#endif
