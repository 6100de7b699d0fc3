// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// The positions of the elements that are not zero, in row-major order: int64 [rank, count], as ONNX has it; a scalar counts as [1].
package enum NonZeroOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    guard input.type.isReducible else { throw node.fail(.invalidType).text("an input of type ").type(input.type).status }
    try node.setOutput(0, .int64, Shape(max(input.shape.rank, 1), input.count))
    return .bounded
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    guard let output = node.optionalOutput(0) else { return }
    let input = try node.input(0)
    let size = input.type.size
    let isFloat = input.type == .float32
    let count = input.count
    var found = 0
    for index in 0..<count where isSet(input.address() + index &* size, size, isFloat) { found = found &+ 1 }
    let rank = max(input.shape.rank, 1)
    let shape = input.shape.rank == 0 ? Shape(1) : input.shape
    var cursor = StridedCursor(shape, strides: shape.rowMajorStrides, at: 0)
    let to = output.elements(Int64.self)
    var place = 0
    for index in 0..<count {
      if isSet(input.address() + index &* size, size, isFloat) {
        for axis in 0..<rank { to[axis &* found &+ place] = Int64(cursor.position[axis]) }
        place = place &+ 1
      }
      cursor.advance()
    }
    output.pointee.dimensions = Shape(rank, found)
  }

  /// Whether an element is not zero; -0 is zero.
  @inline(__always)
  private static func isSet(_ element: UnsafeRawPointer, _ size: Int, _ isFloat: Bool) -> Bool {
    if isFloat { return element.loadUnaligned(as: Float.self) != 0 }
    switch size {
    case 1: return element.loadUnaligned(as: UInt8.self) != 0
    case 2: return element.loadUnaligned(as: UInt16.self) != 0
    case 4: return element.loadUnaligned(as: UInt32.self) != 0
    default: return element.loadUnaligned(as: UInt64.self) != 0
    }
  }
}
