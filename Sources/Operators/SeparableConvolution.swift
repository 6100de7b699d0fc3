// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// Pointwise, depthwise and pointwise convolution in one pass over the picture: see SeparableConvolutionAttributes in model.fbs.
package enum SeparableConvolutionOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let x = try node.input(0)
    let depthwise = try node.input(3)
    try node.require(x, .float32, "the input")
    guard SeparableConvolutionAttributes(node.attributes).hasKnownEnumValues else {
      throw node.fail(.unsupported).text("unknown padding mode or activation").status
    }
    guard x.shape.rank == 4, depthwise.shape.rank == 4, depthwise.shape[2] == 1 else {
      throw node.fail(.invalidShape).text("the input ").shape(x.shape).text(" and the depthwise weights ").shape(depthwise.shape)
        .text(" do not fit together").status
    }
    let expanded = depthwise.shape[3]
    guard node.optionalInput(1) != nil || x.shape[3] == expanded else {
      throw node.fail(.invalidShape).text("the input has ").integer(x.shape[3]).text(" channels, the depthwise weights ").integer(expanded).status
    }
    guard node.optionalInput(1) != nil || node.optionalInput(5) != nil else {
      throw node.fail(.invalidModel).text("neither an expansion nor a projection").status
    }
    try node.require(depthwise, .float32, "the depthwise weights")
    var outputs = expanded
    if let expansion = node.optionalInput(1) { try require(node, expansion, 1, Shape(1, 1, x.shape[3], expanded)) }
    if let projection = node.optionalInput(5) {
      outputs = projection.shape.rank == 4 ? projection.shape[3] : 0
      try require(node, projection, 5, Shape(1, 1, expanded, outputs))
    }
    if let bias = node.optionalInput(2) { try require(node, bias, 2, Shape(expanded)) }
    if let bias = node.optionalInput(4) { try require(node, bias, 4, Shape(expanded)) }
    if let bias = node.optionalInput(6) { try require(node, bias, 6, Shape(outputs)) }
    let window = try separableWindow(node, x.shape, depthwise.shape)
    // The maps between the convolutions are never whole, but positions in them are counted.
    guard Shape(window.batch, window.height.input, window.width.input, expanded).checkedElementCount != nil,
      Shape(window.batch, window.height.output, window.width.output, expanded).checkedElementCount != nil else {
      throw node.fail(.invalidShape).text("the expanded map of ").shape(x.shape).text(" is too large").status
    }
    let shape = window.outputShape(spatialRank: 2, channels: outputs)
    if let residual = node.optionalInput(7) { try require(node, residual, 7, shape) }
    try node.setOutput(0, .float32, shape)
    return .known
  }

  private static func require(_ node: NodeView, _ tensor: TensorPointer, _ index: Int, _ shape: Shape) throws(Status) {
    guard tensor.type == .float32, tensor.shape == shape else {
      throw node.fail(tensor.type == .float32 ? .invalidShape : .invalidType).text("input ").integer(index).text(" has type ").type(tensor.type)
        .text(" and shape ").shape(tensor.shape).text(", expected float32 ").shape(shape).status
    }
  }

  private static var cacheBytes: Int { 256 << 10 }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let single = try? SeparableExtents(node, threads: 1, cacheBytes: cacheBytes) else { return Kernel("none") }
    let allThreads = threads > 1 && single.isLarge
    return Kernel("stripes of rows", allThreads: allThreads, scratchBytes: sizeProduct(sizeProduct(PortableStages.threadFloats(single), 4), allThreads ? threads : 1))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if try node.output(0).shape.containsZero { return }
    let extents = try SeparableExtents(node, threads: run.threadCount, cacheBytes: cacheBytes)
    let scratch = run.scratch(Float.self, at: run.threadIndex &* PortableStages.threadFloats(extents) &* 4)
    let input: UnsafePointer<Float> = try node.input(0).elements()
    let output: UnsafeMutablePointer<Float> = try node.output(0).elements()
    let stages = PortableStages(extents: extents, input: input, output: output, depthwise: try node.input(3).elements(),
      expansion: node.optionalInput(1)?.elements(), projection: node.optionalInput(5)?.elements(), epilogues: SeparableEpilogues(node),
      scratch: scratch + extents.mapFloats)
    try run.tiles(extents.tasks) { task throws(Status) in extents.compute(task, stages, input: input, output: output, scratch: scratch) }
  }
}

