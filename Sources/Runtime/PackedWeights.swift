// Constants in the order that a kernel reads, made once for all sessions of a model.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import ModelFile
import Operators
import Platform
import Tensors

/// A constant in another order than the file's: this head, and the elements behind it.
struct PackedConstant {
  let tensor: Int
  let layout: UInt64
  let byteCount: Int
  let next: UnsafeMutablePointer<PackedConstant>?

  /// Bytes before the elements, which keep their alignment.
  static var headBytes: Int { 64 }
}

/// What the sessions of a model have packed so far.
struct PackedConstants {
  var lock: UInt32 = 0
  var first: UnsafeMutablePointer<PackedConstant>?
}

extension Model {
  /// Constant `tensor` in the order `layout`: as the file has it, as an earlier session made it, or as `fill` makes it now.
  /// Lives as long as the model. Any thread.
  func packed(_ tensor: Int, layout: UInt64, byteCount: Int, _ error: ErrorWriter,
    fill: (UnsafeMutableRawPointer) throws(Status) -> Void) throws(Status) -> UnsafeRawPointer
  {
    if let stored = stored(tensor, layout: layout, byteCount: byteCount) { return stored }
    while platform_try_lock(lockPointer) == 0 { platform_yield() }
    defer { platform_atomic_store(lockPointer, 0) }
    var cursor = packedConstants.pointee.first
    while let entry = cursor {
      if entry.pointee.tensor == tensor && entry.pointee.layout == layout && entry.pointee.byteCount == byteCount {
        return UnsafeRawPointer(entry) + PackedConstant.headBytes
      }
      cursor = entry.pointee.next
    }
    let memory = try allocator.allocate(PackedConstant.headBytes + byteCount, for: "packed weights", error)
    let data = memory + PackedConstant.headBytes
    do {
      try fill(data)
    } catch {
      allocator.deallocate(memory, PackedConstant.headBytes + byteCount)
      throw error
    }
    let entry = memory.bindMemory(to: PackedConstant.self, capacity: 1)
    entry.initialize(to: PackedConstant(tensor: tensor, layout: layout, byteCount: byteCount, next: packedConstants.pointee.first))
    packedConstants.pointee.first = entry
    // The kernels read the copy from now on.
    let constant = FileTensor(file.tensors[tensor])
    if isMapped { platform_forget(bytes(constant), Int(constant.byteCount)) }
    return UnsafeRawPointer(data)
  }

  /// Constant `tensor` as the file has it, where that is in the order `layout`.
  func stored(_ tensor: Int, layout: UInt64, byteCount: Int) -> UnsafeRawPointer? {
    let constant = FileTensor(file.tensors[tensor])
    guard constant.segment >= 0, constant.packing == layout, constant.byteCount == UInt64(byteCount) else { return nil }
    return bytes(constant)
  }

  private var lockPointer: UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(packedConstants).assumingMemoryBound(to: UInt32.self)
  }

  func freePackedConstants() {
    while let entry = packedConstants.pointee.first {
      packedConstants.pointee.first = entry.pointee.next
      allocator.deallocate(entry, PackedConstant.headBytes + entry.pointee.byteCount)
    }
  }
}

extension Session {
  /// Bytes of the constants that the plan reads in another form than the file's; of those that a run chooses, what the last one chose.
  var packedBytes: UInt64 {
    var total: UInt64 = 0
    for index in 0..<tensorCount where states[index].isExpanded { total += UInt64(PackedConstant.headBytes) + UInt64(tensors[index].byte_count) }
    for index in 0..<nodeCount where nodes[index].mode == .planned || nodes[index].mode == .dynamic {
      for position in 0..<Int(nodes[index].support.packing_count) {
        let packing = nodes[index].packing(position)
        guard let input = NodeView(nodePointer(index), ErrorWriter(nil)).optionalInput(Int(packing.input)) else { continue }
        if model.pointee.stored(tensorIndex(input), layout: packing.layout, byteCount: Int(clamping: packing.byte_count)) == nil {
          total += UInt64(PackedConstant.headBytes) + packing.byte_count
        }
      }
    }
    return total
  }

  /// Fails unless what the backend wants packed can be.
  func checkPackings(_ index: Int, _ support: coracle_support, _ error: ErrorWriter) throws(Status) {
    for position in 0..<Int(support.packing_count) {
      let packing = position < Int(CORACLE_MAX_PACKINGS) ? NodeState.packing(support, position) : coracle_packing()
      let input = NodeView(nodePointer(index), error).optionalInput(Int(packing.input))
      guard packing.layout != 0, let input, input.pointee.is_constant != 0, packing.byte_count > 0,
        packing.byte_count < UInt64(Shape.maximumElementCount) * 8
      else { throw NodeView(nodePointer(index), error).fail(.backendFailed).text("its backend wants an input packed that cannot be").status }
    }
  }

  /// Has the node's constants in the orders that its kernel reads.
  func packInputs(_ index: Int, _ error: ErrorWriter) throws(Status) {
    let backend = backends[nodes[index].backend]
    let count = Int(nodes[index].support.packing_count)
    let view = NodeView(nodePointer(index), error)
    for position in 0..<view.inputCount {
      guard let input = view.optionalInput(position), input.pointee.data == nil, nodes[index].packing(of: position) == nil else { continue }
      let tensor = tensorIndex(input)
      if model.pointee.needsExpansion(tensor) { tensors[tensor].data = try model.pointee.expanded(tensor, error) }
    }
    for position in 0..<count {
      var packing = nodes[index].packing(position)
      guard let pack = backend.pack, let input = view.optionalInput(Int(packing.input)) else {
        throw view.fail(.backendFailed).text("its backend does not pack").status
      }
      let node = nodePointer(index)
      let tensor = tensorIndex(input)
      let data = try model.pointee.packed(tensor, layout: packing.layout, byteCount: Int(packing.byte_count), error) { (target) throws(Status) in
        try withElements(tensor, of: index) { () throws(Status) in
          let result = pack(backend.user_data, node, &packing, target, error.object)
          if result != CORACLE_OK { throw Status(rawValue: result) ?? .backendFailed }
        }
      }
      nodes[index].setPacked(position, data)
    }
  }

  /// The constant that a node's kernel reads packed as `position`th, or nil; after `prepare`.
  package func packedInput(_ index: Int, _ position: Int) -> (coracle_packing, UnsafeRawPointer)? {
    guard nodes[index].mode == .planned, position >= 0, position < Int(nodes[index].support.packing_count) else { return nil }
    let data = position == 0 ? nodes[index].packed.0 : position == 1 ? nodes[index].packed.1 : position == 2 ? nodes[index].packed.2 : nodes[index].packed.3
    return data.map { (nodes[index].packing(position), $0) }
  }
}

extension NodeState {
  static func packing(_ support: coracle_support, _ position: Int) -> coracle_packing {
    switch position {
    case 0: support.packings.0
    case 1: support.packings.1
    case 2: support.packings.2
    default: support.packings.3
    }
  }

  func packing(_ position: Int) -> coracle_packing { NodeState.packing(support, position) }

  /// How the kernel reads input `position` packed; nil where it reads its elements.
  func packing(of position: Int) -> coracle_packing? {
    for entry in 0..<Int(support.packing_count) where Int(packing(entry).input) == position { return packing(entry) }
    return nil
  }

  mutating func setPacked(_ position: Int, _ data: UnsafeRawPointer) {
    switch position {
    case 0: packed.0 = data
    case 1: packed.1 = data
    case 2: packed.2 = data
    default: packed.3 = data
    }
  }
}
