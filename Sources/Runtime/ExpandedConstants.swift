// Constants whose bytes in the file are not what operators read: stored as float16, or in a kernel's order.
// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import ModelFile
import Operators
import Tensors

extension Model {
  /// Whether `tensor` is a constant whose bytes in the file are not its elements in row-major order.
  func needsExpansion(_ tensor: Int) -> Bool { isConstant(tensor) && !FileTensor(file.tensors[tensor]).isPlain }

  /// Writes the elements of constant `tensor` in row-major order. `target` has room for its `byte_count`.
  func expand(_ tensor: Int, into target: UnsafeMutableRawPointer) {
    let constant = FileTensor(file.tensors[tensor])
    let (shape, floats) = (tensors[tensor].dimensions, target.assumingMemoryBound(to: Float.self))
    if constant.storedType == .float16 {
      expandHalves(bytes(constant).assumingMemoryBound(to: UInt16.self), count: shape.product(0, shape.rank), into: floats)
    } else {
      PackedOrder(rawValue: constant.packing).unpack(bytes(constant).assumingMemoryBound(to: Float.self), shape, into: floats)
    }
  }

  /// Constant `tensor`, which needs expansion, expanded once for all sessions. Lives as long as the model. Any thread.
  func expanded(_ tensor: Int, _ error: ErrorWriter) throws(Status) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(mutating: try packed(tensor, layout: 0, byteCount: tensors[tensor].byte_count, error) { expand(tensor, into: $0) })
  }
}

extension FileTensor {
  /// Whether a constant's bytes in the file are its elements in row-major order.
  var isPlain: Bool { packing == 0 && storedType == .none }
}

extension Session {
  /// Notes which constants are to be expanded because the plan reads their elements: all but those that kernels read packed, and those of
  /// operators that are planned when they run.
  func planExpansions() {
    func note(_ list: FileVector<Int32>, where isRead: (Int) -> Bool = { _ in true }) {
      for position in 0..<list.count where list[position] >= 0 && model.pointee.needsExpansion(Int(list[position])) && isRead(position) {
        states[Int(list[position])].isExpanded = true
      }
    }
    for index in 0..<nodeCount {
      let node = model.pointee.nodes[index]
      switch (nodes[index].mode, node.code) {
      case (.planned, _): note(node.file.inputs) { nodes[index].packing(of: $0) == nil }
      case (.view, _), (.dynamic, .conditional), (.dynamic, .loop): note(node.file.inputs)
      case (.evaluated, _), (.dynamic, _): break
      }
    }
    for graph in 0..<model.pointee.graphCount { note(model.pointee.graphs[graph].file.outputs) }
  }

  /// Bytes that are needed while the constants of node `index` are packed: the largest that is expanded for that alone.
  func expansionBytes(_ index: Int) -> Int {
    var largest = 0
    for position in 0..<Int(nodes[index].support.packing_count) {
      let packing = nodes[index].packing(position)
      guard let input = NodeView(nodePointer(index), ErrorWriter(nil)).optionalInput(Int(packing.input)) else { continue }
      let tensor = tensorIndex(input)
      guard model.pointee.needsExpansion(tensor), !states[tensor].isExpanded,
        model.pointee.stored(tensor, layout: packing.layout, byteCount: Int(clamping: packing.byte_count)) == nil else { continue }
      largest = max(largest, tensors[tensor].byte_count)
    }
    return largest
  }

  /// The same for all nodes of the plan.
  var expansionBytes: Int {
    var largest = 0
    for index in 0..<model.pointee.mainGraph.nodeCount where nodes[index].mode == .planned { largest = max(largest, expansionBytes(index)) }
    return largest
  }

  /// Calls `body` while the elements of constant `tensor`, which node `index` reads packed, are there.
  func withElements(_ tensor: Int, of index: Int, _ body: () throws(Status) -> Void) throws(Status) {
    guard tensors[tensor].data == nil else { return try body() }
    // No operator runs now: before a run the arena is free, and working space is free in any case. The plan has seen to it that one is enough.
    tensors[tensor].data = nodes[index].mode == .planned && arenaCapacity >= tensors[tensor].byte_count ? arena : scratch
    defer { tensors[tensor].data = nil }
    if let data = tensors[tensor].data { model.pointee.expand(tensor, into: data) }
    try body()
  }
}
