// SPDX-License-Identifier: Apache-2.0
import CCoracle
import ModelFile
import Platform
import Tensors

/// A node as its operator sees it: attributes, input and output tensors, and where failures are told.
package struct NodeView {
  package let node: UnsafePointer<coracle_node>
  package let error: ErrorWriter
  /// What the run is sized by; nil where it does not matter.
  package let profile: UnsafePointer<coracle_profile>?

  package init(_ node: UnsafePointer<coracle_node>, _ error: ErrorWriter, profile: UnsafePointer<coracle_profile>? = nil) {
    self.node = node
    self.error = error
    self.profile = profile
  }

  package var operatorCode: OperatorCode { OperatorCode(rawValue: node.pointee.operator_code) ?? .none }
  package var inputCount: Int { Int(node.pointee.input_count) }
  package var outputCount: Int { Int(node.pointee.output_count) }

  /// The attributes' table; one that says nothing where the node carries none.
  package var attributes: FileTable { node.pointee.attributes.map { FileTable($0) } ?? FileTable.empty }

  /// Input `index`, or nil where it was left out.
  @inline(__always)
  package func optionalInput(_ index: Int) -> TensorPointer? {
    index >= 0 && index < inputCount ? node.pointee.inputs[index] : nil
  }

  /// Input `index`, which the operator cannot do without.
  package func input(_ index: Int) throws(Status) -> TensorPointer {
    guard let tensor = optionalInput(index) else {
      throw fail(.invalidModel).text("input ").integer(index).text(" is missing").status
    }
    return tensor
  }

  /// Output `index`, or nil where nobody reads it.
  @inline(__always)
  package func optionalOutput(_ index: Int) -> MutableTensorPointer? {
    index >= 0 && index < outputCount ? node.pointee.outputs[index] : nil
  }

  package func output(_ index: Int) throws(Status) -> MutableTensorPointer {
    guard let tensor = optionalOutput(index) else {
      throw fail(.invalidModel).text("output ").integer(index).text(" is missing").status
    }
    return tensor
  }

  /// Starts a sentence that names the operator and the node.
  package func fail(_ status: Status) -> Sentence {
    error.fail(status).text(operatorCode.name).text(" \"").name(node.pointee.name).text("\": ")
  }

  /// Sets type and shape of output `index`, if it is wanted.
  package func setOutput(_ index: Int, _ type: ElementType, _ shape: Shape) throws(Status) {
    try requireBuilt(type)
    guard shape.checkedElementCount != nil else {
      throw fail(.invalidShape).text("output ").integer(index).text(" would have the shape ").shape(shape).status
    }
    guard let tensor = optionalOutput(index) else { return }
    tensor.pointee.elementType = type
    tensor.pointee.dimensions = shape
  }

  /// `axis` counted from the front of `rank` dimensions.
  package func axis(_ axis: Int, rank: Int) throws(Status) -> Int {
    let position = axis < 0 ? axis &+ rank : axis
    guard position >= 0 && position < rank else {
      throw fail(.invalidShape).text("axis ").integer(axis).text(" is outside rank ").integer(rank).status
    }
    return position
  }

  /// Fails unless `tensor`, called `what` in the sentence, has type `type`.
  package func require(_ tensor: TensorPointer, _ type: ElementType, _ what: StaticString) throws(Status) {
    guard tensor.type == type else {
      throw fail(.invalidType).text(what).text(" has type ").type(tensor.type).text(", expected ").type(type).status
    }
  }

  /// Element `index` of a known int32 or int64 tensor (other types read as 0); the caller has checked the index and `hasData`.
  package func integer(_ tensor: TensorPointer, _ index: Int) -> Int {
    switch tensor.type {
    case .int64: Int(clamping: tensor.elements(Int64.self)[index])
    case .int32: Int(tensor.elements(Int32.self)[index])
    default: 0
    }
  }
}

extension FileTable {
  /// A table without fields.
  package static var empty: FileTable { FileTable(platform_empty_table()) }
}
