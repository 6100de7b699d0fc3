// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Something to be done with an operator's implementation, whichever it is.
package protocol OperatorVisitor {
  associatedtype Result
  func visit<Implementation: Operator>(_: Implementation.Type) throws(Status) -> Result
}

private struct Infer: OperatorVisitor {
  let node: NodeView
  func visit<Implementation: Operator>(_: Implementation.Type) throws(Status) -> Inference { try Implementation.infer(node) }
}

/// Gives the kernel that an implementation chooses.
package struct ChooseKernel: OperatorVisitor {
  let node: NodeView
  let threads: Int

  package init(node: NodeView, threads: Int) {
    self.node = node
    self.threads = threads
  }

  package func visit<Implementation: Operator>(_: Implementation.Type) throws(Status) -> Kernel { try Implementation.kernel(node, threads: threads) }
}

/// Runs an implementation.
package struct Execute: OperatorVisitor {
  let node: NodeView
  let run: Execution

  package init(node: NodeView, run: Execution) {
    self.node = node
    self.run = run
  }

  package func visit<Implementation: Operator>(_: Implementation.Type) throws(Status) { try Implementation.execute(node, run) }
}

/// Packs an input as an implementation wants it.
package struct PackInput: OperatorVisitor {
  let node: NodeView
  let packing: Packing
  let packed: UnsafeMutableRawPointer

  package init(node: NodeView, packing: Packing, packed: UnsafeMutableRawPointer) {
    self.node = node
    self.packing = packing
    self.packed = packed
  }

  package func visit<Implementation: Operator>(_: Implementation.Type) throws(Status) { try Implementation.pack(node, packing, into: packed) }
}

extension NodeView {
  /// Applies the operator's shape rule: see `Operator.infer`.
  package func infer() throws(Status) -> Inference {
    try requireBuiltFunctions()
    guard let inference = try ShapeRules.visit(operatorCode, Infer(node: self)) else { throw fail(.unsupported).text("no shape rule").status }
    return inference
  }

  /// The kernel that the portable implementation runs, or nil for control flow.
  package func kernel(threads: Int) throws(Status) -> Kernel? {
    try PortableOperators.visit(operatorCode, ChooseKernel(node: self, threads: threads))
  }

  /// Runs the portable implementation.
  package func execute(_ run: Execution) throws(Status) {
    guard try PortableOperators.visit(operatorCode, Execute(node: self, run: run)) != nil else { throw fail(.unsupported).text("no implementation").status }
  }
}
