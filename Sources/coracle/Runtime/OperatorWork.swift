// What an operator computes and moves, whatever kernel does it. SPDX-License-Identifier: Apache-2.0
import CCoracle

/// The work of one execution of an operator at the session's present shapes.
struct OperatorWork {
  /// Two for each multiply-add of the direct algorithm, those on padding included; nil for operators that are not sums of products.
  let operations: Int?
  /// Bytes of inputs, constants and outputs as they are, each tensor once: what is moved at least, unless only parts are read (gather).
  let bytes: Int
  /// In the order of model.fbs; nil where an optional one is left out.
  let inputShapes, outputShapes: [[Int]?]

  /// `node` is an operator of the session's model file.
  init(_ node: ModelDocument.Node, in session: RuntimeSession) throws {
    let (inputs, outputs) = (node.inputs ?? [], node.outputs ?? [])
    func shape(_ tensor: Int) throws -> [Int]? { tensor < 0 ? nil : shapeOf(try session.tensor(tensor).view) }
    inputShapes = try inputs.map(shape)
    outputShapes = try outputs.map(shape)
    bytes = try Set(inputs + outputs).filter { $0 >= 0 }.reduce(0) { try $0 &+ Int(clamping: session.tensor($1).plan.byte_count) }
    operations = multiplyAdds(node, inputShapes, outputShapes).map { 2 &* $0 }
  }
}

/// The layouts are those of model.fbs.
private func multiplyAdds(_ node: ModelDocument.Node, _ inputs: [[Int]?], _ outputs: [[Int]?]) -> Int? {
  if node.operator_code == "separable_convolution" {
    guard inputs.count >= 4, let x = inputs[0], let depthwise = inputs[3], let output = outputs.first ?? nil else { return nil }
    let expansion = inputs[1].map { elementCount(x.dropLast()) &* elementCount($0) } ?? 0
    let projection = inputs.count > 5 ? inputs[5].map(elementCount) ?? 0 : 0
    return expansion &+ elementCount(output.dropLast()) &* (elementCount(depthwise) &+ projection)
  }
  if node.operator_code == "attention", inputs.count < 2 || inputs[1] == nil {
    // Rows of queries, keys and values: the output has the values' extent, queries are half of the rest.
    guard let rows = inputs.first ?? nil, rows.count == 3, let output = outputs.first ?? nil, output.count == 3 else { return nil }
    return rows[0] &* rows[1] &* ((rows[2] &- output[2]) / 2 &+ output[2]) &* rows[1]
  }
  guard inputs.count >= 2, let first = inputs[0], let second = inputs[1], let output = outputs.first ?? nil else { return nil }
  switch node.operator_code {
  // Every weight serves once at each position of the output, or of a transposed convolution's input.
  case "convolution": return elementCount(output.dropLast()) &* elementCount(second)
  case "convolution_transpose": return elementCount(first.dropLast()) &* elementCount(second)
  case "matmul":
    let depth = node.attributes?["transpose_a"]?.isTrue == true ? first.dropLast().last : first.last
    return depth.map { elementCount(output) &* $0 }
  case "attention":
    // Scores, then the sums of values: each row meets all T keys.
    return second.count == 3 ? (elementCount(first) &+ elementCount(output)) &* second[1] : nil
  default: return nil
  }
}

/// The elements of a dense tensor; the library has checked that they can be counted.
private func elementCount(_ shape: some Collection<Int>) -> Int { shape.contains(0) ? 0 : shape.reduce(1, &*) }
