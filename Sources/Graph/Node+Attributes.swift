// Reading attributes with the schema's defaults. SPDX-License-Identifier: Apache-2.0
import ModelFile

extension Node {
  package func integer(_ key: String, default value: Int = 0) -> Int {
    switch attributes[key] {
    case .integer(let integer): integer
    case .boolean(let boolean): boolean ? 1 : 0
    default: value
    }
  }

  package func integers(_ key: String) -> [Int] {
    if case .integers(let integers) = attributes[key] { integers } else { [] }
  }

  package func float(_ key: String, default value: Double = 0) -> Double {
    switch attributes[key] {
    case .float(let float): float
    case .integer(let integer): Double(integer)
    default: value
    }
  }

  package func floats(_ key: String) -> [Double] {
    if case .floats(let floats) = attributes[key] { floats } else { [] }
  }

  /// The inner graph of that key.
  package func graph(_ key: String) -> Graph? {
    if case .graph(let graph) = attributes[key] { graph } else { nil }
  }

  package func boolean(_ key: String) -> Bool {
    switch attributes[key] {
    case .boolean(let boolean): boolean
    case .integer(let integer): integer != 0
    default: false
    }
  }

  /// The name of an enum's member; `value` where it is left out.
  package func member(_ key: String, default value: String) -> String {
    if case .member(let member) = attributes[key] { member } else { value }
  }

  /// Input `index`, or nil where it is left out or there are fewer.
  package func input(_ index: Int) -> Value? { index >= 0 && index < inputs.count ? inputs[index] : nil }

  /// Output `index`, or nil where it is left out or there are fewer.
  package func output(_ index: Int) -> Value? { index >= 0 && index < outputs.count ? outputs[index] : nil }

  /// The inner graphs that the attributes hold, in the order of their keys.
  package var innerGraphs: [Graph] {
    attributes.sorted { $0.key < $1.key }.compactMap { if case .graph(let graph) = $0.value { graph } else { nil } }
  }

  /// Whether this is the unary operator `function`.
  package func isUnary(_ function: String) -> Bool { operatorCode == .unary && member("function", default: "identity") == function }

  /// Whether this is the binary operator `function` with nothing after it.
  package func isBinary(_ function: String) -> Bool {
    operatorCode == .binary && member("function", default: "add") == function && activation == nil
  }

  /// What the operator's epilogue does; nil where that is nothing.
  package var activation: (function: String, alpha: Double, beta: Double)? {
    guard case .activation(let function, let alpha, let beta) = attributes["activation"], function != "identity" else { return nil }
    return (function, alpha, beta)
  }
}
