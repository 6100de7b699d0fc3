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
  /// Whether the maximum of its result is left for those that read it.
  var leavesMaximum: Bool { get }
  /// Rounds constant input `packing.input`.
  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status)
}

extension KunlunOperator {
  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    throw node.fail(.internal).text("nothing of it is packed").status
  }
}

/// Scratch of the threads, one after the other: the largest magnitude that the thread has written, a table of an activation, a right factor of the moment,
/// and the operands of a product.
struct ThreadScratch {
  private var packedBytes: Int
  private var operandBytes: Int

  /// `packs`: each thread rounds the right factor for itself.
  init(_ factor: PackedFactor, packs: Bool = false) {
    packedBytes = packs ? ((factor.byteCount ?? 0) &+ 63) / 64 &* 64 : 0
    operandBytes = (ProductTile.scratchBytes(factor) &+ 63) / 64 &* 64
  }

  /// Room for the products of both.
  func with(_ other: ThreadScratch) -> ThreadScratch {
    var both = self
    both.packedBytes = max(packedBytes, other.packedBytes)
    both.operandBytes = max(operandBytes, other.operandBytes)
    return both
  }

  private static var maximumBytes: Int { 64 }
  private static var tableBytes: Int { (ActivationTable.scratchBytes + 63) / 64 * 64 }
  var byteCount: Int { ThreadScratch.maximumBytes &+ ThreadScratch.tableBytes &+ packedBytes &+ operandBytes }

  /// Where the parts of a thread begin, behind `before` bytes that the threads share.
  private func start(_ run: Execution, _ thread: Int, _ before: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(run.scratch(UInt8.self, at: before &+ thread &* byteCount))
  }

  /// Room for the maxima of up to 16 results.
  func maximum(_ run: Execution, thread: Int, behind before: Int) -> UnsafeMutablePointer<Float> {
    start(run, thread, before).assumingMemoryBound(to: Float.self)
  }

  func table(_ run: Execution, behind before: Int = 0) -> UnsafeMutableRawPointer { start(run, run.threadIndex, before) + ThreadScratch.maximumBytes }

  func packed(_ run: Execution, behind before: Int = 0) -> UnsafeMutableRawPointer { table(run, behind: before) + ThreadScratch.tableBytes }

  func operands(_ run: Execution, behind before: Int = 0) -> UnsafeMutableRawPointer { packed(run, behind: before) + packedBytes }
}

extension PackedFactor {
  /// Rounds constant input `packing.input` of `node`: the factor of each group lies where `group` says, of the input's elements. All share a maximum.
  func pack(_ node: NodeView, _ packing: Packing, _ settings: KunlunSettings, into packed: UnsafeMutableRawPointer,
    group: (UnsafePointer<Float>, Int) -> MatrixFactor) throws(Status) {
    guard packing.byteCount == byteCount else { throw node.fail(.internal).text("its weights have changed their size").status }
    let weights = try node.input(packing.input)
    let elements: UnsafePointer<Float> = weights.elements()
    let maximum = MaximumSlots(settings.generation, of: elements, weights.count).maximum
    for index in 0..<groups { pack(group(elements, index), group: index, maximum: maximum, into: packed) }
  }
}

extension NodeView {
  /// What `supports` answers for a node that the card does not compute.
  func decline() -> Status { fail(.unsupported).text("the card has no kernel for it").status }
}
