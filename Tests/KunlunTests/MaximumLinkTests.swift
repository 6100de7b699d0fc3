// What products take from the operators that wrote their operands. SPDX-License-Identifier: Apache-2.0
import Graph
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler
@testable import KunlunNumerics

/// x [rows, 24] → products → attention over [1, rows, 24] → products; `rectifies`: with an operator of the processor between the first two.
private func chain(rows: Int, rectifies: Bool = false) -> Graph {
  let graph = Graph(name: "chain")
  var random = TestRandom(3)
  var count = 0
  func value(_ shape: [Int]) -> Value {
    count += 1
    return Value(name: "t\(count)", type: .float32, shape: shape)
  }
  func product(_ x: Value, _ columns: Int) -> Value {
    let output = value((x.shape ?? []).dropLast() + [columns])
    let depth = x.shape?.last ?? 0
    let weights = Value(name: "w\(count)", constant: Constant(shape: [depth, columns], floats: random.floats(depth * columns, scale: 0.2)))
    graph.nodes.append(Node(.matmul, name: "product\(count)", inputs: [x, weights], outputs: [output],
      attributes: ["activation": .activation(function: "tanh", alpha: 0, beta: 0)]))
    return output
  }
  func operation(_ code: OperatorCode, _ inputs: [Value], _ attributes: [String: Attribute]) -> Value {
    let output = value(inputs[0].shape ?? [])
    graph.nodes.append(Node(code, name: "operation\(count)", inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }
  let x = value([1, rows, 24])
  graph.inputs = [x]
  var y = product(x, 17)
  if rectifies { y = operation(.unary, [y], ["function": .member("relu")]) }
  let (q, k, v) = (product(y, 24), product(y, 24), product(y, 24))
  graph.outputs = [product(operation(.attention, [q, k, v], ["heads": .integer(3), "scale": .float(0.4)]), 9)]
  return graph
}

private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// Seven operands are what a product or the attention has written, and are linked; the model's input and the softmax's result are searched. The bits are
/// those of passes over all of them, with fewer threads than slots and with more.
@Test func linkedMaximaAreThoseThatPassesFind() throws {
  for settings in try everySetting() {
    var apart = settings
    apart.linksMaxima = false
    for rows in [1, 5, 33] {
      let graph = chain(rows: rows)
      var random = TestRandom(UInt64(rows))
      let input = [random.floats(rows * 24, scale: 3)]
      let searched = try GraphRun(graph, input, apart)
      for threads in [1, 3, 8] as [UInt32] {
        let linked = try GraphRun(graph, input, settings, threads: threads)
        #expect(Set(linked.backends) == ["kunlun"])
        #expect(bits(linked.outputs[0]) == bits(searched.outputs[0]), "\(settings), \(rows) rows, \(threads) threads")
        // Left factors with a maximum for every 16 elements need none; the right ones of the attention do.
        let (all, own): (UInt64, UInt64) = settings.isEvery16 ? (2, 0) : (7, 2)
        guard settings.arithmetic.isInteger else {
          #expect(linked.counts.maxima_linked == 0 && linked.counts.maxima_found == 0)
          continue
        }
        #expect(linked.counts.maxima_linked == all && linked.counts.maxima_found == own, "\(settings)")
        #expect(searched.counts.maxima_linked == 0 && searched.counts.maxima_found == all + own, "\(settings)")
      }
    }
  }
}

/// What another backend has written is searched, though the tensor before it has slots.
@Test func resultsOfOtherBackendsAreSearched() throws {
  let settings = try KunlunSettings(.first, .int8)
  var random = TestRandom(8)
  let run = try GraphRun(chain(rows: 6, rectifies: true), [random.floats(6 * 24)], settings)
  #expect(Set(run.backends) == ["kunlun", "generic"])
  #expect(run.counts.maxima_linked == 4 && run.counts.maxima_found == 5)
}

/// Slots are those of the run in progress: a large input does not coarsen the small one after it.
@Test func slotsAreWrittenAnewByEveryRun() throws {
  let graph = chain(rows: 7)
  var random = TestRandom(9)
  let (large, small) = ([random.floats(7 * 24, scale: 100)], [random.floats(7 * 24, scale: 0.01)])
  for settings in [try KunlunSettings(.first, .int8), try KunlunSettings(.second, .int16)] {
    let after = try GraphRun(graph, runs: [large, small], settings, threads: 2)
    let alone = try GraphRun(graph, small, settings)
    #expect(bits(after.outputs[0]) == bits(alone.outputs[0]))
  }
}
