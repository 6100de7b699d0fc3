// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Pointwise, depthwise and pointwise convolution by stripes of rows, with packed weights.
enum TunedSeparableConvolution: TunedOperator {
  typealias Portable = SeparableConvolutionOperator

  @_optimize(size)
  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    guard isConstant(node, 3), isConstant(node, 1), isConstant(node, 5) else { throw Status.unsupported }
    let layers = try SeparableLayers(node, threads: 1)
    guard layers.extents.window.width.isBuilt else { throw Status.unsupported }
    let allThreads = threads > 1 && layers.extents.isLarge
    var kernel = Kernel(.separable, reason: "maps between the convolutions stay in the cache", threads: allThreads ? threads : 1,
      threadFloats: layers.threadFloats)
    let depthwise = Packing(input: 3, layout: PackedOrder.depthwise.rawValue, byteCount: sizeProduct(layers.depthwiseFloats, 4))
    let projection = layers.projection.map { Packing(input: 5, layout: $0.order, byteCount: sizeProduct($0.packedFloats, 4)) }
    if let expansion = layers.expansion {
      kernel.packings = (Packing(input: 1, layout: expansion.order, byteCount: sizeProduct(expansion.packedFloats, 4)), depthwise, projection)
    } else {
      kernel.packings = (depthwise, projection, nil)
    }
    return kernel
  }

  private static func isConstant(_ node: NodeView, _ index: Int) -> Bool {
    node.optionalInput(index).map { $0.pointee.is_constant != 0 && $0.shape.checkedElementCount != 0 } ?? (index != 3)
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let first = try node.packed(run.packed.0)
    if try node.output(0).shape.containsZero { return }
    let layers = try SeparableLayers(node, threads: run.threadCount)
    let input: UnsafePointer<Float> = try node.input(0).elements()
    let output: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let scratch = run.scratch(Float.self, at: run.threadIndex &* layers.threadFloats &* 4)
    let packed = layers.expansion == nil ? (first, Optional(first), run.packed.1) : (first, run.packed.1, run.packed.2)
    guard let depthwise = packed.1 else { throw node.fail(.internal).text("its weights are not packed").status }
    let stages = TunedStages(layers: layers, input: input, output: output, expansion: packed.0.assumingMemoryBound(to: Float.self),
      depthwise: depthwise.assumingMemoryBound(to: Float.self), projection: packed.2.map { $0.assumingMemoryBound(to: Float.self) },
      epilogues: SeparableEpilogues(node), scratch: scratch + layers.extents.mapFloats)
    try run.tiles(layers.extents.tasks) { task throws(Status) in
      layers.extents.compute(task, stages, input: input, output: output, scratch: scratch)
    }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let layers = try SeparableLayers(node, threads: 1)
    let source: UnsafePointer<Float> = try node.input(packing.input).elements()
    let target = packed.assumingMemoryBound(to: Float.self)
    let layer = packing.input == 1 ? layers.expansion : packing.input == 5 ? layers.projection : nil
    if let layer, packing.layout == layer.order, packing.byteCount == layer.packedFloats &* 4 {
      packPanels(MatrixFactor(source, stride: layer.outputs), columns: layer.outputs, depth: layer.depth, into: target)
    } else if packing.input == 3, packing.layout == PackedOrder.depthwise.rawValue, packing.byteCount == layers.depthwiseFloats &* 4 {
      packDepthwise(source, taps: layers.extents.window.taps, channels: layers.extents.expanded, into: target)
    } else {
      throw node.fail(.internal).text("its weights are to be packed for a kernel that it does not have").status
    }
  }
}

/// The three convolutions of a separable convolution: what its shapes decide.
private struct SeparableLayers {
  let extents: SeparableExtents
  /// Of the most positions of a stripe.
  let expansion, projection: PanelLayer?

  /// Three eighths of a second-level cache for the maps of a stripe: weights, input and output pass through the rest. Without an expansion an
  /// eighth, with its lines of the input: no stripe computes or copies lines again, and a small one leaves that cache to the output.
  init(_ node: NodeView, threads: Int) throws(Status) {
    let caches = node.caches
    extents = try SeparableExtents(node, threads: threads, cacheBytes: caches.level2 / 8 &* (node.optionalInput(1) == nil ? 1 : 3))
    func layer(_ exists: Bool, _ rows: Int, _ columns: Int, _ depth: Int) -> PanelLayer? {
      exists ? PanelLayer(product: ProductExtents(rows: rows, columns: columns, depth: depth), threads: 1, caches: caches) : nil
    }
    expansion = layer(extents.hasExpansion, extents.linePositions, extents.expanded, extents.channels)
    projection = layer(extents.hasProjection, extents.rowPositions, extents.outputs, extents.expanded)
  }

  var depthwiseFloats: Int { depthwisePackedFloats(taps: extents.window.taps, channels: extents.expanded) }
  /// Floats of scratch of a thread: the maps of a stripe, then what the products need.
  var threadFloats: Int { extents.mapFloats &+ max(expansion?.threadFloats ?? 0, projection?.threadFloats ?? 0) }
}

private struct TunedStages: SeparableStages {
  let layers: SeparableLayers
  let input: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let expansion, depthwise: UnsafePointer<Float>
  let projection: UnsafePointer<Float>?
  let epilogues: SeparableEpilogues
  let scratch: UnsafeMutablePointer<Float>

  func expand(_ first: Int, _ count: Int, into lines: UnsafeMutablePointer<Float>) {
    guard let layer = layers.expansion else { return }
    PanelLayerRun(plan: layer, input: input + first &* layer.depth, panels: expansion, output: lines, bias: epilogues.expansion.bias,
      residual: nil, activation: epilogues.expansion.activation, scratch: scratch).compute(positions: count)
  }

  func filter(_ part: SeparablePart, _ map: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    var product = DepthwiseProduct(window: layers.extents.window, weights: depthwise, epilogue: epilogues.depthwise)
    (product.firstColumn, product.endColumn) = (part.firstColumn, part.endColumn)
    product.rows(part.firstRow, part.endRow, input: map, output: output)
  }

  func project(_ first: Int, _ count: Int, _ rows: UnsafePointer<Float>, following: FollowingFloats?) {
    guard let layer = layers.projection, let projection else { return }
    let offset = first &* layer.outputs
    var run = PanelLayerRun(plan: layer, input: rows, panels: projection, output: output + offset, bias: epilogues.projection.bias,
      residual: epilogues.projection.residual.map { $0 + offset }, activation: epilogues.projection.activation, scratch: scratch)
    run.following = following
    run.compute(positions: count)
  }
}
