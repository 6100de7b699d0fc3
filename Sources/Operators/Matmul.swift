// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Matrix product with broadcasting leading dimensions and an epilogue: see MatmulAttributes in model.fbs.
package enum MatmulOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let a = try node.input(0)
    let b = try node.input(1)
    try node.require(a, .float32, "the left factor")
    try node.require(b, .float32, "the right factor")
    guard MatmulAttributes(node.attributes).hasKnownEnumValues else { throw node.fail(.unsupported).text("unknown activation").status }
    let plan = try MatmulPlan(node)
    if let bias = node.optionalInput(2) {
      try node.require(bias, .float32, "the bias")
      guard Shape.broadcast(bias.shape, plan.output) == plan.output else {
        throw node.fail(.invalidShape).text("the bias ").shape(bias.shape).text(" does not broadcast to ").shape(plan.output).status
      }
    }
    if let residual = node.optionalInput(3) {
      try node.require(residual, .float32, "the residual")
      guard residual.shape == plan.output else {
        throw node.fail(.invalidShape).text("the residual has the shape ").shape(residual.shape).text(", expected ").shape(plan.output).status
      }
    }
    try node.setOutput(0, .float32, plan.output)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let plan = try? MatmulPlan(node) else { return Kernel("none") }
    let allThreads = threads > 1 && plan.work > 20_000
    let scratch = plan.threadFloats &* 4 &* (allThreads ? threads : 1)
    if plan.extents.rows <= 2 {
      return Kernel("matrix product, row by row", reason: "one or two rows", allThreads: allThreads, scratchBytes: scratch)
    }
    return Kernel("matrix product", reason: plan.batches == 1 ? "one matrix" : "a matrix a batch", allThreads: allThreads, scratchBytes: scratch)
  }

  @_optimize(size)
  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let plan = try MatmulPlan(node)
    if plan.output.containsZero { return }
    let product = Matmul(plan: plan, scale: MatmulAttributes(node.attributes).scale, a: try node.input(0).elements(),
      b: try node.input(1).elements(), output: try node.output(0).elements(), bias: MatmulBias(node.optionalInput(2), plan.output),
      residual: node.optionalInput(3)?.elements(), activation: MatmulAttributes(node.attributes).activation,
      scratch: run.scratch(Float.self, at: run.threadIndex &* plan.threadFloats &* 4))
    let rows = plan.batches &* plan.extents.rows
    if rows < 8 &* run.threadCount {
      try run.share(of: plan.extents.columns, grain: 16) { begin, end throws(Status) in product.compute(0, rows, begin, end) }
    } else {
      try run.share(of: rows, grain: plan.extents.rows > 8 ? 4 : 1) { begin, end throws(Status) in
        product.compute(begin, end, 0, plan.extents.columns)
      }
    }
  }
}

/// What a matrix product's shapes decide.
package struct MatmulPlan {
  /// Of the result, all leading dimensions included.
  package let output: Shape
  /// Leading dimensions of the result, after merging into the rows what can be.
  let batchShape: Shape
  package let batches: Int
  /// Of the product of one batch.
  package let extents: ProductExtents
  /// Distances in elements between batches of the factors, 0 where they are repeated.
  let aStrides: Shape
  let bStrides: Shape
  package let transposeA: Bool
  package let transposeB: Bool
  /// Elements between stored rows.
  package let aStride: Int
  package let bStride: Int

  /// Fails where the shapes do not fit.
  @_optimize(size)
  package init(_ node: NodeView) throws(Status) {
    let attributes = MatmulAttributes(node.attributes)
    let a = try node.input(0).shape
    let b = try node.input(1).shape
    transposeA = attributes.transposeA
    transposeB = attributes.transposeB
    guard a.rank >= 2 && b.rank >= 2 else {
      throw node.fail(.invalidShape).text("factors ").shape(a).text(" and ").shape(b).text(", expected two dimensions or more").status
    }
    aStride = a[a.rank &- 1]
    bStride = b[b.rank &- 1]
    let rows = transposeA ? aStride : a[a.rank &- 2]
    let depth = transposeA ? a[a.rank &- 2] : aStride
    let columns = transposeB ? b[b.rank &- 2] : bStride
    let aLeading = a.dropping(2)
    let bLeading = b.dropping(2)
    guard depth == (transposeB ? bStride : b[b.rank &- 2]), let leading = Shape.broadcast(aLeading, bLeading) else {
      throw node.fail(.invalidShape).text("factors ").shape(a).text(transposeA ? " (transposed) and " : " and ").shape(b)
        .text(transposeB ? " (transposed) do not fit" : " do not fit").status
    }
    var shape = leading
    guard shape.append(rows), shape.append(columns) else { throw node.fail(.invalidShape).text("more than 8 dimensions").status }
    guard shape.checkedElementCount != nil else { throw node.fail(.invalidShape).text("the output would have the shape ").shape(shape).status }
    output = shape
    if !transposeA && bLeading.product(0, bLeading.rank) == 1 {
      // One right factor for all: the leading dimensions are rows like the others.
      batchShape = Shape()
      batches = 1
      extents = ProductExtents(rows: leading.product(0, leading.rank) &* rows, columns: columns, depth: depth)
      aStrides = Shape()
      bStrides = Shape()
    } else {
      batchShape = leading
      batches = leading.product(0, leading.rank)
      extents = ProductExtents(rows: rows, columns: columns, depth: depth)
      aStrides = aLeading.broadcastStrides(to: leading).scaled(by: rows &* depth)
      bStrides = bLeading.broadcastStrides(to: leading).scaled(by: depth &* columns)
    }
  }

  /// Where the factors of batch `batch` begin, in elements.
  package func offsets(_ batch: Int) -> (a: Int, b: Int) {
    var rest = batch
    var offsetA = 0
    var offsetB = 0
    var axis = batchShape.rank &- 1
    while axis >= 0 {
      let extent = max(batchShape[axis], 1)
      let index = rest % extent
      offsetA = offsetA &+ index &* aStrides[axis]
      offsetB = offsetB &+ index &* bStrides[axis]
      rest = rest / extent
      axis -= 1
    }
    return (offsetA, offsetB)
  }

  /// Floats of scratch of one thread.
  var threadFloats: Int { (multiplyScratch(extents) &+ 15) / 16 &* 16 }

  /// Multiplications, saturated.
  package var work: Int { ProductExtents(rows: batches &* max(extents.rows, 0), columns: max(extents.columns, 0), depth: max(extents.depth, 0)).work }
}

