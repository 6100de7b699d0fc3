// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Convolution with packed weights: by matrix products, or by Winograd's minimal filtering where the file says so or that costs less.
enum TunedConvolution: TunedOperator {
  typealias Portable = ConvolutionOperator

  @_optimize(size)
  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    let layer = try PanelLayer(convolution: node, threads: threads)
    guard let kernel = layer.kernel(node) else { throw Status.unsupported }
    var described = describe(kernel, layer, node, threads: threads)
    // A residual is read at the places of the output.
    if kernel != .depthwise { described.pitches = Kernel.pitchedInput | (node.optionalInput(3) == nil ? Kernel.pitchedOutput : 0) }
    return described
  }

  private static func describe(_ kernel: TunedKernel, _ layer: PanelLayer, _ node: NodeView, threads: Int) -> Kernel {
    let measured: StaticString? = layer.suitsWinograd && node.algorithm != .automatic ? "measured when converted" : nil
    switch kernel {
    case .depthwise:
      let depthwise = layer.depthwise(node, threads: threads)
      return describe(kernel, depthwise.multiplier > 1 ? "a group a channel, of several outputs" : "a group a channel", PackedOrder.depthwise.rawValue,
        depthwise.threads, depthwise.threadFloats, depthwise.packedFloats)
    #if !CORACLE_WITHOUT_WINOGRAD
    case .winograd2: return describe(kernel, measured, layer.winograd(node, WinogradTile2.self))
    case .winograd4: return describe(kernel, measured, layer.winograd(node, WinogradTile4.self))
    case .winograd6: return describe(kernel, measured, layer.winograd(node, WinogradTile6.self))
    #endif
    default:
      var panels = describe(kernel, measured ?? layer.reason, layer.order, layer.threads, layer.threadFloats, layer.packedFloats)
      panels.inPlaceInput = layer.inPlaceInput
      return panels
    }
  }

  private static func describe<Tile>(_ tuned: TunedKernel, _ measured: StaticString?, _ layer: WinogradLayer<Tile>) -> Kernel {
    var kernel = describe(tuned, measured ?? "3x3, stride 1: least cost", PackedOrder.winograd(Tile.outputs, groups: layer.groups)?.rawValue ?? 0,
      layer.threads, layer.threadFloats, layer.packedFloats)
    kernel.inPlaceInput = 3
    return kernel
  }

  private static func describe(_ tuned: TunedKernel, _ reason: StaticString, _ layout: UInt64, _ threads: Int, _ threadFloats: Int,
    _ packedFloats: Int) -> Kernel {
    var kernel = Kernel(tuned, reason: reason, threads: threads, threadFloats: threadFloats)
    kernel.packings.0 = Packing(input: 1, layout: layout, byteCount: sizeProduct(packedFloats, 4))
    return kernel
  }

  @_optimize(size)
  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let prepared = try node.packed(run.packed.0)
    if try node.output(0).shape.containsZero { return }
    let tensors = ConvolutionTensors(input: try node.input(0).elements(), packed: prepared.assumingMemoryBound(to: Float.self),
      output: try node.output(0).elements(), bias: node.optionalInput(2)?.elements(), residual: node.optionalInput(3)?.elements(),
      activation: ConvolutionAttributes(node.attributes).activation)
    let layer = try PanelLayer(convolution: node, threads: run.threadCount)
    guard let kernel = layer.kernel(node) else { throw node.fail(.internal).text("its weights were packed for another kernel").status }
    switch kernel {
    case .depthwise:
      let depthwise = layer.depthwise(node, threads: run.threadCount)
      let scratch = run.scratch(Float.self, at: run.threadIndex &* depthwise.threadFloats &* 4)
      let epilogue = Epilogue(bias: tensors.bias, residual: tensors.residual, activation: tensors.activation)
      try run.tiles(depthwise.tasks) { task throws(Status) in
        depthwise.compute(task, input: tensors.input, packed: tensors.packed, output: tensors.output, epilogue, scratch: scratch)
      }
    #if !CORACLE_WITHOUT_WINOGRAD
    case .winograd2: try execute(layer.winograd(node, WinogradTile2.self), tensors, run)
    case .winograd4: try execute(layer.winograd(node, WinogradTile4.self), tensors, run)
    case .winograd6: try execute(layer.winograd(node, WinogradTile6.self), tensors, run)
    #endif
    default:
      var part = PanelLayerRun(plan: layer, input: tensors.input, panels: tensors.packed, output: tensors.output, bias: tensors.bias,
        residual: tensors.residual, activation: tensors.activation, scratch: run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4))
      try run.tiles(layer.tasks) { task throws(Status) in part.compute(task) }
    }
  }

  private static func execute<Tile>(_ layer: WinogradLayer<Tile>, _ tensors: ConvolutionTensors, _ run: Execution) throws(Status) {
    let scratch = run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4)
    try run.tiles(layer.tasks) { task throws(Status) in layer.compute(task, tensors, scratch: scratch) }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let target = packed.assumingMemoryBound(to: Float.self)
    let source: UnsafePointer<Float> = try node.input(1).elements()
    let layer = try PanelLayer(convolution: node, threads: 1)
    // The room is what the weights' shape says, whatever the rest of the node says.
    guard let kernel = layer.kernel(packedAs: packing.layout), packing.byteCount == describe(kernel, layer, node, threads: 1).packings.0?.byteCount else {
      throw node.fail(.internal).text("its weights are to be packed for a kernel that it does not have").status
    }
    switch kernel {
    case .depthwise: packDepthwise(source, taps: layer.window.taps, channels: layer.outputs, into: target)
    #if !CORACLE_WITHOUT_WINOGRAD
    case .winograd2: layer.winograd(node, WinogradTile2.self).pack(source, into: target)
    case .winograd4: layer.winograd(node, WinogradTile4.self).pack(source, into: target)
    case .winograd6: layer.winograd(node, WinogradTile6.self).pack(source, into: target)
    #endif
    default: layer.pack(source, into: target)
    }
  }
}

