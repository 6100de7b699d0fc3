// One node of an ONNX graph as its conversion sees it. SPDX-License-Identifier: Apache-2.0
import Foundation
import Graph
import ModelFile

/// A node with its inputs found and its attributes by name; remembers which attributes were read, so that unknown ones are noticed.
final class ONNXCall {
  let node: ONNXNode
  /// nil: left out.
  let inputs: [Value?]
  let builder: GraphBuilder
  /// The version of the node's operator set.
  let version: Int
  let importer: ONNXImporter
  let scope: ONNXScope
  private var attributes: [String: ONNXAttribute] = [:]
  private var read: Set<String> = []

  init(node: ONNXNode, inputs: [Value?], builder: GraphBuilder, version: Int, importer: ONNXImporter, scope: ONNXScope) {
    self.node = node
    self.inputs = inputs
    self.builder = builder
    self.version = version
    self.importer = importer
    self.scope = scope
    for attribute in node.attribute {
      if attribute.refAttrName.isEmpty {
        attributes[attribute.name] = attribute
      } else if let bound = scope.attributes[attribute.refAttrName] {
        attributes[attribute.name] = bound
      }
    }
  }

  // MARK: Inputs

  func input(_ index: Int) throws -> Value {
    guard let value = optional(index) else { throw ImportError.malformed("input \(index) is missing") }
    return value
  }

  func optional(_ index: Int) -> Value? { index < inputs.count ? inputs[index] : nil }

  /// All inputs, none of which may be left out.
  func all() throws -> [Value] { try inputs.indices.map { try input($0) } }

  /// Whether output `index` is wanted.
  func hasOutput(_ index: Int) -> Bool { index < node.output.count && !node.output[index].isEmpty }

  /// The elements of an integer input that must be known at conversion.
  func integers(input index: Int) throws -> [Int] {
    let value = try input(index)
    guard let elements = builder.integers(value) else {
      throw ImportError.unsupported("input \(index) must be known at conversion, and is computed")
    }
    return elements
  }

  /// The first element of an input that must be constant, as a number; nil where the input is left out.
  func number(input index: Int) throws -> Double? {
    guard let value = optional(index) else { return nil }
    guard let element = constantNumber(value) else { throw ImportError.unsupported("input \(index) must be known at conversion, and is computed") }
    return element
  }

  /// The only element of a constant; nil where it is none.
  func constantNumber(_ value: Value) -> Double? {
    if let floats = builder.floats(value), floats.count == 1 { return Double(floats[0]) }
    if let integers = builder.integers(value), integers.count == 1 { return Double(integers[0]) }
    return nil
  }

  // MARK: Attributes

  func attribute(_ name: String) -> ONNXAttribute? {
    read.insert(name)
    return attributes[name]
  }

  func has(_ name: String) -> Bool { attribute(name) != nil }

  /// An integer attribute, clamped to what fits 32 bits plus signs of infinity's kind (sizes and axes are small).
  func int(_ name: String, default fallback: Int = 0) -> Int { attribute(name).map { Int($0.i) } ?? fallback }

  func flag(_ name: String, default fallback: Bool = false) -> Bool { attribute(name).map { $0.i != 0 } ?? fallback }

  func float(_ name: String, default fallback: Double) -> Double { attribute(name).map { Double($0.f) } ?? fallback }

  func string(_ name: String, default fallback: String = "") -> String { attribute(name).map { String(decoding: $0.s, as: UTF8.self) } ?? fallback }

  func strings(_ name: String) -> [String] { attribute(name)?.strings.map { String(decoding: $0, as: UTF8.self) } ?? [] }

  func ints(_ name: String) -> [Int]? { attribute(name)?.ints.map { Int($0) } }

  func floats(_ name: String) -> [Double]? { attribute(name)?.floats.map { Double($0) } }

  /// Integers that older versions have as an attribute and newer ones as an input; nil where neither is there.
  func ints(_ name: String, orInput index: Int) throws -> [Int]? {
    if let values = ints(name) { return values }
    return optional(index) == nil ? nil : try integers(input: index)
  }

  /// Attributes that no conversion needs to read: they concern training, or repeat what is known.
  private static let ignored: Set<String> = ["momentum", "stash_type", "saturate", "consumed_inputs", "broadcast", "spatial", "is_test", "seed", "name"]

  /// Throws for the first attribute that the conversion did not look at.
  func checkAttributes() throws {
    for attribute in node.attribute where !read.contains(attribute.name) && !Self.ignored.contains(attribute.name) {
      throw ImportError.unsupported("attribute '\(attribute.name)' is not known")
    }
  }

  /// Refuses an attribute that is set to anything but `value`.
  func require(_ name: String, _ value: Int) throws {
    let found = int(name, default: value)
    if found != value { throw ImportError.unsupported("attribute \(name) = \(found)") }
  }

  func require(_ name: String, _ value: String) throws {
    let found = string(name, default: value)
    if found != value { throw ImportError.unsupported("attribute \(name) = '\(found)'") }
  }
}

/// Values by name; an inner graph sees those around it, a function's body does not.
final class ONNXScope {
  var values: [String: Value] = [:]
  let parent: ONNXScope?
  /// What attributes of a function's body refer to.
  var attributes: [String: ONNXAttribute]
  /// Operator set versions by domain.
  let versions: [String: Int]
  /// How deep functions and inner graphs are nested.
  let depth: Int

  init(parent: ONNXScope?, versions: [String: Int], attributes: [String: ONNXAttribute] = [:], depth: Int) {
    self.parent = parent
    self.versions = versions
    self.attributes = attributes
    self.depth = depth
  }

  subscript(name: String) -> Value? { values[name] ?? parent?[name] }
}
