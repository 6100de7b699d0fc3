// A recurrent layer alone. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

/// A recurrent layer over x [steps, batch, features] with weights so small that no gate saturates.
package struct RecurrentLayer: CustomStringConvertible {
  var cell: String
  var direction = "forward"
  var steps, batch, features, hidden: Int
  var linearBeforeReset = false

  package var description: String { "\(cell) \(direction) [\(steps), \(batch), \(features)] → \(hidden)\(linearBeforeReset ? ", linear before reset" : "")" }

  /// Hidden units around the vectors of every instruction set.
  static let small: [RecurrentLayer] = [1, 3, 4, 7, 8, 9, 15, 16, 17, 33].flatMap { hidden in
    [RecurrentLayer(cell: "lstm", steps: 3, batch: hidden % 3 + 1, features: 5, hidden: hidden),
      RecurrentLayer(cell: "gru", direction: "reverse", steps: 2, batch: 1, features: hidden, hidden: hidden),
      RecurrentLayer(cell: "gru", steps: 4, batch: 2, features: 6, hidden: hidden, linearBeforeReset: true),
      RecurrentLayer(cell: "rnn_tanh", steps: 1, batch: 5, features: 1, hidden: hidden)]
  }
  static let bothDirections = [RecurrentLayer(cell: "lstm", direction: "bidirectional", steps: 21, batch: 1, features: 40, hidden: 24),
    RecurrentLayer(cell: "gru", direction: "bidirectional", steps: 9, batch: 3, features: 31, hidden: 29),
    RecurrentLayer(cell: "rnn_relu", direction: "bidirectional", steps: 60, batch: 2, features: 17, hidden: 35)]
  static let wide = [RecurrentLayer(cell: "lstm", steps: 5, batch: 1, features: 33, hidden: 131),
    RecurrentLayer(cell: "gru", steps: 4, batch: 2, features: 40, hidden: 116),
    RecurrentLayer(cell: "gru", direction: "reverse", steps: 3, batch: 3, features: 9, hidden: 97, linearBeforeReset: true)]

  private var directions: Int { direction == "bidirectional" ? 2 : 1 }
  private var gates: Int { cell == "lstm" ? 4 : cell == "gru" ? 3 : 1 }

  var multiplyAdds: Int { directions * steps * batch * gates * hidden * (features + hidden) }

  var graph: Graph {
    let graph = Graph(name: "recurrent")
    let x = Value(name: "x", type: .float32, shape: [steps, batch, features])
    func constant(_ name: String, _ shape: [Int], _ seed: Int) -> Value {
      Value(name: name, constant: Constant(shape: shape, floats: testFloats(shape.reduce(1, *), seed: seed).map { $0 * 0.2 }))
    }
    let columns = gates * hidden
    let y = Value(name: "y", type: .float32, shape: [steps, batch, directions * hidden])
    let last = Value(name: "last", type: .float32, shape: [directions, batch, hidden])
    graph.inputs = [x]
    graph.nodes = [Node(.recurrent, name: "layer", inputs: [x, constant("w", [directions, features, columns], 3),
      constant("r", [directions, hidden, columns], 5), constant("b", [directions, 2 * columns], 7)], outputs: [y, last],
      attributes: ["cell": .member(cell), "direction": .member(direction), "hidden": .integer(hidden), "linear_before_reset": .boolean(linearBeforeReset)])]
    graph.outputs = [y, last]
    return graph
  }
}
