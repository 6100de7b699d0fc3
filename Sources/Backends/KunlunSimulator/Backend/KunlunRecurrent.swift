// SPDX-License-Identifier: Apache-2.0
import Kernels
import KunlunNumerics
import ModelFile
import Operators
import Tensors

/// Recurrent layers: products of the input and of the state with the gates' weights on the matrix engines, everything else in float32 on the vector cores.
struct KunlunRecurrent: KunlunOperator {
  private let settings: KunlunSettings
  private let plan: RecurrentPlan
  /// A group a direction and gate.
  private let inputFactor: PackedFactor
  private let stateFactor: PackedFactor
  private let scratch: ThreadScratch

  init(_ node: NodeView, _ settings: KunlunSettings) throws(Status) {
    self.settings = settings
    plan = try RecurrentPlan(node)
    let groups = plan.directions &* plan.gates
    inputFactor = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: groups, columns: plan.hidden, depth: plan.features)
    stateFactor = PackedFactor(settings.arithmetic, isPerChannel: settings.isPerChannel, groups: groups, columns: plan.hidden, depth: plan.hidden)
    guard try node.input(1).pointee.is_constant == 1, try node.input(2).pointee.is_constant == 1, inputFactor.byteCount != nil,
      stateFactor.byteCount != nil else { throw node.decline() }
    scratch = ThreadScratch(inputFactor).with(ThreadScratch(stateFactor))
  }

  var leavesMaximum: Bool { settings.leavesMaxima }

  private var layerBytes: Int { (plan.sharedFloats &* 4 &+ 63) / 64 &* 64 }
  /// Of a thread: a tile of a gate's product.
  private var productBytes: Int { (ProductTile.rows &* plan.hidden &* 4 &+ 63) / 64 &* 64 }

  func kernel(threads: Int) -> Kernel {
    // Every step is a meeting of the threads, so a step must be worth it.
    let allThreads = threads > 1 && ProductExtents(rows: plan.batch, columns: plan.gateFloats, depth: plan.hidden).work > 40_000
    var kernel = Kernel(settings.arithmetic.kernelName, reason: "products of input and state, gates in float32", allThreads: allThreads,
      scratchBytes: layerBytes &+ (productBytes &+ scratch.byteCount) &* (allThreads ? threads : 1))
    let layout = settings.layout(isTransposed: false, groups: inputFactor.groups)
    kernel.packings.0 = Packing(input: 1, layout: layout, byteCount: inputFactor.byteCount ?? 0)
    kernel.packings.1 = Packing(input: 2, layout: layout, byteCount: stateFactor.byteCount ?? 0)
    return kernel
  }

  func pack(_ node: NodeView, _ packing: Packing, into packed: UnsafeMutableRawPointer) throws(Status) {
    let factor = packing.input == 1 ? inputFactor : stateFactor
    try factor.pack(node, packing, settings, into: packed) { elements, group in
      let (direction, gate) = (group / plan.gates, group % plan.gates)
      return MatrixFactor(elements + (direction &* factor.depth &* plan.gateFloats &+ gate &* plan.hidden), stride: plan.gateFloats)
    }
  }

  func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    if plan.batch == 0 { return }
    try RecurrentOperator.checkLengths(node, plan)
    guard let packedInput = run.packed.0, let packedState = run.packed.1 else { throw node.fail(.internal).text("its weights are not packed").status }
    let before = layerBytes &+ productBytes &* run.threadCount
    let inputMaximum = settings.leftMaximum(try node.input(0), run)
    try RecurrentLayer.computeAll(node, plan, run) { share in
      KunlunGateProduct(settings: settings, plan: plan, share: share, inputMaximum: inputMaximum, inputFactor: inputFactor, stateFactor: stateFactor,
        packedInput: packedInput, packedState: packedState, target: share.scratch(Float.self, at: layerBytes &+ productBytes &* share.threadIndex),
        operands: scratch.operands(share, behind: before))
    }
    guard let y = node.optionalOutput(0) else { return }
    let written = ResultMaximum(run, scratch, behind: before)
    let result: UnsafeMutablePointer<Float> = y.elements()
    try run.phase { share throws(Status) in
      written.clear(share)
      try share.share(of: y.count) { begin, end throws(Status) in
        written.raise(share, result + begin, rows: 1, columns: end &- begin, stride: end &- begin)
      }
    }
    written.leave(y, settings.generation)
  }
}

/// A gate's product, computed on its own by tiles of rows and then added.
private struct KunlunGateProduct: GateProduct {
  let settings: KunlunSettings
  let plan: RecurrentPlan
  let share: Execution
  let inputMaximum: LeftMaximum
  let inputFactor: PackedFactor
  let stateFactor: PackedFactor
  let packedInput: UnsafeRawPointer
  let packedState: UnsafeRawPointer
  let target: UnsafeMutablePointer<Float>
  let operands: UnsafeMutableRawPointer

  func add(_ left: UnsafePointer<Float>, rows: Int, _ weights: GateWeights, gates: Range<Int>, units: Range<Int>, into result: UnsafeMutablePointer<Float>,
    stride: Int) {
    if units.isEmpty { return }
    let factor = weights.areRecurrent ? stateFactor : inputFactor
    let packed = weights.areRecurrent ? packedState : packedInput
    // The state is new at every step: nobody has left its maximum.
    let maximum = weights.areRecurrent ? settings.left(settings.found(share) { max(leastMaximum, largestMagnitude(left, rows &* factor.depth)) }) : inputMaximum
    for gate in gates {
      var first = 0
      while first < rows {
        let count = min(ProductTile.rows, rows &- first)
        let product = KunlunProduct(.matrix(left + first &* factor.depth, stride: factor.depth), maximum, factor, packed,
          group: weights.direction &* plan.gates &+ gate, scratch: operands)
        product.compute(0, count, firstPanel: units.lowerBound / PackedFactor.panelColumns,
          endPanel: (units.upperBound &+ PackedFactor.panelColumns &- 1) / PackedFactor.panelColumns, into: target, stride: plan.hidden)
        for row in 0..<count {
          let to = result + ((first &+ row) &* stride &+ (gate &- gates.lowerBound) &* plan.hidden)
          for unit in units { to[unit] += target[row &* plan.hidden &+ unit] }
        }
        first &+= count
      }
    }
  }
}
