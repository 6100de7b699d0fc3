// SPDX-License-Identifier: Apache-2.0
import Kernels
import ModelFile
import Tensors

/// A layer of recurrent cells over time, in one or both directions: see RecurrentAttributes in model.fbs.
///
/// With lengths, sequence b ends after lengths[b] steps: y is 0 behind its end, the last states are those at its end, and the
/// reverse direction starts there. Lengths may be int32 or int64.
package enum RecurrentOperator: Operator {
  package static func infer(_ node: NodeView) throws(Status) -> Inference {
    let attributes = RecurrentAttributes(node.attributes)
    guard attributes.hasKnownEnumValues else { throw node.fail(.unsupported).text("unknown cell or direction").status }
    let plan = try RecurrentPlan(node)
    for index in 0..<3 { try node.require(try node.input(index), .float32, index == 0 ? "the input" : "the weights") }
    try check(node, 1, Shape(plan.directions, plan.features, plan.gateFloats))
    try check(node, 2, Shape(plan.directions, plan.hidden, plan.gateFloats))
    try check(node, 3, Shape(plan.directions, 2 &* plan.gateFloats))
    if let lengths = node.optionalInput(4) {
      guard lengths.type == .int32 || lengths.type == .int64 else { throw node.fail(.invalidType).text("lengths of type ").type(lengths.type).status }
      guard lengths.shape == Shape(plan.batch) else {
        throw node.fail(.invalidShape).text("lengths have the shape ").shape(lengths.shape).text(", expected [").integer(plan.batch).text("]").status
      }
    }
    let states = Shape(plan.directions, plan.batch, plan.hidden)
    try check(node, 5, states)
    try check(node, 6, states)
    guard states.checkedElementCount != nil, Shape(plan.batch, plan.gateFloats).checkedElementCount != nil else {
      throw node.fail(.invalidShape).text("states would have the shape ").shape(states).status
    }
    try node.setOutput(0, .float32, Shape(plan.steps, plan.batch, plan.directions &* plan.hidden))
    try node.setOutput(1, .float32, states)
    if node.optionalOutput(2) != nil {
      guard plan.cell == .lstm else { throw node.fail(.unsupported).text("only LSTM has a cell state").status }
      try node.setOutput(2, .float32, states)
    }
    return .known
  }

  package static func kernel(_ node: NodeView, threads: Int) -> Kernel {
    guard let plan = try? RecurrentPlan(node) else { return Kernel("none") }
    // Every step is a meeting of the threads, so a step must be worth it.
    let allThreads = threads > 1 && ProductExtents(rows: plan.batch, columns: plan.gateFloats, depth: plan.hidden).work > 40_000
    return Kernel("input projected by blocks of steps, then step by step", allThreads: allThreads,
      scratchBytes: sizeProduct(sizeSum(plan.sharedFloats, plan.productFloats &* (allThreads ? threads : 1)), 4))
  }

  package static func execute(_ node: NodeView, _ run: Execution) throws(Status) {
    let plan = try RecurrentPlan(node)
    if plan.batch == 0 { return }
    try checkLengths(node, plan)
    let (inputWeights, recurrentWeights): (UnsafePointer<Float>, UnsafePointer<Float>) = (try node.input(1).elements(), try node.input(2).elements())
    try RecurrentLayer.computeAll(node, plan, run) { share in
      PlainGateProduct(plan: plan, inputWeights: inputWeights, recurrentWeights: recurrentWeights,
        scratch: share.scratch(Float.self, at: (plan.sharedFloats &+ share.threadIndex &* plan.productFloats) &* 4))
    }
  }

  /// Fails unless every length, where there are some, is one of the steps.
  package static func checkLengths(_ node: NodeView, _ plan: RecurrentPlan) throws(Status) {
    guard let lengths = node.optionalInput(4) else { return }
    for index in 0..<max(plan.batch, 0) {
      let length = node.integer(lengths, index)
      guard length >= 0 && length <= plan.steps else {
        throw node.fail(.outOfRange).text("length ").integer(length).text(" of sequence ").integer(index).text(" is outside 0 to ")
          .integer(plan.steps).status
      }
    }
  }

  /// Fails unless input `index`, where it is given, holds floats of `shape`.
  private static func check(_ node: NodeView, _ index: Int, _ shape: Shape) throws(Status) {
    guard let tensor = node.optionalInput(index) else { return }
    try node.require(tensor, .float32, "an input")
    guard tensor.shape == shape else {
      throw node.fail(.invalidShape).text("input ").integer(index).text(" has the shape ").shape(tensor.shape).text(", expected ").shape(shape).status
    }
  }
}

/// What a recurrent layer's shapes decide.
package struct RecurrentPlan {
  package let cell: RecurrentCell
  package let reverse: Bool
  package let linearBeforeReset: Bool
  package let directions: Int
  package let steps: Int
  package let batch: Int
  package let features: Int
  package let hidden: Int
  /// Gates times hidden units.
  package let gateFloats: Int
  package var gates: Int { gateFloats / hidden }
  /// Steps whose input is projected at once.
  let block: Int
  /// Floats of scratch that the threads share, and of each thread's products.
  package let sharedFloats: Int
  let productFloats: Int

  private static var projectionBudget: Int { 64 * 1024 }

  /// Fails where the input or the number of units cannot be.
  package init(_ node: NodeView) throws(Status) {
    let attributes = RecurrentAttributes(node.attributes)
    let x = try node.input(0).shape
    guard x.rank == 3, attributes.hidden > 0, Int(attributes.hidden) <= Shape.maximumElementCount / 4 else {
      throw node.fail(.invalidShape).text("input ").shape(x).text(" with ").integer(Int(attributes.hidden)).text(" hidden units").status
    }
    cell = attributes.cell
    reverse = attributes.direction == .reverse
    linearBeforeReset = attributes.linearBeforeReset
    directions = attributes.direction == .bidirectional ? 2 : 1
    steps = x[0]
    batch = x[1]
    features = x[2]
    hidden = Int(attributes.hidden)
    switch attributes.cell {
    case .lstm: gateFloats = 4 &* hidden
    case .gru: gateFloats = 3 &* hidden
    case .rnnTanh, .rnnRelu: gateFloats = hidden
    }
    // Open extents, where only a kernel is asked for, count as nothing.
    let sequences = max(batch, 0)
    block = max(min(steps, RecurrentPlan.projectionBudget / max(sizeProduct(sequences, gateFloats), 1)), 1)
    sharedFloats = sizeProduct((sizeSum(sizeProduct(block &* sequences, gateFloats), sizeProduct(5 &* sequences, hidden)) &+ 15) / 16, 16)
    let projection = multiplyScratch(ProductExtents(rows: block &* sequences, columns: gateFloats, depth: max(features, 0)))
    let step = multiplyScratch(ProductExtents(rows: batch, columns: gateFloats, depth: hidden))
    productFloats = (max(projection, step) &+ 15) / 16 &* 16
  }
}
