// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

/// What a shape rule can tell.
package enum Inference: UInt8 {
  /// The output shapes are final.
  case known
  /// The output shapes are upper bounds; `execute` shrinks them to what it found.
  case bounded
  /// The shapes depend on elements of an input that are not known before the run; no output was set.
  case deferred
}

/// A constant input that a kernel reads in an order of its own: see coracle_packing.
package struct Packing {
  package let input: Int
  /// Names the order; not 0.
  package let layout: UInt64
  package let byteCount: Int

  package init(input: Int, layout: UInt64, byteCount: Int) {
    self.input = input
    self.layout = layout
    self.byteCount = byteCount
  }
}

/// Which kernel executes a node, and what it needs.
package struct Kernel {
  /// For reports: "1x1 as GEMM".
  package var name: StaticString
  /// For reports, in a few words: why this one.
  package var reason: StaticString
  /// Whether `execute` is called for every thread (and divides its work by `Execution`), or once.
  package var allThreads: Bool
  /// Working space of one execution, all threads together.
  package var scratchBytes: Int
  /// What it reads packed.
  package var packings: (Packing?, Packing?, Packing?) = (nil, nil, nil)
  /// The input over which the first output may be written, element by element; see coracle_support.in_place_input.
  package var inPlaceInput: Int?

  package init(_ name: StaticString, reason: StaticString = "only one", allThreads: Bool = false, scratchBytes: Int = 0) {
    self.name = name
    self.reason = reason
    self.allThreads = allThreads
    self.scratchBytes = scratchBytes
  }

  /// Tells the kernel to the runtime.
  package func write(to support: UnsafeMutablePointer<coracle_support>) {
    support.pointee.all_threads = allThreads ? 1 : 0
    support.pointee.scratch_bytes = UInt64(max(scratchBytes, 0))
    support.pointee.kernel_name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    support.pointee.reason = UnsafeRawPointer(reason.utf8Start).assumingMemoryBound(to: CChar.self)
    support.pointee.in_place_input = inPlaceInput.map { UInt32(truncatingIfNeeded: $0 &+ 1) } ?? 0
    support.pointee.packing_count = 0
    if let first = packings.0 {
      support.pointee.packings.0 = first.description
      support.pointee.packing_count = 1
      if let second = packings.1 {
        support.pointee.packings.1 = second.description
        support.pointee.packing_count = 2
      }
      if let third = packings.2 {
        support.pointee.packings.2 = third.description
        support.pointee.packing_count = 3
      }
    }
  }
}

extension Packing {
  package init(_ packing: coracle_packing) {
    self.init(input: Int(packing.input), layout: packing.layout, byteCount: Int(clamping: packing.byte_count))
  }

  fileprivate var description: coracle_packing {
    coracle_packing(input: Int32(truncatingIfNeeded: input), reserved: 0, layout: layout, byte_count: UInt64(max(byteCount, 0)))
  }
}

/// An operator: its shape rule and its portable implementation, which is the oracle for every other backend.
///
/// The runtime calls `infer` first, sets the outputs' memory, and then calls `execute`; every tensor that reaches `execute`
/// has an accepted shape and memory. No function may trap, whatever the node says: attributes come from a file.
package protocol Operator {
  /// Sets type and shape of every wanted output from the inputs' types, shapes and, where they are known, elements.
  /// Must accept exactly the nodes that `execute` can compute.
  static func infer(_ node: NodeView) throws(Status) -> Inference
  /// Chooses the kernel for a node whose shapes are known.
  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel
  /// Computes the outputs.
  static func execute(_ node: NodeView, _ run: Execution) throws(Status)
  /// Writes input `packing.input`, whose elements are there, to `packed` in the order that `kernel` named.
  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status)
}

extension Operator {
  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { Kernel("portable") }

  package static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    throw node.fail(.internal).text("nothing of it is packed").status
  }
}
