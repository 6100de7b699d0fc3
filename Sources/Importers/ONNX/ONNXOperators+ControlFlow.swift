// ONNX conditionals and loops. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func controlFlow() throws -> [Value?]? {
    switch node.opType {
    case "If": return try conditional()
    case "Loop": return try loop()
    case "Scan": return try scan()
    default: return nil
    }
  }

  private func graph(_ name: String) throws -> ONNXGraph {
    guard let attribute = attribute(name), attribute.hasG else { throw ImportError.malformed("attribute '\(name)' has no graph") }
    return attribute.g
  }

  /// A branch that is chosen at conversion takes the node's place.
  private func conditional() throws -> [Value?] {
    let condition = try input(0), then = try graph("then_branch"), otherwise = try graph("else_branch")
    if let known = constantNumber(condition) { return try importer.inlineGraph(known != 0 ? then : otherwise, call: self) }
    return try builder.conditional(condition, then: importer.innerGraph(then, name: "then", call: self, inputs: []),
      otherwise: importer.innerGraph(otherwise, name: "else", call: self, inputs: [])).map { $0 }
  }

  /// ONNX's loop is the schema's: body inputs (iteration, condition, carried...), outputs (condition, carried..., scanned...).
  private func loop() throws -> [Value?] {
    let body = try graph("body")
    let initial = try inputs.indices.dropFirst(2).map { try input($0) }
    guard body.input.count == initial.count + 2 else {
      throw ImportError.malformed("the loop's body takes \(body.input.count) inputs, expected \(initial.count + 2)")
    }
    let values = loopCounters(body.input[0].name, body.input[1].name) + carried(body.input.dropFirst(2), initial)
    return try builder.loop(tripCount: optional(0), condition: optional(1), initial: initial,
      body: importer.innerGraph(body, name: "body", call: self, inputs: values)).map { $0 }
  }

  private func loopCounters(_ iteration: String, _ condition: String) -> [Value] {
    [Value(name: iteration, type: .int64, shape: []), Value(name: condition, type: .boolean, shape: [])]
  }

  /// The values that a body gets anew at every iteration.
  private func carried(_ declared: ArraySlice<ONNXValueInfo>, _ initial: [Value]) -> [Value] {
    zip(declared, initial).map { declared, value in
      let type = value.type == .none ? (try? declared.typeAndShape().0) ?? .none : value.type
      // Extents may change from one iteration to the next; the rank does not.
      let shape = (try? declared.typeAndShape().1).flatMap { $0 } ?? value.shape.map { $0.map { _ in -1 } }
      return Value(name: declared.name, type: type, shape: shape)
    }
  }

  /// A loop over the first dimension of the scanned inputs, whose axes and directions are brought there before and back behind.
  private func scan() throws -> [Value?] {
    guard version >= 9 else { throw ImportError.unsupported("a scan of version 8, which has batches") }
    let body = try graph("body"), all = try self.all(), scannedCount = int("num_scan_inputs"), stateCount = all.count &- scannedCount
    guard scannedCount > 0, stateCount >= 0, body.input.count == all.count, body.output.count >= stateCount else {
      throw ImportError.malformed("a scan over \(scannedCount) of \(all.count) inputs, its body takes \(body.input.count) and gives \(body.output.count)")
    }
    func entry(_ name: String, _ index: Int) -> Int { ints(name).flatMap { index < $0.count ? $0[index] : nil } ?? 0 }
    func turned(_ x: Value, _ direction: String, _ index: Int) -> Value {
      entry(direction, index) == 0 ? x : builder.slice(x, axes: [0], starts: [-1], ends: [-Int(Int32.max)], steps: [-1])
    }
    let scanned = try all.suffix(scannedCount).enumerated().map { index, x in
      let axis = entry("scan_input_axes", index)
      if axis == 0 { return turned(x, "scan_input_directions", index) }
      let rank = try builder.rank(x), moved = try builder.axis(axis, rank: rank)
      return turned(try builder.transpose(x, [moved] + (0..<rank).filter { $0 != moved }), "scan_input_directions", index)
    }
    let values = loopCounters("iteration", "condition") + carried(body.input.prefix(stateCount), Array(all.prefix(stateCount)))
    let inner = try importer.innerGraph(body, name: "body", call: self, inputs: values) { builder in
      values.dropFirst(2) + scanned.map { builder.gather($0, values[0], axis: 0) }
    }
    let going = Value(name: builder.freshName("going"), type: .boolean, shape: [])
    inner.nodes.append(Node(.unary, name: going.name, inputs: [values[1]], outputs: [going], attributes: ["function": .member(UnaryFunction.identity)]))
    inner.outputs.insert(going, at: 0)
    let count = builder.reshape(builder.shape(scanned[0], start: 0, end: 1), [])
    let results = try builder.loop(tripCount: count, condition: nil, initial: Array(all.prefix(stateCount)), body: inner)
    return try results.enumerated().map { index, y in
      guard index >= stateCount else { return y }
      let back = turned(y, "scan_output_directions", index - stateCount), axis = entry("scan_output_axes", index - stateCount)
      if axis == 0 { return back }
      let rank = try builder.rank(y), moved = try builder.axis(axis, rank: rank)
      return try builder.transpose(back, Array(1..<(moved + 1)) + [0] + Array((moved + 1)..<rank))
    }
  }
}
