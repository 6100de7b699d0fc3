// The operators that wait for memory, beside a copy of their bytes. SPDX-License-Identifier: Apache-2.0
import Graph
import KernelCases
import ModelFile

/// An operator that computes little for each byte, on tensors beyond the second-level cache.
struct MemoryCase {
  let description: String
  let graph: Graph
  /// What it reads and writes, each once.
  let bytes: Int

  private init(_ description: String, _ code: OperatorCode, _ inputs: [[Int]], _ outputs: [[Int]], _ attributes: [String: Attribute] = [:],
    indices: Constant? = nil) {
    self.description = description
    graph = Graph(name: description)
    graph.inputs = inputs.enumerated().map { Value(name: "x\($0)", type: .float32, shape: $1) }
    graph.outputs = outputs.enumerated().map { index, shape in
      Value(name: "y\(index)", type: code == .argReduce || index == 1 ? .int64 : .float32, shape: shape)
    }
    let constants = indices.map { [Value(name: "indices", constant: $0)] } ?? []
    graph.nodes = [Node(code, name: "case", inputs: graph.inputs + constants, outputs: graph.outputs, attributes: attributes)]
    func size(_ values: [Value]) -> Int { values.reduce(0) { $0 + ($1.type == .int64 ? 8 : 4) * ($1.shape ?? []).reduce(1, *) } }
    // A gather reads what it writes, a slice too.
    bytes = (code == .gather || code == .slice ? size(graph.outputs) : size(graph.inputs)) + size(graph.outputs)
  }

  private static func pool(_ function: String, _ kernel: Int, stride: Int, indices: Bool = false) -> MemoryCase {
    let padding = kernel / 2 * (kernel % 2)
    let side = (256 + 2 * padding - kernel) / stride + 1
    func both(_ value: Int) -> Attribute { .integers([value, value]) }
    return MemoryCase("pool \(function) \(kernel)x\(kernel) / \(stride)" + (indices ? ", indices" : ""), .pool, [[1, 256, 256, 64]],
      [[Int]](repeating: [1, side, side, 64], count: indices ? 2 : 1), ["function": .member(function),
      "kernel": both(kernel), "strides": both(stride), "padding_begin": both(padding), "padding_end": both(padding)])
  }

  private static func resize(_ mode: String, channels: Int) -> MemoryCase {
    let side = channels > 8 ? 128 : 512
    return MemoryCase("resize \(mode), \(channels) channels", .resize, [[1, side, side, channels]], [[1, 2 * side, 2 * side, channels]],
      ["mode": .member(mode), "sizes": .integers([2 * side, 2 * side])])
  }

  private static func reduce(_ function: String, _ shape: [Int], _ axis: Int) -> MemoryCase {
    var result = shape
    result.remove(at: axis)
    return MemoryCase("reduce \(function) of \(shape) along \(axis)", .reduce, [shape], [result], ["function": .member(function), "axes": .integers([axis])])
  }

  private static func largest(_ shape: [Int], _ axis: Int) -> MemoryCase {
    var result = shape
    result.remove(at: axis)
    return MemoryCase("argmax of \(shape) along \(axis)", .argReduce, [shape], [result], ["axis": .integer(axis)])
  }

  private static func softmax(_ shape: [Int], _ axis: Int) -> MemoryCase {
    MemoryCase("softmax of \(shape) along \(axis)", .softmax, [shape], [shape], ["axis": .integer(axis)])
  }

  private static func transpose(_ shape: [Int], _ permutation: [Int]) -> MemoryCase {
    MemoryCase("transpose of \(shape) by \(permutation)", .transpose, [shape], [permutation.map { shape[$0] }], ["permutation": .integers(permutation)])
  }

  private static func unary(_ function: String) -> MemoryCase {
    MemoryCase(function, .unary, [[4096, 1024]], [[4096, 1024]], ["function": .member(function)])
  }

  private static func binary(_ function: String, _ second: [Int]) -> MemoryCase {
    MemoryCase("\(function) with \(second)", .binary, [[1, 256, 256, 64], second], [[1, 256, 256, 64]], ["function": .member(function)])
  }

  static var all: [MemoryCase] {
    ["relu", "hard_swish", "sigmoid", "tanh", "exp", "erf", "gelu"].map(unary) + [
      binary("add", [1, 256, 256, 64]), binary("add", [64]), binary("multiply", [1, 1, 1, 64]), binary("multiply", [1, 256, 256, 1]),
      softmax([4096, 1024], 1), softmax([32768, 128], 1), softmax([1_000_000, 2], 1), softmax([512, 400, 21], 2), softmax([21, 204_800], 0),
      softmax([4, 1000, 1024], 1),
      MemoryCase("layer normalisation", .layerNormalization, [[4096, 1024]], [[4096, 1024]], ["epsilon": .float(1e-5)]),
      pool("maximum", 2, stride: 2), pool("maximum", 3, stride: 2), pool("average", 3, stride: 1), pool("maximum", 5, stride: 1),
      pool("maximum", 13, stride: 1), pool("maximum", 2, stride: 2, indices: true),
      reduce("mean", [65536, 64], 0), reduce("mean", [4096, 1024], 1), reduce("log_sum_exp", [4096, 1024], 1), reduce("maximum", [100_000, 37], 1), reduce("sum", [1_000_000, 4], 1),
      largest([4096, 1024], 1), largest([204_800, 21], 1), largest([21, 204_800], 0),
      MemoryCase("5 largest of 1024", .topK, [[4096, 1024]], [[4096, 5], [4096, 5]], ["k": .integer(5)]),
      MemoryCase("100 largest of 1000000", .topK, [[4, 1_000_000]], [[4, 100], [4, 100]], ["k": .integer(100)]),
      transpose([65536, 64], [1, 0]), transpose([64, 65536], [1, 0]), transpose([1_000_000, 3], [1, 0]), transpose([3, 1_000_000], [1, 0]),
      transpose([4, 1024, 16, 64], [0, 2, 1, 3]), transpose([2047, 2049], [1, 0]), transpose([2048, 2048], [1, 0]),
      MemoryCase("concatenation", .concat, [[65536, 40], [65536, 24]], [[65536, 64]], ["axis": .integer(1)]),
      MemoryCase("slice", .slice, [[65536, 128]], [[65536, 64]], ["axes": .integers([1]), "starts": .integers([32]), "ends": .integers([96])]),
      MemoryCase("embedding", .gather, [[20000, 384]], [[8192, 384]], ["axis": .integer(0)],
        indices: Constant(shape: [8192], integers: (0..<8192).map { $0 * 7919 % 20000 })),
    ] + ["nearest", "linear"].flatMap { mode in [64, 21, 3, 2, 1].map { resize(mode, channels: $0) } }
  }
}
