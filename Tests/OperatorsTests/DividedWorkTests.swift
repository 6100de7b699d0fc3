// SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile
import Operators
import Tensors
import Testing

@testable import OperatorCaseHarness

/// Nodes large enough that all threads work: the same bytes with 1, 2 and 3 threads, and the values of loops in double precision.
struct LargeNode: CustomStringConvertible {
  let operatorName: String
  var attributes: [String: Any] = [:]
  let shapes: [[Int]]
  /// The exact outputs, for those operators whose path for long rows or columns the small cases do not reach.
  var exact: (([[Double]]) -> [Double])?

  var description: String { "\(operatorName) \(attributes) \(shapes)" }
}

/// `reduce(values of a line)` for the lines of a [outer, length, inner] tensor.
private func lines(_ x: [Double], _ outer: Int, _ length: Int, _ inner: Int, _ body: ([Double]) -> [Double]) -> [Double] {
  let results = (0..<outer * inner).map { line in body((0..<length).map { x[(line / inner * length + $0) * inner + line % inner] }) }
  let produced = results.first?.count ?? 0
  return (0..<outer * produced * inner).map { index in results[index / inner / produced * inner + index % inner][index / inner % produced] }
}

private func logSumExp(_ line: [Double]) -> Double {
  let top = line.max() ?? 0
  return Foundation.log(line.reduce(0) { $0 + Foundation.exp($1 - top) }) + top
}

private func normalized(_ line: [Double]) -> [Double] {
  let mean = line.reduce(0, +) / Double(line.count)
  let variance = line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(line.count)
  return line.map { ($0 - mean) / (variance + Double(Float(1e-5))).squareRoot() }
}

