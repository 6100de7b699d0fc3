// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

/// The operators that a backend has, and which implementation of each.
package protocol OperatorSet {
  /// Calls `visitor` with the implementation of `code`, or gives nil where there is none.
  static func visit<Visitor: OperatorVisitor>(_ code: OperatorCode, _ visitor: Visitor) throws(Status) -> Visitor.Result?
}

/// The functions of a backend's table, for a set of operators.
package enum OperatorBackend<Operators: OperatorSet> {
  package static func supports(_ node: UnsafePointer<coracle_node>?, _ placement: UnsafePointer<coracle_placement>?,
    _ support: UnsafeMutablePointer<coracle_support>?) -> coracle_status
  {
    guard let node, let placement, let support else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
    do throws(Status) {
      let view = NodeView(node, ErrorWriter(nil), profile: placement.pointee.profile)
      let threads = Int(placement.pointee.thread_count)
      guard let kernel = try Operators.visit(view.operatorCode, ChooseKernel(node: view, threads: threads)) else { throw Status.unsupported }
      kernel.write(to: support)
      return coracle_status(CORACLE_OK)
    } catch {
      return error.rawValue
    }
  }

  package static func execute(_ node: UnsafePointer<coracle_node>?, _ execution: UnsafePointer<coracle_execution>?,
    _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
  {
    guard let node, let execution else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
    let view = NodeView(node, ErrorWriter(error), profile: execution.pointee.profile)
    return run(view, Execute(node: view, run: Execution(execution)))
  }

  package static func pack(_ node: UnsafePointer<coracle_node>?, _ packing: UnsafePointer<coracle_packing>?,
    _ packed: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
  {
    guard let node, let packing, let packed else { return coracle_status(CORACLE_INVALID_ARGUMENT) }
    let view = NodeView(node, ErrorWriter(error))
    return run(view, PackInput(node: view, packing: Packing(packing.pointee), packed: packed))
  }

  private static func run<Visitor: OperatorVisitor>(_ view: NodeView, _ visitor: Visitor) -> coracle_status {
    do throws(Status) {
      guard try Operators.visit(view.operatorCode, visitor) != nil else { throw view.fail(.unsupported).text("no implementation").status }
      return coracle_status(CORACLE_OK)
    } catch {
      return error.rawValue
    }
  }
}
