// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Expansion, depthwise filter and projection, one whole map after the other, since a product needs the maximum of all that it reads. The filter is
/// float32, as on the card's vector cores. On one thread for the same reason.
struct KunlunSeparableConvolution: KunlunOperator {
  private let settings: KunlunSettings
  private let extents: SeparableExtents
  private let expansion: PackedFactor
  private let projection: PackedFactor
  private let scratch: (expansion: ThreadScratch, projection: ThreadScratch)
  /// Bytes of the expanded map and of the filtered one behind it, 0 where they are input or output.
  private let expandedBytes: Int
  private let filteredBytes: Int

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    extents = try SeparableExtents(node, threads: 1, cacheBytes: 0)
    expansion = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: 1, columns: extents.expanded, depth: extents.channels)
    projection = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: 1, columns: extents.outputs, depth: extents.expanded)
    scratch = (ThreadScratch(expansion), ThreadScratch(projection))
    let (input, output) = (extents.window.inputPositions, extents.window.outputPositions)
    guard input >= 0, output >= 0, expansion.byteCount != nil, projection.byteCount != nil,
      !extents.hasExpansion || node.optionalInput(1)?.pointee.is_constant == 1,
      !extents.hasProjection || node.optionalInput(5)?.pointee.is_constant == 1 else { throw node.decline() }
    expandedBytes = extents.hasExpansion ? (input &* extents.expanded &* 4 &+ 63) / 64 &* 64 : 0
    filteredBytes = extents.hasProjection ? (output &* extents.expanded &* 4 &+ 63) / 64 &* 64 : 0
  }

  func kernel(threads: Int) -> Kernel {
    var kernel = Kernel(settings.arithmetic.kernelName, reason: "pointwise as matrix products, depthwise in float32",
      scratchBytes: expandedBytes &+ filteredBytes &+ max(scratch.expansion.byteCount, scratch.projection.byteCount))
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
    guard packing.byteCount == factor.byteCount else { throw node.fail(.internal).text("its weights have changed their size").status }
    let weights = try node.input(packing.input)
    let maximum = MaximumSlots(settings.generation, of: weights.elements(), weights.count).maximum
    factor.pack(MatrixFactor(weights.elements(), stride: factor.columns), group: 0, maximum: maximum, into: packed)
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let output = try node.output(0)
    guard run.isFirst, !output.shape.containsZero else { return }
    let x = try node.input(0)
    let attributes = SeparableConvolutionAttributes(node.attributes)
    let window = extents.window
    let branch: UnsafePointer<Float>? = node.optionalInput(7)?.elements()
    let result: UnsafeMutablePointer<Float> = output.elements()
    var map: UnsafePointer<Float> = x.elements()
    if extents.hasExpansion {
      guard let packed = run.packed.0 else { throw node.fail(.internal).text("its weights are not packed").status }
      let target = run.scratch(Float.self)
      multiply(map, x.count, expansion, packed, scratch.expansion, positions: window.inputPositions, into: target, bias: node.optionalInput(2), branch: nil,
        attributes.expansionActivation, run)
      map = UnsafePointer(target)
    }
    let filtered = extents.hasProjection ? run.scratch(Float.self, at: expandedBytes) : result
    filter(map, try node.input(3).elements(), into: filtered)
    Epilogue(bias: node.optionalInput(4)?.elements(), residual: extents.hasProjection ? nil : branch, activation: attributes.depthwiseActivation)
      .finish(filtered, offset: 0, rows: window.outputPositions, columns: extents.expanded, stride: extents.expanded)
    guard extents.hasProjection else { return }
    guard let packed = extents.hasExpansion ? run.packed.1 : run.packed.0 else { throw node.fail(.internal).text("its weights are not packed").status }
    multiply(filtered, window.outputPositions &* extents.expanded, projection, packed, scratch.projection, positions: window.outputPositions, into: result,
      bias: node.optionalInput(6), branch: branch, attributes.projectionActivation, run)
  }

  /// A pointwise convolution with its epilogue.
  private func multiply(_ input: UnsafePointer<Float>, _ count: Int, _ factor: PackedFactor, _ packed: UnsafeRawPointer, _ scratch: ThreadScratch,
    positions: Int, into result: UnsafeMutablePointer<Float>, bias: TensorPointer?, branch: UnsafePointer<Float>?, _ activation: Activation,
    _ run: Execution) {
    let before = expandedBytes &+ filteredBytes
    let product = KunlunProduct(.matrix(input, stride: factor.depth), settings.leftMaximum(input, count), factor, packed,
      scratch: scratch.operands(run, behind: before))
    product.compute(0, positions, into: result, stride: factor.columns)
    ProductEpilogue(bias: bias?.elements(), branch: branch, activation: activation, settings.generation, tableScratch: scratch.table(run, behind: before))
      .finish(result, offset: 0, rows: positions, columns: factor.columns, stride: factor.columns)
  }

  private func filter(_ map: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    let window = extents.window
    guard window.outputRows > 0 else { return }
    var row = WindowRow(0, of: window)
    for index in 0..<window.outputRows {
      depthwiseRow(map, weights, window, row, firstColumn: 0, endColumn: window.width.output,
        into: output + index &* window.width.output &* extents.expanded)
      row.advance(in: window)
    }
  }
}
