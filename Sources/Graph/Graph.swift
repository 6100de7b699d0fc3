// The converter's graph: mutable, in memory, between an importer and the model file.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import ModelFile

/// A program: operators over values, each value written once. Order of `nodes` is an order in which they can run.
package final class Graph {
  package var name: String
  package var inputs: [Value] = []
  package var outputs: [Value] = []
  package var nodes: [Node] = []
  /// What the source file says about itself, written into the model file; of the main graph.
  package var metadata: [(key: String, value: String)] = []

  package init(name: String) { self.name = name }
}

/// Something that is computed, given or constant. Inner graphs use values of the graphs around them directly.
package final class Value {
  package var name: String
  package var type: ElementType
  /// Extents, -1 where open; nil where even the rank is not known yet.
  package var shape: [Int]?
  package var constant: Constant?

  package init(name: String, type: ElementType = .none, shape: [Int]? = nil, constant: Constant? = nil) {
    self.name = name
    self.type = type
    self.shape = shape
    self.constant = constant
  }

  package convenience init(name: String, constant: Constant) {
    self.init(name: name, type: constant.type, shape: constant.shape, constant: constant)
  }
}

/// Elements known at conversion: dense, row-major, little endian.
package struct Constant {
  package var type: ElementType
  package var shape: [Int]
  /// May be a slice of a mapped file, so indices need not start at 0 and elements need not be aligned.
  package var bytes: Data

  package init(type: ElementType, shape: [Int], bytes: Data) {
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  package var elementCount: Int { shape.reduce(1, *) }
}

/// An operator of the model file's set with its attributes; inputs that are nil are optional ones left out.
package final class Node {
  package var operatorCode: OperatorCode
  package var name: String
  package var inputs: [Value?]
  package var outputs: [Value?]
  package var attributes: [String: Attribute]
  /// Where the source model has it ("op 17, conv2d, /backbone/conv1"), for messages.
  package var location: String

  package init(_ operatorCode: OperatorCode, name: String, inputs: [Value?], outputs: [Value?],
    attributes: [String: Attribute] = [:], location: String = "") {
    self.operatorCode = operatorCode
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.location = location
  }
}

/// The value of an attribute; the key is the field's name in model.fbs, such as "padding_begin".
package enum Attribute: Equatable {
  case integer(Int)
  case integers([Int])
  case float(Double)
  case floats([Double])
  case boolean(Bool)
  /// A member of an enum of the schema, by its name there: "same_upper".
  case member(String)
  case activation(function: String, alpha: Double, beta: Double)
  /// An inner graph, written as its index (`then_subgraph`, `else_subgraph`, `body`).
  case graph(Graph)

  package static func == (left: Attribute, right: Attribute) -> Bool {
    switch (left, right) {
    case (.integer(let a), .integer(let b)): a == b
    case (.integers(let a), .integers(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.floats(let a), .floats(let b)): a == b
    case (.boolean(let a), .boolean(let b)): a == b
    case (.member(let a), .member(let b)): a == b
    case (.activation(let f, let a, let b), .activation(let g, let c, let d)): f == g && a == c && b == d
    case (.graph(let a), .graph(let b)): a === b
    default: false
    }
  }
}
