// session.h: what was planned. SPDX-License-Identifier: Apache-2.0
import CCoracle
import Runtime
import Tensors

private func isNode(_ index: Int, _ session: UnsafeMutablePointer<Session>, _ error: ErrorWriter) throws(Status) {
  guard index >= 0, index < session.pointee.nodeCount else {
    throw error.fail(.invalidArgument).text("there is no operator ").integer(index).text(": the plan has ").integer(session.pointee.nodeCount).status
  }
}

@implementation @_cdecl("coracle_session_node_count")
public func coracle_session_node_count(_ session: OpaquePointer?) -> Int {
  session.map { UnsafePointer<Session>($0).pointee.nodeCount } ?? 0
}

@implementation @_cdecl("coracle_session_node")
public func coracle_session_node(_ session: OpaquePointer?, _ index: Int, _ plan: UnsafeMutablePointer<coracle_node_plan>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    try isNode(index, target, failure)
    try write(target.pointee.report(node: index), to: try required(plan, "plan", failure), "plan", failure)
  }
}

@implementation @_cdecl("coracle_session_node_output")
public func coracle_session_node_output(_ session: OpaquePointer?, _ index: Int, _ output: Int, _ tensor: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    try isNode(index, target, failure)
    guard let found = target.pointee.outputTensor(of: index, output) else {
      throw failure.fail(.invalidArgument).text("the operator has no output ").integer(output).status
    }
    try required(tensor, "tensor", failure).pointee = found
  }
}

@implementation @_cdecl("coracle_session_packed_input")
public func coracle_session_packed_input(_ session: OpaquePointer?, _ index: Int, _ position: Int,
  _ packing: UnsafeMutablePointer<coracle_packing>?, _ data: UnsafeMutablePointer<UnsafeRawPointer?>?,
  _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    try isNode(index, target, failure)
    let packingTarget = try required(packing, "packing", failure)
    let dataTarget = try required(data, "data", failure)
    guard let (found, packed) = target.pointee.packedInput(index, position) else {
      throw failure.fail(.invalidArgument).text("the operator reads no packed constant ").integer(position).status
    }
    packingTarget.pointee = found
    dataTarget.pointee = packed
  }
}

@implementation @_cdecl("coracle_session_tensor_count")
public func coracle_session_tensor_count(_ session: OpaquePointer?) -> Int {
  session.map { UnsafePointer<Session>($0).pointee.tensorCount } ?? 0
}

@implementation @_cdecl("coracle_session_tensor")
public func coracle_session_tensor(_ session: OpaquePointer?, _ index: Int, _ tensor: UnsafeMutablePointer<coracle_tensor>?,
  _ plan: UnsafeMutablePointer<coracle_tensor_plan>?, _ error: UnsafeMutablePointer<coracle_error>?) -> coracle_status
{
  status { () throws(Status) in
    let failure = writer(error)
    let target = try sessionPointer(session, failure)
    guard index >= 0, index < target.pointee.tensorCount else {
      throw failure.fail(.invalidArgument).text("there is no tensor ").integer(index).text(": the model has ")
        .integer(target.pointee.tensorCount).status
    }
    let (view, place) = target.pointee.report(tensor: index)
    if let tensor { try write(view, to: tensor, "tensor", failure) }
    if let plan { try write(place, to: plan, "plan", failure) }
  }
}
