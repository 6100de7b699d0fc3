// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Convolution with packed weights: by matrix products, or by Winograd's minimal filtering where that costs less.
enum TunedConvolution: TunedOperator {
  typealias Portable = ConvolutionOperator

  static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let method = try? ConvolutionMethod(node, threads: threads) else { return Portable.kernel(node, threads: threads) }
    switch method {
    case .portable: return Portable.kernel(node, threads: threads)
    case .depthwise(let layer):
      return describe("depthwise, columns in registers", "a group a channel", PackedOrder.depthwise.rawValue, layer.threads, 0, layer.packedFloats)
    case .panels(let layer):
      return describe(layer.kernelName, layer.reason, layer.order, layer.threads, layer.threadFloats, layer.packedFloats)
    case .winograd2(let layer):
      return describe("Winograd F(2, 3)", "3x3, stride 1: fewer multiplications", PackedOrder.winograd(2).rawValue, layer.threads, layer.threadFloats,
        layer.packedFloats)
    case .winograd4(let layer):
      return describe("Winograd F(4, 3)", "3x3, stride 1: fewest multiplications", PackedOrder.winograd(4).rawValue, layer.threads, layer.threadFloats,
        layer.packedFloats)
    }
  }

  private static func describe(_ name: StaticString, _ reason: StaticString, _ layout: UInt64, _ threads: Int, _ threadFloats: Int,
    _ packedFloats: Int) -> Kernel {
    var kernel = Kernel(name, reason: reason, allThreads: threads > 1, scratchBytes: threadFloats &* 4 &* threads)
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
    switch try ConvolutionMethod(node, threads: run.threadCount) {
    case .portable: throw node.fail(.internal).text("its weights were packed for another kernel").status
    case .depthwise(let layer):
      let epilogue = Epilogue(bias: bias, residual: residual, activation: activation)
      try run.tiles(layer.tasks) { task throws(Status) in layer.compute(task, input: input, packed: packed, output: output, epilogue) }
    case .panels(let layer):
      let part = PanelLayerRun(plan: layer, input: input, panels: packed, output: output, bias: bias, residual: residual,
        activation: activation, scratch: run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4))
      try run.tiles(layer.blocking.tasks) { task throws(Status) in part.compute(task) }
    case .winograd2(let layer):
      let scratch = run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4)
      try run.tiles(layer.tasks) { task throws(Status) in
        layer.compute(task, input: input, packed: packed, output: output, bias: bias, residual: residual, activation: activation, scratch: scratch)
      }
    case .winograd4(let layer):
      let scratch = run.scratch(Float.self, at: run.threadIndex &* layer.threadFloats &* 4)
      try run.tiles(layer.tasks) { task throws(Status) in
        layer.compute(task, input: input, packed: packed, output: output, bias: bias, residual: residual, activation: activation, scratch: scratch)
      }
    }
  }

  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let weights = try node.input(1)
    let target = packed.assumingMemoryBound(to: Float.self)
    let source: UnsafePointer<Float> = weights.elements()
    let outputs = weights.shape[weights.shape.rank &- 1]
    // A size that depends on nothing but the weights' shape.
    switch try ConvolutionMethod(node, threads: 1) {
    case .winograd2(let layer) where packing.layout == PackedOrder.winograd(2).rawValue && packing.byteCount == layer.packedFloats &* 4:
      Winograd<WinogradTile2>.packWeights(source, channels: layer.channels, outputs: outputs, into: target)
    case .winograd4(let layer) where packing.layout == PackedOrder.winograd(4).rawValue && packing.byteCount == layer.packedFloats &* 4:
      Winograd<WinogradTile4>.packWeights(source, channels: layer.channels, outputs: outputs, into: target)
    case .depthwise(let layer) where packing.layout == PackedOrder.depthwise.rawValue && packing.byteCount == layer.packedFloats &* 4:
      packDepthwise(source, taps: layer.window.taps, channels: layer.window.channels, into: target)
    case .panels(let layer) where packing.layout == layer.order && packing.byteCount == layer.packedFloats &* 4:
      for group in 0..<layer.groups {
        packPanels(MatrixFactor(source + group &* layer.groupOutputs, stride: outputs), columns: layer.groupOutputs, depth: layer.depth,
          into: target + group &* layer.groupFloats)
      }
    default: throw node.fail(.internal).text("its weights are to be packed for a kernel that it does not have").status
    }
  }
}

/// How a convolution is computed here.
enum ConvolutionMethod {
  case portable
  case depthwise(DepthwiseLayer)
  case panels(PanelLayer)
  case winograd2(WinogradLayer<WinogradTile2>)
  case winograd4(WinogradLayer<WinogradTile4>)

  /// The least cost, for a node that `infer` has accepted. Does not depend on `threads` but in how the work is divided.
  init(_ node: NodeView, threads: Int) throws(Status) {
    let layer = try PanelLayer(convolution: node, threads: threads)
    guard node.optionalInput(1)?.pointee.is_constant == 1, layer.groupFloats > 0, layer.order != 0 else {
      self = .portable
      return
    }
    if layer.isDepthwise {
      self = .depthwise(DepthwiseLayer(layer.window, threads: threads))
      return
    }
    guard layer.suitsWinograd else {
      self = .panels(layer)
      return
    }
    let two = WinogradLayer<WinogradTile2>(layer.window, outputs: layer.outputs, threads: layer.threads, caches: node.caches)
    let four = WinogradLayer<WinogradTile4>(layer.window, outputs: layer.outputs, threads: layer.threads, caches: node.caches)
    if four.cost < two.cost && four.cost < layer.cost {
      self = .winograd4(four)
    } else if two.cost < layer.cost {
      self = .winograd2(two)
    } else {
      self = .panels(layer)
    }
  }
}
