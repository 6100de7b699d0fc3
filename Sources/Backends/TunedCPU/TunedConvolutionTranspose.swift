// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Transposed convolution with packed weights, a set of panels a tap; taps that lie side by side in the output are the columns of one product. Where every
/// channel has its own weights, their products go channel by channel, on weights as they lie.
enum TunedConvolutionTranspose: TunedOperator {
  typealias Portable = ConvolutionTransposeOperator

  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    guard node.optionalInput(1)?.pointee.is_constant == 1 else { throw Status.unsupported }
    let layer = try TransposedLayer(node)
    let allThreads = threads > 1 && layer.plan.work > 50_000
    if layer.plan.isDepthwise {
      return Kernel(.transposedDepthwise, reason: "a group a channel", threads: allThreads ? threads : 1, threadFloats: 0)
    }
    var kernel = Kernel(layer.plan.mergedTaps > 1 ? .transposedMergedTaps : .transposedTaps,
      reason: layer.plan.mergedTaps > 1 ? "windows do not overlap" : "windows overlap", threads: allThreads ? threads : 1,
      threadFloats: layer.threadFloats)
    kernel.packings.0 = Packing(input: 1, layout: PackedOrder.transposed(mergedTaps: layer.plan.mergedTaps).rawValue,
      byteCount: sizeProduct(layer.packedFloats, 4))
    return kernel
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let layer = try TransposedLayer(node)
    let weights: UnsafePointer<Float> =
      layer.plan.isDepthwise ? try node.input(1).elements() : try node.packed(run.packed.0).assumingMemoryBound(to: Float.self)
    let product = PanelTapProduct(layer: layer, weights: weights, bias: node.optionalInput(2)?.elements(),
      scratch: run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4))
    try TransposedConvolution(node, layer.plan, product).compute(run, columnGrain: PanelShape.columns)
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let layer = try TransposedLayer(node)
    guard layer.packedFloats &* 4 == packing.byteCount else {
      throw node.fail(.internal).text("its weights have changed their size").status
    }
    layer.pack(try node.input(1).elements(), into: packed.assumingMemoryBound(to: Float.self))
  }
}

/// Such a layer: what its shapes decide.
private struct TransposedLayer {
  let plan: TransposedPlan
  /// Floats of packed weights of one tap and group.
  let panelFloats: Int

  /// For a node that `infer` has accepted.
  init(_ node: NodeView) throws(Status) {
    plan = try TransposedPlan(node, merges: true)
    guard let floats = PanelShape.packedFloats(columns: plan.groupOutputs, depth: plan.groupChannels), floats > 0 else { throw Status.unsupported }
    panelFloats = floats
  }

  private var sets: Int { plan.window.taps &* plan.groups }
  var packedFloats: Int { sizeProduct(panelFloats, sets) }

  /// Floats of scratch of one thread: the product's own, the bias once for each merged tap, and NEON's order of an input row.
  var threadFloats: Int {
    if plan.isDepthwise { return 0 }
    let interleaved = PanelShape.readsInterleaved ? sizeProduct(plan.window.width.input &+ PanelShape.rows, plan.groupChannels) : 0
    return sizeProduct((sizeSum(interleavedStart, interleaved) &+ 15) / 16, 16)
  }
  var interleavedStart: Int { PanelProduct.spareFloats &+ (plan.groupOutputs &+ 15) / 16 &* 16 }

  /// Packs weights [taps, channels, outputs of a group]; merged taps become columns beside each other.
  func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    let outputs = plan.groupOutputs / max(plan.mergedTaps, 1)
    for set in 0..<sets {
      let source = weights + set &* plan.mergedTaps &* plan.groupChannels &* outputs
      var panels = packed + set &* panelFloats
      for panel in 0..<PanelShape.count(plan.groupOutputs) {
        let first = panel &* PanelShape.columns
        let width = PanelShape.width(of: panel, columns: plan.groupOutputs)
        for channel in 0..<plan.groupChannels {
          for lane in 0..<width {
            let column = first &+ lane
            let tap = column / outputs
            panels[channel &* width &+ lane] = column < plan.groupOutputs
              ? source[(tap &* plan.groupChannels &+ channel) &* outputs &+ column % outputs] : 0
          }
        }
        panels += width &* plan.groupChannels
      }
    }
  }
}

/// Products with such weights.
private struct PanelTapProduct: TapProduct {
  let layer: TransposedLayer
  /// Packed, or as they lie where every channel has its own.
  let weights: UnsafePointer<Float>
  let bias: UnsafePointer<Float>?
  let scratch: UnsafeMutablePointer<Float>

  init(layer: TransposedLayer, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>) {
    self.layer = layer
    self.weights = weights
    self.scratch = scratch
    // A column a merged tap and output. Other plans leave the bias to the end of a row.
    let row = scratch + PanelProduct.spareFloats
    let outputs = layer.plan.groupOutputs / max(layer.plan.mergedTaps, 1)
    if let bias, layer.plan.groups == 1, !layer.plan.isDepthwise {
      for column in 0..<layer.plan.groupOutputs { row[column] = bias[column % outputs] }
      self.bias = UnsafePointer(row)
    } else {
      self.bias = nil
    }
  }

  var startsWithBias: Bool { bias != nil }

  func multiply(_ rows: TapRows, tap: Int, group: Int, _ columns: Range<Int>) {
    let plan = layer.plan
    if plan.isDepthwise {
      let first = columns.lowerBound
      return multiplyChannels(rows.input + first, weights + (tap &* plan.window.channels &+ first), rows: rows.count, channels: columns.count,
        inputStride: plan.window.channels, into: rows.target + first, stride: rows.stride, accumulates: rows.accumulates)
    }
    var left = rows.input
    var stride = plan.window.channels
    if PanelShape.readsInterleaved {
      let interleaved = scratch + layer.interleavedStart
      interleaveRows(left, stride: stride, rows: rows.count, depth: plan.groupChannels, into: interleaved)
      left = UnsafePointer(interleaved)
      stride = 0
    }
    var product = PanelProduct(panels: weights + (tap &* plan.groups &+ group) &* layer.panelFloats, columns: plan.groupOutputs,
      depth: plan.groupChannels, result: rows.target, resultStride: rows.stride,
      bias: bias, spare: scratch)
    product.accumulates = rows.accumulates
    product.compute(firstRow: 0, rows: rows.count, left, aStride: stride, firstDepth: 0, endDepth: plan.groupChannels,
      firstPanel: columns.lowerBound / PanelShape.columns, endPanel: PanelShape.count(columns.upperBound))
  }
}
