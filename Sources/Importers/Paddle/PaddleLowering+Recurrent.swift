// Paddle's recurrent networks.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

extension PaddleLowering {
  /// `rnn`: x [T, B, I], states, weights, lengths. Layer by layer; a layer's directions run in one node.
  ///
  /// The list of weights holds input and recurrent weights of each layer and direction, then the two biases of each in the same order.
  /// Gates stand as the graph wants them (LSTM i, f, g, o; GRU r, z, n, the reset behind the product).
  func lowerRecurrent(_ operation: PaddleOperation) throws -> [Lowered?]? {
    guard operation.name == "rnn" else { return nil }
    let cell: RecurrentCell
    switch operation.string("mode", default: "RNN_TANH") {
    case "LSTM": cell = .lstm
    case "GRU": cell = .gru
    case "RNN_TANH": cell = .rnnTanh
    case "RNN_RELU": cell = .rnnRelu
    default: throw ImportError.unsupported("a recurrent network of mode \(operation.string("mode"))")
    }
    let layers = operation.integer("num_layers", default: 1)
    let directions = operation.boolean("is_bidirec") ? 2 : 1
    let weights = try tensors(operation, 2)
    guard layers > 0, layers <= weights.count else { throw ImportError.malformed("\(weights.count) weights for \(layers) layers") }
    let count = layers * directions
    guard weights.count == 4 * count || weights.count == 2 * count else {
      throw ImportError.malformed("\(weights.count) weights for \(layers) layers in \(directions) directions, \(4 * count) expected")
    }
    let states = try tensors(operation, 1)
    let lengths = try optional(operation, 3)
    var x = try tensor(operation, 0)
    var lastH: [Value] = [], lastC: [Value] = []
    for layer in 0..<layers {
      let places = (0..<directions).map { layer * directions + $0 }
      func stacked(_ first: Int, _ second: Int) -> Value { builder.stacked(places.map { weights[first + 2 * $0 + second] }) }
      let bias = weights.count == 4 * count
        ? builder.stacked(places.map { builder.joined(weights[2 * count + 2 * $0], weights[2 * count + 2 * $0 + 1]) }) : nil
      let result = try builder.recurrent(cell, x, weights: stacked(0, 0), recurrentWeights: stacked(0, 1), bias: bias, lengths: lengths,
        initialH: state(states.first, places, of: count), initialC: cell == .lstm && states.count > 1 ? state(states[1], places, of: count) : nil,
        direction: directions == 2 ? .bidirectional : .forward, hidden: operation.integer("hidden_size", default: 0))
      x = result.y
      lastH.append(result.lastH)
      if let c = result.lastC { lastC.append(c) }
    }
    let final = [lastH, lastC].filter { !$0.isEmpty }.map { Optional(builder.concat($0, axis: 0)) }
    return [.tensor(x), nil, .list(final), nil]
  }

  /// The part of a state [layers directions, B, H] that belongs to one layer; nil where it is zero, which is what nothing means.
  private func state(_ state: Value?, _ places: [Int], of count: Int) -> Value? {
    guard let state else { return nil }
    if let floats = state.constant?.floats, floats.allSatisfy({ $0 == 0 }) { return nil }
    if let node = builder.graph.nodes.last(where: { $0.outputs.contains { $0 === state } }), node.operatorCode == .fill,
      node.inputs.count < 2, node.float("value") == 0 { return nil }
    guard places.count < count, let first = places.first else { return state }
    return builder.slice(state, axes: [0], starts: [first], ends: [first + places.count])
  }
}

extension GraphBuilder {
  /// Values of one shape along a new first dimension; a constant where all are.
  func stacked(_ parts: [Value]) -> Value {
    guard let first = parts.first?.constant, parts.allSatisfy({ $0.constant?.shape == first.shape && $0.constant?.type == first.type }) else {
      return concat(parts.map { unsqueeze($0, axes: [0]) }, axis: 0)
    }
    var bytes = Data()
    for part in parts { bytes.append(part.constant?.bytes ?? Data()) }
    return Value(name: parts[0].name, constant: Constant(type: first.type, shape: [parts.count] + first.shape, bytes: bytes))
  }

  /// Two vectors one after the other; a constant where both are.
  func joined(_ a: Value, _ b: Value) -> Value {
    guard let first = a.constant, let second = b.constant, first.type == second.type, first.shape.count == 1, second.shape.count == 1 else {
      return concat([a, b], axis: 0)
    }
    return Value(name: a.name, constant: Constant(type: first.type, shape: [first.shape[0] + second.shape[0]], bytes: first.bytes + second.bytes))
  }
}
