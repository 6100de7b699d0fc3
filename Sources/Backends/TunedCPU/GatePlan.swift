// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Operators
import Tensors

/// How threads share a recurrent layer.
enum RecurrentDivision: UInt8 {
  /// One thread computes all.
  case none
  /// A direction is computed by one thread.
  case directions
  /// Hidden units are divided: the threads meet after every step.
  case units
}

/// What the shapes of a recurrent layer with packed gates decide.
struct GatePlan {
  let shapes: RecurrentPlan
  /// Gates that the hidden state is multiplied with, in the order of their columns.
  let main: GateOrder
  /// The candidate of a GRU that is multiplied with the reset state, later; no gates elsewhere. Its columns follow the main ones.
  let candidate: GateOrder
  /// Floats of packed input and recurrent weights of one direction; 0 where there are none or that is no size.
  let inputFloats: Int
  let recurrentFloats: Int
  let isConstant: Bool
  let division: RecurrentDivision
  /// Steps whose input is projected at once.
  let block: Int
  /// The projection of a whole block, and of the last one.
  let projection: PanelLayer
  let lastProjection: PanelLayer

  private static var projectionBudget: Int { 64 * 1024 }

  /// For a node that `infer` has accepted.
  @_optimize(size)
  init(_ node: NodeView, threads: Int) throws(Status) {
    shapes = try RecurrentPlan(node)
    let resetsState = shapes.cell == .gru && !shapes.linearBeforeReset
    let gates = shapes.gateFloats / max(shapes.hidden, 1)
    main = GateOrder(hidden: shapes.hidden, gates: resetsState ? 2 : gates)
    candidate = GateOrder(hidden: shapes.hidden, firstGate: 2, gates: resetsState ? 1 : 0)
    let columns = main.columns &+ candidate.columns
    inputFloats = PanelShape.packedFloats(columns: columns, depth: max(shapes.features, 0)) ?? 0
    recurrentFloats = PanelShape.packedFloats(columns: columns, depth: shapes.hidden) ?? 0
    isConstant = node.optionalInput(1)?.pointee.is_constant == 1 && node.optionalInput(2)?.pointee.is_constant == 1
    // Open extents, where only a kernel is asked for, count as nothing.
    let batch = max(shapes.batch, 0)
    let step = ProductExtents(rows: batch, columns: columns, depth: shapes.hidden).work
    let all = ProductExtents(rows: batch &* max(shapes.steps, 0), columns: columns, depth: shapes.hidden &+ max(shapes.features, 0)).work
    // A step has to be worth the meeting at its end.
    if threads > 1 {
      division = shapes.directions > 1 ? (all > 100_000 ? .directions : .none) : step > 60_000 ? .units : .none
    } else {
      division = .none
    }
    block = max(min(shapes.steps, GatePlan.projectionBudget / max(sizeProduct(batch, columns), 1)), 1)
    let rest = max(shapes.steps, 0) % block
    let workers = division == .units ? threads : 1
    var extents = ProductExtents(rows: block &* batch, columns: columns, depth: max(shapes.features, 0))
    projection = PanelLayer(product: extents, threads: workers, caches: node.caches)
    extents.rows = rest &* batch
    lastProjection = rest == 0 ? projection : PanelLayer(product: extents, threads: workers, caches: node.caches)
  }

  /// Orders of packed weights: a candidate apart lies behind the main gates in the same panels, or in panels of its own.
  var inputOrder: PackedOrder { .gates(gates, parts: candidate.gates > 0 ? 1 : 0) }
  var recurrentOrder: PackedOrder { .gates(gates, parts: candidate.gates > 0 ? 2 : 0) }

  var gates: Int { main.gates &+ candidate.gates }
  var columns: Int { main.columns &+ candidate.columns }
  var batch: Int { max(shapes.batch, 0) }
  /// Floats of a state of one sequence, whole blocks.
  var units: Int { main.blocks &* Lanes.count }

  /// Floats of scratch of a direction: biases, gates of a block of steps, products of a step, states.
  var directionFloats: Int { sizeSum(sizeProduct(2 &+ sizeProduct(block &+ 1, batch), columns), sizeProduct(4 &* batch, units)) }

  /// What a thread works in besides.
  var threadFloats: Int { max(projection.threadFloats, lastProjection.threadFloats) }

  func scratchFloats(threads: Int) -> Int {
    if division == .directions { return sizeProduct(shapes.directions, sizeSum(directionFloats, threadFloats)) }
    return sizeSum(directionFloats, sizeProduct(threads, threadFloats))
  }

  /// The fewest blocks of units that are whole panels, in each of the two sets of columns.
  var grain: Int {
    for blocks in 1..<PanelShape.vectors &* 4 {
      let isWhole = blocks &* main.width % PanelShape.columns == 0 && blocks &* candidate.width % PanelShape.columns == 0
      if isWhole { return blocks }
    }
    return main.blocks
  }
}
