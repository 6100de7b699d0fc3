// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Axes as a set of bits, each counted from the front of `rank` dimensions.
private func axisSet(_ node: NodeView, rank: Int) throws(Status) -> UInt32 {
  let axes = AxesAttributes(node.attributes).axes
  var set: UInt32 = 0
  for index in 0..<axes.count {
    let axis = try node.axis(Int(axes[index]), rank: rank)
    guard set & (1 << UInt32(axis)) == 0 else {
      throw node.fail(.invalidShape).text("axis ").integer(Int(axes[index])).text(" is named twice").status
    }
    set |= 1 << UInt32(axis)
  }
  return set
}

/// Removes the named axes of extent 1 (a named axis of another extent stays, as in Paddle), or all axes of extent 1 where none is named.
package enum SqueezeOperator: ReshapingOperator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let shape = input.shape
    let all = AxesAttributes(node.attributes).axes.isEmpty
    let set = try axisSet(node, rank: shape.rank)
    var result = Shape()
    for axis in 0..<shape.rank {
      let named = all || set & (1 << UInt32(axis)) != 0
      if !(named && shape[axis] == 1) { result.append(shape[axis]) }
    }
    try node.setOutput(0, input.type, result)
    return .known
  }
}

/// Inserts dimensions of 1; the axes count in the output's shape.
package enum UnsqueezeOperator: ReshapingOperator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let input = try node.input(0)
    let shape = input.shape
    let added = AxesAttributes(node.attributes).axes.count
    guard added <= Shape.maximumRank - shape.rank else {
      throw node.fail(.invalidShape).integer(added).text(" more dimensions on top of ").integer(shape.rank).status
    }
    let rank = shape.rank + added
    let set = try axisSet(node, rank: rank)
    var result = Shape()
    var next = 0
    for axis in 0..<rank {
      if set & (1 << UInt32(axis)) != 0 {
        result.append(1)
      } else {
        result.append(shape[next])
        next += 1
      }
    }
    try node.setOutput(0, input.type, result)
    return .known
  }
}
