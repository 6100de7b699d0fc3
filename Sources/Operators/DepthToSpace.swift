// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// The six dimensions that both operators permute: batch, row, row in the block, column, column in the block, depth.
private struct Blocks {
  let batch: Int, height: Int, width: Int, depth: Int, block: Int

  /// Element strides in the deep tensor [batch, height, width, block block depth].
  private func deep(_ offsetFirst: Bool) -> (blockRow: Int, blockColumn: Int, depth: Int) {
    offsetFirst ? (block &* depth, depth, 1) : (block, 1, block &* block)
  }

  /// From [batch, height, width, channels] to [batch, height block, width block, depth].
  func toSpace(offsetFirst: Bool) -> StridedCopy {
    let channels = block &* block &* depth
    let inside = deep(offsetFirst)
    var copy = StridedCopy()
    copy.append(batch, source: height &* width &* channels, destination: height &* width &* channels)
    copy.append(height, source: width &* channels, destination: width &* channels)
    copy.append(block, source: inside.blockRow, destination: width &* block &* depth)
    copy.append(width, source: channels, destination: block &* depth)
    copy.append(block, source: inside.blockColumn, destination: depth)
    copy.append(depth, source: inside.depth, destination: 1)
    copy.finish()
    return copy
  }

  /// The way back.
  func toDepth(offsetFirst: Bool) -> StridedCopy {
    let channels = block &* block &* depth
    let inside = deep(offsetFirst)
    var copy = StridedCopy()
    copy.append(batch, source: height &* width &* channels, destination: height &* width &* channels)
    copy.append(height, source: width &* channels, destination: width &* channels)
    copy.append(width, source: block &* depth, destination: channels)
    if !offsetFirst { copy.append(depth, source: 1, destination: inside.depth) }
    copy.append(block, source: width &* block &* depth, destination: inside.blockRow)
    copy.append(block, source: depth, destination: inside.blockColumn)
    if offsetFirst { copy.append(depth, source: 1, destination: inside.depth) }
    copy.finish()
    return copy
  }
}

/// The block's extent, 1 ... 2^13: its square is channels of a tensor.
private func block(_ node: NodeView) throws(Status) -> Int {
  let block = Int(BlockAttributes(node.attributes).block)
  guard block >= 1 && block <= 1 << 13 else { throw node.fail(.invalidModel).text("a block of ").integer(block).status }
  return block
}

/// [N, H, W, b b D] to [N, H b, W b, D]; `column_row` says that a channel is (offset, depth) (ONNX DCR) and not (depth, offset) (CRD).
package enum DepthToSpaceOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let block = try block(node)
    try node.requireRank(input, 4, "the input")
    let shape = input.shape
    guard shape[3] % (block * block) == 0 else {
      throw node.fail(.invalidShape).integer(shape[3]).text(" channels do not divide into blocks of ").integer(block).status
    }
    try node.setOutput(0, input.type, Shape(shape[0], shape[1] &* block, shape[2] &* block, shape[3] / (block * block)))
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "strided copy") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0) else { return }
    let shape = input.shape
    let blocks = Blocks(batch: shape[0], height: shape[1], width: shape[2], depth: output.shape[3], block: try block(node))
    let copy = blocks.toSpace(offsetFirst: BlockAttributes(node.attributes).columnRow)
    try run.copy(copy, from: input.address(), to: output.address(), elementSize: input.type.size)
  }
}

/// [N, H b, W b, D] to [N, H, W, b b D]: the inverse of depth_to_space.
package enum SpaceToDepthOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let block = try block(node)
    try node.requireRank(input, 4, "the input")
    let shape = input.shape
    let (channels, overflow) = shape[3].multipliedReportingOverflow(by: block * block)
    guard shape[1] % block == 0 && shape[2] % block == 0 && !overflow else {
      throw node.fail(.invalidShape).text("the shape ").shape(shape).text(" does not divide into blocks of ").integer(block).status
    }
    try node.setOutput(0, input.type, Shape(shape[0], shape[1] / block, shape[2] / block, channels))
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "strided copy") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    guard let output = node.optionalOutput(0) else { return }
    let shape = output.shape
    let blocks = Blocks(batch: shape[0], height: shape[1], width: shape[2], depth: input.shape[3], block: try block(node))
    let copy = blocks.toDepth(offsetFirst: BlockAttributes(node.attributes).columnRow)
    try run.copy(copy, from: input.address(), to: output.address(), elementSize: input.type.size)
  }
}
