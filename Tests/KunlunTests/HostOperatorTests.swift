// Operators that the card has no kernel for. SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler

/// x [2, 3] → twice x → positions of what is not zero: copied to the host, computed there, copied back, and the same bits as without a card.
@Test func operatorsWithoutKernelAreCopiedToTheHostAndBack() throws {
  let graph = Graph(name: "positions")
  let x = Value(name: "x", type: .float32, shape: [2, 3])
  let weights = Value(name: "w", constant: Constant(shape: [3, 3], floats: [2, 0, 0, 0, 2, 0, 0, 0, 2]))
  let doubled = Value(name: "doubled", type: .float32, shape: [2, 3])
  let positions = Value(name: "positions", type: .int64, shape: [2, -1])
  graph.inputs = [x]
  graph.nodes = [Node(.matmul, name: "double", inputs: [x, weights], outputs: [doubled]), Node(.nonZero, name: "find", inputs: [doubled], outputs: [positions])]
  graph.outputs = [positions]
  let settings = try KunlunSettings(.second, .int16)
  for input in [[1, 0, -3, 0, 0, 2], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]] as [[Float]] {
    let run = try GraphRun(graph, [input], settings, threads: 2)
    let expected = try GraphRun(graph, [input], nil)
    #expect(run.backends == ["kunlun", "kunlun"])
    #expect(run.outputs[0].map(\.bitPattern) == expected.outputs[0].map(\.bitPattern))
    let found = UInt64(input.count { $0 != 0 })
    #expect(run.outputs[0].count == Int(found) * 4)
    #expect(run.counts.copies_to_host == 1 && run.counts.bytes_to_host == 24)
    #expect(run.counts.copies_to_device == 1 && run.counts.bytes_to_device == found * 16)
  }
}

/// Three runs copy three times as much.
@Test func countsAddUp() throws {
  let graph = Graph(name: "positions")
  let x = Value(name: "x", type: .float32, shape: [5])
  let positions = Value(name: "positions", type: .int64, shape: [1, -1])
  graph.inputs = [x]
  graph.nodes = [Node(.nonZero, name: "find", inputs: [x], outputs: [positions])]
  graph.outputs = [positions]
  let run = try GraphRun(graph, runs: Array(repeating: [[0, 1, 2, 3, 4]], count: 3), KunlunSettings(.first, .int8))
  #expect(run.counts.copies_to_host == 3 && run.counts.bytes_to_host == 60 && run.counts.copies_to_device == 3 && run.counts.bytes_to_device == 96)
}