/// What follows each of the three convolutions.
package struct SeparableEpilogues {
  package let expansion, depthwise, projection: Epilogue

  package init(_ node: NodeView) {
    let attributes = SeparableConvolutionAttributes(node.attributes)
    let residual: UnsafePointer<Float>? = node.optionalInput(7)?.elements()
    let projects = node.optionalInput(5) != nil
    expansion = Epilogue(bias: node.optionalInput(2)?.elements(), residual: nil, activation: attributes.expansionActivation)
    depthwise = Epilogue(bias: node.optionalInput(4)?.elements(), residual: projects ? nil : residual, activation: attributes.depthwiseActivation)
    projection = Epilogue(bias: node.optionalInput(6)?.elements(), residual: residual, activation: attributes.projectionActivation)
  }
}

/// The three convolutions with weights as the model has them.
private struct PortableStages: SeparableStages {
  let extents: SeparableExtents
  let input: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let depthwise: UnsafePointer<Float>
  let expansion, projection: UnsafePointer<Float>?
  let epilogues: SeparableEpilogues
  let scratch: UnsafeMutablePointer<Float>

  /// Floats of scratch of a thread: the maps of a stripe, and what the products need. The same for any number of threads.
  static func threadFloats(_ extents: SeparableExtents) -> Int {
    let expand = multiplyScratch(ProductExtents(rows: extents.linePositions, columns: extents.expanded, depth: extents.channels))
    let project = multiplyScratch(ProductExtents(rows: extents.rowPositions, columns: extents.outputs, depth: extents.expanded))
    return sizeSum(extents.mapFloats, (max(expand, project) &+ 15) / 16 &* 16)
  }

  func expand(_ first: Int, _ count: Int, into lines: UnsafeMutablePointer<Float>) {
    guard let expansion else { return }
    multiply(MatrixFactor(input + first &* extents.channels, stride: extents.channels), MatrixFactor(expansion, stride: extents.expanded),
      ProductExtents(rows: count, columns: extents.expanded, depth: extents.channels), into: lines, stride: extents.expanded, scratch: scratch)
    epilogues.expansion.finish(lines, offset: 0, rows: count, columns: extents.expanded, stride: extents.expanded)
  }

  func filter(_ part: SeparablePart, _ map: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    let window = extents.window
    var row = WindowRow(part.firstRow, of: window)
    let rowFloats = window.width.output &* extents.expanded
    let offset = part.firstColumn &* extents.expanded
    var target = output
    for index in part.firstRow..<max(part.endRow, part.firstRow) {
      depthwiseRow(map, depthwise, window, row, firstColumn: part.firstColumn, endColumn: part.endColumn, into: target + offset)
      let epilogue = Epilogue(bias: epilogues.depthwise.bias, residual: epilogues.depthwise.residual.map { $0 + index &* rowFloats },
        activation: epilogues.depthwise.activation)
      epilogue.finish(target, offset: offset, rows: part.endColumn &- part.firstColumn, columns: extents.expanded, stride: extents.expanded)
      target += rowFloats
      row.advance(in: window)
    }
  }

  func project(_ first: Int, _ count: Int, _ rows: UnsafePointer<Float>, following: FollowingFloats?) {
    guard let projection else { return }
    let offset = first &* extents.outputs
    multiply(MatrixFactor(rows, stride: extents.expanded), MatrixFactor(projection, stride: extents.outputs),
      ProductExtents(rows: count, columns: extents.outputs, depth: extents.expanded), into: output + offset, stride: extents.outputs, scratch: scratch)
    epilogues.projection.finish(output, offset: offset, rows: count, columns: extents.outputs, stride: extents.outputs)
  }
}
