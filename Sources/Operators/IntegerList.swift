// SPDX-License-Identifier: Apache-2.0
import ModelFile
import Tensors

/// Integers that an operator takes from an input tensor or, where that input is left out, from an attribute.
struct IntegerList {
  private let tensor: TensorPointer?
  private let attribute: FileVector<Int64>
  let count: Int

  init(_ attribute: FileVector<Int64>) {
    tensor = nil
    self.attribute = attribute
    count = attribute.count
  }

  init(_ tensor: TensorPointer, else attribute: FileVector<Int64>) {
    self.tensor = tensor
    self.attribute = attribute
    count = tensor.count
  }

  /// Element `index`, clamped to Int; outside the list it reads 0.
  subscript(_ index: Int) -> Int {
    guard index >= 0 && index < count else { return 0 }
    guard let tensor else { return Int(clamping: attribute[index]) }
    return tensor.type == .int64 ? Int(clamping: tensor.elements(Int64.self)[index]) : Int(tensor.elements(Int32.self)[index])
  }

  /// Element `index`, or `value` where the list is shorter.
  func at(_ index: Int, else value: Int) -> Int { index < count ? self[index] : value }
}

extension NodeView {
  /// The integers of input `index` (int32 or int64, rank 0 or 1, called `what` in sentences), else of `attribute`;
  /// nil where they are not known yet.
  func integers(_ index: Int, else attribute: FileVector<Int64>, _ what: StaticString) throws(Status) -> IntegerList? {
    guard let tensor = optionalInput(index) else { return IntegerList(attribute) }
    try requireIndices(tensor, what)
    guard tensor.shape.rank <= 1 else {
      throw fail(.invalidShape).text(what).text(" has the shape ").shape(tensor.shape).text(", expected a vector").status
    }
    return tensor.hasData ? IntegerList(tensor, else: attribute) : nil
  }

  /// Fails unless `tensor` holds int32 or int64.
  func requireIndices(_ tensor: TensorPointer, _ what: StaticString) throws(Status) {
    guard tensor.type == .int64 || tensor.type == .int32 else {
      throw fail(.invalidType).text(what).text(" has type ").type(tensor.type).text(", expected int32 or int64").status
    }
  }

  /// Fails unless `tensor` has one element.
  func requireOneElement(_ tensor: TensorPointer, _ what: StaticString) throws(Status) {
    guard tensor.count == 1 else {
      throw fail(.invalidShape).text(what).text(" has the shape ").shape(tensor.shape).text(", expected one element").status
    }
  }

  /// Fails unless `tensor` has `rank` dimensions.
  func requireRank(_ tensor: TensorPointer, _ rank: Int, _ what: StaticString) throws(Status) {
    guard tensor.shape.rank == rank else {
      throw fail(.invalidShape).text(what).text(" has the shape ").shape(tensor.shape).text(", expected rank ").integer(rank).status
    }
  }

  /// Fails unless `tensor` has elements that can be moved, that is a known type.
  func requireSameType(_ tensor: TensorPointer, _ other: TensorPointer, _ what: StaticString) throws(Status) {
    guard tensor.type == other.type else {
      throw fail(.invalidType).text(what).text(" has type ").type(tensor.type).text(", expected ").type(other.type).status
    }
  }
}
