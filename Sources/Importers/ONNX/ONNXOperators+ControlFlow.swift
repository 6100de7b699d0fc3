// ONNX conditionals and loops. SPDX-License-Identifier: Apache-2.0
import Graph
import ModelFile

extension ONNXCall {
  func controlFlow() throws -> [Value?]? {
    switch node.opType {
    case "If": return try conditional()
    case "Loop": return try loop()
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
    var values = [Value(name: body.input[0].name, type: .int64, shape: []), Value(name: body.input[1].name, type: .boolean, shape: [])]
    for (declared, value) in zip(body.input.dropFirst(2), initial) {
      let type = value.type == .none ? (try? declared.typeAndShape().0) ?? .none : value.type
      // Extents may change from one iteration to the next; the rank does not.
      let shape = (try? declared.typeAndShape().1).flatMap { $0 } ?? value.shape.map { $0.map { _ in -1 } }
      values.append(Value(name: declared.name, type: type, shape: shape))
    }
    return try builder.loop(tripCount: optional(0), condition: optional(1), initial: initial,
      body: importer.innerGraph(body, name: "body", call: self, inputs: values)).map { $0 }
  }
}
