// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import ModelFile
import Platform
import Tensors

extension Shape {
  /// Element strides of a dense row-major tensor.
  var rowMajorStrides: Shape { rowMajorStrides(pitch: rank > 0 ? self[rank - 1] : 1) }

  /// The same where positions of all axes but the last are `pitch` elements apart.
  func rowMajorStrides(pitch: Int) -> Shape {
    var strides = Shape(rank: rank, repeating: 1)
    var axis = rank - 2
    while axis >= 0 {
      strides[axis] = axis == rank - 2 ? pitch : strides[axis + 1] &* self[axis + 1]
      axis -= 1
    }
    return strides
  }

  /// This shape with extent `axis` left out.
  func removing(_ axis: Int) -> Shape {
    var result = Shape()
    for index in 0..<rank where index != axis { result.append(self[index]) }
    return result
  }
}

extension Kernel {
  /// The kernel of an operator that moves `count` elements: on all threads where that is worth waking them.
  static func moving(_ count: Int, _ name: StaticString, scratchBytes: Int = 0) -> Kernel {
    count > 32768
      ? Kernel(name, reason: "enough elements to divide", allThreads: true, scratchBytes: scratchBytes)
      : Kernel(name, reason: "few elements", scratchBytes: scratchBytes)
  }
}

extension UnsafePointer where Pointee == coracle_tensor {
  /// The address of element `index`.
  @inline(__always)
  func address(_ index: Int = 0) -> UnsafeRawPointer { UnsafeRawPointer(elements(UInt8.self)) + index &* type.size }
}

extension UnsafeMutablePointer where Pointee == coracle_tensor {
  /// The address of element `index`.
  @inline(__always)
  func address(_ index: Int = 0) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(elements(UInt8.self)) + index &* type.size }
}

extension Execution {
  /// This thread's share of `copy`, which must be finished.
  func copy(_ copy: StridedCopy, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, elementSize: Int) throws(Status) {
    let grain = copy.form == .tiles ? 1 : 64
    try share(of: copy.unitCount, grain: grain) { (begin, end) throws(Status) in
      copy.run(begin, end, from: source, to: destination, elementSize: elementSize)
    }
  }

  /// This thread's share of a contiguous copy; nothing where both are the same memory.
  func copy(_ bytes: Int, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer) throws(Status) {
    guard source != UnsafeRawPointer(destination) else { return }
    try share(of: bytes, grain: 64) { (begin, end) throws(Status) in platform_copy(destination + begin, source + begin, end &- begin) }
  }

  /// This thread's share of copying `input` to `output` of the same size; nothing where both are the same memory.
  func copy(_ input: TensorPointer, to output: MutableTensorPointer) throws(Status) {
    try copy(input.count &* input.type.size, from: input.address(), to: output.address())
  }
}
