// The plan as reports see it. SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Tensors

extension Session {
  /// Operator `index` of the plan; `index` is below `nodeCount`.
  package func report(node index: Int) -> coracle_node_plan {
    var plan = coracle_node_plan()
    let state = nodes[index]
    let file = model.pointee.nodes[index].file
    plan.struct_size = UInt32(MemoryLayout<coracle_node_plan>.size)
    plan.subgraph = UInt32(bitPattern: model.pointee.nodes[index].graph)
    plan.name = state.node.name
    plan.operator_name = characters(model.pointee.nodes[index].code.name)
    plan.output_count = state.node.output_count
    plan.first_output = file.outputs.count > 0 ? file.outputs[0] : -1
    plan.evaluated_at_prepare = state.mode == .evaluated ? 1 : 0
    plan.backend_name = backendName(index)
    let (kernel, reason): (StaticString, StaticString) =
      switch (state.mode, model.pointee.nodes[index].code) {
      case (_, .conditional): ("branch", "chosen at run time")
      case (_, .loop): ("loop", "counted at run time")
      case (.evaluated, _): ("none", "computed when prepared: depends on shapes and constants only")
      case (.view, .concat): ("none", "its inputs were written beside each other")
      case (.view, .slice), (.view, .split): ("none", "a part of the same memory")
      case (.view, _): ("none", "the same memory under another shape")
      case (.dynamic, _): ("told at run time", "its shape depends on values")
      case (.planned, _): ("", "")
      }
    plan.kernel_name = characters(kernel)
    plan.reason = characters(reason)
    if isPlanned, state.mode == .planned {
      plan.scratch_bytes = state.support.scratch_bytes
      plan.kernel_name = state.support.kernel_name ?? plan.kernel_name
      plan.reason = state.support.reason ?? plan.reason
    }
    return plan
  }

  /// Tensor `index` of the plan; `index` is below `tensorCount`.
  package func report(tensor index: Int) -> (Tensor, coracle_tensor_plan) {
    var plan = coracle_tensor_plan()
    let state = states[index]
    let storage = states[storage(of: index)]
    plan.struct_size = UInt32(MemoryLayout<coracle_tensor_plan>.size)
    plan.kind = Int32(truncatingIfNeeded: storage.place)
    plan.byte_count = UInt64(state.isPart ? state.byteCount : tensors[index].byte_count)
    plan.offset = UInt64(max(storage.offset, 0) + states[index].part)
    plan.first_node = Int32(truncatingIfNeeded: state.first)
    plan.last_node = Int32(truncatingIfNeeded: state.lastUse)
    return (tensors[index], plan)
  }

  /// The tensor index of output `output` of node `index`, or nil where there is none.
  package func outputTensor(of index: Int, _ output: Int) -> Int? {
    let outputs = model.pointee.nodes[index].file.outputs
    guard output >= 0, output < outputs.count, outputs[output] >= 0 else { return nil }
    return Int(outputs[output])
  }
}
