// SPDX-License-Identifier: Apache-2.0
import Graph

/// The passes in their order.
///
/// Patterns of primitives are found before images are laid out, because constants have the source's shapes there; convolutions meet
/// what follows them only when the transposes between are gone, so folding and fusion come last.
struct PassPipeline {
  let graph: Graph
  let progress: (Double, String) -> Void
  private(set) var knowledge = ShapeKnowledge()
  /// What the runtime said where shapes could not be found out; nil where they could.
  private(set) var refusal: String?

  init(_ graph: Graph, progress: @escaping (Double, String) -> Void) {
    self.graph = graph
    self.progress = progress
  }

  mutating func run() throws {
    try simplify(from: 0)
    learn(at: 0.2)
    for _ in 0..<4 { guard try graph.apply(ConstantShapes.self, knowledge, limit: 1) else { break }; try simplify(from: 0.25) }
    try apply([CommonSubexpressions.self, ActivationPatterns.self, LayerNormalizationPattern.self, ChannelShuffle.self, DeadCode.self], from: 0.35)
    progress(0.45, Layout.title)
    try graph.apply(Layout.self, knowledge, limit: 1)
    try apply([DeadCode.self, Identities.self, Transposes.self, Identities.self, FlattenedWeights.self, CommonSubexpressions.self, DeadCode.self], from: 0.5)
    learn(at: 0.6)
    try apply([AttentionPattern.self, MatmulForms.self, ScaleFolding.self, AffineChains.self, ScaledHardSwish.self, LayerNormalizationPattern.self, EpilogueFusion.self,
      JoinedProjections.self, DeadCode.self], from: 0.65)
    try simplify(from: 0.8)
    try apply([SubnormalWeights.self, SeparableConvolutions.self], from: 0.88)
    ConstantFolding.forgetRefusals(graph)
    graph.sortNodes()
    learn(at: 0.9)
  }

  private func simplify(from start: Double) throws {
    try apply([DeadCode.self, ConstantFolding.self, Identities.self, DeadCode.self], from: start)
  }

  private func apply(_ passes: [Pass.Type], from start: Double) throws {
    for (index, pass) in passes.enumerated() {
      progress(start + 0.01 * Double(index), pass.title)
      try graph.apply(pass, knowledge)
    }
  }

  private mutating func learn(at fraction: Double) {
    progress(fraction, "asking the runtime for shapes")
    refusal = ShapeProbe(graph).learn(into: knowledge)
  }
}
