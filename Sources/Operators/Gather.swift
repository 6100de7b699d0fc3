// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Platform
import Tensors

/// Takes rows of x along an axis: output shape x[..axis], indices, x[axis+1..]. An index equal to padding_index (>= 0) gives zeros.
///
/// Errors of a run: `.outOfRange` for an index outside -extent ..< extent.
package enum GatherOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let indices = try node.input(1)
    try node.requireIndices(indices, "the indices")
    let shape = input.shape
    let axis = try node.axis(Int(GatherAttributes(node.attributes).axis), rank: shape.rank)
    guard shape.rank - 1 + indices.shape.rank <= Shape.maximumRank else {
      throw node.fail(.invalidShape).text("indices of the shape ").shape(indices.shape).text(" into ").shape(shape).status
    }
    var result = Shape()
    for index in 0..<axis { result.append(shape[index]) }
    for index in 0..<indices.shape.rank { result.append(indices.shape[index]) }
    for index in (axis + 1)..<max(shape.rank, axis + 1) { result.append(shape[index]) }
    try node.setOutput(0, input.type, result)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "copy of rows") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let attributes = GatherAttributes(node.attributes)
    let input = try node.input(0)
    let indices = Indices(try node.input(1))
    guard let output = node.optionalOutput(0) else { return }
    let shape = input.shape
    let axis = try node.axis(Int(attributes.axis), rank: shape.rank)
    let extent = shape[axis]
    let bytes = shape.product(axis + 1, shape.rank) &* input.type.size
    let padding = Int(clamping: attributes.paddingIndex)
    let count = indices.count
    guard count > 0, output.count > 0 else { return }
    if bytes == 4 && padding < 0 && count >= 8 {
      let rows = OneElementRows(input: input.address(), output: output.address(), extent: extent, indices: indices, count: count)
      return try run.share(of: shape.product(0, axis)) { (begin, end) throws(Status) in try rows.gather(begin, end, node) }
    }
    try run.share(of: shape.product(0, axis) &* count) { (begin, end) throws(Status) in
      var outer = begin / count
      var index = begin % count
      var to = output.address() + begin &* bytes
      for _ in begin..<end {
        if padding >= 0 && indices[index] == padding {
          platform_fill(to, 0, bytes)
        } else {
          let position = try indices.position(index, extent: extent, node)
          let from = input.address() + (outer &* extent &+ position) &* bytes
          if bytes == 4 {
            to.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
          } else {
            platform_copy(to, from, bytes)
          }
        }
        to += bytes
        index = index &+ 1
        if index == count {
          index = 0
          outer = outer &+ 1
        }
      }
    }
  }
}

/// A gather along the last axis, of elements of 4 bytes: the same choice of every row, as in a channel shuffle.
private struct OneElementRows {
  let input: UnsafeRawPointer
  let output: UnsafeMutableRawPointer
  let extent: Int
  let indices: Indices
  let count: Int

  /// Whether the choice takes turns between the row's two halves, as ShuffleNet's shuffle of two groups does.
  private var shufflesTwoGroups: Bool {
    guard count == extent, count % 2 == 0 else { return false }
    for index in 0..<count where indices[index] != index % 2 &* (count / 2) &+ index / 2 { return false }
    return true
  }

  /// Rows `begin` ..< `end`. Indices are checked once, so that nothing but copies is left in the loop.
  func gather(_ begin: Int, _ end: Int, _ node: NodeView) throws(Status) {
    for index in 0..<count { _ = try indices.position(index, extent: extent, node) }
    let source = input.assumingMemoryBound(to: UInt32.self)
    let target = output.assumingMemoryBound(to: UInt32.self)
    if shufflesTwoGroups {
      let half = count / 2
      for row in begin..<end {
        let from = source + row &* count
        interleave(from, from + half, half, into: target + row &* count)
      }
      return
    }
    for row in begin..<end {
      let from = source + row &* extent
      let to = target + row &* count
      for index in 0..<count {
        let position = indices[index]
        to[index] = from[position < 0 ? position &+ extent : position]
      }
    }
  }
}

/// Takes one element of x for every index, along an axis: y[i, j] = x[index[i, j], j] for axis 0. Other extents of the indices may be smaller.
package enum GatherElementsOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let indices = try node.input(1)
    try node.requireIndices(indices, "the indices")
    let axis = try node.axis(Int(AxisAttributes(node.attributes).axis), rank: input.shape.rank)
    try node.requireWithin(indices, input, except: axis)
    try node.setOutput(0, input.type, indices.shape)
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { .moving(node.optionalOutput(0)?.count ?? 0, "by element") }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let input = try node.input(0)
    let indices = Indices(try node.input(1))
    guard let output = node.optionalOutput(0) else { return }
    let shape = output.shape
    let axis = try node.axis(Int(AxisAttributes(node.attributes).axis), rank: shape.rank)
    var strides = input.shape.rowMajorStrides
    let step = strides[axis]
    strides[axis] = 0
    let extent = input.shape[axis]
    let size = input.type.size
    try run.share(of: indices.count) { (begin, end) throws(Status) in
      var cursor = StridedCursor(shape, strides: strides, at: begin)
      for index in begin..<end {
        let from = cursor.offset &+ (try indices.position(index, extent: extent, node)) &* step
        copyElement(from: input.address() + from &* size, to: output.address() + index &* size, size: size)
        cursor.advance()
      }
    }
  }
}

/// Copies one element of 1, 2, 4 or 8 bytes.
@inline(__always)
func copyElement(from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, size: Int) {
  switch size {
  case 1: destination.storeBytes(of: source.loadUnaligned(as: UInt8.self), as: UInt8.self)
  case 2: destination.storeBytes(of: source.loadUnaligned(as: UInt16.self), as: UInt16.self)
  case 4: destination.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
  case 8: destination.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
  default: break
  }
}

extension NodeView {
  /// Fails unless `indices` has the rank of `input` and no larger extent, `axis` excepted.
  func requireWithin(_ indices: TensorPointer, _ input: TensorPointer, except axis: Int) throws(Status) {
    var fits = indices.shape.rank == input.shape.rank
    for other in 0..<input.shape.rank where other != axis && indices.shape[other] > input.shape[other] { fits = false }
    guard fits else {
      throw fail(.invalidShape).text("indices of the shape ").shape(indices.shape).text(" do not fit ").shape(input.shape).status
    }
  }
}
