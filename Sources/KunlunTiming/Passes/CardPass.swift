// Joining operators as the card's framework does. SPDX-License-Identifier: Apache-2.0

/// A change of the program that makes fewer calls of the same work. The raw values are the names in options.
package enum CardPass: String, CaseIterable, Sendable {
  /// Convolution, batch normalisation or bias, branch and activation.
  case convolution = "conv2d_fuse"
  /// Matrix product, bias, branch and activation.
  case fullyConnected = "fc_fuse"
  /// Global pool, two products and the multiplication with their result.
  case squeezeExcitation = "squeeze_excitation_fuse"
  /// Embeddings, their sum and its normalisation.
  case embedding = "embedding_fuse"
  /// Attention with its projections, feed-forward products, sums and normalisations.
  case encoder = "encoder_fuse"
  /// A product takes its operand's largest magnitude from the operator that made it, instead of finding it.
  case linkMaximum = "link_max"

  package func apply(to program: inout CardProgram) {
    switch self {
    case .convolution: EpilogueFusion.apply(to: &program, kinds: [.convolution, .depthwiseConvolution, .transposedConvolution])
    case .fullyConnected: EpilogueFusion.apply(to: &program, kinds: [.fullyConnected, .matrixProduct])
    case .squeezeExcitation: SqueezeExcitationFusion.apply(to: &program)
    case .embedding: EmbeddingFusion.apply(to: &program)
    case .encoder: EncoderFusion.apply(to: &program)
    case .linkMaximum: MaximumLinking.apply(to: &program)
    }
  }
}

extension CardProgram {
  /// The one operator that reads `buffer`, where it is no result of the program.
  func onlyReader(_ buffer: Int, _ readers: [Int: [Int]]) -> Int? {
    guard let all = readers[buffer], all.count == 1, !outputs.contains(buffer) else { return nil }
    return all[0]
  }

  /// Whether `members` are in one loop, and nothing else reads what they write, apart from what the last of them writes.
  func isClosed(_ members: [Int], _ readers: [Int: [Int]]) -> Bool {
    let inside = Set(members)
    guard let last = members.max(), members.allSatisfy({ operators[$0].loop == operators[last].loop }) else { return false }
    return members.allSatisfy { member in
      member == last || operators[member].writes.allSatisfy { access in
        !outputs.contains(access.buffer) && (readers[access.buffer] ?? []).allSatisfy(inside.contains)
      }
    }
  }

  /// Makes one call of `members`, in the place of the last; what they hand on to each other becomes scratch.
  mutating func join(_ members: [Int], as kind: CardOperator.Kind, tellsMaximum: Bool) {
    let order = members.sorted()
    guard let last = order.last else { return }
    let written = Set(order.dropLast().flatMap { operators[$0].writes.map(\.buffer) })
    for buffer in written { buffers[buffer].role = .scratch }
    let kernels = order.flatMap { operators[$0].kernels }
    let loop = operators[last].loop
    operators[last] = CardOperator(kind, name: operators[last].name, kernels: kernels, tellsMaximum: tellsMaximum)
    operators[last].loop = loop
    for member in order.dropLast().reversed() { operators.remove(at: member) }
  }
}

/// Lets a product do what follows it while its result is stored.
enum EpilogueFusion {
  static func apply(to program: inout CardProgram, kinds: Set<CardOperator.Kind>) {
    let (_, readers) = program.uses()
    var operators = program.operators
    var removed: Set<Int> = []
    for index in operators.indices where kinds.contains(operators[index].kind) {
      guard let result = operators[index].writes.first, let next = program.onlyReader(result.buffer, readers),
        [.bias, .branch, .activation].contains(operators[next].kind), operators[next].loop == operators[index].loop, let step = operators[next].kernels.first, var last = operators[index].kernels.last
      else { continue }
      last.operands += step.operands.filter { $0.buffer != result.buffer }
      last.outputs = step.outputs
      // In the place of what followed, where a branch is there already; from there it goes on to the next step.
      operators[next] = operators[index]
      operators[next].kernels[operators[next].kernels.count - 1] = last
      program.buffers[result.buffer].bytes = 0
      removed.insert(index)
    }
    program.operators = operators.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
  }
}

/// Takes maxima from producers. A pool's result is not larger than its operand, so that it hands on what its producer tells.
enum MaximumLinking {
  static func apply(to program: inout CardProgram) {
    let (writer, _) = program.uses()
    let operators = program.operators
    var tells = operators.map(\.tellsMaximum)
    for (index, item) in operators.enumerated() {
      if [.pool, .globalPool].contains(item.kind), let producer = item.reads.first.flatMap({ writer[$0.buffer] }) { tells[index] = tells[producer] }
      for kernel in item.kernels.indices {
        program.operators[index].kernels[kernel].unknownMaxima.removeAll { access in
          writer[access.buffer].map { $0 == index ? item.kind == .encoder : tells[$0] } ?? false
        }
      }
    }
  }
}
