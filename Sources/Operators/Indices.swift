// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// The elements of an int32 or int64 tensor as positions in a dimension.
struct Indices {
  private let wide: UnsafePointer<Int64>?
  private let narrow: UnsafePointer<Int32>
  let count: Int

  init(_ tensor: TensorPointer) {
    wide = tensor.type == .int64 ? tensor.elements(Int64.self) : nil
    narrow = tensor.elements(Int32.self)
    count = tensor.count
  }

  /// Element `index` as it is stored, clamped to Int.
  @inline(__always)
  subscript(_ index: Int) -> Int {
    if let wide { return Int(clamping: wide[index]) }
    return Int(narrow[index])
  }

  /// Element `index` as a position in 0 ..< extent; negative ones count from the end.
  @inline(__always)
  func position(_ index: Int, extent: Int, _ node: NodeView) throws(Status) -> Int {
    let value = self[index]
    let position = value < 0 ? value &+ extent : value
    guard position >= 0 && position < extent else {
      throw node.fail(.outOfRange).text("index ").integer(value).text(" is outside an extent of ").integer(extent).status
    }
    return position
  }
}

/// Walks through the elements of a shape in row-major order and keeps the offset in a tensor with other strides.
struct StridedCursor {
  private let shape: Shape
  private let strides: Shape
  private(set) var position: Shape
  private(set) var offset = 0

  /// At element `index` of `shape`.
  init(_ shape: Shape, strides: Shape, at index: Int) {
    self.shape = shape
    self.strides = strides
    position = Shape(rank: shape.rank, repeating: 0)
    var rest = index
    var axis = shape.rank - 1
    while axis >= 0 {
      let extent = max(shape[axis], 1)
      position[axis] = rest % extent
      rest = rest / extent
      offset = offset &+ position[axis] &* strides[axis]
      axis -= 1
    }
  }

  @inline(__always)
  mutating func advance() {
    var axis = shape.rank - 1
    while axis >= 0 {
      position[axis] = position[axis] &+ 1
      offset = offset &+ strides[axis]
      if position[axis] < shape[axis] { return }
      offset = offset &- shape[axis] &* strides[axis]
      position[axis] = 0
      axis -= 1
    }
  }
}
