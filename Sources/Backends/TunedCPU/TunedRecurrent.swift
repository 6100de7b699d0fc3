// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// Recurrent layers with packed gates.
///
/// The input of a block of steps is projected by one matrix product; then every step multiplies the few rows of the hidden state with
/// the recurrent panels, and a cell's gates lie together (`GateOrder`).
enum TunedRecurrent: TunedOperator {
  typealias Portable = RecurrentOperator

  static func kernel(_ node: NodeView, threads: Int) throws(Status) -> Kernel {
    let plan = try GatePlan(node, threads: threads)
    guard plan.isConstant, plan.inputFloats > 0, plan.recurrentFloats > 0 else { throw Status.unsupported }
    let allThreads = plan.division != .none
    let tuned: TunedKernel = switch plan.division {
    case .none: .recurrent
    case .directions: .recurrentByDirection
    case .units: .recurrentByUnit
    }
    var kernel = Kernel(tuned.name, reason: "constant weights", allThreads: allThreads,
      scratchBytes: sizeProduct(plan.scratchFloats(threads: allThreads ? threads : 1), 4))
    kernel.packings.0 = Packing(input: 1, layout: plan.inputOrder.rawValue, byteCount: sizeProduct(plan.inputFloats, 4 &* plan.shapes.directions))
    kernel.packings.1 = Packing(input: 2, layout: plan.recurrentOrder.rawValue,
      byteCount: sizeProduct(plan.recurrentFloats, 4 &* plan.shapes.directions))
    return kernel
  }

  static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let (weights, recurrent) = (try node.packed(run.packed.0), try node.packed(run.packed.1))
    let plan = try GatePlan(node, threads: run.threadCount)
    if plan.shapes.batch <= 0 { return }
    try Portable.checkLengths(node, plan.shapes)
    let layer = GateLayer(node: node, plan: plan, run: run, input: try node.input(0).elements(),
      weights: weights.assumingMemoryBound(to: Float.self), recurrent: recurrent.assumingMemoryBound(to: Float.self))
    if plan.division == .directions {
      try run.tiles(plan.shapes.directions) { direction throws(Status) in try layer.compute(direction) }
    } else {
      for direction in 0..<plan.shapes.directions { try layer.compute(direction) }
    }
  }

  @_optimize(size)
  static func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let plan = try GatePlan(node, threads: 1)
    let isInput = packing.input == 1
    let floats = isInput ? plan.inputFloats : plan.recurrentFloats
    guard floats > 0, floats &* plan.shapes.directions &* 4 == packing.byteCount else {
      throw node.fail(.internal).text("its weights have changed their size").status
    }
    let depth = isInput ? plan.shapes.features : plan.shapes.hidden
    let stride = plan.shapes.gateFloats
    for direction in 0..<plan.shapes.directions {
      let source: UnsafePointer<Float> = try node.input(packing.input).elements() + direction &* depth &* stride
      let target = packed.assumingMemoryBound(to: Float.self) + direction &* floats
      let (main, candidate) = (plan.main, plan.candidate)
      if isInput {
        main.pack(source, stride: stride, depth: depth, firstColumn: 0, of: plan.columns, into: target)
        candidate.pack(source, stride: stride, depth: depth, firstColumn: main.columns, of: plan.columns, into: target)
      } else {
        main.pack(source, stride: stride, depth: depth, firstColumn: 0, of: main.columns, into: target)
        candidate.pack(source, stride: stride, depth: depth, firstColumn: 0, of: candidate.columns,
          into: target + main.columns &* depth)
      }
    }
  }
}
