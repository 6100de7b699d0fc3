// Arithmetic on constants that passes do themselves. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension Constant {
  /// The constant with its dimensions in the order `permutation`: result dimension i is dimension `permutation[i]`.
  func transposed(_ permutation: [Int]) -> Constant {
    let newShape = permutation.map { shape[$0] }
    let size = type.byteCount
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let steps = permutation.map { strides[$0] * size }
    let count = elementCount
    guard count > 0, bytes.count == count * size else { return Constant(type: type, shape: newShape, bytes: bytes) }
    var result = Data(count: count * size)
    result.withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        var index = [Int](repeating: 0, count: newShape.count)
        var offset = 0
        for element in 0..<count {
          memcpy(to + element * size, from + offset, size)
          var axis = newShape.count - 1
          while axis >= 0 {
            index[axis] += 1
            offset += steps[axis]
            if index[axis] < newShape[axis] { break }
            offset -= steps[axis] * newShape[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return Constant(type: type, shape: newShape, bytes: result)
  }

  /// The same elements under another shape of as many.
  func reshaped(_ shape: [Int]) -> Constant { Constant(type: type, shape: shape, bytes: bytes) }

  /// The one element of a float32 constant of any rank; nil for others.
  var scalar: Float? { elementCount == 1 ? floats?.first : nil }

  /// What this constant adds to, or multiplies, each of `channels` last positions of a tensor of rank `rank`; nil where it
  /// varies along another dimension or would enlarge the tensor.
  func perLastDimension(channels: Int, rank: Int) -> [Float]? {
    guard let floats, shape.count <= rank, shape.dropLast().allSatisfy({ $0 == 1 }) else { return nil }
    if floats.count == 1 { return [Float](repeating: floats[0], count: channels) }
    return shape.last == channels && floats.count == channels ? floats : nil
  }
}

/// The permutation that undoes `permutation`.
func inverse(_ permutation: [Int]) -> [Int] {
  var result = permutation
  for (position, axis) in permutation.enumerated() where axis >= 0 && axis < result.count { result[axis] = position }
  return result
}

/// Whether `permutation` holds every axis once.
func isPermutation(_ permutation: [Int]) -> Bool { permutation.sorted() == Array(permutation.indices) }

/// `axis` counted from the front of `rank` dimensions; nil outside.
func normalized(_ axis: Int, _ rank: Int) -> Int? {
  let position = axis < 0 ? axis + rank : axis
  return position >= 0 && position < rank ? position : nil
}
