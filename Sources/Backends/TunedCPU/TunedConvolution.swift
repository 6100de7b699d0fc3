// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Convolution with packed weights: by matrix products, or by Winograd's minimal filtering where the file says so or that costs less.
enum TunedConvolution: TunedOperator {
  typealias Portable = ConvolutionOperator

  static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let layer = try? PanelLayer(convolution: node, threads: threads), let kernel = layer.kernel(node) else {
      return Portable.kernel(node, threads: threads)
    }
    let measured: StaticString? = layer.suitsWinograd && node.algorithm != .automatic ? "measured when converted" : nil
    switch kernel {
    case .depthwise:
      let depthwise = DepthwiseLayer(layer.window, threads: threads)
      return describe(kernel, "a group a channel", PackedOrder.depthwise.rawValue, depthwise.threads, 0, depthwise.packedFloats)
    case .winograd2:
      let winograd: WinogradLayer<WinogradTile2> = layer.winograd(node)
      return describe(kernel, measured ?? "3x3, stride 1: fewer multiplications", PackedOrder.winograd(2).rawValue,
        winograd.threads, winograd.threadFloats, winograd.packedFloats)
    case .winograd4:
      let winograd: WinogradLayer<WinogradTile4> = layer.winograd(node)
      return describe(kernel, measured ?? "3x3, stride 1: fewest multiplications", PackedOrder.winograd(4).rawValue,
        winograd.threads, winograd.threadFloats, winograd.packedFloats)
    default: return describe(kernel, measured ?? layer.reason, layer.order, layer.threads, layer.threadFloats, layer.packedFloats)
    }
  }

  private static func describe(_ tuned: TunedKernel, _ reason: StaticString, _ layout: UInt64, _ threads: Int, _ threadFloats: Int,
    _ packedFloats: Int) -> Kernel {
    var kernel = Kernel(tuned, reason: reason, threads: threads, threadFloats: threadFloats)
    kernel.packings.0 = Packing(input: 1, layout: layout, byteCount: packedFloats &* 4)
    return kernel
  }

  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let prepared = run.packed.0 else { return try Portable.execute(node, run) }
    if try node.output(0).shape.containsZero { return }
    let packed = prepared.assumingMemoryBound(to: Float.self)
    let input: UnsafePointer<Float> = try node.input(0).elements()
    let output: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let bias: UnsafePointer<Float>? = node.optionalInput(2)?.elements()
    let residual: UnsafePointer<Float>? = node.optionalInput(3)?.elements()
    let activation = ConvolutionAttributes(node.attributes).activation
    let layer = try PanelLayer(convolution: node, threads: run.threadCount)
    guard let kernel = layer.kernel(node) else { throw node.fail(.internal).text("its weights were packed for another kernel").status }
    switch kernel {
    case .depthwise:
      let depthwise = DepthwiseLayer(layer.window, threads: run.threadCount)
      let epilogue = Epilogue(bias: bias, residual: residual, activation: activation)
      try run.tiles(depthwise.tasks) { task throws(Status) in depthwise.compute(task, input: input, packed: packed, output: output, epilogue) }
    case .winograd2:
      let winograd: WinogradLayer<WinogradTile2> = layer.winograd(node)
      let scratch = run.scratch(Float.self, at: run.threadIndex &* winograd.threadFloats &* 4)
      try run.tiles(winograd.tasks) { task throws(Status) in
        winograd.compute(task, input: input, packed: packed, output: output, bias: bias, residual: residual, activation: activation, scratch: scratch)
      }
    case .winograd4:
      let winograd: WinogradLayer<WinogradTile4> = layer.winograd(node)
      let scratch = run.scratch(Float.self, at: run.threadIndex &* winograd.threadFloats &* 4)
      try run.tiles(winograd.tasks) { task throws(Status) in
        winograd.compute(task, input: input, packed: packed, output: output, bias: bias, residual: residual, activation: activation, scratch: scratch)
      }
    default:
      let part = PanelLayerRun(plan: layer, input: input, panels: packed, output: output, bias: bias, residual: residual,
        activation: activation, scratch: run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4))
      try run.tiles(layer.blocking.tasks) { task throws(Status) in part.compute(task) }
    }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let weights = try node.input(1)
    let target = packed.assumingMemoryBound(to: Float.self)
    let source: UnsafePointer<Float> = weights.elements()
    let outputs = weights.shape[weights.shape.rank &- 1]
    let layer = try PanelLayer(convolution: node, threads: 1)
    let winograd2: WinogradLayer<WinogradTile2> = layer.winograd(node)
    let winograd4: WinogradLayer<WinogradTile4> = layer.winograd(node)
    // The room is what the weights' shape says, whatever the rest of the node says.
    switch layer.kernel(node) {
    case .winograd2? where packing.layout == PackedOrder.winograd(2).rawValue && packing.byteCount == winograd2.packedFloats &* 4:
      Winograd<WinogradTile2>.packWeights(source, channels: layer.window.channels, outputs: outputs, into: target)
    case .winograd4? where packing.layout == PackedOrder.winograd(4).rawValue && packing.byteCount == winograd4.packedFloats &* 4:
      Winograd<WinogradTile4>.packWeights(source, channels: layer.window.channels, outputs: outputs, into: target)
    case .depthwise? where packing.layout == PackedOrder.depthwise.rawValue
      && packing.byteCount == DepthwiseLayer(layer.window, threads: 1).packedFloats &* 4:
      packDepthwise(source, taps: layer.window.taps, channels: layer.window.channels, into: target)
    case let kernel? where kernel == layer.panelKernel && packing.layout == layer.order && packing.byteCount == layer.packedFloats &* 4:
      layer.pack(source, into: target)
    default: throw node.fail(.internal).text("its weights are to be packed for a kernel that it does not have").status
    }
  }
}

extension PanelLayer {
  /// The kernel for this convolution of `node`, which `infer` has accepted: where there are several, the file's, or that of least cost; nil
  /// for the portable one. Threads do not matter, only how the work is divided.
  func kernel(_ node: NodeView) -> TunedKernel? {
    guard node.optionalInput(1)?.pointee.is_constant == 1, groupFloats > 0, order != 0
    else { return nil }
    if isDepthwise { return .depthwise }
    guard suitsWinograd else { return panelKernel }
    switch node.algorithm {
    case .automatic: break
    case .panels: return panelKernel
    case .winograd2: return .winograd2
    case .winograd4: return .winograd4
    }
    let two: WinogradLayer<WinogradTile2> = winograd(node)
    let four: WinogradLayer<WinogradTile4> = winograd(node)
    if four.cost < two.cost && four.cost < cost { return .winograd4 }
    return two.cost < cost ? .winograd2 : panelKernel
  }

  /// The same convolution by Winograd's filtering.
  func winograd<Tile: WinogradTile>(_ node: NodeView) -> WinogradLayer<Tile> {
    WinogradLayer<Tile>(window, outputs: outputs, threads: threads, caches: node.caches)
  }
}

extension NodeView {
  /// What a convolution's file says of how it is computed.
  fileprivate var algorithm: ConvolutionAlgorithm { ConvolutionAttributes(attributes).algorithm }
}
