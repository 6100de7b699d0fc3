// What the card runs, in order. SPDX-License-Identifier: Apache-2.0

/// A tensor on the card.
package struct CardBuffer: Sendable {
  package enum Role: Sendable {
    case weight, activation
    /// Lives inside one operator only.
    case scratch
  }

  package var name: String
  package var bytes: Double
  package var role: Role
  /// Independent parts of equal size: as scratch, as many are needed at a time as engines work.
  package var parts = 1.0
}

/// One call from the framework: one kernel, or several where a pass has joined operators.
package struct CardOperator: Sendable {
  /// What an operator can be to the passes.
  package enum Kind: String, Codable, Sendable {
    case convolution = "conv2d"
    case depthwiseConvolution = "depthwise_conv2d"
    case transposedConvolution = "conv2d_transpose"
    case fullyConnected = "fc"
    case matrixProduct = "matmul"
    case recurrent = "recurrent"
    case softmax = "softmax"
    case layerNormalization = "layer_norm"
    case embedding = "embedding"
    case pool = "pool2d"
    /// A pool with one result for each image and channel.
    case globalPool = "global_pool2d"
    /// What follows a product and can be done while its result is stored.
    case bias, branch, activation
    case multiply = "multiply"
    case add = "add"
    /// Everything else, on the clusters or the host.
    case other
    case squeezeExcitation = "squeeze_excitation"
    case encoder = "encoder"
  }

  package var name: String
  package var kind: Kind
  /// The name in reports: the kind's, or the operator's in the model.
  package var title: String
  package var kernels: [Kernel]
  /// Bytes that the host reads and writes where the card has no kernel for it.
  package var hostBytes: Double?
  /// Whether it leaves the largest magnitude of its result for the operators that read it.
  package var tellsMaximum: Bool
  /// The innermost loop that it is in, by its place in `CardProgram.trips`.
  package var loop = 0

  package init(_ kind: Kind, name: String, title: String? = nil, kernels: [Kernel], hostBytes: Double? = nil, tellsMaximum: Bool = false) {
    self.kind = kind
    self.name = name
    self.title = title ?? kind.rawValue
    self.kernels = kernels
    self.hostBytes = hostBytes
    self.tellsMaximum = tellsMaximum
  }

  /// Buffers that it reads and writes, each once, in the order of use.
  package var reads: [Access] { distinct(kernels.flatMap { $0.inputs + $0.operands }) }
  package var writes: [Access] { distinct(kernels.flatMap(\.outputs)) }

  private func distinct(_ list: [Access]) -> [Access] {
    var seen: Set<Int> = []
    return list.filter { seen.insert($0.buffer).inserted }
  }
}

/// A model as the card's framework runs it.
package struct CardProgram: Sendable {
  package var name: String
  package var buffers: [CardBuffer] = []
  package var operators: [CardOperator] = []
  /// How often the operators of each loop run in all; the first is no loop and runs once.
  package var trips: [Double] = [1]
  package var inputs: [Int] = []
  package var outputs: [Int] = []
  /// What the model of time leaves out, each a sentence.
  package var warnings: [String] = []

  package init(name: String) { self.name = name }

  package var weightBytes: Double {
    buffers.reduce(0) { sum, buffer in buffer.role == .weight ? sum + buffer.bytes : sum }
  }

  /// Operators by the buffers that they write, and by those that they read.
  func uses() -> (writer: [Int: Int], readers: [Int: [Int]]) {
    var writer: [Int: Int] = [:]
    var readers: [Int: [Int]] = [:]
    for (index, item) in operators.enumerated() {
      for access in item.writes { writer[access.buffer] = index }
      for access in item.reads { readers[access.buffer, default: []].append(index) }
    }
    return (writer, readers)
  }
}
