// SPDX-License-Identifier: Apache-2.0
import Graph
import Kernels
import KunlunBackend
import ModelFile
import Testing

@testable import Compiler
@testable import KunlunNumerics

/// A recurrent layer over x [steps, batch, features].
private struct RecurrentCase: OracleCase {
  var cell = "lstm"
  var steps = 4, batch = 2, features = 5, hidden = 6
  var direction = "forward"
  var linearBeforeReset = false
  var seed: UInt64 = 1

  var gates: Int { cell == "lstm" ? 4 : cell == "gru" ? 3 : 1 }
  var columns: Int { gates * hidden }
  var directions: Int { direction == "bidirectional" ? 2 : 1 }

  func values() -> (x: [Float], input: [Float], state: [Float], bias: [Float]) {
    var random = TestRandom(seed)
    return (random.floats(steps * batch * features, scale: 2), random.floats(directions * features * columns, scale: 0.5),
      random.floats(directions * hidden * columns, scale: 0.5), random.floats(directions * 2 * columns, scale: 0.3))
  }

  func inputs() -> [[Float]] { [values().x] }

  func graph() -> Graph {
    let graph = Graph(name: "recurrent")
    let (_, input, state, bias) = values()
    let x = Value(name: "x", type: .float32, shape: [steps, batch, features])
    let y = Value(name: "y", type: .float32, shape: [steps, batch, directions * hidden])
    func constant(_ name: String, _ shape: [Int], _ floats: [Float]) -> Value { Value(name: name, constant: Constant(shape: shape, floats: floats)) }
    graph.inputs = [x]
    graph.outputs = [y]
    graph.nodes = [Node(.recurrent, name: "n", inputs: [x, constant("w", [directions, features, columns], input), constant("r", [directions, hidden, columns], state),
      constant("b", [directions, 2 * columns], bias)], outputs: [y], attributes: ["cell": .member(cell), "hidden": .integer(hidden),
      "direction": .member(direction), "linear_before_reset": .boolean(linearBeforeReset)])]
    return graph
  }

  /// Products by the oracle; the gates' functions are the kernels', one unit at a time, which the operator cases check.
  func expected(_ settings: KunlunSettings) -> [Float] {
    let (x, input, state, bias) = values()
    let (inputMaximum, stateMaximum, xMaximum) = (ProductCase.maximum(input), ProductCase.maximum(state), ProductCase.maximum(x))
    var y = [Float](repeating: .nan, count: steps * batch * directions * hidden)
    for index in 0..<directions {
      func product(_ left: ArraySlice<Float>, isRecurrent: Bool, _ column: Int, _ maximum: Float) -> Float {
        let weights = isRecurrent ? state : input
        let depth = left.count
        let right = (0..<depth).map { weights[(index * depth + $0) * columns + column] }
        let leftMaximum = settings.isEvery16 ? nil : maximum
        guard settings.isPerChannel && settings.arithmetic.isInteger else {
          return ScalarOracle.dot(Array(left), right, settings.arithmetic, leftMaximum: leftMaximum, rightMaximum: isRecurrent ? stateMaximum : inputMaximum)
        }
        let own = ProductCase.maximum(right)
        return ScalarOracle.dot(Array(left), right, settings.arithmetic, leftMaximum: leftMaximum, rightMaximum: own, rightWorth: 1) * own
      }
      func addend(_ part: Int, _ column: Int) -> Float { bias[(index * 2 + part) * columns + column] }
      var (h, c) = ([Float](repeating: 0, count: batch * hidden), [Float](repeating: 0, count: batch * hidden))
      let isBackward = direction == "reverse" || index == 1
      for step in isBackward ? Array((0..<steps).reversed()) : Array(0..<steps) {
        let before = h
        let beforeMaximum = ProductCase.maximum(before)
        func row(_ values: [Float], _ sequence: Int) -> ArraySlice<Float> { values[sequence * hidden..<(sequence + 1) * hidden] }
        // Gates with input and state; of the candidate of a GRU without the state.
        var sums = [Float](repeating: 0, count: batch * columns)
        for sequence in 0..<batch {
          let start = (step * batch + sequence) * features
          for column in 0..<columns {
            let isCandidate = cell == "gru" && column >= 2 * hidden
            var sum = addend(0, column)
            if !isCandidate { sum += addend(1, column) }
            sum += product(x[start..<start + features], isRecurrent: false, column, xMaximum)
            if !isCandidate { sum += product(row(before, sequence), isRecurrent: true, column, beforeMaximum) }
            sums[sequence * columns + column] = sum
          }
        }
        func gate(_ sequence: Int, _ unit: Int) -> [Float] { (0..<gates).map { sums[sequence * columns + $0 * hidden + unit] } }
        var seen = before
        if cell == "gru" && !linearBeforeReset {
          for place in 0..<batch * hidden { gruResetUnits(gate(place / hidden, place % hidden), count: 1, previous: [before[place]], reset: &seen[place]) }
        }
        let seenMaximum = ProductCase.maximum(seen)
        for place in 0..<batch * hidden {
          let (sequence, unit) = (place / hidden, place % hidden)
          let all = gate(sequence, unit)
          switch cell {
          case "lstm": lstmUnits(all, hidden: 1, count: 1, cell: &c[place], state: &h[place])
          case "gru":
            let column = 2 * hidden + unit
            var candidate = addend(1, column)
            candidate += product(row(seen, sequence), isRecurrent: true, column, seenMaximum)
            gruUnits(all, [candidate], resetsProduct: linearBeforeReset, hidden: 1, count: 1, previous: [before[place]], state: &h[place])
          default: plainUnits(all, count: 1, rectified: cell == "rnn_relu", state: &h[place])
          }
          y[((step * batch + sequence) * directions + index) * hidden + unit] = h[place]
        }
      }
    }
    return y
  }
}

/// Bit for bit, with one and three threads: cells, directions, units beside multiples of the tiles, more sequences than a tile has rows.
@Test func recurrentLayersAreThoseOfTheOracle() throws {
  let cases = [RecurrentCase(), RecurrentCase(steps: 2, batch: 1, features: 17, hidden: 24, direction: "bidirectional"),
    RecurrentCase(cell: "gru", direction: "reverse"), RecurrentCase(cell: "gru", batch: 3, hidden: 11, linearBeforeReset: true),
    RecurrentCase(cell: "gru", steps: 2, batch: 1, features: 3, hidden: 33, direction: "bidirectional"),
    RecurrentCase(cell: "rnn_tanh", batch: 35, features: 2, hidden: 3),
    // Enough work for threads to share it.
    RecurrentCase(steps: 2, batch: 35, features: 3, hidden: 20), RecurrentCase(cell: "gru", steps: 2, batch: 35, features: 3, hidden: 21),
    RecurrentCase(cell: "rnn_relu", steps: 5, direction: "reverse")]
  try expectOracle(cases, threads: [1, 3])
}
