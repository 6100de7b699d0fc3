// SPDX-License-Identifier: Apache-2.0
import CCoracle
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// An operator that the card multiplies matrices for.
protocol KunlunOperator {
  /// For a node that its shape rule has accepted; fails with `unsupported` where the card has no kernel for it.
  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status)
  func kernel(threads: Int) -> Kernel
  func execute(_ node: NodeView, _ run: Execution) throws(Status)
  /// Rounds constant input `packing.input`.
  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status)
}

extension KunlunOperator {
  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    throw node.fail(.internal).text("nothing of it is packed").status
  }
}

/// Scratch of the threads, one after the other: a table of an activation, and the operands of a product.
struct ThreadScratch {
  let byteCount: Int

  init(_ factor: PackedFactor) {
    byteCount = ThreadScratch.tableBytes &+ (ProductTile.scratchBytes(factor) &+ 63) / 64 &* 64
  }

  static var tableBytes: Int { (ActivationTable.scratchBytes + 63) / 64 * 64 }

  /// Where a thread's table and operands begin, behind `before` bytes that the threads share.
  func table(_ run: Execution, behind before: Int = 0) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(run.scratch(UInt8.self, at: before &+ run.threadIndex &* byteCount))
  }

  func operands(_ run: Execution, behind before: Int = 0) -> UnsafeMutableRawPointer { table(run, behind: before) + ThreadScratch.tableBytes }
}

extension NodeView {
  /// What `supports` answers for a node that the card does not compute.
  func decline() -> Status { fail(.unsupported).text("the card has no kernel for it").status }
}
