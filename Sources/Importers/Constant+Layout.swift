// Laying constants out anew. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension Constant {
  /// The elements with dimension i taken from dimension permutation[i]; nil where the bytes do not fit the shape.
  func transposed(by permutation: [Int]) -> Constant? {
    guard permutation.sorted() == Array(shape.indices), let count = checkedProduct(shape), let size = byteSize(of: shape), size == bytes.count
    else { return nil }
    let extents = permutation.map { shape[$0] }
    var strides = Array(repeating: 1, count: shape.count)
    for index in shape.indices.dropLast().reversed() { strides[index] = strides[index + 1] * shape[index + 1] }
    let steps = permutation.map { strides[$0] }
    var result = Data(count: size)
    if count > 0 {
      let width = type.byteCount
      result.withUnsafeMutableBytes { target in
        bytes.withUnsafeBytes { source in
          guard let target = target.baseAddress, let source = source.baseAddress else { return }
          switch width {
          case 1: copy(UInt8.self, source, target, extents, steps)
          case 2: copy(UInt16.self, source, target, extents, steps)
          case 4: copy(UInt32.self, source, target, extents, steps)
          default: copy(UInt64.self, source, target, extents, steps)
          }
        }
      }
    }
    return Constant(type: type, shape: extents, bytes: result)
  }

  /// Bytes that a tensor of this type and shape has; nil where that overflows or an extent is negative.
  func byteSize(of shape: [Int]) -> Int? {
    guard let count = checkedProduct(shape) else { return nil }
    let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    return overflow ? nil : size
  }
}

/// Walks the target in order with a counter a dimension; `steps` are the source's strides along the target's dimensions.
private func copy<T: BitwiseCopyable>(_ type: T.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ extents: [Int], _ steps: [Int]) {
  let width = MemoryLayout<T>.size
  guard let inner = extents.last, let innerStep = steps.last else {
    target.storeBytes(of: source.loadUnaligned(as: T.self), as: T.self)
    return
  }
  var counter = Array(repeating: 0, count: extents.count - 1)
  var offset = 0
  var position = target
  while true {
    var from = source + offset * width
    for _ in 0..<inner {
      position.storeBytes(of: from.loadUnaligned(as: T.self), as: T.self)
      position += width
      from += innerStep * width
    }
    var dimension = counter.count - 1
    while dimension >= 0 {
      counter[dimension] += 1
      offset += steps[dimension]
      if counter[dimension] < extents[dimension] { break }
      offset -= steps[dimension] * extents[dimension]
      counter[dimension] = 0
      dimension -= 1
    }
    if dimension < 0 { return }
  }
}