/// What a convolution reads and writes.
struct ConvolutionTensors {
  let input: UnsafePointer<Float>
  let packed: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let bias: UnsafePointer<Float>?
  let residual: UnsafePointer<Float>?
  let activation: Activation

  /// The same where group `group` begins, of so many channels, outputs and floats of packed weights.
  func group(_ group: Int, channels: Int, outputs: Int, packedFloats: Int) -> ConvolutionTensors {
    let column = group &* outputs
    return ConvolutionTensors(input: input + group &* channels, packed: packed + group &* packedFloats, output: output + column,
      bias: bias.map { $0 + column }, residual: residual.map { $0 + column }, activation: activation)
  }
}

extension PanelLayer {
  /// The kernel for this convolution of `node`, which `infer` has accepted: where there are several, the file's, or that of least cost; nil
  /// where the weights are no constants. Threads do not matter.
  func kernel(_ node: NodeView) -> TunedKernel? {
    guard node.optionalInput(1)?.pointee.is_constant == 1, groupFloats > 0, order != 0
    else { return nil }
    if isDepthwise { return window.width.isBuilt ? .depthwise : nil }
    #if CORACLE_WITHOUT_WINOGRAD // A library for models that do without.
    return panelKernel
    #else
    guard suitsWinograd else { return panelKernel }
    switch node.algorithm {
    case .automatic: break
    case .panels: return panelKernel
    case .winograd2: return .winograd2
    case .winograd4: return .winograd4
    case .winograd6: return .winograd6
    }
    let cost = node.kernelCost
    // As one thread divides it, so that every session of a model chooses the same.
    var best = (kernel: panelKernel, cycles: cost.cycles(work(caches: node.caches)))
    func consider<Tile>(_ kernel: TunedKernel, _ layer: WinogradLayer<Tile>) {
      let cycles = cost.cycles(layer.work) * WinogradLayer<Tile>.costFactor
      if cycles < best.cycles { best = (kernel, cycles) }
    }
    consider(.winograd2, winograd(node, WinogradTile2.self, threads: 1))
    consider(.winograd4, winograd(node, WinogradTile4.self, threads: 1))
    consider(.winograd6, winograd(node, WinogradTile6.self, threads: 1))
    return best.kernel
    #endif
  }

  /// The kernel that reads weights packed in the order `layout`; nil where none of this layer does.
  func kernel(packedAs layout: UInt64) -> TunedKernel? {
    if isDepthwise { return window.width.isBuilt && layout == PackedOrder.depthwise.rawValue ? .depthwise : nil }
    if groupFloats > 0 && order != 0 && layout == order { return panelKernel }
    #if !CORACLE_WITHOUT_WINOGRAD
    guard suitsWinograd else { return nil }
    if layout == PackedOrder.winograd(WinogradTile2.outputs, groups: groups)?.rawValue { return .winograd2 }
    if layout == PackedOrder.winograd(WinogradTile4.outputs, groups: groups)?.rawValue { return .winograd4 }
    if layout == PackedOrder.winograd(WinogradTile6.outputs, groups: groups)?.rawValue { return .winograd6 }
    #endif
    return nil
  }

  /// The same convolution by Winograd's filtering.
  func winograd<Tile>(_ node: NodeView, _: Tile.Type, threads: Int? = nil) -> WinogradLayer<Tile> {
    WinogradLayer<Tile>(self, threads: threads ?? self.threads, caches: node.caches)
  }

  /// The same convolution, where every channel has its own window.
  func depthwise(_ node: NodeView, threads: Int) -> DepthwiseLayer {
    DepthwiseLayer(window, outputs: outputs, threads: threads, caches: node.caches)
  }
}

extension NodeView {
  /// What a convolution's file says of how it is computed.
  fileprivate var algorithm: ConvolutionAlgorithm { ConvolutionAttributes(attributes).algorithm }
}
