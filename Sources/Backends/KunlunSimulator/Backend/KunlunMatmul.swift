// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Matrix product: with a constant right factor that is rounded once, or with two of the moment, of which each thread rounds the right one that it needs.
struct KunlunMatmul: KunlunOperator {
  private let settings: KunlunSettings
  private let plan: MatmulPlan
  private let factor: PackedFactor
  private let isConstant: Bool
  private let scratch: ThreadScratch

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    plan = try MatmulPlan(node)
    isConstant = try node.input(1).pointee.is_constant == 1 && plan.batches == 1
    // Channels have maxima of their own where the factor is known beforehand.
    factor = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel && isConstant, groups: 1, columns: plan.extents.columns,
      depth: plan.extents.depth)
    guard factor.byteCount != nil else { throw node.decline() }
    scratch = ThreadScratch(factor, packs: !isConstant)
  }

  var leavesMaximum: Bool { settings.leavesMaxima }

  func kernel(threads: Int) -> Kernel {
    let allThreads = threads > 1 && plan.work > 20_000
    var kernel = Kernel(settings.arithmetic.kernelName, reason: isConstant ? "a constant right factor" : "both factors of the moment",
      allThreads: allThreads, scratchBytes: scratch.byteCount &* (allThreads ? threads : 1))
    if isConstant {
      kernel.packings.0 = Packing(input: 1, layout: settings.layout(isTransposed: plan.transposeB, groups: 1), byteCount: factor.byteCount ?? 0)
    }
    return kernel
  }

  private func rightFactor(_ elements: UnsafePointer<Float>) -> MatrixFactor {
    MatrixFactor(elements, stride: plan.bStride, transposed: plan.transposeB)
  }

  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    try factor.pack(node, packing, settings, into: packed) { elements, _ in rightFactor(elements) }
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if plan.output.containsZero { return }
    let maximum = settings.leftMaximum(try node.input(0), run)
    let result: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let written = ResultMaximum(run, scratch)
    let (rows, columns) = (plan.extents.rows, plan.extents.columns)
    if isConstant {
      guard let packed = run.packed.0 else { throw node.fail(.internal).text("its right factor is not packed").status }
      let left = ProductRows.matrix(try node.input(0).elements(), stride: plan.aStride, isTransposed: plan.transposeA)
      // Few rows: threads divide the columns.
      let dividesColumns = rows < 8 &* run.threadCount
      try eachShare(run, node, written) { share, finish throws(Status) in
        let product = KunlunProduct(left, maximum, factor, packed, scratch: scratch.operands(share))
        if dividesColumns {
          try share.share(of: factor.panels) { begin, end throws(Status) in
            product.compute(0, rows, firstPanel: begin, endPanel: end, into: result, stride: columns)
            let (first, last) = (begin &* PackedFactor.panelColumns, min(end &* PackedFactor.panelColumns, columns))
            finish(result, 0, rows, first, last)
            written.raise(share, result + first, rows: rows, columns: last &- first, stride: columns)
          }
        } else {
          try share.share(of: rows, grain: 4) { begin, end throws(Status) in
            product.compute(begin, end, into: result, stride: columns)
            finish(result, begin, end, 0, columns)
            written.raise(share, result + begin &* columns, rows: end &- begin, columns: columns, stride: columns)
          }
        }
      }
    } else {
      let rightMaximum = settings.maximum(try node.input(1), run)
      let (a, b): (UnsafePointer<Float>, UnsafePointer<Float>) = (try node.input(0).elements(), try node.input(1).elements())
      try eachShare(run, node, written) { share, finish throws(Status) in
        try share.share(of: plan.batches &* rows) { begin, end throws(Status) in
          multiply(begin, end, a, b, maximum, rightMaximum, into: result, share)
          finish(result, begin, end, 0, columns)
          written.raise(share, result + begin &* columns, rows: end &- begin, columns: columns, stride: columns)
        }
      }
    }
    written.leave(try node.output(0), settings.generation)
  }

  /// A phase: each share of the product, with what finishes it.
  private func eachShare(_ run: Execution, _ node: NodeView, _ written: ResultMaximum, _ body: (Execution, MatmulFinish) throws(Status) -> Void) throws(Status) {
    try run.phase { share throws(Status) in
      written.clear(share)
      try body(share, MatmulFinish(node, plan, settings, scratch.table(share)))
    }
  }

  /// Rows `begin` ..< `end`, counted over all batches, of products of two factors of the moment.
  private func multiply(_ begin: Int, _ end: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ maximum: LeftMaximum, _ rightMaximum: Float,
    into result: UnsafeMutablePointer<Float>, _ run: Execution) {
    let rows = plan.extents.rows
    let packed = scratch.packed(run)
    var packedOffset = -1
    var first = begin
    while first < end {
      let batch = first / rows
      let last = min(end, (batch &+ 1) &* rows)
      let (aOffset, bOffset) = plan.offsets(batch)
      if bOffset != packedOffset {
        factor.pack(rightFactor(b + bOffset), group: 0, maximum: rightMaximum, into: packed)
        packedOffset = bOffset
      }
      let product = KunlunProduct(.matrix(a + aOffset, stride: plan.aStride, isTransposed: plan.transposeA), maximum, factor, packed,
        scratch: scratch.operands(run))
      product.compute(first &- batch &* rows, last &- batch &* rows, into: result + batch &* rows &* plan.extents.columns, stride: plan.extents.columns)
      first = last
    }
  }
}

/// What follows a matrix product: the factor that scales it, bias, branch, activation.
private struct MatmulFinish {
  let scale: Float
  let bias: MatmulBias
  let columns: Int
  let whole: ProductEpilogue
  /// Without the bias, where rows have different ones.
  let rest: ProductEpilogue

  init(_ node: NodeView, _ plan: MatmulPlan, _ settings: KunlunSettings, _ table: UnsafeMutableRawPointer) {
    let attributes = MatmulAttributes(node.attributes)
    scale = attributes.scale
    columns = plan.extents.columns
    bias = MatmulBias(node.optionalInput(2), plan.output)
    let branch: UnsafePointer<Float>? = node.optionalInput(3)?.elements()
    whole = ProductEpilogue(bias: bias.elements, branch: branch, activation: attributes.activation, settings.generation, tableScratch: table)
    rest = ProductEpilogue(bias: nil, branch: branch, activation: attributes.activation, settings.generation, tableScratch: table)
  }

  /// Columns `firstColumn` ..< `endColumn` of rows `first` ..< `end`, counted over all batches.
  func callAsFunction(_ result: UnsafeMutablePointer<Float>, _ first: Int, _ end: Int, _ firstColumn: Int, _ endColumn: Int) {
    let count = endColumn &- firstColumn
    let offset = first &* columns &+ firstColumn
    for row in first..<max(end, first) {
      let values = result + row &* columns
      if scale != 1 { for column in firstColumn..<max(endColumn, firstColumn) { values[column] *= scale } }
      guard !bias.isRow, let (added, step) = bias.row(row) else { continue }
      for column in firstColumn..<max(endColumn, firstColumn) { values[column] += added[column &* step] }
    }
    (bias.isRow ? whole : rest).finish(result, offset: offset, rows: end &- first, columns: count, stride: columns, firstColumn: firstColumn)
  }
}
