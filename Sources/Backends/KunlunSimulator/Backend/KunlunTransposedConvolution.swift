// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Transposed convolution as products of the input's positions with each tap's weights, which are added in float32 where they land in the output, in the
/// order of the taps.
struct KunlunTransposedConvolution: KunlunOperator {
  private let settings: KunlunSettings
  private let plan: TransposedPlan
  /// A group a tap and group of the convolution.
  private let factor: PackedFactor
  private let scratch: ThreadScratch
  /// Of a thread: the product of one row of the input with one tap.
  private let productBytes: Int

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    plan = try TransposedPlan(node)
    factor = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: plan.window.taps &* plan.groups, columns: plan.groupOutputs,
      depth: plan.groupChannels)
    guard try node.input(1).pointee.is_constant == 1, factor.byteCount != nil else { throw node.decline() }
    scratch = ThreadScratch(factor)
    productBytes = (plan.window.width.input &* plan.groupOutputs &* 4 &+ 63) / 64 &* 64
  }

  var leavesMaximum: Bool { settings.leavesMaxima }

  func kernel(threads: Int) -> Kernel {
    let allThreads = threads > 1 && plan.work > 20_000
    var kernel = Kernel(settings.arithmetic.kernelName, reason: "a matrix product for each tap", allThreads: allThreads,
      scratchBytes: (productBytes &+ scratch.byteCount) &* (allThreads ? threads : 1))
    kernel.packings.0 = Packing(input: 1, layout: settings.layout(isTransposed: false, groups: factor.groups), byteCount: factor.byteCount ?? 0)
    return kernel
  }

  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    try factor.pack(node, packing, settings, into: packed) { elements, group in
      MatrixFactor(elements + group &* plan.groupChannels &* plan.groupOutputs, stride: plan.groupOutputs)
    }
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let packed = run.packed.0 else { throw node.fail(.internal).text("its weights are not packed").status }
    let output = try node.output(0)
    if output.shape.containsZero { return }
    let before = productBytes &* run.threadCount
    let maximum = settings.leftMaximum(try node.input(0), run)
    let activation = ConvolutionTransposeAttributes(node.attributes).activation
    let readsTable = ProductEpilogue.needsTable(activation, settings.generation)
    try run.phase { share throws(Status) in
      let product = KunlunTapProduct(plan: plan, maximum: maximum, factor: factor, packed: packed,
        target: share.scratch(Float.self, at: productBytes &* share.threadIndex), operands: scratch.operands(share, behind: before))
      let convolution = try TransposedConvolution(node, plan, product, activation: readsTable ? Activation() : activation)
      try convolution.compute(share, columnGrain: PackedFactor.panelColumns)
    }
    // Tables and the maximum by shares of whole positions, whoever has computed them.
    let written = ResultMaximum(run, scratch, behind: before)
    let result: UnsafeMutablePointer<Float> = output.elements()
    try run.phase { share throws(Status) in
      written.clear(share)
      try share.share(of: plan.window.outputPositions) { begin, end throws(Status) in
        let (offset, rows) = (begin &* plan.outputs, end &- begin)
        if readsTable {
          ProductEpilogue(bias: nil, branch: nil, activation: activation, settings.generation, tableScratch: scratch.table(share, behind: before))
            .finish(result, offset: offset, rows: rows, columns: plan.outputs, stride: plan.outputs)
        }
        written.raise(share, result + offset, rows: rows, columns: plan.outputs, stride: plan.outputs)
      }
    }
    written.leave(output, settings.generation)
  }
}

/// A tap's product, computed on its own and then put or added where it lands.
private struct KunlunTapProduct: TapProduct {
  let plan: TransposedPlan
  let maximum: LeftMaximum
  let factor: PackedFactor
  let packed: UnsafeRawPointer
  let target: UnsafeMutablePointer<Float>
  let operands: UnsafeMutableRawPointer
  var startsWithBias: Bool { false }

  func multiply(_ rows: TapRows, tap: Int, group: Int, _ columns: Range<Int>) {
    let product = KunlunProduct(.matrix(rows.input, stride: plan.window.channels), maximum, factor, packed, group: tap &* plan.groups &+ group,
      scratch: operands)
    product.compute(0, rows.count, firstPanel: columns.lowerBound / PackedFactor.panelColumns,
      endPanel: (columns.upperBound &+ PackedFactor.panelColumns &- 1) / PackedFactor.panelColumns, into: target, stride: plan.groupOutputs)
    for row in 0..<rows.count {
      let (from, to) = (target + row &* plan.groupOutputs, rows.target + row &* rows.stride)
      for column in columns {
        if rows.accumulates { to[column] += from[column] } else { to[column] = from[column] }
      }
    }
  }
}