/// A window of `kernel` x `kernel` over [1, height, width, channels] with a padding of 1 for 3 x 3, that is not counted.
private func pooled(_ x: [Double], _ height: Int, _ width: Int, _ channels: Int, kernel: Int, stride: Int, _ body: ([Double]) -> Double) -> [Double] {
  let padding = kernel == 3 ? 1 : 0
  let (rows, columns) = ((height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1)
  return (0..<rows * columns * channels).map { index in
    let (row, column, channel) = (index / channels / columns, index / channels % columns, index % channels)
    var window: [Double] = []
    for y in row * stride - padding..<row * stride - padding + kernel where y >= 0 && y < height {
      for z in column * stride - padding..<column * stride - padding + kernel where z >= 0 && z < width {
        window.append(x[(y * width + z) * channels + channel])
      }
    }
    return body(window)
  }
}

private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
private func largest(_ x: [Double]) -> Double { x.max() ?? 0 }

private func poolNode(_ function: String, _ shape: [Int], kernel: Int, stride: Int) -> LargeNode {
  let padding = kernel == 3 ? [1, 1] : [0, 0]
  return LargeNode(operatorName: "pool",
    attributes: ["function": function, "kernel": [kernel, kernel], "strides": [stride, stride], "padding_begin": padding, "padding_end": padding],
    shapes: [shape], exact: { pooled($0[0], shape[1], shape[2], shape[3], kernel: kernel, stride: stride, function == "average" ? mean : largest) })
}

/// [outer, rows, columns] with its last two dimensions exchanged.
private func transposeNode(_ outer: Int, _ rows: Int, _ columns: Int) -> LargeNode {
  LargeNode(operatorName: "transpose", attributes: ["permutation": [0, 2, 1]], shapes: [[outer, rows, columns]],
    exact: { x in
      (0..<outer * rows * columns).map { x[0][$0 / (rows * columns) * rows * columns + $0 % rows * columns + $0 / rows % columns] }
    })
}

/// [1, 61, 59, channels] made more than three times as large; the kernel's own tests say which values it has.
private func resizeNode(_ mode: String, _ channels: Int) -> LargeNode {
  LargeNode(operatorName: "resize", attributes: ["mode": mode, "sizes": [200, 190]], shapes: [[1, 61, 59, channels]])
}

private let largeNodes: [LargeNode] = [
  poolNode("maximum", [1, 41, 43, 43], kernel: 3, stride: 1),
  poolNode("average", [1, 41, 43, 35], kernel: 3, stride: 2),
  poolNode("maximum", [1, 90, 90, 5], kernel: 2, stride: 2),
  poolNode("average", [1, 60, 58, 16], kernel: 2, stride: 2),
  poolNode("average", [1, 39, 37, 33], kernel: 5, stride: 1),
  poolNode("maximum", [1, 39, 37, 17], kernel: 4, stride: 3),
  poolNode("maximum", [1, 39, 37, 17], kernel: 9, stride: 1),
  transposeNode(700, 2, 58),
  transposeNode(700, 58, 2),
  transposeNode(1, 3, 12001),
  transposeNode(1, 12001, 3),
  transposeNode(2, 131, 257),
  transposeNode(4096, 3, 3),
  LargeNode(operatorName: "transpose", attributes: ["permutation": [0, 2, 1, 3]], shapes: [[3, 61, 7, 37]],
    exact: { x in
      (0..<3 * 61 * 7 * 37).map { x[0][$0 / (61 * 7 * 37) * 61 * 7 * 37 + ($0 / 37 % 61 * 7 + $0 / (61 * 37) % 7) * 37 + $0 % 37] }
    }),
  LargeNode(operatorName: "arg_reduce", attributes: ["axis": -1], shapes: [[23, 3001]],
    exact: { lines($0[0], 23, 3001, 1) { line in [Double(line.firstIndex(of: line.max() ?? 0) ?? 0)] } }),
  LargeNode(operatorName: "arg_reduce", attributes: ["axis": -1, "minimum": true, "select_last": true], shapes: [[5003, 7]],
    exact: { lines($0[0], 5003, 7, 1) { line in [Double(line.lastIndex(of: line.min() ?? 0) ?? 0)] } }),
  LargeNode(operatorName: "binary", attributes: ["function": "multiply"], shapes: [[3, 331, 43], [3, 1, 43]],
    exact: { x in x[0].indices.map { x[0][$0] * x[1][$0 / (331 * 43) * 43 + $0 % 43] } }),
  LargeNode(operatorName: "binary", attributes: ["function": "subtract"], shapes: [[3, 331, 43], [331, 1]],
    exact: { x in x[0].indices.map { x[0][$0] - x[1][$0 / 43 % 331] } }),
  LargeNode(operatorName: "unary", attributes: ["function": "tanh"], shapes: [[3, 7919]], exact: { $0[0].map { Foundation.tanh($0) } }),
  LargeNode(operatorName: "binary", attributes: ["function": "add", "activation": ["function": "relu", "alpha": 0, "beta": 0] as [String: Any]],
    shapes: [[3, 7919], [7919]], exact: { x in x[0].indices.map { max(x[0][$0] + x[1][$0 % 7919], 0) } }),
  LargeNode(operatorName: "binary", attributes: ["function": "multiply"], shapes: [[41, 1, 29, 3], [23, 1, 3]]),
  LargeNode(operatorName: "binary", attributes: ["function": "less"], shapes: [[173, 1], [1, 211]]),
  LargeNode(operatorName: "cast", attributes: ["to": "int64"], shapes: [[30011]], exact: { $0[0].map { $0.rounded(.towardZero) } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "sum", "axes": [1]], shapes: [[5, 5003]], exact: { lines($0[0], 5, 5003, 1) { [$0.reduce(0, +)] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "mean", "axes": [1]], shapes: [[2, 1100, 43]],
    exact: { lines($0[0], 2, 1100, 43) { [$0.reduce(0, +) / 1100] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "mean", "axes": [0]], shapes: [[1101, 43]], exact: { lines($0[0], 1, 1101, 43) { [$0.reduce(0, +) / 1101] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "maximum", "axes": [0]], shapes: [[1100, 43]], exact: { lines($0[0], 1, 1100, 43) { [$0.max() ?? 0] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "log_sum_exp", "axes": [1]], shapes: [[5, 5003]], exact: { lines($0[0], 5, 5003, 1) { [logSumExp($0)] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "log_sum_exp", "axes": [1]], shapes: [[2, 1100, 43]],
    exact: { lines($0[0], 2, 1100, 43) { [logSumExp($0)] } }),
  LargeNode(operatorName: "arg_reduce", attributes: ["axis": 1], shapes: [[7, 3001, 3]],
    exact: { lines($0[0], 7, 3001, 3) { line in [Double(line.firstIndex(of: line.max() ?? 0) ?? 0)] } }),
  LargeNode(operatorName: "arg_reduce", attributes: ["axis": 1, "minimum": true], shapes: [[3, 19, 701]],
    exact: { lines($0[0], 3, 19, 701) { line in [Double(line.firstIndex(of: line.min() ?? 0) ?? 0)] } }),
  LargeNode(operatorName: "reduce", attributes: ["function": "mean", "axes": [1]], shapes: [[7919, 6]], exact: { lines($0[0], 7919, 6, 1) { [mean($0)] } }),
  LargeNode(operatorName: "softmax", shapes: [[7919, 3]],
    exact: { lines($0[0], 7919, 3, 1) { line in let total = logSumExp(line); return line.map { Foundation.exp($0 - total) } } }),
  LargeNode(operatorName: "softmax", attributes: ["axis": 1], shapes: [[2, 9, 1801]],
    exact: { lines($0[0], 2, 9, 1801) { line in let total = logSumExp(line); return line.map { Foundation.exp($0 - total) } } }),
  resizeNode("linear", 3),
  resizeNode("cubic", 1),
  LargeNode(operatorName: "cumulative_sum", attributes: ["axis": 1], shapes: [[31, 9, 101]]),
  LargeNode(operatorName: "softmax", shapes: [[5, 5003]],
    exact: { lines($0[0], 5, 5003, 1) { line in let total = logSumExp(line); return line.map { Foundation.exp($0 - total) } } }),
  LargeNode(operatorName: "softmax", attributes: ["axis": 1], shapes: [[3, 301, 29]],
    exact: { lines($0[0], 3, 301, 29) { line in let total = logSumExp(line); return line.map { Foundation.exp($0 - total) } } }),
  LargeNode(operatorName: "layer_normalization", attributes: ["epsilon": 1e-5], shapes: [[5, 4999]], exact: { lines($0[0], 5, 4999, 1, normalized) }),
  LargeNode(operatorName: "group_normalization", attributes: ["epsilon": 1e-5, "groups": -1], shapes: [[2, 1100, 43]],
    exact: { lines($0[0], 2, 1100, 43, normalized) }),
  LargeNode(operatorName: "group_normalization", attributes: ["epsilon": 1e-5, "groups": 3], shapes: [[2, 1100, 51]]),
  LargeNode(operatorName: "local_response_normalization", attributes: ["size": 5, "alpha": 0.1, "beta": 0.75, "bias": 1], shapes: [[1, 29, 31, 45]]),
  LargeNode(operatorName: "quantize_linear", attributes: ["axis": 1], shapes: [[17, 5, 401], [5]]),
  LargeNode(operatorName: "dequantize_linear", attributes: ["axis": -1], shapes: [[6007, 5], [5]]),
]

@Test(arguments: largeNodes.indices)
func dividedWorkGivesTheSameBytes(_ index: Int) throws {
  let large = largeNodes[index]
  // Numbers of a small linear congruence, between -3 and 3.
  var state: UInt32 = 12345
  let values = large.shapes.map { shape in
    (0..<shape.reduce(1, *)).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24) * 6 - 3
    }
  }
  let inputs = zip(large.shapes, values).map { CaseTensor(type: .float32, shape: $0, bytes: $1.withUnsafeBytes { Array($0) }) }
  let buffer = try NodeBuffer(operatorName: large.operatorName, attributes: large.attributes)
  var first: [UInt8]?
  for threads in 1...3 {
    guard let harness = OperatorHarness(buffer, inputs: inputs.map { TensorBuffer($0) }, wanted: [true]) else { throw CaseFailure("\(large)") }
    #expect(try harness.infer() == .known)
    harness.allocateOutputs()
    #expect(try harness.kernel(threads: threads).allThreads, "\(large): not divided")
    try harness.execute(threads: threads)
    guard let output = harness.outputs[0]?.value else { throw CaseFailure("\(large)") }
    if let first { #expect(output.bytes == first, "\(large): \(threads) threads differ from one") }
    first = output.bytes
    if threads > 1 { continue }
    guard let exact = large.exact?(values.map { $0.map { Double($0) } }) else { continue }
    let found = output.type == .int64 ? output.values(Int64.self).map { Double($0) } : output.values(Float.self).map { Double($0) }
    #expect(found.count == exact.count)
    let worst = zip(found, exact).map { abs($0 - $1) / (1 + abs($1)) }.max() ?? 0
    #expect(worst <= 4e-6, "\(large): \(worst)")
  }
}