/// The bias of a matrix product as its epilogue reads it.
package struct MatmulBias {
  package let elements: UnsafePointer<Float>?
  /// Whether every row adds the same values, one a column.
  package let isRow: Bool
  let shape: Shape
  /// Distances between elements along the result's dimensions.
  let strides: Shape

  package init(_ tensor: TensorPointer?, _ output: Shape) {
    shape = output
    guard let tensor else {
      elements = nil
      isRow = true
      strides = Shape()
      return
    }
    elements = tensor.elements()
    strides = tensor.shape.broadcastStrides(to: output)
    let columns = output[output.rank &- 1]
    var repeats = columns == 1 || strides[output.rank &- 1] == 1
    for axis in 0..<max(output.rank &- 1, 0) where strides[axis] != 0 && output[axis] != 1 { repeats = false }
    isRow = repeats
  }

  /// The values of row `row` of the result, counted over all leading dimensions, and the step between them: 0 or 1.
  package func row(_ row: Int) -> (values: UnsafePointer<Float>, step: Int)? {
    guard let elements else { return nil }
    var rest = row
    var offset = 0
    var axis = shape.rank &- 2
    while axis >= 0 {
      let extent = max(shape[axis], 1)
      offset = offset &+ rest % extent &* strides[axis]
      rest = rest / extent
      axis -= 1
    }
    return (elements + offset, strides[shape.rank &- 1])
  }
}

/// A matrix product on one thread.
struct Matmul {
  let plan: MatmulPlan
  let scale: Float
  let a: UnsafePointer<Float>
  let b: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let bias: MatmulBias
  let residual: UnsafePointer<Float>?
  let activation: Activation
  let scratch: UnsafeMutablePointer<Float>

  /// Rows of a result that are finished while they are in the cache.
  private static var resultBudget: Int { 128 * 1024 }

  /// Columns `firstColumn` ..< `endColumn` of rows `first` ..< `end`, counted over all batches.
  func compute(_ first: Int, _ end: Int, _ firstColumn: Int, _ endColumn: Int) {
    let rows = max(plan.extents.rows, 1)
    let columns = endColumn &- firstColumn
    // Fewer rows at once are more blocks of the right factor, packed again.
    let isFinished = bias.elements == nil && residual == nil && activation.function == .identity
    let most = isFinished ? Int.max : max(Matmul.resultBudget / max(columns, 1), 256)
    var row = first
    while row < end {
      let batch = row / rows
      let inside = row % rows
      let count = min(min(rows &- inside, end &- row), most)
      let (aOffset, bOffset) = plan.offsets(batch)
      let left = MatrixFactor(a + aOffset, stride: plan.aStride, transposed: plan.transposeA).dropping(rows: inside)
      let right = MatrixFactor(b + bOffset, stride: plan.bStride, transposed: plan.transposeB).dropping(columns: firstColumn)
      let offset = row &* plan.extents.columns &+ firstColumn
      multiply(left, right, ProductExtents(rows: count, columns: columns, depth: plan.extents.depth), scale: scale, into: output + offset,
        stride: plan.extents.columns, scratch: scratch)
      finish(row, count, firstColumn, columns, offset)
      row &+= count
    }
  }

  private func finish(_ row: Int, _ count: Int, _ firstColumn: Int, _ columns: Int, _ offset: Int) {
    let stride = plan.extents.columns
    if bias.isRow {
      let epilogue = Epilogue(bias: bias.elements, residual: residual, activation: activation)
      epilogue.finish(output, offset: offset, rows: count, columns: columns, stride: stride, firstColumn: firstColumn)
      return
    }
    for index in 0..<count {
      guard let (values, step) = bias.row(row &+ index) else { return }
      let start = offset &+ index &* stride
      if step == 0 {
        for column in 0..<columns { output[start &+ column] += values[0] }
        Epilogue(bias: nil, residual: residual, activation: activation)
          .finish(output, offset: start, rows: 1, columns: columns, stride: stride)
      } else {
        Epilogue(bias: values, residual: residual, activation: activation)
          .finish(output, offset: start, rows: 1, columns: columns, stride: stride, firstColumn: firstColumn)
      }
    }
  }
}

extension Shape {
  /// Whether there are no elements. Other extents may then be so large that their product means nothing.
  package var containsZero: Bool {
    for axis in 0..<rank where self[axis] == 0 { return true }
    return false
  }

  /// The leading extents, without the last `count`.
  func dropping(_ count: Int) -> Shape {
    var result = Shape(rank: rank &- count, repeating: 1)
    for axis in 0..<result.rank { result[axis] = self[axis] }
    return result
  }

  /// Every extent times `factor`.
  func scaled(by factor: Int) -> Shape {
    var result = self
    for axis in 0..<rank { result[axis] = self[axis] &* factor }
    return result
  }
}
