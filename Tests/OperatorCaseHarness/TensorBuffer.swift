// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

/// A tensor in memory of its own, as misaligned as a kernel must bear, between guard bytes that no kernel may change.
final class TensorBuffer {
  static let guardBytes = 128
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private let offset: Int
  let tensor: UnsafeMutablePointer<coracle_tensor>

  /// A tensor that nobody has given a type or shape: an output before `infer`.
  init() {
    (capacity, offset) = (0, TensorBuffer.guardBytes)
    memory = .allocate(byteCount: 2 * offset, alignment: 64)
    tensor = .allocate(capacity: 1)
    tensor.initialize(to: .empty)
  }

  /// A tensor with room for its elements, or without data (`hasData` false).
  init(type: ElementType, shape: [Int], bytes: [UInt8]? = nil, hasData: Bool = true) {
    capacity = hasData ? shape.reduce(type.size, { $0 &* max($1, 0) }) : 0
    offset = TensorBuffer.guardBytes + type.size
    memory = .allocate(byteCount: capacity + offset + TensorBuffer.guardBytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: capacity + offset + TensorBuffer.guardBytes)
    tensor = .allocate(capacity: 1)
    tensor.initialize(to: .empty)
    tensor.pointee.elementType = type
    var dimensions = Shape(rank: shape.count, repeating: 0)
    for (axis, extent) in shape.enumerated() { dimensions[axis] = extent }
    tensor.pointee.dimensions = dimensions
    if hasData {
      tensor.pointee.data = memory + offset
      tensor.pointee.byte_count = capacity
    }
    if let bytes, hasData { bytes.withUnsafeBytes { if let base = $0.baseAddress { (memory + offset).copyMemory(from: base, byteCount: min($0.count, capacity)) } } }
  }

  convenience init(_ tensor: CaseTensor, hasData: Bool = true) { self.init(type: tensor.type, shape: tensor.shape, bytes: tensor.bytes, hasData: hasData) }

  deinit {
    memory.deallocate()
    tensor.deallocate()
  }

  var shape: [Int] {
    let dimensions = tensor.pointee.dimensions
    return (0..<dimensions.rank).map { dimensions[$0] }
  }

  /// Gives the tensor memory for the type and shape that `infer` has set.
  func allocated() -> TensorBuffer { TensorBuffer(type: tensor.pointee.elementType, shape: shape) }

  var guardsAreIntact: Bool {
    guard tensor.pointee.data != nil else { return true }
    let all = memory.assumingMemoryBound(to: UInt8.self)
    for index in 0..<offset where all[index] != 0xA5 { return false }
    for index in offset + capacity..<offset + capacity + TensorBuffer.guardBytes where all[index] != 0xA5 { return false }
    return true
  }

  /// The elements as they are now.
  var value: CaseTensor {
    let type = tensor.pointee.elementType
    let count = shape.reduce(1, *) * type.size
    let bytes = (0..<min(count, capacity)).map { memory.load(fromByteOffset: offset + $0, as: UInt8.self) }
    return CaseTensor(type: type, shape: shape, bytes: bytes)
  }
}
