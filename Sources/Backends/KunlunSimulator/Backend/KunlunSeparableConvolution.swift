// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Expansion, depthwise filter and projection, one whole map after the other, since a product needs the maximum of all that it reads. The filter is
/// float32, as on the card's vector cores. Threads divide each map and meet behind it.
struct KunlunSeparableConvolution: KunlunOperator {
  private let settings: KunlunSettings
  private let extents: SeparableExtents
  private let expansion: PackedFactor
  private let projection: PackedFactor
  private let scratch: ThreadScratch
  /// Bytes of the expanded map and of the filtered one behind it, 0 where they are input or output.
  private let expandedBytes: Int
  private let filteredBytes: Int

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    extents = try SeparableExtents(node, threads: 1, cacheBytes: 0)
    expansion = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: 1, columns: extents.expanded, depth: extents.channels)
    projection = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: 1, columns: extents.outputs, depth: extents.expanded)
    scratch = ThreadScratch(expansion).with(ThreadScratch(projection))
    let (input, output) = (extents.window.inputPositions, extents.window.outputPositions)
    guard input >= 0, output >= 0, expansion.byteCount != nil, projection.byteCount != nil,
      !extents.hasExpansion || node.optionalInput(1)?.pointee.is_constant == 1,
      !extents.hasProjection || node.optionalInput(5)?.pointee.is_constant == 1 else { throw node.decline() }
    expandedBytes = extents.hasExpansion ? (input &* extents.expanded &* 4 &+ 63) / 64 &* 64 : 0
    filteredBytes = extents.hasProjection ? (output &* extents.expanded &* 4 &+ 63) / 64 &* 64 : 0
  }

  private var sharedBytes: Int { expandedBytes &+ filteredBytes }

  var leavesMaximum: Bool { settings.leavesMaxima }

  func kernel(threads: Int) -> Kernel {
    let allThreads = threads > 1 && extents.isLarge
    var kernel = Kernel(settings.arithmetic.kernelName, reason: "pointwise as matrix products, depthwise in float32", allThreads: allThreads,
      scratchBytes: sharedBytes &+ scratch.byteCount &* (allThreads ? threads : 1))
    let layout = settings.layout(isTransposed: false, groups: 1)
    if extents.hasExpansion { kernel.packings.0 = Packing(input: 1, layout: layout, byteCount: expansion.byteCount ?? 0) }
    if extents.hasProjection {
      let packing = Packing(input: 5, layout: layout, byteCount: projection.byteCount ?? 0)
      if extents.hasExpansion { kernel.packings.1 = packing } else { kernel.packings.0 = packing }
    }
    return kernel
  }

  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let factor = packing.input == 1 ? expansion : projection
    try factor.pack(node, packing, settings, into: packed) { elements, _ in MatrixFactor(elements, stride: factor.columns) }
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let output = try node.output(0)
    if output.shape.containsZero { return }
    let x = try node.input(0)
    let attributes = SeparableConvolutionAttributes(node.attributes)
    let branch: UnsafePointer<Float>? = node.optionalInput(7)?.elements()
    let result: UnsafeMutablePointer<Float> = output.elements()
    let filteredMaximum = ResultMaximum(run, scratch, behind: sharedBytes)
    var map: UnsafePointer<Float> = x.elements()
    if extents.hasExpansion {
      let target = run.scratch(Float.self)
      let stage = Pointwise(factor: expansion, packed: run.packed.0, bias: node.optionalInput(2)?.elements(), branch: nil,
        activation: attributes.expansionActivation, positions: extents.window.inputPositions)
      let maximum = settings.leftMaximum(x, run)
      try run.phase { share throws(Status) in try multiply(x.elements(), maximum, stage, node, into: target, nil, share) }
      map = UnsafePointer(target)
    }
    let filtered = extents.hasProjection ? run.scratch(Float.self, at: expandedBytes) : result
    try run.phase { share throws(Status) in
      try filter(map, node, attributes, branch: extents.hasProjection ? nil : branch, into: filtered, filteredMaximum, share)
    }
    if extents.hasProjection {
      let maximum = settings.left(settings.found(run) { filteredMaximum.whole })
      let projected = ResultMaximum(run, scratch, behind: sharedBytes, 1)
      let stage = Pointwise(factor: projection, packed: extents.hasExpansion ? run.packed.1 : run.packed.0, bias: node.optionalInput(6)?.elements(),
        branch: branch, activation: attributes.projectionActivation, positions: extents.window.outputPositions)
      try run.phase { share throws(Status) in try multiply(filtered, maximum, stage, node, into: result, projected, share) }
      projected.leave(output, settings.generation)
    } else {
      filteredMaximum.leave(output, settings.generation)
    }
  }

  /// A pointwise convolution and what follows it.
  private struct Pointwise {
    let factor: PackedFactor
    let packed: UnsafeRawPointer?
    let bias, branch: UnsafePointer<Float>?
    let activation: Activation
    let positions: Int
  }

  /// A share's positions of a pointwise convolution, whose maximum goes to `found`.
  private func multiply(_ input: UnsafePointer<Float>, _ maximum: LeftMaximum, _ stage: Pointwise, _ node: NodeView,
    into result: UnsafeMutablePointer<Float>, _ found: ResultMaximum?, _ run: Execution) throws(Status) {
    found?.clear(run)
    guard let packed = stage.packed else { throw node.fail(.internal).text("its weights are not packed").status }
    let (factor, columns) = (stage.factor, stage.factor.columns)
    let product = KunlunProduct(.matrix(input, stride: factor.depth), maximum, factor, packed, scratch: scratch.operands(run, behind: sharedBytes))
    let epilogue = ProductEpilogue(bias: stage.bias, branch: stage.branch, activation: stage.activation, settings.generation,
      tableScratch: scratch.table(run, behind: sharedBytes))
    try run.share(of: stage.positions, grain: 4) { begin, end throws(Status) in
      product.compute(begin, end, into: result, stride: columns)
      epilogue.finish(result, offset: begin &* columns, rows: end &- begin, columns: columns, stride: columns)
      found?.raise(run, result + begin &* columns, rows: end &- begin, columns: columns, stride: columns)
    }
  }

  /// A share's rows of the filtered map.
  private func filter(_ map: UnsafePointer<Float>, _ node: NodeView, _ attributes: SeparableConvolutionAttributes, branch: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, _ found: ResultMaximum, _ run: Execution) throws(Status) {
    found.clear(run)
    let (window, columns) = (extents.window, extents.expanded)
    let weights: UnsafePointer<Float> = try node.input(3).elements()
    let epilogue = Epilogue(bias: node.optionalInput(4)?.elements(), residual: branch, activation: attributes.depthwiseActivation)
    try run.share(of: window.outputRows) { begin, end throws(Status) in
      var row = WindowRow(begin, of: window)
      for index in begin..<end {
        depthwiseRow(map, weights, window, row, firstColumn: 0, endColumn: window.width.output, into: output + index &* window.width.output &* columns)
        row.advance(in: window)
      }
      let (first, count) = (begin &* window.width.output, (end &- begin) &* window.width.output)
      epilogue.finish(output, offset: first &* columns, rows: count, columns: columns, stride: columns)
      found.raise(run, output + first &* columns, rows: count, columns: columns, stride: columns)
    }
  }
}
