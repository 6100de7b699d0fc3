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

/// Which kernel executes a node, and what it needs.
package struct Kernel {
  /// For reports: "1x1 as GEMM".
  package var name: StaticString
  /// For reports, in a few words: why this one.
  package var reason: StaticString
  /// Whether `execute` runs on every thread at once (and divides its work by `Execution`), or on one.
  package var allThreads: Bool
  /// Working space of one execution, all threads together.
  package var scratchBytes: Int

  package init(_ name: StaticString, reason: StaticString = "only one", allThreads: Bool = false, scratchBytes: Int = 0) {
    self.name = name
    self.reason = reason
    self.allThreads = allThreads
    self.scratchBytes = scratchBytes
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
  static func kernel(_ node: NodeView, threads: Int) -> Kernel
  /// Computes the outputs.
  static func execute(_ node: NodeView, _ run: Execution) throws(Status)
}

extension Operator {
  package static func kernel(_ node: NodeView, threads: Int) -> Kernel { Kernel("portable") }
}
