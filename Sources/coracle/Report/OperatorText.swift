// What an operator does, in a few words. SPDX-License-Identifier: Apache-2.0
import Foundation

extension ModelDocument {
  /// "convolution", "add", "relu", "reduce mean": the operator with the function that it computes.
  func title(_ node: Node) -> String {
    let code = node.operator_code ?? "none"
    let function = node.attributes?["function"]?.text
    switch code {
    case "unary": return words(function ?? "identity")
    case "binary": return words(function ?? "add")
    case "reduce": return "reduce \(words(function ?? "sum"))"
    case "pool": return function == "average" ? "average pool" : "max pool"
    case "recurrent": return node.attributes?["cell"]?.text ?? "lstm"
    case "arg_reduce": return node.attributes?["minimum"]?.isTrue == true ? "arg min" : "arg max"
    default: return words(code)
    }
  }

  /// Its attributes and constants in short, such as "3×3 / 2, 32 → 64, bias, relu".
  func summary(_ node: Node) -> String {
    let attributes = node.attributes ?? [:]
    var parts: [String] = []
    switch node.operator_code ?? "" {
    case "convolution", "convolution_transpose":
      if let weights = shape(node, input: 1), weights.count >= 3 {
        parts.append(productText(Array(weights.dropLast(2))) + windowText(attributes))
        parts.append(channelText(weights, groups: attributes["groups"]?.integer ?? 1, isTransposed: node.operator_code == "convolution_transpose"))
      } else {
        parts.append(windowText(attributes))
      }
      parts += optional(node, 2, "bias") + optional(node, 3, "residual")
    case "matmul":
      if let weights = shape(node, input: 1), isConstant(node, input: 1), weights.count >= 2 {
        let pair = Array(weights.suffix(2))
        parts.append(attributes["transpose_b"]?.isTrue == true ? "\(pair[1]) → \(pair[0])" : "\(pair[0]) → \(pair[1])")
      }
      if attributes["transpose_a"]?.isTrue == true { parts.append("aᵀ") }
      if attributes["transpose_b"]?.isTrue == true, !isConstant(node, input: 1) { parts.append("bᵀ") }
      if let scale = attributes["scale"]?.number { parts.append("× \(numberText(scale))") }
      parts += optional(node, 2, "bias") + optional(node, 3, "residual")
    case "pool":
      if attributes["adaptive"]?.isTrue == true { parts.append("adaptive") }
      if let kernel = attributes["kernel"]?.integers { parts.append(productText(kernel) + windowText(attributes)) }
      if attributes["ceil_mode"]?.isTrue == true { parts.append("ceil") }
    case "unary":
      parts += numbers(attributes, ["alpha", "beta"])
    default:
      let left = attributes.filter { !["function", "activation", "cell"].contains($0.key) && $0.value.integers != [] }
      parts += left.keys.sorted().map { "\(words($0)) \(left[$0]?.description ?? "")" }
      if node.operator_code == "binary", let constant = constantOperand(node) { parts.append(constant) }
    }
    if let activation = activationText(attributes["activation"]?.fields) { parts.append(activation) }
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private func shape(_ node: Node, input: Int) -> [Int]? {
    guard let inputs = node.inputs, inputs.indices.contains(input), let tensor = tensor(inputs[input]) else { return nil }
    return tensor.shape ?? []
  }

  private func isConstant(_ node: Node, input: Int) -> Bool {
    guard let inputs = node.inputs, inputs.indices.contains(input) else { return false }
    return tensor(inputs[input])?.isConstant ?? false
  }

  private func optional(_ node: Node, _ input: Int, _ name: String) -> [String] { shape(node, input: input) == nil ? [] : [name] }

  private func constantOperand(_ node: Node) -> String? {
    let constants = (node.inputs ?? []).compactMap { tensor($0) }.filter(\.isConstant)
    return constants.first.map { "constant \(productText($0.shape ?? []))" }
  }

  /// " / 2" for strides and " dilated 2", where they are not 1.
  private func windowText(_ attributes: [String: JSONValue]) -> String {
    func list(_ key: String) -> String? {
      guard let values = attributes[key]?.integers, values.contains(where: { $0 != 1 }) else { return nil }
      return Set(values).count == 1 ? String(values[0]) : productText(values)
    }
    return (list("strides").map { " / \($0)" } ?? "") + (list("dilations").map { " dilated \($0)" } ?? "")
  }

  /// Weights are [kernel..., C / groups, M], or [kernel..., C, M / groups] for the transposed one.
  private func channelText(_ weights: [Int], groups: Int, isTransposed: Bool) -> String {
    let inner = weights[weights.count - 2]
    let outer = weights[weights.count - 1]
    guard groups > 1 else { return "\(inner) → \(outer)" }
    let (input, output) = isTransposed ? (inner, outer &* groups) : (inner &* groups, outer)
    return groups == input && groups == output ? "depthwise \(input)" : "\(input) → \(output), \(groups) groups"
  }

  private func numbers(_ attributes: [String: JSONValue], _ keys: [String]) -> [String] {
    let values = keys.map { attributes[$0]?.number ?? 0 }
    guard values.contains(where: { $0 != 0 }) else { return [] }
    return [values.last == 0 ? numberText(values[0]) : values.map(numberText).joined(separator: " … ")]
  }

  private func activationText(_ activation: [String: JSONValue]?) -> String? {
    guard let activation, let function = activation["function"]?.text, function != "identity" else { return nil }
    let arguments = numbers(activation, ["alpha", "beta"])
    return (["+ " + words(function)] + arguments).joined(separator: " ")
  }
}

private func words(_ name: String) -> String { name.replacingOccurrences(of: "_", with: " ") }
